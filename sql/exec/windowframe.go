package exec

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// frame sets the frame of row; rows come in order.
func (st *windowState) frame(p *partition, row int) (err error) {
	f := st.call.Frame
	if f.StartKind == plan.UnboundedPreceding && f.EndKind == plan.UnboundedPreceding {
		f.EndKind = plan.CurrentRow // the zero Frame is the default one
	}
	if st.lower, err = st.bound(f, f.StartKind, st.startOffset, row, true); err != nil {
		return err
	}
	st.upper, err = st.bound(f, f.EndKind, st.endOffset, row, false)
	return err
}

// bound is the first row of the frame (start), or the row after its last.
func (st *windowState) bound(f plan.Frame, kind plan.BoundKind, offset Datum, row int, start bool) (int, error) {
	p := st.ranges.p
	n := p.Len()
	switch kind {
	case plan.UnboundedPreceding:
		return 0, nil
	case plan.UnboundedFollowing:
		return n, nil
	case plan.CurrentRow:
		if f.Mode == plan.Rows {
			if start {
				return row, nil
			}
			return row + 1, nil
		}
		first, end := p.Peers(row)
		if start {
			return first, nil
		}
		return end, nil
	}
	if f.Mode == plan.Range {
		return st.ranges.find(kind == plan.Preceding, offset, row, start)
	}
	by := offset.Int()
	if kind == plan.Preceding {
		by = -by
	}
	if f.Mode == plan.Rows {
		at := int64(row) + by
		if by > 0 && at < int64(row) {
			at = int64(n) // overflow
		}
		if !start {
			at++
		}
		return int(min(max(at, 0), int64(n))), nil
	}
	return groupBound(p, int64(p.Group(row)), by, start), nil
}

// groupBound finds the peer group by groups away from group g.
func groupBound(p *partition, g, by int64, start bool) int {
	want := g + by
	switch {
	case by > 0 && (want < g || want >= int64(len(p.starts))):
		return p.Len() // overflow, too
	case want < 0:
		return 0
	case start:
		return int(p.starts[want])
	}
	return p.groupEnd(int(want))
}

// rangeBounds finds the bounds of RANGE frames with offsets: the frame's StartFn
// and EndFn compute the bounding value from a row's own and the offset. Both
// bounds only move on from row to row.
type rangeBounds struct {
	run        *Run
	p          *partition
	st         *windowState
	head, tail int
}

func (r *rangeBounds) find(preceding bool, offset Datum, row int, start bool) (int, error) {
	c := r.st.call
	at, fn := &r.tail, c.Frame.EndFn
	if start {
		at, fn = &r.head, c.Frame.StartFn
	}
	cur := r.p.orderKey(row)
	var limit Datum
	beyond := 0 // the limit is below (-1) or above (1) all values
	if !cur.IsNull() {
		var err error
		limit, err = callOffset(r.run, fn, cur, offset, c.KeyType)
		switch pgerr.Code(err) {
		case pgerr.SuccessfulCompletion:
		case pgerr.NumericValueOutOfRange, pgerr.DatetimeFieldOverflow:
			beyond = 1
			if preceding != c.Desc {
				beyond = -1
			}
		default:
			return 0, err
		}
	}
	for *at < r.p.Len() {
		stop, err := r.stops(fn, r.p.orderKey(*at), cur, limit, beyond, start)
		if err != nil {
			return 0, err
		}
		if stop {
			break
		}
		*at++
	}
	return *at, nil
}

// callOffset computes value fn offset.
func callOffset(run *Run, fn *expr.FuncDef, value, offset Datum, t *types.T) (Datum, error) {
	f := &expr.Func{Def: fn, T: fn.Ret, Args: []expr.Expr{&expr.Const{T: t, Mod: -1}, &expr.Const{T: fn.Args[1], Mod: -1}}}
	return expr.CallFunc(run.Eval, f, []Datum{value, offset})
}

// stops tells whether the bound rests at a row with ordering value v. NULLs are
// peers of each other and of nothing else (update_frameheadpos and
// update_frametailpos in PostgreSQL's nodeWindowAgg.c).
func (r *rangeBounds) stops(fn *expr.FuncDef, v, cur, limit Datum, beyond int, start bool) (bool, error) {
	c := r.st.call
	if v.IsNull() || cur.IsNull() {
		switch {
		case start && c.NullsFirst:
			return !v.IsNull() || cur.IsNull(), nil
		case start:
			return v.IsNull() || !cur.IsNull(), nil
		case c.NullsFirst:
			return !v.IsNull(), nil
		}
		return !cur.IsNull(), nil
	}
	d := -beyond
	if beyond == 0 {
		if !fn.Ret.Is(c.KeyType) {
			var err error
			if v, err = types.CastTo(v, c.KeyType, fn.Ret, -1, false, r.run.Eval.IO()); err != nil {
				return false, err
			}
		}
		d = types.Compare(fn.Ret, v, limit)
	}
	if c.Desc {
		d = -d
	}
	if start {
		return d >= 0, nil
	}
	return d > 0, nil
}

// negative tells an offset below zero.
func negative(d Datum) bool {
	switch d.Kind() {
	case types.KindInt:
		return d.Int() < 0
	case types.KindFloat:
		return d.Float() < 0
	case types.KindDecimal:
		return d.Decimal().Negative
	case types.KindInterval:
		return types.Compare(types.IntervalT, d, types.MakeInterval(types.Interval{})) < 0
	}
	return false
}
