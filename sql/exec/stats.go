package exec

import (
	"context"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/sql/chunk"
)

// Stats collects EXPLAIN ANALYZE counters, one entry for each Counted operator.
// Not safe for concurrent use.
type Stats struct {
	Clock   clock.Clock
	entries map[any]*Counters
	// at is the entry of the operator that runs now.
	at *Counters
}

// Counters of one operator over all its executions in one statement.
type Counters struct {
	Rows  int64
	Loops int64
	// First is the time to the first rows, Total to the end, inputs included;
	// sums over all loops.
	First, Total time.Duration
	// Usage is nil where the operator keeps no rows.
	Usage *Usage
}

// Usage is the memory and the disk that one execution of an operator took; of
// several executions the one with the most.
type Usage struct {
	Sort         string // how a sort was done; "" for other operators
	Batches      int    // how often a hash operator filled its table; 0: no such one
	Memory, Disk int64  // bytes
}

// use reports what the operator that runs now took. A nil *Stats forgets it.
func (s *Stats) use(u Usage) {
	if s == nil || s.at == nil {
		return
	}
	if o := s.at.Usage; o == nil || u.Disk > o.Disk || u.Disk == o.Disk && (u.Batches > o.Batches || u.Batches == o.Batches && u.Memory > o.Memory) {
		s.at.Usage = &u
	}
}

// enter makes c the entry of the operator that runs now, and gives the one before.
func (s *Stats) enter(c *Counters) (before *Counters) {
	before, s.at = s.at, c
	return before
}

// NewStats makes an empty collection that reads time from clk.
func NewStats(clk clock.Clock) *Stats {
	return &Stats{Clock: clk, entries: map[any]*Counters{}}
}

// Of gives the counters of the operator marked with key (its plan node); nil
// where it never ran.
func (s *Stats) Of(key any) *Counters { return s.entries[key] }

// Add adds what another worker of the execution counted.
func (s *Stats) Add(o *Stats) {
	for key, c := range o.entries {
		at := s.entries[key]
		if at == nil {
			s.entries[key] = c
			continue
		}
		at.Rows, at.Loops = at.Rows+c.Rows, at.Loops+c.Loops
		at.First, at.Total = at.First+c.First, at.Total+c.Total
		if c.Usage != nil {
			s.at = at
			s.use(*c.Usage)
			s.at = nil
		}
	}
}

// Counted wraps In with counters under Key. Without Run.Stats it only passes on.
type Counted struct {
	In  Spec
	Key any
}

// New implements Spec.
func (s *Counted) New() Operator { return &countedOp{spec: s, in: s.In.New()} }

type countedOp struct {
	spec  *Counted
	in    Operator
	run   *Run
	c     *Counters
	first bool
}

func (op *countedOp) Open(run *Run) error {
	op.run, op.c = run, nil
	if run.Stats == nil {
		return op.in.Open(run)
	}
	op.c = run.Stats.entries[op.spec.Key]
	if op.c == nil {
		op.c = &Counters{}
		run.Stats.entries[op.spec.Key] = op.c
	}
	op.c.Loops++
	op.first = true
	start := run.Stats.Clock.Now()
	before := run.Stats.enter(op.c)
	err := op.in.Open(run)
	run.Stats.enter(before)
	op.count(start)
	return err
}

func (op *countedOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	if op.c == nil {
		return op.in.Next(ctx)
	}
	start := op.run.Stats.Clock.Now()
	before := op.run.Stats.enter(op.c)
	c, err := op.in.Next(ctx)
	op.run.Stats.enter(before)
	op.count(start)
	if op.first {
		op.first = false
		op.c.First += op.run.Stats.Clock.Now().Sub(start)
	}
	if c != nil {
		op.c.Rows += int64(c.Rows)
	}
	return c, err
}

func (op *countedOp) count(start time.Time) {
	op.c.Total += op.run.Stats.Clock.Now().Sub(start)
}

func (op *countedOp) Close() { op.in.Close() }

// RowsAffected passes on to a modifying operator.
func (op *countedOp) RowsAffected() int64 {
	if a, ok := op.in.(Affected); ok {
		return a.RowsAffected()
	}
	return 0
}
