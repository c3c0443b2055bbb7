package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
)

// rowBuffer keeps all rows of an input in memory within the statement's budget.
type rowBuffer struct {
	chunk.Chunk
	acct account
}

func (b *rowBuffer) open(run *Run, kinds Kinds, what string) {
	if len(b.Cols) != len(kinds) || b.Rows > 8*chunk.RowsMax {
		b.Cols = newCols(kinds)
	}
	b.Reset()
	b.acct.open(run.Mem, what)
}

func (b *rowBuffer) add(c *chunk.Chunk) error {
	if err := b.acct.add(chunkSize(c)); err != nil {
		return err
	}
	appendRows(&b.Chunk, c, 0, c.Rows)
	return nil
}

func (b *rowBuffer) load(ctx context.Context, in Operator) error {
	return drain(ctx, in, b.add)
}

func (b *rowBuffer) close() { b.acct.close() }
