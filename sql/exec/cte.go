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
			run.touched = &keySet{}
			run.touched.open(run)
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
// of a recursion in progress. The keys of UNION that do not fit into work_mem are
// charged to the statement's budget: every row has to be compared with all before.
type cteState struct {
	spec      *CTE
	run       *Run
	first     Operator
	recursive Operator
	rows      rowStore
	seen      *keyTable // UNION: drops duplicates
	acct      account   // of seen
	ids       []int32
	sel       []int32
	fresh     chunk.Chunk
	keys      []*chunk.Vec
	from, to  storeMark
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
	st.rows.open(run, st.spec.Kinds)
	st.acct.open(run.Mem)
	st.from, st.to = storeMark{}, storeMark{}
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
	st.acct.close()
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
	st.from, st.to = st.to, st.rows.end()
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
	if err := st.acct.set(st.seen.bytes()); err != nil {
		return err
	}
	st.sel = st.sel[:0]
	for i, id := range st.ids {
		if id == next {
			next++
			st.sel = append(st.sel, int32(i))
		}
	}
	switch len(st.sel) {
	case 0:
		return nil
	case c.Rows:
		return st.rows.add(c)
	}
	if len(st.fresh.Cols) == 0 {
		st.fresh.Cols = newCols(st.spec.Kinds)
	}
	st.fresh.Reset()
	gatherChunk(&st.fresh, 0, c, st.sel)
	st.fresh.Rows = len(st.sel)
	return st.rows.add(&st.fresh)
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
	read cursor
	end  int64 // of a working table
}

func (op *cteScanOp) Open(run *Run) error {
	op.run = run
	op.cte = run.ctes[op.spec.ID]
	if op.cte == nil {
		return pgerr.New(pgerr.InternalError, "common table expression is not in reach")
	}
	op.read.from(&op.cte.rows, storeMark{})
	if op.spec.Working {
		op.read.from(&op.cte.rows, op.cte.from)
		op.end = op.cte.to.row
	}
	return nil
}

func (op *cteScanOp) Close() {}

func (op *cteScanOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if op.spec.Working {
			return op.read.next(op.end)
		}
		c, err := op.read.next(-1)
		if err != nil || c != nil || op.cte.done {
			return c, err
		}
		if err := op.cte.fetch(ctx); err != nil {
			return nil, err
		}
	}
}
