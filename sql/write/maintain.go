package write

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
)

// Op is a kind of change.
type Op byte

const (
	Insert Op = 'I'
	Update Op = 'U'
	Delete Op = 'D'
)

// Maintainer keeps something true of a table as its rows change. One value
// serves one Writer: it sees the changes of one Op of one statement after the
// other. Not safe for concurrent use.
type Maintainer interface {
	// Open begins a statement.
	Open(env *Env)
	// Before sees a batch before the first of its rows is written. It may refuse
	// it, and prepares what Row needs.
	Before(ctx context.Context, b *Batch) error
	// Row keeps up with one row of the batch that Before saw last; the row has
	// just been written. Rows of a batch may be passed over (ON CONFLICT).
	Row(ctx context.Context, c *Change) error
	// End ends the statement: what had to wait for all of its rows.
	End(ctx context.Context) error
}

// Batch is rows that change together. Row i of Old and of New are the two
// versions of one row. They are valid until the Writer's caller goes on.
type Batch struct {
	Op       Op
	Old, New *chunk.Chunk // row chunks; nil with Insert, with Delete
}

// Change is one row of a Batch. Rows are by attnum-1, keys are storage keys; all
// are valid until the next Change. Datums may be kept, keys may not.
type Change struct {
	*Batch
	I              int
	OldRow, NewRow []types.Datum
	OldKey, NewKey []byte
}

// nothing is embedded by maintainers that have nothing to do at some point.
type nothing struct{}

func (nothing) Open(*Env)                            {}
func (nothing) Before(context.Context, *Batch) error { return nil }
func (nothing) Row(context.Context, *Change) error   { return nil }
func (nothing) End(context.Context) error            { return nil }
