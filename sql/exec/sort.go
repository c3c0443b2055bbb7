package exec

import (
	"context"
	"slices"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
)

// Sort orders its input; equal rows keep their order. With Top it keeps that
// many rows at most.
type Sort struct {
	In    Spec
	Keys  []SortKey
	Top   *Expr
	Kinds Kinds
}

// New implements Spec.
func (s *Sort) New() Operator {
	op := &sortOp{spec: s, in: s.In.New(), keys: newKeyStates(s.Keys), top: stateOf(s.Top)}
	op.rows.Cols = newCols(append(append(Kinds{}, s.Kinds...), keyKinds(s.Keys)...))
	op.out.Cols = newCols(s.Kinds)
	return op
}

// sortTopSlack: a top-N sort cuts its rows back when it holds this many times N
// and at least sortTopRowsMin.
const (
	sortTopSlack   = 4
	sortTopRowsMin = 4 * chunk.RowsMax
)

type sortOp struct {
	spec *Sort
	in   Operator
	run  *Run
	keys []keyState
	top  evalState
	// rows holds the input's columns, then the keys.
	rows   chunk.Chunk
	order  []int32
	keyed  []*chunk.Vec
	limit  int64 // <0: none
	sorted bool
	next   int
	given  int64
	out    chunk.Chunk
	acct   account
	runs   []*spillFile
	merge  *merger
}

func (op *sortOp) Open(run *Run) error {
	op.run, op.limit, op.sorted, op.next, op.given = run, -1, false, 0, 0
	op.acct.open(run.Mem, "a sort")
	resetKeys(op.keys)
	op.top.reset()
	op.rows.Reset()
	if n, ok, err := limitValue(&op.top, run, "2201W", "LIMIT"); err != nil {
		return err
	} else if ok {
		op.limit = n
	}
	return op.in.Open(run)
}

func (op *sortOp) Close() {
	op.in.Close()
	op.acct.close()
	for _, f := range op.runs {
		f.close()
	}
	op.runs, op.merge = nil, nil
	if op.rows.Rows > 8*chunk.RowsMax {
		op.rows.Cols = newCols(append(append(Kinds{}, op.spec.Kinds...), keyKinds(op.spec.Keys)...))
	}
}

func (op *sortOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	if !op.sorted {
		if err := op.load(ctx); err != nil {
			return nil, err
		}
		op.sorted = true
	}
	if op.limit >= 0 && op.given >= op.limit {
		return nil, nil
	}
	op.out.Reset()
	if op.merge != nil {
		if err := op.merge.fill(&op.out, op.run.rows()); err != nil {
			return nil, err
		}
	} else {
		n := min(op.run.rows(), len(op.order)-op.next)
		idx := op.order[op.next : op.next+n]
		for j := range op.out.Cols {
			op.out.Cols[j].Gather(&op.rows.Cols[j], idx)
		}
		op.out.Rows = n
		op.next += n
	}
	if op.out.Rows == 0 {
		return nil, nil
	}
	op.given += int64(op.out.Rows)
	return &op.out, nil
}

func (op *sortOp) load(ctx context.Context) error {
	err := drain(ctx, op.in, func(c *chunk.Chunk) error {
		var err error
		if op.keyed, err = evalKeys(op.run, op.keys, c, op.keyed); err != nil {
			return err
		}
		appendRows(&op.rows, c, 0, c.Rows)
		for j, v := range op.keyed {
			op.rows.Cols[len(c.Cols)+j].AppendRange(v, 0, c.Rows)
		}
		if op.limit >= 0 && int64(op.rows.Rows) > max(sortTopSlack*op.limit, sortTopRowsMin) {
			op.cut()
			return op.acct.set(chunkSize(&op.rows))
		}
		if op.acct.trySet(op.acct.held + chunkSize(c) + int64(c.Rows)*4) {
			return nil
		}
		return op.spillRun()
	})
	if err != nil {
		return err
	}
	if len(op.runs) == 0 {
		op.sortRows()
		return nil
	}
	if err := op.spillRun(); err != nil {
		return err
	}
	op.merge, err = newMerger(op.run, op.runs, op.keys, op.spec.Kinds)
	return err
}

