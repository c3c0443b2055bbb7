package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
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
	op.kinds, op.at, op.extra = keyColumns(s.Kinds, s.Keys)
	return op
}

type sortOp struct {
	spec   *Sort
	in     Operator
	run    *Run
	keys   []keyState
	top    evalState
	kinds  Kinds
	at     []int // columns of the keys
	extra  []int // keys to evaluate
	sorter sorter
	vecs   []*chunk.Vec
	sorted bool
	out    chunk.Chunk
}

func (op *sortOp) Open(run *Run) error {
	op.run, op.sorted = run, false
	op.sorter.open(run, op.kinds, op.keys, op.at)
	resetKeys(op.keys)
	op.top.reset()
	if n, ok, err := limitValue(&op.top, run, pgerr.InvalidRowCountInLimitClause, "LIMIT"); err != nil {
		return err
	} else if ok {
		op.sorter.limit = n
	}
	return op.in.Open(run)
}

func (op *sortOp) Close() {
	op.in.Close()
	op.sorter.close()
}

func (op *sortOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	if !op.sorted {
		op.sorted = true
		if err := drain(ctx, op.in, op.add); err != nil {
			return nil, err
		}
		if err := op.sorter.finish(ctx); err != nil {
			return nil, err
		}
		op.report()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c, err := op.sorter.next()
	if err != nil || c == nil {
		return nil, err
	}
	op.out = chunk.Chunk{Cols: c.Cols[:len(op.spec.Kinds)], Rows: c.Rows}
	return &op.out, nil
}

func (op *sortOp) add(c *chunk.Chunk) error {
	op.vecs = op.vecs[:0]
	for j := range c.Cols {
		op.vecs = append(op.vecs, &c.Cols[j])
	}
	for _, k := range op.extra {
		v, err := op.keys[k].eval.vec(op.run, c)
		if err != nil {
			return err
		}
		op.vecs = append(op.vecs, v)
	}
	return op.sorter.add(op.vecs, c.Rows, nil)
}

// report tells EXPLAIN ANALYZE how the sort went, in PostgreSQL's words.
func (op *sortOp) report() {
	use := Usage{Memory: op.sorter.acct.peak, Sort: "quicksort"}
	switch {
	case op.sorter.file != nil:
		use.Sort, use.Disk = "external merge", op.sorter.file.off
	case op.sorter.top:
		use.Sort = "top-N heapsort"
	}
	op.run.Stats.use(use)
}
