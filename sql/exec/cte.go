package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// With makes common table expressions readable by CTEScan within In. Rows are
// computed as they are read, so that a LIMIT ends an endless recursion.
// Modifying expressions run to their end before In starts.
type With struct {
	CTEs []*CTE
	In   Spec
}

// CTE describes one common table expression.
type CTE struct {
	ID    int
	Plan  Spec
	Kinds Kinds
	Types []*types.T
	// Recursive is the recursive term, nil for none; All keeps duplicates.
	Recursive Spec
	All       bool
	Modifying bool
}

// New implements Spec.
func (s *With) New() Operator {
	op := &withOp{spec: s, in: s.In.New()}
	for _, c := range s.CTEs {
		op.ctes = append(op.ctes, c.newState())
	}
	return op
}

type withOp struct {
	spec *With
	in   Operator
	run  *Run
	ctes []*cteState
	ran  bool
}

func (op *withOp) Open(run *Run) error {
	op.run, op.ran = run, false
	if run.ctes == nil {
		run.ctes = map[int]*cteState{}
	}
	for _, c := range op.ctes {
		c.reset(run)
		if c.spec.Modifying && run.touched == nil {
			run.touched = map[string]struct{}{}
			run.before = run.Txn.Before(run.Txn.Savepoint())
		}
		run.ctes[c.spec.ID] = c
	}
	return op.in.Open(run)
}

func (op *withOp) Close() {
	op.in.Close()
	for _, c := range op.ctes {
		c.close()
	}
}

func (op *withOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	if !op.ran {
		op.ran = true
		for _, c := range op.ctes {
			for c.spec.Modifying && !c.done {
				if err := c.fetch(ctx); err != nil {
					return nil, err
				}
			}
		}
	}
	return op.in.Next(ctx)
}

// RowsAffected passes on to a modifying main statement.
func (op *withOp) RowsAffected() int64 {
	if a, ok := op.in.(Affected); ok {
		return a.RowsAffected()
	}
	return 0
}

// cteState holds the rows computed so far. Rows [from, to) are the working table
// of a recursion in progress.
type cteState struct {
	spec      *CTE
	run       *Run
	first     Operator
	recursive Operator
	rows      rowBuffer
	seen      *keyTable // UNION: drops duplicates
	ids       []int32
	keys      []*chunk.Vec
	from, to  int
	opened    bool // the term at hand is open
	recursing bool
	done      bool
	busy      bool
}

func (c *CTE) newState() *cteState {
	st := &cteState{spec: c, first: c.Plan.New()}
	if c.Recursive != nil {
		st.recursive = c.Recursive.New()
		if !c.All {
			st.seen = newKeyTable(c.Types, true)
		}
	}
	return st
}

func (st *cteState) reset(run *Run) {
	st.run = run
	st.rows.open(run, st.spec.Kinds, "a common table expression")
	st.from, st.to = 0, 0
	st.opened, st.recursing, st.done, st.busy = false, false, false, false
	if st.seen != nil {
		st.seen.reset()
	}
}

func (st *cteState) term() Operator {
	if st.recursing {
		return st.recursive
	}
	return st.first
}

func (st *cteState) close() {
	if st.opened {
		st.term().Close()
		st.opened = false
	}
	st.rows.close()
}

// fetch computes some more rows, or sets done.
func (st *cteState) fetch(ctx context.Context) error {
	if st.done {
		return nil
	}
	if st.busy {
		return pgerr.New(pgerr.InternalError, "common table expression reads itself")
	}
	st.busy = true
	defer func() { st.busy = false }()
	if !st.opened {
		st.opened = true
		if err := st.term().Open(st.run); err != nil {
			return err
		}
	}
	c, err := st.term().Next(ctx)
	if err != nil {
		return err
	}
	if c != nil {
		return st.add(c)
	}
	st.term().Close()
	st.opened = false
	st.from, st.to = st.to, st.rows.Rows
	st.recursing = true
	st.done = st.recursive == nil || st.from == st.to
	return nil
}

func (st *cteState) add(c *chunk.Chunk) error {
	if st.seen == nil {
		return st.rows.add(c)
	}
	st.keys = st.keys[:0]
	for j := range c.Cols {
		st.keys = append(st.keys, &c.Cols[j])
	}
	st.ids = growSlice(st.ids[:0], c.Rows)
	next := int32(st.seen.len())
	if err := st.seen.lookup(st.keys, c.Rows, st.ids, true); err != nil {
		return err
	}
	if err := st.rows.acct.add(chunkSize(c)); err != nil {
		return err
	}
	for i, id := range st.ids {
		if id == next {
			next++
			appendRows(&st.rows.Chunk, c, i, i+1)
		}
	}
	return nil
}

// CTEScan reads a common table expression; where Working, the rows that the last
// round of its recursion added.
type CTEScan struct {
	ID      int
	Working bool
}

// New implements Spec.
func (s *CTEScan) New() Operator { return &cteScanOp{spec: s} }

type cteScanOp struct {
	spec *CTEScan
	run  *Run
	cte  *cteState
	at   int
	end  int
	out  chunk.Chunk
}

func (op *cteScanOp) Open(run *Run) error {
	op.run, op.at = run, 0
	op.cte = run.ctes[op.spec.ID]
	if op.cte == nil {
		return pgerr.New(pgerr.InternalError, "common table expression is not in reach")
	}
	if op.spec.Working {
		op.at, op.end = op.cte.from, op.cte.to
	}
	return nil
}

func (op *cteScanOp) Close() {}

func (op *cteScanOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !op.spec.Working {
		for op.at >= op.cte.rows.Rows {
			if op.cte.done {
				return nil, nil
			}
			if err := op.cte.fetch(ctx); err != nil {
				return nil, err
			}
		}
		op.end = op.cte.rows.Rows
	}
	if op.at >= op.end {
		return nil, nil
	}
	to := min(op.end, op.at+op.run.rows())
	op.out.View(&op.cte.rows.Chunk, op.at, to)
	op.at = to
	return &op.out, nil
}
