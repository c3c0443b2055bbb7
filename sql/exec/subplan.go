package exec

import (
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// SubplanSet holds the compiled plans of a statement's subqueries in
// expressions. Immutable once built.
type SubplanSet struct {
	plans map[*expr.Subquery]*Subplan
}

// Subplan is the compiled plan of one subquery.
type Subplan struct {
	Spec Spec
	// RowsMax bounds how many rows are asked for: 1 for EXISTS, 2 for a scalar
	// subquery (the second is its error); 0: all.
	RowsMax int
	Outer   []expr.ColID
	// Volatile plans are run again for each row even where nothing changed.
	Volatile bool
}

// Add puts the plan of q into the set.
func (s *SubplanSet) Add(q *expr.Subquery, p *Subplan) {
	if s.plans == nil {
		s.plans = map[*expr.Subquery]*Subplan{}
	}
	s.plans[q] = p
}

// Has tells whether q is in the set.
func (s *SubplanSet) Has(q *expr.Subquery) bool { return s.plans[q] != nil }

// Bind makes the subqueries of set known to r and to its evaluation context.
func (r *Run) Bind(set *SubplanSet) {
	if r.subplans != set {
		clear(r.subs)
		r.subplans = set
	}
	if set != nil && len(set.plans) > 0 {
		r.Eval.RunSubquery = r.runSubquery
	}
}

const (
	// memoEntriesMax bounds how many results of a correlated subquery are kept.
	memoEntriesMax = 4096
	memoRowsMax    = 64 // larger results are not kept
	// memoEntryBytes is what an entry takes beside its key and rows.
	memoEntryBytes = 96
)

// subplan is the run state of a Subplan.
type subplan struct {
	spec *Subplan
	op   Operator
	rows [][]Datum
	done bool // uncorrelated and run
	memo map[string][][]Datum
	acct account // of memo
	key  []byte
	busy bool
}

func (r *Run) runSubquery(ctx *expr.Ctx, q *expr.Subquery) ([][]Datum, error) {
	s := r.subs[q]
	if s == nil {
		spec := r.subplans.plans[q]
		if spec == nil {
			return nil, pgerr.New(pgerr.InternalError, "subquery has no plan")
		}
		s = &subplan{spec: spec, op: spec.Spec.New()}
		s.acct.open(r.Mem)
		if r.subs == nil {
			r.subs = map[*expr.Subquery]*subplan{}
		}
		r.subs[q] = s
	}
	switch {
	case len(s.spec.Outer) == 0:
		if !s.done {
			rows, err := s.run(r)
			if err != nil {
				return nil, err
			}
			s.rows, s.done = rows, true
		}
		return s.rows, nil
	case s.spec.Volatile:
		return s.run(r)
	}
	return s.memoized(r, ctx)
}

// memoized looks up the result for the current outer values. Values that have no
// key form are not remembered.
func (s *subplan) memoized(r *Run, ctx *expr.Ctx) ([][]Datum, error) {
	ok := true
	s.key = s.key[:0]
	for _, id := range s.spec.Outer {
		if s.key, ok = appendMemoKey(s.key, ctx.Outer[id]); !ok {
			return s.run(r)
		}
	}
	if rows, hit := s.memo[string(s.key)]; hit {
		return rows, nil
	}
	key := string(s.key)
	rows, err := s.run(r)
	if err != nil || len(rows) > memoRowsMax {
		return rows, err
	}
	size := int64(memoEntryBytes + len(key))
	for _, row := range rows {
		size += datumBytes + types.SizeAll(row)
	}
	if s.memo == nil || len(s.memo) >= memoEntriesMax || !s.acct.trySet(s.acct.held+size) {
		s.memo = map[string][][]Datum{}
		if !s.acct.trySet(size) {
			s.acct.set(0)
			return rows, nil
		}
	}
	s.memo[key] = rows
	return rows, nil
}

func (s *subplan) run(r *Run) (rows [][]Datum, err error) {
	if s.busy {
		return nil, pgerr.New(pgerr.InternalError, "subquery runs within itself")
	}
	s.busy = true
	defer func() {
		s.op.Close()
		s.busy = false
	}()
	if err := s.op.Open(r); err != nil {
		return nil, err
	}
	var acct account
	acct.open(r.Mem)
	defer func() {
		if err != nil || len(s.spec.Outer) > 0 {
			acct.close()
		}
	}()
	ctx := r.Eval.Context
	for {
		c, err := s.op.Next(ctx)
		if err != nil || c == nil {
			return rows, err
		}
		if err := acct.add(chunkSize(c)); err != nil {
			return nil, err
		}
		if rows = appendDatumRows(rows, c); s.spec.RowsMax > 0 && len(rows) >= s.spec.RowsMax {
			return rows, nil
		}
	}
}

func appendDatumRows(rows [][]Datum, c *chunk.Chunk) [][]Datum {
	width := len(c.Cols)
	flat := make([]Datum, 0, width*c.Rows)
	for i := range c.Rows {
		n := len(flat)
		flat = c.Row(flat, i)
		rows = append(rows, flat[n:n+width:n+width])
	}
	return rows
}
