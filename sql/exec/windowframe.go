package exec

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// frame is the range of rows in the frame of row; end may be below start.
func (st *windowState) frame(_ *partition, row int) (start, end int) {
	f := st.frames[row]
	return int(f[0]), int(f[1])
}

// frameAll computes the frames of all rows of a partition.
func (st *windowState) frameAll(run *Run, p *partition) error {
	st.frames = growSlice(st.frames[:0], len(p.rows))
	f := st.call.Frame
	if f.StartKind == plan.UnboundedPreceding && f.EndKind == plan.UnboundedPreceding {
		f.EndKind = plan.CurrentRow // the zero Frame is the default one
	}
	ranges := rangeBounds{run: run, p: p, st: st}
	for row := range p.rows {
		start, err := st.bound(&ranges, f, f.StartKind, st.startOffset, row, true)
		if err != nil {
			return err
		}
		end, err := st.bound(&ranges, f, f.EndKind, st.endOffset, row, false)
		if err != nil {
			return err
		}
		st.frames[row] = [2]int32{int32(start), int32(end)}
	}
	return nil
}

// bound is the first row of the frame (start), or the row after its last.
func (st *windowState) bound(r *rangeBounds, f plan.Frame, kind plan.BoundKind, offset Datum, row int, start bool) (int, error) {
	p := r.p
	n := len(p.rows)
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
		if start {
			return int(p.peerStart[row]), nil
		}
		return int(p.peerEnd[row]), nil
	}
	if f.Mode == plan.Range {
		return r.find(kind == plan.Preceding, offset, row, start)
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
	return groupBound(p, int64(p.group[row]), by, start), nil
}

// groupBound finds the peer group by groups away from group g.
func groupBound(p *partition, g, by int64, start bool) int {
	n := len(p.rows)
	if n == 0 {
		return 0
	}
	want := g + by
	if by > 0 && want < g {
		return n // overflow
	}
	last := int64(p.group[n-1])
	switch {
	case want < 0:
		return 0
	case want > last:
		return n
	}
	// Groups are numbered in order: binary search for the first row of want.
	lo, hi := 0, n
	for lo < hi {
		m := (lo + hi) / 2
		if int64(p.group[m]) < want {
			lo = m + 1
		} else {
			hi = m
		}
	}
	if start {
		return lo
	}
	return int(p.peerEnd[lo])
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
	for *at < len(r.p.rows) {
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
