package exec

import (
	"bytes"
	"context"

	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// scanRowsFirst is the size of a scan's first chunk; later ones grow to full
// size, so that LIMIT and short ranges read little too much.
const scanRowsFirst = 64

// Scan reads a stored table: by point, by span, or whole.
type Scan struct {
	Table *rowcodec.Table
	// Index that Spans speak of; nil: the rows' own order.
	Index *rowcodec.Index
	// Attnums are the stored columns to read; output starts with them. Then come
	// RowID (storage key, bytea) and TableOID where asked for.
	Attnums         []int16
	RowID, TableOID bool
	Kinds           Kinds
	Spans           []Span // nil: all
	Reverse         bool
	Filter          *Expr // over the output; nil: none
	Limit           int64 // rows wanted; 0: all
	// LockPoint is set where a row that is read by its whole key is to be locked
	// in this mode before it is read (READ COMMITTED only): the statement then
	// needs no second look at it.
	LockPoint bool
	LockMode  txn.RowMode
	// Name of the table, for errors.
	Name string

	decoder  *rowcodec.Decoder
	covering *rowcodec.IndexDecoder
}

// Span is a range of index keys; see plan.Span.
type Span struct {
	Eq                   []*Expr
	NullEq               []bool
	Lower, Upper         *Expr
	LowerIncl, UpperIncl bool
}

// Prepare compiles the decoders; call it once after filling the fields.
func (s *Scan) Prepare() *Scan {
	if s.Index != nil && !s.Index.IsPrimary() {
		if d, ok := s.Index.NewDecoder(s.Attnums); ok {
			s.covering = d
		}
	}
	s.decoder = s.Table.NewDecoder(s.Attnums)
	return s
}

// secondary tells that rows are found through entries of another index.
func (s *Scan) secondary() bool { return s.Index != nil && !s.Index.IsPrimary() }

// New implements Spec.
func (s *Scan) New() Operator {
	op := &scanOp{spec: s, filter: newPassing(s.Filter, s.Kinds)}
	op.out.Cols = newCols(s.Kinds)
	for i := range s.Spans {
		op.bounds = append(op.bounds, newSpanState(&s.Spans[i]))
	}
	return op
}

func newCols(k Kinds) []chunk.Vec {
	cols := make([]chunk.Vec, len(k))
	for i := range k {
		cols[i].Kind = k[i]
	}
	return cols
}

type scanOp struct {
	spec   *Scan
	run    *Run
	filter passing
	bounds []spanState
	ranges []keyRange
	next   int // in ranges
	it     txn.Iterator
	out    chunk.Chunk
	arena  rowcodec.Arena
	raw    txn.Batch // records read ahead of it
	batch  int
	bytes  int   // of the stored rows in out
	left   int64 // rows still wanted; <0: no bound
	value  []byte
	rowKey []byte
	whole  [1]keyRange
	// shaped: the rows are many, and are read in the forms that suit them.
	shaped bool
	// locked tells that the rows given are locked and newest.
	locked bool
}

// keyRange is [lo, hi) or, where point, the one key lo.
type keyRange struct {
	lo, hi []byte
	point  bool
}

// Select implements Selecting.
func (op *scanOp) Select() { op.filter.selecting = true }

func (op *scanOp) Open(run *Run) error {
	s := op.spec
	op.run, op.next, op.batch = run, 0, min(scanRowsFirst, run.rows())
	op.left = -1
	op.filter.cond.reset()
	if s.Limit > 0 && s.Filter == nil {
		op.left = s.Limit
	}
	op.arena.Small()
	op.locked, op.shaped = false, s.covering == nil && s.Spans == nil
	if s.LockPoint {
		o := run.Txn.Options()
		op.locked = o.Isolation == txn.ReadCommitted && !o.Optimistic && !o.ReadOnly
	}
	if s.Spans == nil {
		w := &op.whole[0]
		prefix := s.Table.Prefix()
		if s.secondary() {
			prefix = s.Index.Prefix()
		}
		w.lo = append(w.lo[:0], prefix...)
		w.hi = keys.PrefixEnd(w.hi[:0], prefix)
		op.ranges = op.whole[:]
		return nil
	}
	op.ranges = op.ranges[:0]
	for i := range op.bounds {
		r, ok, err := op.bounds[i].eval(run, s.Index, s.secondary())
		if err != nil {
			return err
		}
		if ok {
			op.ranges = append(op.ranges, r)
			op.shaped = op.shaped || s.covering == nil && !r.point
		}
	}
	if len(op.ranges) > 1 {
		op.ranges = disjoint(op.ranges, s.Reverse)
	}
	return nil
}

func (op *scanOp) Close() {
	if op.it != nil {
		op.it.Close()
		op.it = nil
	}
	op.run = nil
}

func (op *scanOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	for op.next < len(op.ranges) || op.it != nil {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		op.out.Reset()
		if op.shaped {
			op.spec.decoder.Shape(op.out.Cols)
		}
		op.bytes = 0
		if err := op.fill(ctx); err != nil {
			return nil, wrapTxn(err, op.spec.Name)
		}
		op.batch = min(op.batch*4, op.run.rows())
		if op.out.Rows == 0 {
			continue
		}
		if op.spec.Filter == nil {
			return &op.out, nil
		}
		c, err := op.filter.apply(op.run, &op.out)
		if err != nil || c != nil {
			return c, err
		}
	}
	return nil, nil
}

// fill appends up to a batch of rows to out.
func (op *scanOp) fill(ctx context.Context) error {
	for op.out.Rows < op.batch && op.left != 0 && op.bytes < chunkBytesMax {
		if op.it == nil {
			if op.next >= len(op.ranges) {
				return nil
			}
			r := &op.ranges[op.next]
			op.next++
			if r.point {
				if err := op.point(ctx, r.lo); err != nil {
					return err
				}
				continue
			}
			it, err := op.run.reader().Scan(r.lo, r.hi, txn.ScanOptions{Reverse: op.spec.Reverse, LimitHint: int(max(op.left, 0))})
			if err != nil {
				return err
			}
			op.it = it
		}
		rows := op.batch - op.out.Rows
		if op.left > 0 {
			rows = min(rows, int(min(op.left, txn.BatchRowsMax)))
		}
		op.raw.Reset(rows)
		if !op.it.NextBatch(&op.raw) {
			err := op.it.Err()
			op.it.Close()
			op.it = nil
			if err != nil {
				return err
			}
			continue
		}
		for i := range op.raw.Len() {
			if err := op.entry(op.raw.Key(i), op.raw.Value(i)); err != nil {
				return err
			}
		}
	}
	if op.left == 0 {
		op.next = len(op.ranges)
		if op.it != nil {
			op.it.Close()
			op.it = nil
		}
	}
	return nil
}

// point reads the row or the index entry at one key.
func (op *scanOp) point(ctx context.Context, key []byte) error {
	if op.locked && !op.spec.secondary() {
		rec, out, err := op.run.Txn.LockRow(ctx, op.value[:0], key, txn.LockOptions{Mode: op.spec.LockMode})
		if err != nil || out == txn.Absent || out == txn.Gone {
			return err
		}
		op.value = rec.Value
		return op.row(key, rec.Value)
	}
	rec, ok, err := op.run.reader().Get(op.value[:0], key)
	if err != nil || !ok {
		return err
	}
	op.value = rec.Value
	return op.entry(key, rec.Value)
}

// entry appends the row that an index entry, or the row itself, stands for.
func (op *scanOp) entry(key, val []byte) error {
	s := op.spec
	if !s.secondary() {
		return op.row(key, val)
	}
	var err error
	if s.covering == nil || s.RowID {
		if op.rowKey, err = s.Index.RowKey(op.rowKey[:0], key, val); err != nil {
			return err
		}
	}
	if s.covering != nil {
		op.bytes += len(key) + len(val)
		if err := s.covering.Decode(op.out.Cols, key, val, &op.arena); err != nil {
			return err
		}
		op.finish(op.rowKey)
		return nil
	}
	rec, ok, err := op.run.reader().Get(op.value[:0], op.rowKey)
	if err != nil || !ok {
		return err
	}
	op.value = rec.Value
	return op.row(op.rowKey, rec.Value)
}

func (op *scanOp) row(key, val []byte) error {
	op.bytes += len(val)
	if err := op.spec.decoder.Decode(op.out.Cols, key, val, &op.arena); err != nil {
		return err
	}
	op.finish(key)
	return nil
}

// finish completes a row with the columns that are not stored ones.
func (op *scanOp) finish(rowKey []byte) {
	s := op.spec
	at := len(s.Attnums)
	if s.RowID {
		op.out.Cols[at].Append(types.MakeBytes(op.arena.Bytes(rowKey)))
		at++
	}
	if s.TableOID {
		op.out.Cols[at].AppendInt(int64(s.Table.Desc().OID))
	}
	op.out.Rows++
	if op.left > 0 {
		op.left--
	}
}

// disjoint sorts ranges in reading order and merges those that overlap.
func disjoint(rs []keyRange, reverse bool) []keyRange {
	sortRanges(rs)
	out := rs[:1]
	for _, r := range rs[1:] {
		last := &out[len(out)-1]
		switch {
		case last.point && r.point && bytes.Equal(last.lo, r.lo):
		case last.point && !bytes.Equal(last.lo, r.lo), !last.point && bytes.Compare(r.lo, last.hi) >= 0:
			out = append(out, r)
		case last.point:
			*last = r
		case !r.point && bytes.Compare(r.hi, last.hi) > 0:
			last.hi = r.hi
		}
	}
	if reverse {
		for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
			out[i], out[j] = out[j], out[i]
		}
	}
	return out
}
