package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
)

// Project computes a new list of columns.
type Project struct {
	In  Spec
	Out []*Expr
}

// New implements Spec.
func (s *Project) New() Operator {
	op := &projectOp{in: s.In.New(), exprs: states(s.Out)}
	op.out.Cols = make([]chunk.Vec, len(s.Out))
	return op
}

type projectOp struct {
	in    Operator
	run   *Run
	exprs []evalState
	out   chunk.Chunk
}

func (op *projectOp) Open(run *Run) error {
	op.run = run
	resetAll(op.exprs)
	return op.in.Open(run)
}

func (op *projectOp) Close() { op.in.Close() }

func (op *projectOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	c, err := op.in.Next(ctx)
	if err != nil || c == nil {
		return nil, err
	}
	return &op.out, projectInto(op.run, op.exprs, c, &op.out)
}

// projectInto makes out show the expressions over c. Its vectors alias those of
// c and of the evaluators.
func projectInto(run *Run, exprs []evalState, c, out *chunk.Chunk) error {
	for i := range exprs {
		v, err := exprs[i].vec(run, c)
		if err != nil {
			return err
		}
		out.Cols[i] = *v
	}
	out.Rows = c.Rows
	return nil
}
