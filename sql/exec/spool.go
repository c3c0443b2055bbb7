package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
)

// spool keeps an input's rows to be read once in order. Modifying operators read
// their whole input into one before the first write, so that they never see their
// own rows (the Halloween problem).
type spool struct {
	store rowStore
	read  cursor
}

func (s *spool) open(run *Run, kinds Kinds) {
	s.store.open(run, kinds)
	s.read.from(&s.store, storeMark{})
}

func (s *spool) close() { s.store.close() }

// load reads all of in.
func (s *spool) load(ctx context.Context, in Operator) error { return s.store.load(ctx, in) }

// next gives the next rows, nil at the end.
func (s *spool) next() (*chunk.Chunk, error) { return s.read.next(-1) }
