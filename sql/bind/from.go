package bind

import (
	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// from binds a FROM list: its items become cross joins from left to right. node
// is nil for an empty list.
func (b *binder) from(refs []ast.TableRef, s *scope) plan.Node {
	var node plan.Node
	for _, ref := range refs {
		n, rels, lateral := b.tableRef(ref, s)
		b.checkNames(s.rels, rels, ref)
		if node == nil {
			node = n
		} else {
			node = &plan.Join{Kind: plan.Cross, L: node, R: n, Lateral: lateral}
		}
		for _, r := range rels {
			r.lateralOnly, r.lateralOK = true, true
		}
		s.rels = append(s.rels, rels...)
	}
	for _, r := range s.rels {
		r.lateralOnly, r.lateralOK = false, true
	}
	return node
}

// checkNames refuses one name for two rels of a FROM list.
func (b *binder) checkNames(old, added []*rel, ref ast.TableRef) {
	for _, a := range added {
		if !a.relVisible {
			continue
		}
		for _, o := range old {
			if o.relVisible && o.name == a.name && (o.schema == a.schema || o.schema == "" || a.schema == "") {
				// Two tables of different schemas may share their unaliased name.
				b.failf(ast.NoPosition, pgerr.DuplicateAlias, "table name %q specified more than once", a.name)
			}
		}
	}
}

// tableRef binds one item of FROM. lateral tells that it reads columns of items
// to its left.
func (b *binder) tableRef(ref ast.TableRef, s *scope) (n plan.Node, rels []*rel, lateral bool) {
	b.enter(ast.At(ref.Position()))
	defer b.leave()
	switch ref := ref.(type) {
	case *ast.TableName:
		n, r := b.tableName(ref, s)
		return n, []*rel{r}, false
	case *ast.KeyPattern:
		n, r := b.keyPattern(ref, acl.Select)
		return n, []*rel{r}, false
	case *ast.SubqueryRef:
		n, r := b.subqueryRef(ref, s)
		return n, []*rel{r}, ref.Lateral
	case *ast.FunctionRef:
		n, r := b.functionRef(ref, s)
		return n, []*rel{r}, true
	case *ast.JoinRef:
		n, rels := b.joinRef(ref, s)
		return n, rels, true
	}
	b.fail(ast.At(ref.Position()), pgerr.NotSupported("this item of FROM"))
	return nil, nil, false
}

func (b *binder) tableName(ref *ast.TableName, s *scope) (plan.Node, *rel) {
	if ref.Sample != nil {
		b.fail(ref.Sample.At, pgerr.NotSupported("TABLESAMPLE"))
	}
	if ref.Name.Schema == "" {
		if c := s.findCTE(ref.Name.Name); c != nil {
			return b.cteRef(c, ref)
		}
	}
	t := b.tableOrNil(ref.Name)
	if t == nil {
		b.failNoTable(s, ref)
	}
	return b.tableScan(t, ref.Alias, ref.At, b.need(&acl.Need{Table: t, Privs: acl.Select}))
}

// failNoTable is 42P01, with the hint PostgreSQL gives for a CTE that stands
// later in the same WITH.
func (b *binder) failNoTable(s *scope, ref *ast.TableName) {
	e := pgerr.Newf(pgerr.UndefinedTable, "relation %q does not exist", joinParts(ref.Name))
	for at := s; at != nil && ref.Name.Schema == ""; at = at.parent {
		for _, c := range at.ctes {
			if c.future && c.name == ref.Name.Name {
				e = e.WithDetailf("There is a WITH item named %q, but it cannot be referenced from this part of the query.", c.name).
					WithHint("Use WITH RECURSIVE, or re-order the WITH items to remove forward references.")
			}
		}
	}
	b.fail(ref.Name.At, e)
}

// tableScan makes the node and rel of a table, view or sequence.
func (b *binder) tableScan(t *catalog.Table, alias *ast.Alias, pos ast.At, need *acl.Need) (plan.Node, *rel) {
	r := &rel{name: t.Name, relVisible: true, colsVisible: true, lateralOK: true, table: t, need: need}
	if s := b.cat.SchemaByOID(t.Schema); s != nil {
		r.schema = s.Name
	}
	if alias != nil {
		r.name, r.schema = alias.Name, ""
	}
	switch t.Kind {
	case catalog.KindView:
		n := b.view(t, r, pos)
		b.renameColumns(r, alias, t.Name)
		return n, r
	case catalog.KindVirtual, catalog.KindSequence:
		r.virt = &plan.VirtualScan{Table: t, Alias: r.name}
	case catalog.KindIndex:
		b.failf(pos, pgerr.WrongObjectType, "%q is an index", t.Name)
	case catalog.KindType:
		b.failf(pos, pgerr.WrongObjectType, "%q is a composite type", t.Name)
	default:
		r.scan = &plan.Scan{Table: t, Alias: r.name}
	}
	r.cols = make([]*relCol, 0, len(t.Columns))
	room := make([]relCol, len(t.Columns))
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.Dropped {
			continue
		}
		room[i] = relCol{name: c.Name, owner: r, need: need, col: plan.Col{Name: c.Name, T: c.Type, Mod: c.Mod, Table: t.OID, Attnum: c.Attnum}}
		r.cols = append(r.cols, &room[i])
	}
	b.renameColumns(r, alias, t.Name)
	if r.virt != nil {
		return r.virt, r
	}
	b.scanIndexes(t, r)
	return r.scan, r
}

