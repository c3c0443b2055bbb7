package expr

import (
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
)

// allRows is sel, or all rows of in spelled out, in the slot's scratch space.
func (ev *Evaluator) allRows(slot int, in *chunk.Chunk, sel []int32) []int32 {
	out := ev.sels[slot][:0]
	if sel != nil {
		out = append(out, sel...)
	} else {
		for i := range in.Rows {
			out = append(out, int32(i))
		}
	}
	ev.sels[slot] = out
	return out
}

// copyRows copies the rows sel of v to out, which has the same kind.
func copyRows(out, v *chunk.Vec, sel []int32) {
	for _, i := range sel {
		out.Set(int(i), v.Datum(int(i)))
	}
}

type caseNode struct {
	slot, condSlot int
	kind           types.Kind
	conds, thens   []node
	els            node
}

func (n *caseNode) eval(ev *Evaluator, in *chunk.Chunk, sel []int32) (*chunk.Vec, error) {
	open := ev.allRows(n.slot, in, sel)
	out := &ev.vecs[n.slot]
	out.Grow(n.kind, in.Rows)
	for i, cond := range n.conds {
		if len(open) == 0 {
			return out, nil
		}
		v, err := cond.eval(ev, in, open)
		if err != nil {
			return nil, err
		}
		taken, keep := ev.sels[n.condSlot][:0], open[:0]
		for _, r := range open {
			if v.Int(int(r)) != 0 && !v.Null(int(r)) {
				taken = append(taken, r)
			} else {
				keep = append(keep, r)
			}
		}
		ev.sels[n.condSlot], open = taken, keep
		if len(taken) == 0 {
			continue
		}
		if v, err = n.thens[i].eval(ev, in, taken); err != nil {
			return nil, err
		}
		copyRows(out, v, taken)
	}
	if n.els == nil {
		for _, r := range open {
			out.SetNull(int(r))
		}
		return out, nil
	}
	if len(open) > 0 {
		v, err := n.els.eval(ev, in, open)
		if err != nil {
			return nil, err
		}
		copyRows(out, v, open)
	}
	return out, nil
}

type coalesceNode struct {
	slot int
	kind types.Kind
	args []node
}

func (n *coalesceNode) eval(ev *Evaluator, in *chunk.Chunk, sel []int32) (*chunk.Vec, error) {
	open := ev.allRows(n.slot, in, sel)
	out := &ev.vecs[n.slot]
	out.Grow(n.kind, in.Rows)
	for _, a := range n.args {
		if len(open) == 0 {
			return out, nil
		}
		v, err := a.eval(ev, in, open)
		if err != nil {
			return nil, err
		}
		keep := open[:0]
		for _, r := range open {
			if v.Null(int(r)) {
				keep = append(keep, r)
				continue
			}
			out.Set(int(r), v.Datum(int(r)))
		}
		open = keep
	}
	for _, r := range open {
		out.SetNull(int(r))
	}
	return out, nil
}

// subqueryNode is a subquery without outer columns: its rows are read once per
// execution.
type subqueryNode struct {
	slot int
	e    *Subquery
}

func (n *subqueryNode) eval(ev *Evaluator, in *chunk.Chunk, sel []int32) (*chunk.Vec, error) {
	out := &ev.vecs[n.slot]
	if sel != nil && len(sel) == 0 || in.Rows == 0 {
		out.Grow(n.e.T.Kind, in.Rows)
		return out, nil
	}
	if ev.state[n.slot] == nil {
		s, err := newSubqueryState(ev.ctx, n.e)
		if err != nil {
			return nil, err
		}
		ev.state[n.slot] = s
	}
	s := ev.state[n.slot].(*subqueryState)
	if n.e.Kind != SubAny && n.e.Kind != SubAll {
		out.Fill(n.e.T.Kind, s.value, in.Rows)
		return out, nil
	}
	out.Grow(types.KindBool, in.Rows)
	return out, each(in.Rows, sel, func(i int) error {
		ev.in, ev.row = in, i
		d, err := s.test(ev.ctx, n.e, ev.lookup)
		if err != nil {
			return ev.describe(err)
		}
		out.Set(i, d)
		return nil
	})
}

// subqueryState holds the rows of an uncorrelated subquery; for IN over one
// column of one type they are hashed.
type subqueryState struct {
	rows  [][]types.Datum
	value types.Datum
	set   *hashSet
}

func newSubqueryState(ctx *Ctx, e *Subquery) (*subqueryState, error) {
	rows, err := subqueryRows(ctx, e, nil)
	if err != nil {
		return nil, err
	}
	s := &subqueryState{rows: rows}
	if e.Kind != SubAny && e.Kind != SubAll {
		s.value, err = subqueryResult(ctx, e, rows, nil)
		return s, err
	}
	if e.Kind == SubAny && len(e.Eqs) == 1 && hashable(e.Eqs[0]) && len(rows) > inListHashMin {
		s.set = newHashSet(e.Eqs[0].Args[1])
		for _, r := range rows {
			s.set.add(r[0])
		}
	}
	return s, nil
}

func (s *subqueryState) test(ctx *Ctx, e *Subquery, lookup Lookup) (types.Datum, error) {
	if s.set == nil {
		return subqueryResult(ctx, e, s.rows, lookup)
	}
	d, err := EvalOne(ctx, e.Args[0], lookup)
	if err != nil {
		return types.Null, err
	}
	return s.set.contains(d), nil
}
