package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
)

// External passes on the chunks that Run.External gives.
type External struct{}

// New implements Spec.
func (*External) New() Operator { return &externalOp{} }

type externalOp struct{ run *Run }

func (op *externalOp) Open(run *Run) error {
	op.run = run
	return nil
}

func (op *externalOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return op.run.External(), nil
}

func (op *externalOp) Close() { op.run = nil }
