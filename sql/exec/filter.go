package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
)

// Filter passes the rows for which Cond is true.
type Filter struct {
	In    Spec
	Cond  *Expr
	Kinds Kinds
}

// New implements Spec.
func (s *Filter) New() Operator {
	op := &filterOp{in: s.In.New(), cond: stateOf(s.Cond)}
	op.out.Cols = newCols(s.Kinds)
	return op
}

type filterOp struct {
	in   Operator
	run  *Run
	cond evalState
	out  chunk.Chunk
	sel  []int32
}

func (op *filterOp) Open(run *Run) error {
	op.run = run
	op.cond.reset()
	return op.in.Open(run)
}

func (op *filterOp) Close() { op.in.Close() }

func (op *filterOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	for {
		c, err := op.in.Next(ctx)
		if err != nil || c == nil {
			return nil, err
		}
		out, err := op.cond.apply(op.run, c, &op.out, &op.sel)
		if err != nil || out != nil {
			return out, err
		}
	}
}
