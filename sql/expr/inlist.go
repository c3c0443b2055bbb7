package expr

import (
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
)

// inListHashMin is the number of constants above which a list is hashed.
const inListHashMin = 8

// hashSet is a set of values of one type, with SQL's answer to membership.
type hashSet struct {
	t       *types.T
	buckets map[uint64][]types.Datum
	hasNull bool
}

func newHashSet(t *types.T) *hashSet { return &hashSet{t: t, buckets: map[uint64][]types.Datum{}} }

func (s *hashSet) add(d types.Datum) {
	if d.IsNull() {
		s.hasNull = true
		return
	}
	h := types.Hash(s.t, 0, d)
	s.buckets[h] = append(s.buckets[h], d)
}

// contains is NULL where d is NULL, or absent from a set with a NULL.
func (s *hashSet) contains(d types.Datum) types.Datum {
	if d.IsNull() {
		if len(s.buckets) == 0 && !s.hasNull {
			return types.MakeBool(false)
		}
		return types.Null
	}
	for _, x := range s.buckets[types.Hash(s.t, 0, d)] {
		if types.Equal(s.t, x, d) {
			return types.MakeBool(true)
		}
	}
	if s.hasNull {
		return types.Null
	}
	return types.MakeBool(false)
}

// hashable tells that an equality function is that of one type's order: both
// sides alike, and values that hash by kind.
func hashable(eq *FuncDef) bool {
	return eq != nil && len(eq.Args) == 2 && (eq.Args[0].Is(eq.Args[1]) || eq.Args[0].IsInteger() && eq.Args[1].IsInteger()) &&
		eq.Args[0].Typtype != 'p' && eq.Args[0].Kind != types.KindArray && types.HasOrder(eq.Args[0]) &&
		eq.Args[0].OID != types.JSONB.OID
}

// setNode tests membership in constants.
type setNode struct {
	slot int
	arg  node
	set  *hashSet
	not  bool
}

func (n *setNode) eval(ev *Evaluator, in *chunk.Chunk, sel []int32) (*chunk.Vec, error) {
	v, err := n.arg.eval(ev, in, sel)
	if err != nil {
		return nil, err
	}
	out := &ev.vecs[n.slot]
	evalSet(out, v, n.set, n.not, in.Rows, sel)
	return out, nil
}

func evalSet(out, v *chunk.Vec, set *hashSet, not bool, rows int, sel []int32) {
	out.Grow(types.KindBool, rows)
	_ = each(rows, sel, func(i int) error {
		d := set.contains(v.Datum(i))
		if not && !d.IsNull() {
			d = types.MakeBool(!d.Bool())
		}
		out.Set(i, d)
		return nil
	})
}

func (c *compiler) compileInList(e *InList) node {
	if len(e.List) <= inListHashMin || !hashable(e.Eq) {
		return c.inListChain(e)
	}
	set := newHashSet(e.Eq.Args[1])
	for _, x := range e.List {
		k, ok := x.(*Const)
		if !ok {
			return c.inListChain(e)
		}
		set.add(k.Value)
	}
	return &setNode{c.slot(), c.compile(e.Arg), set, e.Not}
}

// inListChain is the list as equalities joined by OR, over the fast kernels. The
// argument is computed once per equality, so it must not be volatile.
func (c *compiler) inListChain(e *InList) node {
	if Volatility(e.Arg) == 'v' || len(e.List) > 4*inListHashMin {
		return &rowNode{c.slot(), e}
	}
	args := make([]Expr, len(e.List))
	for i, x := range e.List {
		args[i] = &Func{Def: e.Eq, Args: []Expr{e.Arg, x}, T: types.Bool, Op: "="}
	}
	n := c.compileChain(args, true)
	if e.Not {
		return &notNode{c.slot(), n}
	}
	return n
}

// anyNode is arg = ANY (array) where the array is the same for all rows: it is
// hashed once per execution.
type anyNode struct {
	slot, setSlot int
	e             *AnyAll
	arg           node
}

func (n *anyNode) eval(ev *Evaluator, in *chunk.Chunk, sel []int32) (*chunk.Vec, error) {
	out := &ev.vecs[n.slot]
	arr, err := EvalOne(ev.ctx, n.e.Array, nil)
	if err != nil {
		return nil, err
	}
	if arr.IsNull() {
		out.Fill(types.KindBool, types.Null, in.Rows)
		return out, nil
	}
	v, err := n.arg.eval(ev, in, sel)
	if err != nil {
		return nil, err
	}
	set, ok := ev.state[n.setSlot].(*hashSet)
	if !ok {
		set = newHashSet(n.e.Op.Args[1])
		for _, d := range arr.Array().Elems {
			set.add(d)
		}
		ev.state[n.setSlot] = set
	}
	evalSet(out, v, set, false, in.Rows, sel)
	return out, nil
}

func (c *compiler) compileAny(e *AnyAll) node {
	switch e.Array.(type) {
	case *Const, *Param:
		if !e.All && e.Name == "=" && hashable(e.Op) {
			return &anyNode{c.slot(), c.slot(), e, c.compile(e.Arg)}
		}
	}
	return &rowNode{c.slot(), e}
}
