package bind

import (
	"slices"
	"strings"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// tableRow names the columns of the row that a table's rules are bound over: one
// ColID for each live column.
type tableRow struct{ ids []expr.ColID }

// tableRules binds what a table asks of its rows: CHECK constraints, generated
// columns, expression keys and predicates of indexes.
func (b *binder) tableRules(t *catalog.Table, row *tableRow, checks *[]plan.CheckExpr, generated *map[int16]expr.Expr, indexes *map[types.OID]plan.IndexExpr) {
	var r *rel
	rules := func(c clause) *scope {
		if r == nil {
			r = b.rowRel(t, row.ids)
		}
		return &scope{b: b, rels: []*rel{r}, clause: c}
	}
	inOrder := slices.Clone(t.Checks)
	slices.SortFunc(inOrder, func(a, b catalog.Check) int { return strings.Compare(a.Name, b.Name) })
	for _, c := range inOrder {
		*checks = append(*checks, plan.CheckExpr{Name: c.Name, Cond: b.stored(c.Expr, types.Bool, rules(inCheck))})
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.Dropped || c.Generated == 0 || generated == nil {
			continue
		}
		if *generated == nil {
			*generated = map[int16]expr.Expr{}
		}
		x := b.stored(c.Default, nil, rules(inGenerated))
		(*generated)[c.Attnum] = b.coerce(x, c.Type, c.Mod, assignment, ast.NoPosition)
	}
	b.indexRules(t, rules, indexes)
}

// indexRules binds the expressions of indexes that have any.
func (b *binder) indexRules(t *catalog.Table, rules func(clause) *scope, out *map[types.OID]plan.IndexExpr) {
	for _, x := range t.Indexes {
		var bound plan.IndexExpr
		for i, k := range x.Keys {
			if k.Attnum != 0 {
				continue
			}
			if bound.Keys == nil {
				bound.Keys = make([]expr.Expr, len(x.Keys))
			}
			bound.Keys[i] = b.stored(k.Expr, k.Type, rules(inIndexExpr))
		}
		if x.Where != "" {
			bound.Where = b.stored(x.Where, types.Bool, rules(inIndexPred))
		}
		if bound.Keys == nil && bound.Where == nil {
			continue
		}
		if *out == nil {
			*out = map[types.OID]plan.IndexExpr{}
		}
		(*out)[x.OID] = bound
	}
}

// outgoing lists the foreign keys of t.
func (b *binder) outgoing(t *catalog.Table) []plan.FKCheck {
	var out []plan.FKCheck
	for _, k := range t.ForeignKeys {
		ref, err := b.cat.TableByOID(k.RefTable)
		b.must(ast.NoPosition, err)
		if ref != nil {
			out = append(out, plan.FKCheck{Key: k, Table: t, Ref: ref})
		}
	}
	return out
}

// incoming lists the foreign keys that refer to t.
func (b *binder) incoming(t *catalog.Table) []plan.FKCheck {
	var out []plan.FKCheck
	for _, r := range t.ReferredBy {
		from, err := b.cat.TableByOID(r.Table)
		b.must(ast.NoPosition, err)
		if from == nil {
			continue
		}
		for _, k := range from.ForeignKeys {
			if k.Name == r.Name && k.RefTable == t.OID {
				out = append(out, plan.FKCheck{Key: k, Table: from, Ref: t})
			}
		}
	}
	return out
}

// tell has need told what is read of the rel.
func (r *rel) tell(need *acl.Need) {
	r.need = need
	for _, c := range r.cols {
		c.need = need
	}
}
