package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
)

// Spec is the immutable description of an operator. Safe for concurrent use.
type Spec interface {
	// New makes run state; the result is for one goroutine at a time.
	New() Operator
}

// Operator is the run state of a Spec. Open begins an execution, Close ends it
// (after any error too, and where Open failed); Open may then be called again.
type Operator interface {
	Open(run *Run) error
	// Next gives the next rows, nil at the end. The chunk is valid until the next
	// call of Next or Close and must not be changed.
	Next(ctx context.Context) (*chunk.Chunk, error)
	Close()
}

// Affected is implemented by operators that modify data: how many rows the
// command tag counts, valid after Next gave nil.
type Affected interface {
	RowsAffected() int64
}

// Selecting is an Operator that can leave rows that do not pass where they are.
type Selecting interface {
	Operator
	// Select has the operator give chunks with a selection, from its next Open on,
	// instead of copying the rows that pass into chunks of their own. Who calls it
	// honours Chunk.Sel.
	Select()
}

// Kinds lists physical kinds of output columns.
type Kinds []types.Kind

// drain runs op to its end and hands each chunk to fn.
func drain(ctx context.Context, op Operator, fn func(*chunk.Chunk) error) error {
	for {
		c, err := op.Next(ctx)
		if err != nil || c == nil {
			return err
		}
		if err := fn(c); err != nil {
			return err
		}
	}
}

// drainFile hands the rows of a temporary file to fn.
func drainFile(ctx context.Context, r *spillReader, fn func(*chunk.Chunk) error) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		c, err := r.next()
		if err != nil || c == nil {
			return err
		}
		if err := fn(c); err != nil {
			return err
		}
	}
}
