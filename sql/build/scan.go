package build

import (
	"github.com/ferritedb/ferrite/sql/exec"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

func (b *builder) scan(n *plan.Scan) (built, error) {
	s := &exec.Scan{Table: b.table(n.Table), Reverse: n.Reverse, Limit: n.Limit, Name: n.Table.Name}
	out := built{spec: s}
	add := func(c *plan.Col) {
		out.layout = append(out.layout, c.ID)
		out.types = append(out.types, c.T)
	}
	var rowID, tableOID *plan.Col
	for i := range n.Cols {
		c := &n.Cols[i]
		switch {
		case n.RowID != 0 && c.ID == n.RowID:
			rowID = c
		case n.TableOID != 0 && c.ID == n.TableOID:
			tableOID = c
		default:
			s.Attnums = append(s.Attnums, c.Attnum)
			add(c)
		}
	}
	if rowID != nil {
		s.RowID = true
		add(rowID)
	}
	if tableOID != nil {
		s.TableOID = true
		add(tableOID)
	}
	s.Kinds = out.kinds()
	var err error
	if n.Index != nil {
		s.Index = s.Table.NewIndex(n.Index)
	} else if n.Spans != nil {
		s.Index = s.Table.Primary()
	}
	if s.Spans, err = b.spans(n.Spans); err != nil {
		return out, err
	}
	if n.Filter != nil {
		if s.Filter, err = b.expr(n.Filter, out.layout); err != nil {
			return out, err
		}
	}
	s.Prepare()
	return out, nil
}

func (b *builder) spans(in []plan.Span) ([]exec.Span, error) {
	if in == nil {
		return nil, nil
	}
	out := make([]exec.Span, 0, len(in))
	for _, p := range in {
		s := exec.Span{NullEq: p.NullEq, LowerIncl: p.LowerIncl, UpperIncl: p.UpperIncl}
		for i, e := range p.Eq {
			if i < len(p.NullEq) && p.NullEq[i] && e == nil {
				e = &expr.Const{T: types.Unknown, Mod: -1}
			}
			c, err := b.expr(e, nil)
			if err != nil {
				return nil, err
			}
			s.Eq = append(s.Eq, c)
		}
		var err error
		if s.Lower, err = b.expr(p.Lower, nil); err != nil {
			return nil, err
		}
		if s.Upper, err = b.expr(p.Upper, nil); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}
