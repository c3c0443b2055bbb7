package build

import (
	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/exec"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// setCall compiles a call of a set-returning function. columns are the output
// columns it fills in FROM, nil in a select list.
func (b *builder) setCall(c *plan.SRFCall, layout []expr.ColID, columns []plan.Col) (*exec.SetCall, error) {
	out := &exec.SetCall{Width: 1, T: c.T}
	if columns != nil {
		out.Width = len(columns)
	}
	var err error
	if c.Def == nil {
		out.Scalar, err = b.expr(c.Scalar, layout)
		return out, err
	}
	def, ok := c.Def.(*builtin.SRF)
	if !ok {
		return nil, pgerr.NotSupported("function " + c.Name + " in this place")
	}
	out.Def = def
	if out.Args, err = b.exprs(c.Args, layout); err != nil {
		return nil, err
	}
	out.Types = builtin.SRFTypes{Args: exprTypes(c.Args), Ret: c.T}
	if def.Columns == nil && def.Ret.Is(types.RecordT) {
		for _, col := range columns {
			out.Types.Columns = append(out.Types.Columns, types.Field{Name: col.Name, Type: col.T, Mod: col.Mod})
		}
	}
	return out, nil
}

func (b *builder) funcScan(n *plan.FuncScan) (built, error) {
	out := of(nil, n)
	s := &exec.FuncScan{Ordinality: n.Ordinality, Kinds: out.kinds()}
	at := 0
	for i := range n.Calls {
		c := &n.Calls[i]
		call, err := b.setCall(c, nil, n.Cols[at:at+c.Cols])
		if err != nil {
			return out, err
		}
		s.Calls = append(s.Calls, call)
		at += c.Cols
	}
	out.spec = s
	return out, nil
}

func (b *builder) projectSet(n *plan.ProjectSet) (built, error) {
	in, err := b.node(n.In)
	if err != nil {
		return in, err
	}
	out := of(nil, n)
	s := &exec.ProjectSet{In: in.spec, Out: make([]*exec.Expr, len(n.Out)), Calls: make([]*exec.SetCall, len(n.Out)), Kinds: out.kinds()}
	for i := range n.Out {
		if n.Calls[i] != nil {
			s.Calls[i], err = b.setCall(n.Calls[i], in.layout, nil)
		} else {
			s.Out[i], err = b.expr(n.Out[i], in.layout)
		}
		if err != nil {
			return out, err
		}
	}
	out.spec = s
	return out, nil
}

func (b *builder) window(n *plan.Window) (built, error) {
	in, err := b.node(n.In)
	if err != nil {
		return in, err
	}
	s := &exec.Window{In: in.spec, PartitionTypes: exprTypes(n.Partition), InKinds: in.kinds()}
	if s.Partition, err = b.exprs(n.Partition, in.layout); err != nil {
		return in, err
	}
	if s.Order, err = b.sortKeys(n.Order, in.layout); err != nil {
		return in, err
	}
	for i := range n.Calls {
		c, err := b.windowCall(&n.Calls[i], in.layout)
		if err != nil {
			return in, err
		}
		if len(n.Order) == 1 {
			c.Desc, c.NullsFirst, c.KeyType = n.Order[0].Desc, n.Order[0].NullsFirst, n.Order[0].Expr.Type()
		}
		s.Calls = append(s.Calls, c)
	}
	// The columns of the calls are the last of n's.
	cols := n.Columns()
	for _, c := range cols[len(cols)-len(n.Calls):] {
		in.layout = append(append([]expr.ColID{}, in.layout...), c.ID)
		in.types = append(append([]*types.T{}, in.types...), c.T)
	}
	s.Kinds = in.kinds()
	in.spec = s
	return in, nil
}

func (b *builder) windowCall(c *plan.WindowCall, layout []expr.ColID) (*exec.WindowCall, error) {
	out := &exec.WindowCall{Call: c.Call, Frame: c.Frame}
	var err error
	if out.Args, err = b.exprs(c.Call.Args, layout); err != nil {
		return nil, err
	}
	if out.Filter, err = b.expr(c.Call.Filter, layout); err != nil {
		return nil, err
	}
	if out.Start, err = b.expr(c.Frame.Start, nil); err != nil {
		return nil, err
	}
	out.End, err = b.expr(c.Frame.End, nil)
	return out, err
}
