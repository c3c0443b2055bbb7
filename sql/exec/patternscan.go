package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/sql/write"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/keyspace"
)

// PatternScan reads the Redis keyspace through a key pattern: one row a key.
type PatternScan struct {
	Pattern string
	Columns []PatternColumn
	Kinds   Kinds
	// Keys, where not nil, are the keys to read; ByID: what * stands for.
	Keys   []*Expr
	ByID   bool
	Filter *Expr // over the output; nil: none
}

// New implements Spec.
func (s *PatternScan) New() Operator {
	glob := newKeyGlob(s.Pattern)
	op := &patternScanOp{spec: s, glob: glob, dec: newPatternDecoder(glob, s.Columns), keys: states(s.Keys), filter: newPassing(s.Filter, s.Kinds)}
	op.out.Cols = newCols(s.Kinds)
	return op
}

type patternScanOp struct {
	spec   *PatternScan
	run    *Run
	tx     *keyspace.Tx
	glob   keyGlob
	dec    *patternDecoder
	keys   []evalState
	filter passing
	it     *keyspace.KeyScan
	next   int    // in keys
	seen   keySet // where there are several keys
	done   bool
	batch  int
	out    chunk.Chunk
}

// Select implements Selecting.
func (op *patternScanOp) Select() { op.filter.selecting = true }

func (op *patternScanOp) Open(run *Run) error {
	op.run, op.next, op.done, op.batch = run, 0, false, min(scanRowsFirst, run.rows())
	op.filter.cond.reset()
	resetAll(op.keys)
	if len(op.keys) > 1 {
		op.seen.open(run)
	}
	op.dec.arena.Small()
	var err error
	if op.tx, err = run.KeysTx(); err != nil {
		return err
	}
	op.dec.nowMs = op.tx.NowMs()
	return nil
}

func (op *patternScanOp) Close() {
	op.seen.close()
	if op.it != nil {
		op.it.Close()
		op.it = nil
	}
}

func (op *patternScanOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	for !op.done {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		op.out.Reset()
		var err error
		if op.spec.Keys != nil {
			err = op.readKeys()
		} else {
			err = op.scan()
		}
		if err != nil {
			return nil, write.KeysError(err)
		}
		op.batch = min(4*op.batch, op.run.rows())
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

// scan appends up to a batch of keys under the pattern's prefix.
func (op *patternScanOp) scan() error {
	if op.it == nil {
		it, err := op.tx.ScanPrefix([]byte(op.glob.prefix), txn.ScanOptions{})
		if err != nil {
			return err
		}
		op.it = it
	}
	prefixOnly := op.glob.simple && op.glob.suffix == ""
	for bytes := int64(0); op.out.Rows < op.batch && bytes < chunkBytesMax; {
		if !op.it.Next() {
			op.done = true
			return op.it.Err()
		}
		key := op.it.Key()
		if !prefixOnly && !op.glob.match(string(key)) {
			continue
		}
		typ := op.it.Type()
		var fields keyspace.HashIter
		record := op.it.Record()
		var err error
		switch typ {
		case keyspace.TypeHash:
			fields, err = op.it.Fields()
		case keyspace.TypeString:
			record, err = op.it.StringRecord()
		}
		if err != nil {
			return err
		}
		if err := op.dec.row(op.out.Cols, key, typ, record, fields, op.it.ExpireAtMs()); err != nil {
			return err
		}
		op.out.Rows++
		bytes += lastRowBytes(&op.out)
	}
	return nil
}

// readKeys appends up to a chunk of the keys asked for, each once.
func (op *patternScanOp) readKeys() error {
	var bytes int64
	for ; op.next < len(op.keys); op.next++ {
		if op.out.Rows >= op.run.rows() || bytes >= chunkBytesMax {
			return nil
		}
		d, err := op.keys[op.next].scalar(op.run)
		if err != nil {
			return err
		}
		if d.IsNull() {
			continue
		}
		key := textOf(op.run, d, op.keys[op.next].expr)
		if op.spec.ByID {
			key = op.glob.keyOf(key)
		}
		if !op.glob.match(key) {
			continue
		}
		if fresh, err := op.fresh(key); err != nil {
			return err
		} else if !fresh {
			continue
		}
		had := op.out.Rows
		if err := op.readKey([]byte(key)); err != nil {
			return err
		}
		if op.out.Rows > had {
			bytes += lastRowBytes(&op.out)
		}
	}
	op.done = true
	return nil
}

func textOf(run *Run, d Datum, e *Expr) string {
	switch d.Kind() {
	case types.KindStr:
		return d.Str()
	case types.KindBytes:
		return string(d.Bytes())
	}
	return run.Format(d, e.Source.Type())
}

// fresh tells whether a key is asked for the first time.
func (op *patternScanOp) fresh(key string) (bool, error) {
	if len(op.keys) == 1 {
		return true, nil
	}
	return op.seen.add(stringBytes(key))
}

func (op *patternScanOp) readKey(key []byte) error {
	ok, err := readPatternRow(op.tx, op.dec, op.out.Cols, key)
	if ok {
		op.out.Rows++
	}
	return err
}

// readPatternRow appends the row of one key; false where it is absent.
func readPatternRow(tx *keyspace.Tx, dec *patternDecoder, out []chunk.Vec, key []byte) (bool, error) {
	e, err := tx.Read(key)
	if err != nil || !e.Exists() {
		return false, err
	}
	return true, decodeEntry(tx, e, dec, out, key)
}

// decodeEntry appends a key in hand as a row.
func decodeEntry(tx *keyspace.Tx, e *keyspace.Entry, dec *patternDecoder, out []chunk.Vec, key []byte) error {
	typ, expire := e.Type(), e.ExpireAtMs()
	var record []byte
	var fields keyspace.HashIter
	switch typ {
	case keyspace.TypeString:
		v, ok, err := tx.GetString(key)
		if err != nil {
			return err
		}
		if ok {
			record = append([]byte{byte(keyspace.TypeString), 0}, v...)
		}
	case keyspace.TypeHash:
		it, _, err := tx.ReadHash(key)
		if err != nil {
			return err
		}
		fields = it
	}
	return dec.row(out, key, typ, record, fields, expire)
}
