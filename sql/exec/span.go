package exec

import (
	"bytes"
	"slices"

	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/sql/rowcodec"
)

func sortRanges(rs []keyRange) {
	slices.SortFunc(rs, func(a, b keyRange) int { return bytes.Compare(a.lo, b.lo) })
}

// spanState evaluates the bounds of a Span.
type spanState struct {
	spec         *Span
	eq           []evalState
	lower, upper evalState
	prefix       []byte
	lo, hi       []byte
}

func newSpanState(s *Span) spanState {
	st := spanState{spec: s, lower: stateOf(s.Lower), upper: stateOf(s.Upper)}
	for _, e := range s.Eq {
		st.eq = append(st.eq, stateOf(e))
	}
	return st
}

// eval gives the span's key range; ok is false where no key can be in it. The
// bytes are valid until the next eval. secondary: the range is of index entries.
func (st *spanState) eval(run *Run, x *rowcodec.Index, secondary bool) (r keyRange, ok bool, err error) {
	st.lower.reset()
	st.upper.reset()
	resetAll(st.eq)
	b := append(st.prefix[:0], x.Prefix()...)
	nulls := false
	for i := range st.eq {
		isNull := i < len(st.spec.NullEq) && st.spec.NullEq[i]
		var d Datum
		if !isNull {
			if d, err = st.eq[i].scalar(run); err != nil {
				return r, false, err
			}
			if d.IsNull() {
				return r, false, nil
			}
		}
		nulls = nulls || isNull
		if isNull && !secondary {
			return r, false, nil // a primary key holds no NULL
		}
		if b, err = x.AppendKeyColumn(b, i, d); err != nil {
			return r, false, err
		}
	}
	st.prefix = b
	whole := len(st.eq) == x.Keys()
	if whole && (!secondary || x.Desc().Unique && (!nulls || x.Desc().NullsNotDistinct)) {
		return keyRange{lo: b, point: true}, true, nil
	}
	if st.spec.Lower == nil && st.spec.Upper == nil {
		st.lo = append(st.lo[:0], b...)
		st.hi = keys.PrefixEnd(st.hi[:0], b)
		return keyRange{lo: st.lo, hi: st.hi}, true, nil
	}
	return st.rangeAfter(run, x)
}

// rangeAfter bounds the key column after the equalities. NULLs are in no range.
func (st *spanState) rangeAfter(run *Run, x *rowcodec.Index) (r keyRange, ok bool, err error) {
	i := len(st.eq)
	low, lowIncl, high, highIncl := &st.lower, st.spec.LowerIncl, &st.upper, st.spec.UpperIncl
	if x.Descending(i) {
		low, lowIncl, high, highIncl = high, highIncl, low, lowIncl
	}
	st.lo = append(st.lo[:0], st.prefix...)
	if low.expr == nil {
		st.lo = x.AppendValueMarker(st.lo, i)
	} else {
		if st.lo, ok, err = st.bound(run, x, st.lo, low); !ok {
			return r, false, err
		}
		if !lowIncl {
			st.lo = keys.PrefixEnd(nil, st.lo)
		}
	}
	bound := append([]byte(nil), st.prefix...)
	if high.expr == nil {
		bound = x.AppendValueMarker(bound, i)
		st.hi = keys.PrefixEnd(st.hi[:0], bound)
	} else {
		if bound, ok, err = st.bound(run, x, bound, high); !ok {
			return r, false, err
		}
		if highIncl {
			st.hi = keys.PrefixEnd(st.hi[:0], bound)
		} else {
			st.hi = append(st.hi[:0], bound...)
		}
	}
	return keyRange{lo: st.lo, hi: st.hi}, bytes.Compare(st.lo, st.hi) < 0, nil
}

func (st *spanState) bound(run *Run, x *rowcodec.Index, dst []byte, e *evalState) ([]byte, bool, error) {
	d, err := e.scalar(run)
	if err != nil || d.IsNull() {
		return dst, false, err
	}
	dst, err = x.AppendKeyColumn(dst, len(st.eq), d)
	return dst, err == nil, err
}
