package exec

import (
	"github.com/ferritedb/ferrite/sql/expr"
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

// rangeBounds finds the bounds of RANGE frames with offsets. Both only move on
// from row to row (as update_frameheadpos in PostgreSQL's nodeWindowAgg.c).
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
	sub, less := preceding, !start
	if c.Desc {
		sub, less = !sub, !less
	}
	cur := r.p.orderKey(row)
	for *at < len(r.p.rows) {
		stop, err := r.stops(fn, r.p.orderKey(*at), cur, offset, sub, less, start)
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

// stops tells whether the bound rests at a row with ordering value v.
func (r *rangeBounds) stops(fn *expr.FuncDef, v, cur, offset Datum, sub, less, start bool) (bool, error) {
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
	d, err := fn.Eval(r.run.Eval, []Datum{v, cur, offset, types.MakeBool(sub), types.MakeBool(less)})
	if err != nil {
		return false, err
	}
	return d.Bool() == start, nil
}
