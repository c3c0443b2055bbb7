package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
)

// Recheck computes a row again from the newest versions of what it was made of:
// see plan.Recheck.
type Recheck struct {
	Plan Spec
	// From[j] is the column of Plan that is column j of the row; -1: it stays.
	From []int
}

// recheckState is the run state of a Recheck.
type recheckState struct {
	spec *Recheck
	op   Operator
	open bool
}

func newRecheck(s *Recheck) recheckState { return recheckState{spec: s} }

// holds computes the one row of row again, in place, and tells whether it is
// still one of the result. The values are valid until the next call or close.
func (s *recheckState) holds(ctx context.Context, run *Run, row *chunk.Chunk) (bool, error) {
	if s.spec == nil {
		return true, nil
	}
	s.close()
	if s.op == nil {
		s.op = s.spec.Plan.New()
	}
	outer := run.pinned
	run.pinned = row
	defer func() { run.pinned = outer }()
	s.open = true
	if err := s.op.Open(run); err != nil {
		return false, err
	}
	for {
		c, err := s.op.Next(ctx)
		if err != nil || c == nil {
			return false, err
		}
		if c.Rows == 0 {
			continue
		}
		for j, from := range s.spec.From {
			if from >= 0 {
				row.Cols[j].Set(0, c.Cols[from].Datum(0))
			}
		}
		return true, nil
	}
}

func (s *recheckState) close() {
	if s.open {
		s.op.Close()
		s.open = false
	}
}

// Pinned gives columns of the row that is being checked again.
type Pinned struct {
	At       []int // in that row
	Kinds    Kinds
	Nullable bool // no row where all columns are NULL
}

// New implements Spec.
func (s *Pinned) New() Operator {
	op := &pinnedOp{spec: s}
	op.out.Cols = newCols(s.Kinds)
	return op
}

type pinnedOp struct {
	spec  *Pinned
	row   *chunk.Chunk
	given bool
	out   chunk.Chunk
}

func (op *pinnedOp) Open(run *Run) error {
	op.row, op.given = run.pinned, false
	return nil
}

func (op *pinnedOp) Close() { op.row = nil }

func (op *pinnedOp) Next(context.Context) (*chunk.Chunk, error) {
	if op.given {
		return nil, nil
	}
	op.given = true
	op.out.Reset()
	some := !op.spec.Nullable
	for j, at := range op.spec.At {
		d := op.row.Cols[at].Datum(0)
		some = some || !d.IsNull()
		op.out.Cols[j].Append(d)
	}
	if !some {
		return nil, nil
	}
	op.out.Rows = 1
	return &op.out, nil
}