// cut keeps the first limit rows only.
func (op *sortOp) cut() {
	op.sortRows()
	keep := op.order[:min(op.limit, int64(len(op.order)))]
	var kept chunk.Chunk
	kept.Cols = make([]chunk.Vec, len(op.rows.Cols))
	for j := range op.rows.Cols {
		kept.Cols[j].Kind = op.rows.Cols[j].Kind
		kept.Cols[j].Gather(&op.rows.Cols[j], keep)
	}
	kept.Rows = len(keep)
	op.rows = kept
}

// sortRows fills order.
func (op *sortOp) sortRows() {
	op.order = growSlice(op.order[:0], op.rows.Rows)
	for i := range op.order {
		op.order[i] = int32(i)
	}
	keys := op.rows.Cols[len(op.spec.Kinds):]
	if len(keys) == 1 && !keys[0].HasNulls() && keys[0].Kind == types.KindInt && op.keys[0].Compare == nil && ordinalInt(op.keys[0].T) {
		sortInts(op.order, keys[0].Ints, op.keys[0].Desc)
		return
	}
	slices.SortFunc(op.order, func(a, b int32) int {
		for j := range keys {
			if c := op.keys[j].compareVec(op.run, &keys[j], int(a), &keys[j], int(b)); c != 0 {
				return c
			}
		}
		return int(a - b)
	})
}

func sortInts(order []int32, k []int64, desc bool) {
	slices.SortFunc(order, func(a, b int32) int {
		x, y := k[a], k[b]
		if desc {
			x, y = y, x
		}
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return int(a - b)
	})
}

// spillRun writes the rows at hand, sorted, as one run.
func (op *sortOp) spillRun() error {
	if op.rows.Rows == 0 {
		return nil
	}
	op.sortRows()
	f, err := newSpillFile(op.run)
	if err != nil {
		return err
	}
	op.runs = append(op.runs, f)
	for n, i := range op.order {
		if op.limit >= 0 && int64(n) >= op.limit {
			break
		}
		if err := f.add(&op.rows, int(i)); err != nil {
			return err
		}
	}
	op.rows.Reset()
	op.acct.set(0)
	return f.rewind()
}

// merger merges sorted runs. Earlier runs win ties, so the order stays stable.
type merger struct {
	run   *Run
	keys  []keyState
	width int
	heads []mergeHead
}

type mergeHead struct {
	file  *spillFile
	c     chunk.Chunk
	at    int
	arena rowcodec.Arena
}

const mergeRows = 64

func newMerger(run *Run, files []*spillFile, keys []keyState, kinds Kinds) (*merger, error) {
	m := &merger{run: run, keys: keys, width: len(kinds)}
	all := append(Kinds{}, kinds...)
	for i := range keys {
		all = append(all, keys[i].Expr.Kind)
	}
	for _, f := range files {
		h := mergeHead{file: f}
		h.c.Cols = newCols(all)
		ok, err := f.read(&h.c, mergeRows, &h.arena)
		if err != nil {
			return nil, err
		}
		if ok {
			m.heads = append(m.heads, h)
		}
	}
	return m, nil
}

func (m *merger) fill(out *chunk.Chunk, rows int) error {
	for out.Rows < rows && len(m.heads) > 0 {
		best := 0
		for i := 1; i < len(m.heads); i++ {
			if m.less(&m.heads[i], &m.heads[best]) {
				best = i
			}
		}
		h := &m.heads[best]
		for j := range out.Cols {
			out.Cols[j].AppendRange(&h.c.Cols[j], h.at, h.at+1)
		}
		out.Rows++
		if h.at++; h.at < h.c.Rows {
			continue
		}
		h.at = 0
		h.c.Reset()
		ok, err := h.file.read(&h.c, mergeRows, &h.arena)
		if err != nil {
			return err
		}
		if !ok {
			m.heads = slices.Delete(m.heads, best, best+1)
		}
	}
	return nil
}

func (m *merger) less(a, b *mergeHead) bool {
	for j := range m.keys {
		if c := m.keys[j].compareVec(m.run, &a.c.Cols[m.width+j], a.at, &b.c.Cols[m.width+j], b.at); c != 0 {
			return c < 0
		}
	}
	return false
}
