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
	for _, e := range s.Out {
		op.wide = op.wide || e.Wide()
	}
	op.out.Cols = make([]chunk.Vec, len(s.Out))
	return op
}

type projectOp struct {
	in    Operator
	run   *Run
	exprs []evalState
	// Where a value may be of any size (wide), c is given out in parts, from at on.
	wide bool
	c    *chunk.Chunk
	at   int
	part chunk.Chunk
	out  chunk.Chunk
}

func (op *projectOp) Open(run *Run) error {
	op.run, op.c = run, nil
	resetAll(op.exprs)
	return op.in.Open(run)
}

func (op *projectOp) Close() {
	op.in.Close()
	op.c = nil
}

func (op *projectOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	if op.c == nil {
		c, err := op.in.Next(ctx)
		if err != nil || c == nil {
			return nil, err
		}
		if !op.wide {
			return &op.out, projectInto(op.run, op.exprs, c, &op.out)
		}
		op.c, op.at = c, 0
	}
	in, to := op.c, op.c.Rows
	for i := range op.exprs {
		if e := &op.exprs[i]; e.expr.Wide() {
			to = min(to, op.at+e.batch)
		}
	}
	if op.at > 0 || to < in.Rows {
		op.part.View(in, op.at, to)
		in = &op.part
	}
	if op.at = to; to == op.c.Rows {
		op.c = nil
	}
	return &op.out, projectInto(op.run, op.exprs, in, &op.out)
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