// scanIndexes binds the expression keys and predicates of the table's indexes
// over the scan's columns, for the optimizer to compare conditions with.
func (b *binder) scanIndexes(t *catalog.Table, r *rel) {
	any := false
	for _, x := range t.Indexes {
		any = any || x.Where != ""
		for _, k := range x.Keys {
			any = any || k.Attnum == 0
		}
	}
	if !any {
		return
	}
	own := &rel{name: t.Name, relVisible: true, colsVisible: true, lateralOK: true}
	for _, c := range r.cols {
		e := c.reserve(b)
		own.cols = append(own.cols, &relCol{name: c.col.Name, col: c.col, e: e})
	}
	b.indexRules(t, func(c clause) *scope { return &scope{b: b, rels: []*rel{own}, clause: c} }, &r.scan.IndexExprs)
}

// renameColumns applies an alias's column list.
func (b *binder) renameColumns(r *rel, alias *ast.Alias, name string) {
	if alias == nil {
		return
	}
	r.name, r.schema = alias.Name, ""
	if len(alias.Columns) > len(r.cols) {
		b.failf(ast.NoPosition, pgerr.InvalidColumnReference, "table %q has %d columns available but %d columns specified",
			alias.Name, len(r.cols), len(alias.Columns))
	}
	for i, n := range alias.Columns {
		c := *r.cols[i]
		c.name = n
		r.cols[i] = &c
	}
}

func (b *binder) subqueryRef(ref *ast.SubqueryRef, s *scope) (plan.Node, *rel) {
	if ref.Alias == nil {
		what := "subquery in FROM must have an alias"
		hint := "For example, FROM (SELECT ...) [AS] foo."
		if _, ok := ref.Query.Body.(*ast.ValuesClause); ok {
			what, hint = "VALUES in FROM must have an alias", "For example, FROM (VALUES ...) [AS] foo."
		}
		b.fail(b.parenBefore(ref.At), pgerr.New(pgerr.SyntaxError, what).WithHint(hint))
	}
	saved := s.lateral
	s.lateral = ref.Lateral
	out := b.query(ref.Query, s, queryOptions{})
	s.lateral = saved
	r := b.relOf(out.node, ref.Alias.Name)
	r.query = out.node
	b.renameColumns(r, ref.Alias, ref.Alias.Name)
	return out.node, r
}

// parenBefore is where the parenthesis before a query stands.
func (b *binder) parenBefore(pos ast.At) ast.At {
	for i := int(pos) - 1; i >= 0 && i < len(b.sql); i-- {
		if b.sql[i] == '(' {
			return ast.At(i)
		}
	}
	return pos
}

// relOf names the output of a query.
func (b *binder) relOf(n plan.Node, name string) *rel {
	r := &rel{name: name, relVisible: true, colsVisible: true, lateralOK: true}
	for _, c := range n.Columns() {
		r.cols = append(r.cols, &relCol{name: c.Name, col: c, e: &expr.Col{ID: c.ID, T: c.T, Mod: c.Mod, Name: c.Name}})
	}
	return r
}

// view binds a view's query in place; the columns take the view's names.
func (b *binder) view(t *catalog.Table, r *rel, pos ast.At) plan.Node {
	for _, oid := range b.expanding {
		if oid == t.OID {
			b.failf(pos, pgerr.InvalidObjectDefinition, "infinite recursion detected in rules for relation %q", t.Name)
		}
	}
	b.expand(t.OID, pos)
	savedSQL, savedVia := b.sql, b.viaView
	b.sql, b.viaView = "", true
	restore := b.inView(t)
	before := 0
	if b.res != nil {
		before = len(b.res.Access)
	}
	stmt := b.parsed(t.ViewSQL)
	q, ok := inner(stmt).(*ast.Select)
	if !ok {
		b.failf(pos, pgerr.InternalError, "view %q has no query", t.Name)
	}
	out := b.query(q, &scope{b: b}, queryOptions{})
	b.sql, b.viaView = savedSQL, savedVia
	restore()
	if b.res != nil {
		r.within = b.res.Access[before:]
	}
	b.expanding = b.expanding[:len(b.expanding)-1]
	r.query = out.node
	cols := out.node.Columns()
	i := 0
	for k := range t.Columns {
		c := &t.Columns[k]
		if c.Dropped || i >= len(cols) {
			continue
		}
		id := cols[i].ID
		i++
		col := plan.Col{ID: id, Name: c.Name, T: c.Type, Mod: c.Mod, Table: t.OID, Attnum: c.Attnum}
		var e expr.Expr = &expr.Col{ID: id, T: cols[i-1].T, Mod: cols[i-1].Mod, Name: c.Name}
		col.T, col.Mod = cols[i-1].T, cols[i-1].Mod
		r.cols = append(r.cols, &relCol{name: c.Name, col: col, e: e, need: r.need})
	}
	return out.node
}

func (b *binder) expand(oid types.OID, pos ast.At) {
	b.expansions++
	if b.expansions > expansionMax {
		b.failf(pos, pgerr.StatementTooComplex, "statement expands more than %d views and functions", expansionMax)
	}
	b.expanding = append(b.expanding, oid)
}
