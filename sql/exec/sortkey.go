package exec

import (
	"cmp"
	"strings"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// SortKey is one compiled key of an ordering.
type SortKey struct {
	Expr       *Expr
	T          *types.T
	Desc       bool
	NullsFirst bool
	// Compare, where not nil, is the btree comparison to use instead of the type's.
	Compare *expr.FuncDef
}

func keyKinds(ks []SortKey) Kinds {
	var out Kinds
	for i := range ks {
		out = append(out, ks[i].Expr.Kind)
	}
	return out
}

// keyColumns says in which columns of a sort the keys lie: those that are columns
// of the input there, the others behind kinds, which grow by them. extra are the
// keys to evaluate.
func keyColumns(kinds Kinds, ks []SortKey) (all Kinds, at, extra []int) {
	all = append(Kinds{}, kinds...)
	for i := range ks {
		if c := ks[i].Expr.Col(); c >= 0 && c < len(kinds) && kinds[c] == ks[i].Expr.Kind {
			at = append(at, c)
			continue
		}
		at, extra = append(at, len(all)), append(extra, i)
		all = append(all, ks[i].Expr.Kind)
	}
	return all, at, extra
}

// keyState is the run state of a SortKey.
type keyState struct {
	SortKey
	eval evalState
}

func newKeyStates(ks []SortKey) []keyState {
	out := make([]keyState, len(ks))
	for i := range ks {
		out[i] = keyState{SortKey: ks[i], eval: stateOf(ks[i].Expr)}
	}
	return out
}

// evalKeys evaluates the keys over c into dst.
func evalKeys(run *Run, ks []keyState, c *chunk.Chunk, dst []*chunk.Vec) ([]*chunk.Vec, error) {
	dst = dst[:0]
	for i := range ks {
		v, err := ks[i].eval.vec(run, c)
		if err != nil {
			return dst, err
		}
		dst = append(dst, v)
	}
	return dst, nil
}

// compareVec orders row i of a against row j of b in the key's order.
func (k *keyState) compareVec(run *Run, a *chunk.Vec, i int, b *chunk.Vec, j int) int {
	an, bn := a.Null(i), b.Null(j)
	if an || bn {
		switch {
		case an && bn:
			return 0
		case an == k.NullsFirst:
			return -1
		}
		return 1
	}
	var c int
	switch {
	case k.Compare != nil:
		c = k.compareBy(run, a.Datum(i), b.Datum(j))
	case a.Kind == types.KindInt && b.Kind == types.KindInt && ordinalInt(k.T):
		c = cmp.Compare(a.Int(i), b.Int(j))
	case a.Kind == types.KindStr && b.Kind == types.KindStr && plainText(k.T):
		c = strings.Compare(a.Str(i), b.Str(j))
	case numbered(a) && numbered(b) && a.Scale == b.Scale:
		c = a.Number(i).Cmp(b.Number(j))
	default:
		c = types.Compare(k.T, a.Datum(i), b.Datum(j))
	}
	if k.Desc {
		return -c
	}
	return c
}

// numbered tells whether the values of v are integers of one scale.
func numbered(v *chunk.Vec) bool { return v.Form == chunk.Scaled || v.Form == chunk.Wide }

func (k *keyState) compareBy(run *Run, a, b Datum) int {
	d, err := k.Compare.Eval(run.Eval, []Datum{a, b})
	if err != nil || d.IsNull() {
		return 0
	}
	return cmp.Compare(d.Int(), 0)
}

// ordinalInt tells an integer type whose order is that of int64.
func ordinalInt(t *types.T) bool {
	oid := t.Underlying().OID
	return oid != oidXid8 && oid != oidPgLSN
}

// plainText tells a string type that compares bytewise.
func plainText(t *types.T) bool {
	switch t.Underlying().OID {
	case oidText, oidVarchar, oidName, oidUnknown:
		return true
	}
	return t.Underlying().Name == "dyn"
}

// OIDs of types that operators treat by themselves.
const (
	oidText    types.OID = 25
	oidName    types.OID = 19
	oidVarchar types.OID = 1043
	oidUnknown types.OID = 705
	oidBpchar  types.OID = 1042
	oidXid8    types.OID = 5069
	oidPgLSN   types.OID = 3220
	oidJSONB   types.OID = 3802
)
