package plan

import (
	"slices"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// A node's Exprs and WithExprs must agree on one order. Both are therefore
// derived from a single method, mapExprs, run on a private shallow copy of the
// node. The visitor either collects what it is shown (dst is set) or puts
// replacements in their place, cloning every slice and map it changes.
type visitor struct {
	dst  *[]expr.Expr
	with []expr.Expr
}

func (v *visitor) one(e *expr.Expr) {
	switch {
	case *e == nil:
	case v.dst != nil:
		*v.dst = append(*v.dst, *e)
	default:
		*e = v.with[0]
		v.with = v.with[1:]
	}
}

// edit gives the slice to visit: s itself where nothing will be changed.
func edit[E any](v *visitor, s []E) []E {
	if v.dst != nil {
		return s
	}
	return slices.Clone(s)
}

func (v *visitor) list(es *[]expr.Expr) {
	if v.dst != nil {
		for _, e := range *es {
			if e != nil {
				*v.dst = append(*v.dst, e)
			}
		}
		return
	}
	out := slices.Clone(*es)
	for i := range out {
		v.one(&out[i])
	}
	*es = out
}

func (v *visitor) keys(ks *[]expr.SortKey) {
	*ks = edit(v, *ks)
	for i := range *ks {
		v.one(&(*ks)[i].Expr)
	}
}

func (v *visitor) spans(ss *[]Span) {
	*ss = edit(v, *ss)
	for i := range *ss {
		s := &(*ss)[i]
		v.list(&s.Eq)
		v.one(&s.Lower)
		v.one(&s.Upper)
	}
}

// byAttnum visits in the order of attnums.
func (v *visitor) byAttnum(m *map[int16]expr.Expr) {
	if len(*m) == 0 {
		return
	}
	out := make(map[int16]expr.Expr, len(*m))
	for _, n := range sortedAttnums(*m) {
		e := (*m)[n]
		v.one(&e)
		out[n] = e
	}
	*m = out
}

func sortedAttnums(m map[int16]expr.Expr) []int16 {
	nums := make([]int16, 0, len(m))
	for n := range m {
		nums = append(nums, n)
	}
	slices.Sort(nums)
	return nums
}

func (v *visitor) checks(cs *[]CheckExpr) {
	*cs = edit(v, *cs)
	for i := range *cs {
		v.one(&(*cs)[i].Cond)
	}
}

func (v *visitor) indexes(m *map[types.OID]IndexExpr) {
	if len(*m) == 0 {
		return
	}
	oids := make([]types.OID, 0, len(*m))
	for o := range *m {
		oids = append(oids, o)
	}
	slices.Sort(oids)
	out := make(map[types.OID]IndexExpr, len(*m))
	for _, o := range oids {
		x := (*m)[o]
		v.list(&x.Keys)
		v.one(&x.Where)
		out[o] = x
	}
	*m = out
}

func (v *visitor) call(c **expr.AggCall) {
	out := **c
	v.list(&out.Args)
	v.keys(&out.OrderBy)
	v.one(&out.Filter)
	v.list(&out.Direct)
	if v.dst == nil {
		*c = &out
	}
}

func (v *visitor) calls(cs *[]*expr.AggCall) {
	*cs = edit(v, *cs)
	for i := range *cs {
		v.call(&(*cs)[i])
	}
}

func (v *visitor) srf(c *SRFCall) {
	v.list(&c.Args)
	v.one(&c.Scalar)
}

// indexName is how the printed form calls the index a scan reads.
func indexName(t *catalog.Table, x *catalog.Index) string {
	if x != nil {
		return x.Name
	}
	if p := t.PrimaryIndex(); p != nil {
		return p.Name
	}
	return "rowid"
}
