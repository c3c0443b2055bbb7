package opt

import (
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// accessPattern reads a key pattern by key where a condition names the keys
// (_key or _id =, IN), or through an index on a field.
func (o *optimizer) accessPattern(s *plan.PatternScan) plan.Node {
	conds := conjuncts(nil, s.Filter)
	own := colsOf(s)
	var preds []sarg
	for _, c := range conds {
		preds = appendSargs(preds, c, own)
	}
	for i := range preds {
		p := &preds[i]
		name := patternColumn(s, p.key)
		if name != "_key" && name != "_id" || p.op != "=" && p.op != "in" {
			continue
		}
		c, ok := convert(*p, types.Text)
		if !ok {
			continue
		}
		n := *s
		// The filter keeps the condition where a value could be NULL or a key
		// outside the pattern; keys are few, so it stays always.
		n.Keys, n.ByID = c.values(), name == "_id"
		return &n
	}
	for _, x := range s.Pattern.Indexes {
		if n := o.patternIndex(s, x, preds, conds); n != nil {
			return n
		}
	}
	return s
}

// patternColumn is the name of the pattern's column that e shows, "" for none.
func patternColumn(s *plan.PatternScan, e expr.Expr) string {
	c, ok := e.(*expr.Col)
	if !ok {
		return ""
	}
	for _, x := range s.Cols {
		if x.ID == c.ID {
			return x.Name
		}
	}
	return ""
}

// patternIndex makes spans over an index on fields, which orders them as text.
func (o *optimizer) patternIndex(s *plan.PatternScan, x *catalog.Index, preds []sarg, conds []expr.Expr) plan.Node {
	spans := []plan.Span{{}}
	keys := 0
	used := map[expr.Expr]bool{}
	for _, k := range x.Keys {
		var fit []sarg
		for _, p := range preds {
			if patternColumn(s, p.key) != k.Expr || p.op == "null" || !isText(p) {
				continue
			}
			if c, ok := convert(p, k.Type); ok {
				fit = append(fit, c)
			}
		}
		if eq, ok := equalities(fit); ok && len(spans)*len(eq.values()) <= spansMax {
			spans = extend(spans, eq)
			used[eq.source] = eq.exact
			keys++
			continue
		}
		if lo, hi := bounds(fit); lo != nil || hi != nil {
			for i := range spans {
				bound(&spans[i], lo, hi)
			}
			keys++
		}
		break
	}
	if keys == 0 {
		return nil
	}
	n := *s
	n.Index, n.Spans = x, spans
	var residual []expr.Expr
	for _, c := range conds {
		if !used[c] {
			residual = append(residual, c)
		}
	}
	n.Filter = conj(residual)
	return &n
}

// isText tells that the field is compared as text.
func isText(p sarg) bool {
	for _, v := range p.values() {
		if !v.Type().Underlying().IsString() {
			return false
		}
	}
	return true
}
