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
	return &filterOp{in: s.In.New(), passing: newPassing(s.Cond, s.Kinds)}
}

type filterOp struct {
	in  Operator
	run *Run
	passing
}

// Select implements Selecting.
func (op *filterOp) Select() { op.selecting = true }

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
		out, err := op.apply(op.run, c)
		if err != nil || out != nil {
			return out, err
		}
	}
}
