package build

import (
	"github.com/ferritedb/ferrite/sql/exec"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
)

func patternColumn(n *plan.PatternScan, c *plan.Col) exec.PatternColumn {
	switch {
	case n.RowID != 0 && c.ID == n.RowID:
		return exec.PatternRowID
	case n.Whole != 0 && c.ID == n.Whole:
		return exec.PatternWhole
	}
	return exec.NewPatternColumn(c.Name)
}

func (b *builder) patternScan(n *plan.PatternScan) (built, error) {
	if n.Index != nil {
		return built{}, pgerr.NotSupported("an index on a key pattern")
	}
	out := of(nil, n)
	s := &exec.PatternScan{Pattern: n.Pattern.Pattern, Kinds: out.kinds(), ByID: n.ByID}
	for i := range n.Cols {
		s.Columns = append(s.Columns, patternColumn(n, &n.Cols[i]))
	}
	var err error
	if n.Keys != nil {
		if s.Keys, err = b.exprs(n.Keys, nil); err != nil {
			return out, err
		}
	}
	s.Filter, err = b.expr(n.Filter, out.layout)
	out.spec = s
	return out, err
}

func (b *builder) patternInsert(n *plan.Insert) (built, error) {
	src, err := b.exact(n.Source)
	if err != nil {
		return src, err
	}
	s := &exec.PatternInsert{Source: src.spec, SourceKinds: src.kinds(), Pattern: n.Pattern.Pattern, Fields: n.Fields}
	if s.Returning, err = b.exprs(n.Returning, n.Row); err != nil {
		return src, err
	}
	return of(s, n), nil
}

func (b *builder) patternUpdate(n *plan.Update) (built, error) {
	s, src, err := b.patternModify(n.Source, n.Pattern.Pattern, n.RowID, n.Recheck, n.Returning)
	if err != nil {
		return src, err
	}
	for _, f := range n.SetFields {
		e, err := b.expr(f.Value, src.layout)
		if err != nil {
			return src, err
		}
		s.Set = append(s.Set, exec.FieldSet{Field: f.Field, Value: e})
	}
	return of(s, n), nil
}

func (b *builder) patternDelete(n *plan.Delete) (built, error) {
	s, src, err := b.patternModify(n.Source, n.Pattern.Pattern, n.RowID, n.Recheck, n.Returning)
	if err != nil {
		return src, err
	}
	s.Delete = true
	return of(s, n), nil
}

func (b *builder) patternModify(in plan.Node, pattern string, rowID expr.ColID, recheck expr.Expr, returning []expr.Expr) (*exec.PatternModify, built, error) {
	src, err := b.node(in)
	if err != nil {
		return nil, src, err
	}
	s := &exec.PatternModify{Source: src.spec, SourceKinds: src.kinds(), Pattern: pattern, RowID: src.at(rowID)}
	if s.RowID < 0 {
		return nil, src, pgerr.New(pgerr.InternalError, "source of the modification gives no key")
	}
	plan.Walk(in, func(x plan.Node) bool {
		scan, ok := x.(*plan.PatternScan)
		if !ok || scan.RowID != rowID {
			return true
		}
		for i := range scan.Cols {
			if at := src.at(scan.Cols[i].ID); at >= 0 {
				s.Columns, s.At = append(s.Columns, patternColumn(scan, &scan.Cols[i])), append(s.At, at)
			}
		}
		return true
	})
	if s.Recheck, err = b.expr(recheck, src.layout); err != nil {
		return nil, src, err
	}
	s.Returning, err = b.exprs(returning, src.layout)
	return s, src, err
}
