package build

import (
	"github.com/ferritedb/ferrite/sql/exec"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
)

func (b *builder) aggregate(n *plan.Aggregate) (built, error) {
	in, err := b.node(n.In)
	if err != nil {
		return in, err
	}
	out := of(nil, n)
	s := &exec.Aggregate{In: in.spec, KeyTypes: exprTypes(n.Keys), Sets: n.Sets, GroupingID: n.GroupingID != 0,
		Scalar: n.Scalar, InKinds: in.kinds(), Kinds: out.kinds()}
	if s.Keys, err = b.exprs(n.Keys, in.layout); err != nil {
		return in, err
	}
	for _, c := range n.Calls {
		call, err := b.aggCall(c, in.layout)
		if err != nil {
			return in, err
		}
		s.Calls = append(s.Calls, call)
	}
	out.spec = s
	return out, nil
}

func (b *builder) aggCall(c *expr.AggCall, layout []expr.ColID) (*exec.AggCall, error) {
	out := &exec.AggCall{Call: c, ArgTypes: exprTypes(c.Args)}
	var err error
	if out.Args, err = b.exprs(c.Args, layout); err != nil {
		return nil, err
	}
	if out.Filter, err = b.expr(c.Filter, layout); err != nil {
		return nil, err
	}
	if out.OrderBy, err = b.sortKeys(c.OrderBy, layout); err != nil {
		return nil, err
	}
	out.Direct, err = b.exprs(c.Direct, layout)
	return out, err
}
