package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/rowcodec"
)

// spool keeps an input's rows to be read once in order: in memory, and past the
// budget in a file. Modifying operators read their whole input into one before
// the first write, so that they never see their own rows (the Halloween problem).
type spool struct {
	run   *Run
	kinds Kinds
	rows  chunk.Chunk
	file  *spillFile
	acct  account
	at    int
	out   chunk.Chunk
	arena rowcodec.Arena
}

func (s *spool) open(run *Run, kinds Kinds) {
	s.run, s.kinds, s.at = run, kinds, 0
	if len(s.rows.Cols) != len(kinds) {
		s.rows.Cols = newCols(kinds)
	}
	s.rows.Reset()
	s.acct.open(run.Mem, "the rows to modify")
}

func (s *spool) close() {
	s.acct.close()
	s.file.close()
	s.file = nil
	if s.rows.Rows > 8*chunk.RowsMax {
		s.rows = chunk.Chunk{}
	}
}

// load reads all of in.
func (s *spool) load(ctx context.Context, in Operator) error {
	err := drain(ctx, in, func(c *chunk.Chunk) error {
		if s.file == nil && s.acct.trySet(s.acct.held+chunkSize(c)) {
			appendRows(&s.rows, c, 0, c.Rows)
			return nil
		}
		if s.file == nil {
			var err error
			if s.file, err = newSpillFile(s.run); err != nil {
				return err
			}
		}
		for i := range c.Rows {
			if err := s.file.add(c, i); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && s.file != nil {
		err = s.file.rewind()
	}
	return err
}

// next gives the next rows, nil at the end.
func (s *spool) next() (*chunk.Chunk, error) {
	if s.at < s.rows.Rows {
		to := min(s.rows.Rows, s.at+s.run.rows())
		s.out.View(&s.rows, s.at, to)
		s.at = to
		return &s.out, nil
	}
	if s.file == nil {
		return nil, nil
	}
	if s.at == s.rows.Rows {
		s.at++
		s.out = chunk.Chunk{Cols: newCols(s.kinds)}
	}
	s.out.Reset()
	ok, err := s.file.read(&s.out, s.run.rows(), &s.arena)
	if err != nil || !ok {
		return nil, err
	}
	return &s.out, nil
}
