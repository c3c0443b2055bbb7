package exec

import "github.com/ferritedb/ferrite/sql/expr"

// addNumbers adds the rows sel (nil: all) of decimals that the vector holds as
// integers, without making datums of them; false where the argument is none, or
// the aggregate does not take them so.
func (st *aggState) addNumbers(ids, sel []int32) bool {
	if len(st.argVecs) != 1 || len(st.direct) > 0 || len(st.states) == 0 {
		return false
	}
	v := st.argVecs[0]
	if _, ok := st.states[0].(expr.NumberAgg); !ok || !numbered(v) {
		return false
	}
	for k := range count(ids, sel) {
		if i := rowOf(sel, k); !v.Null(i) {
			st.states[ids[i]].(expr.NumberAgg).AddNumber(v.Number(i), int(v.Scale))
		}
	}
	return true
}
