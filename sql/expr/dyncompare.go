package expr

import (
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
)

// The OIDs of numeric's comparison functions (pg_proc.dat).
const (
	oidNumericEq types.OID = 1718
	oidNumericNe types.OID = 1719
	oidNumericGt types.OID = 1720
	oidNumericGe types.OID = 1721
	oidNumericLt types.OID = 1722
	oidNumericLe types.OID = 1723
)

// dynCompareNode compares a dyn field, taken as numeric, with a whole number:
// texts that are short integers are compared without making a numeric.
type dynCompareNode struct {
	slot int
	e    *Func
	cast *Cast
	arg  node
	k    int64
	test func(c int) bool
}

func (c *compiler) compileDynCompare(e *Func) node {
	var test func(int) bool
	switch e.Def.OID {
	case oidNumericEq:
		test = func(c int) bool { return c == 0 }
	case oidNumericNe:
		test = func(c int) bool { return c != 0 }
	case oidNumericGt:
		test = func(c int) bool { return c > 0 }
	case oidNumericGe:
		test = func(c int) bool { return c >= 0 }
	case oidNumericLt:
		test = func(c int) bool { return c < 0 }
	case oidNumericLe:
		test = func(c int) bool { return c <= 0 }
	default:
		return nil
	}
	cast, ok1 := e.Args[0].(*Cast)
	k, ok2 := e.Args[1].(*Const)
	if !ok1 || !ok2 || cast.Arg.Type().OID != types.Dyn.OID || cast.T.OID != types.Numeric.OID || cast.Mod >= 0 || k.Value.IsNull() {
		return nil
	}
	n, err := k.Value.Decimal().Int64()
	if err != nil {
		return nil
	}
	return &dynCompareNode{c.slot(), e, cast, c.compile(cast.Arg), n, test}
}

func (n *dynCompareNode) eval(ev *Evaluator, in *chunk.Chunk, sel []int32) (*chunk.Vec, error) {
	v, err := n.arg.eval(ev, in, sel)
	if err != nil {
		return nil, err
	}
	out := &ev.vecs[n.slot]
	out.Grow(types.KindBool, in.Rows)
	return out, each(in.Rows, sel, func(i int) error {
		if v.Null(i) {
			out.SetNull(i)
			return nil
		}
		if x, ok := smallInt(v.Str(i)); ok {
			out.Ints[i] = 0
			if n.test(cmp(x, n.k)) {
				out.Ints[i] = 1
			}
			return nil
		}
		ev.in, ev.row = in, i
		d, err := evalCast(ev.ctx, n.cast, v.Datum(i))
		if err == nil {
			d, err = CallFunc(ev.ctx, n.e, []types.Datum{d, n.e.Args[1].(*Const).Value})
		}
		if err != nil {
			return ev.describe(err)
		}
		out.Set(i, d)
		return nil
	})
}

func cmp(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// smallInt reads up to 18 digits with a sign.
func smallInt(s string) (int64, bool) {
	neg := len(s) > 0 && s[0] == '-'
	if neg {
		s = s[1:]
	}
	if len(s) == 0 || len(s) > 18 {
		return 0, false
	}
	n := int64(0)
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int64(c)
	}
	if neg {
		return -n, true
	}
	return n, true
}
