package pgcatalog

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/parse"
	"github.com/ferritedb/ferrite/sql/types"
)

// constraint is one row of pg_constraint and what information_schema shows of it.
type constraint struct {
	oid    types.OID
	name   string
	kind   byte // c, f, p, u
	table  *catalog.Table
	domain *catalog.TypeDesc
	index  *catalog.Index
	fk     *catalog.ForeignKey
	ref    *catalog.Table
	check  *catalog.Check
}

// constraintOID of a key is that of its index shifted out of the way: index and
// constraint are different objects.
func constraintOID(ix *catalog.Index) types.OID { return 0x90000000 | ix.OID&0xfffffff }

// constraintsOf lists a table's constraints.
func constraintsOf(cat catalog.Reader, t *catalog.Table) ([]constraint, error) {
	var out []constraint
	for i := range t.Checks {
		out = append(out, constraint{oid: t.Checks[i].OID, name: t.Checks[i].Name, kind: 'c', table: t, check: &t.Checks[i]})
	}
	for _, ix := range t.Indexes {
		if !ix.Constraint {
			continue
		}
		c := constraint{oid: constraintOID(ix), name: ix.Name, kind: 'u', table: t, index: ix}
		if ix.Primary {
			c.kind = 'p'
		}
		out = append(out, c)
	}
	for _, fk := range t.ForeignKeys {
		ref, err := cat.TableByOID(fk.RefTable)
		if err != nil {
			return nil, err
		}
		if ref == nil {
			continue
		}
		out = append(out, constraint{oid: fk.OID, name: fk.Name, kind: 'f', table: t, fk: fk, ref: ref, index: referredIndex(ref, fk)})
	}
	return out, nil
}

// referredIndex is the unique index a foreign key relies on.
func referredIndex(ref *catalog.Table, fk *catalog.ForeignKey) *catalog.Index {
	for _, ix := range ref.Indexes {
		if !ix.Unique || len(ix.Keys) != len(fk.RefColumns) {
			continue
		}
		all := true
		for _, n := range fk.RefColumns {
			found := false
			for _, k := range ix.Keys {
				found = found || k.Attnum == n
			}
			all = all && found
		}
		if all {
			return ix
		}
	}
	return nil
}

// eachConstraint visits all constraints of tables and domains.
func (e *env) eachConstraint(f func(c constraint) error) error {
	err := e.eachTable("", func(t *catalog.Table) error {
		cs, err := constraintsOf(e.cat, t)
		if err != nil {
			return err
		}
		for _, c := range cs {
			if err := f(c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	ds, err := e.cat.Types()
	if err != nil {
		return err
	}
	for _, d := range ds {
		for i := range d.Checks {
			if err := f(constraint{oid: d.Checks[i].OID, name: d.Checks[i].Name, kind: 'c', domain: d, check: &d.Checks[i]}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c constraint) schema() types.OID {
	if c.domain != nil {
		return c.domain.Schema
	}
	return c.table.Schema
}

// columns are the constrained attnums.
func (c constraint) columns() []int16 {
	switch {
	case c.fk != nil:
		return c.fk.Columns
	case c.index != nil:
		var out []int16
		for _, k := range c.index.Keys {
			out = append(out, k.Attnum)
		}
		return out
	default:
		return c.check.Columns
	}
}

func genConstraint(e *env) error {
	rel, byRel := e.wantsOID("conrelid")
	ref, byRef := e.wantsOID("confrelid")
	return e.eachConstraint(func(c constraint) error {
		if byRel && (c.table == nil || c.table.OID != rel) || byRef && (c.ref == nil || c.ref.OID != ref) {
			return nil
		}
		return e.constraint(c)
	})
}

func (e *env) constraint(c constraint) error {
	var rel, typ, ix, ref types.OID
	if c.table != nil {
		rel = c.table.OID
	}
	if c.domain != nil {
		typ = c.domain.T.OID
	}
	if c.index != nil {
		ix = c.index.OID
	}
	upd, del, match := byte(' '), byte(' '), byte(' ')
	deferrable, deferred, valid, noInherit := false, false, true, true
	var confkey, key, expr any
	if cols := c.columns(); len(cols) > 0 {
		key = cols
	}
	switch {
	case c.fk != nil:
		ref, upd, del, match = c.ref.OID, c.fk.OnUpdate, c.fk.OnDelete, 's'
		if c.fk.MatchFull {
			match = 'f'
		}
		confkey = c.fk.RefColumns
		deferrable, deferred, valid = c.fk.Deferrable, c.fk.InitiallyDeferred, !c.fk.NotValid
	case c.check != nil:
		expr, valid, noInherit = c.check.Expr, !c.check.NotValid, c.check.NoInherit
	default:
		deferrable = c.index.Deferrable
	}
	return e.row(c.oid, c.name, c.schema(), c.kind, deferrable, deferred, valid, rel, typ, ix, 0, ref, upd, del, match,
		true, 0, noInherit, key, confkey, nil, nil, nil, nil, nil, expr)
}

var actionWords = map[byte]string{'a': "NO ACTION", 'r': "RESTRICT", 'c': "CASCADE", 'n': "SET NULL", 'd': "SET DEFAULT"}

// constraintDef is pg_get_constraintdef.
func constraintDef(cat catalog.Reader, ctx *expr.Ctx, c constraint, pretty bool) string {
	var b strings.Builder
	switch c.kind {
	case 'c':
		b.WriteString("CHECK (" + checkText(ctx, c, pretty) + ")")
		if c.check.NoInherit {
			b.WriteString(" NO INHERIT")
		}
		if c.check.NotValid {
			b.WriteString(" NOT VALID")
		}
	case 'f':
		foreignKeyDef(&b, cat, ctx.Session.SearchPath(), c)
	default:
		if c.kind == 'p' {
			b.WriteString("PRIMARY KEY (")
		} else {
			b.WriteString("UNIQUE ")
			if c.index.NullsNotDistinct {
				b.WriteString("NULLS NOT DISTINCT ")
			}
			b.WriteString("(")
		}
		b.WriteString(columnList(c.table, c.columns()) + ")")
		if len(c.index.Include) > 0 {
			b.WriteString(" INCLUDE (" + columnList(c.table, c.index.Include) + ")")
		}
		if c.index.Deferrable {
			b.WriteString(" DEFERRABLE")
		}
	}
	return b.String()
}

func checkText(ctx *expr.Ctx, c constraint, pretty bool) string {
	e, err := parse.Expr(c.check.Expr)
	if err != nil {
		return c.check.Expr
	}
	r := &ruleText{pretty: pretty, ctx: ctx, domain: c.domain != nil}
	return r.words(e)
}

func foreignKeyDef(b *strings.Builder, cat catalog.Reader, path []string, c constraint) {
	b.WriteString("FOREIGN KEY (" + columnList(c.table, c.fk.Columns) + ") REFERENCES " +
		visibleName(cat, path, c.ref) + "(" + columnList(c.ref, c.fk.RefColumns) + ")")
	if c.fk.MatchFull {
		b.WriteString(" MATCH FULL")
	}
	if c.fk.OnUpdate != 'a' {
		b.WriteString(" ON UPDATE " + actionWords[c.fk.OnUpdate])
	}
	if c.fk.OnDelete != 'a' {
		b.WriteString(" ON DELETE " + actionWords[c.fk.OnDelete])
	}
	if c.fk.Deferrable {
		b.WriteString(" DEFERRABLE")
	}
	if c.fk.InitiallyDeferred {
		b.WriteString(" INITIALLY DEFERRED")
	}
	if c.fk.NotValid {
		b.WriteString(" NOT VALID")
	}
}
