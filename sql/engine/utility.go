package engine

import (
	"slices"
	"strings"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/ddl"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// Utility runs a statement that has no plan.
func (e *Engine) Utility(x *expr.Ctx, tx txn.Txn, cat session.Catalog, p session.Parsed) (session.Tag, error) {
	h := &ddlHost{e: e, x: x, tx: tx, cat: cat, parsed: p}
	switch s := p.AST.(type) {
	case *ast.CreateTableAs:
		return h.createTableAs(s)
	case *ast.Select:
		return h.selectInto(s)
	case *ast.Reindex:
		return session.Tag{Verb: "REINDEX"}, h.reindex(s)
	case *ast.Analyze:
		return session.Tag{Verb: "ANALYZE"}, h.analyze(s.Targets)
	case *ast.Vacuum:
		if _, err := h.maintainable(s.Targets, "vacuum"); err != nil {
			return session.Tag{}, err
		}
		for _, o := range s.Options {
			if o.Name == "analyze" {
				return session.Tag{Verb: "VACUUM"}, h.analyze(s.Targets)
			}
		}
		return session.Tag{Verb: "VACUUM"}, nil
	case *ast.Checkpoint:
		return session.Tag{Verb: "CHECKPOINT"}, e.Store.Flush()
	}
	c := h.context(tx)
	tag, handled, err := ddl.Execute(x.Context, c, p.AST)
	if err != nil {
		return session.Tag{}, err
	}
	if !handled {
		return session.Tag{}, pgerr.NotSupported(session.VerbOf(p.AST))
	}
	return session.Tag{Verb: tag}, nil
}

// ddlHost implements ddl.Internal for one statement.
type ddlHost struct {
	e      *Engine
	x      *expr.Ctx
	tx     txn.Txn
	cat    session.Catalog
	parsed session.Parsed
	// given are relations that the statement reads or fills for the engine's sake:
	// what is run needs no privileges on them, nor on their schemas.
	given []*catalog.Table
}

// over runs f with privileges on some relations given, as another role (0: the
// user). All else in what f runs, the functions of the user above all, needs the
// role's own.
func (h *ddlHost) over(as types.OID, given []*catalog.Table, f func() error) error {
	saved, savedAs := h.given, h.x.As
	h.given = given
	if as != 0 {
		h.x.As = as
	}
	err := f()
	h.given, h.x.As = saved, savedAs
	return err
}

// needed leaves out of the needs those on relations that are given.
func (h *ddlHost) needed(needs []*acl.Need) []*acl.Need {
	var out []*acl.Need
	for _, n := range needs {
		own := func(t *catalog.Table) bool { return n.Table != nil && t.OID == n.Table.OID }
		if n.As == 0 && !n.ViaView && slices.ContainsFunc(h.given, own) {
			continue
		}
		out = append(out, n)
	}
	return out
}

func (h *ddlHost) context(tx txn.Txn) *ddl.Context {
	c := &ddl.Context{Tx: tx, Store: h.e.Catalogs, Internal: h, SearchPath: searchPath(h.x), TempSchema: tempSchema(h.x), HistorySeconds: max(h.e.HistorySeconds, 0)}
	c.Catalog = storeCatalog(h.cat)
	c.Auth, c.IO, c.Source = userOf(h.x, h.cat), h.x.IO(), h.parsed.Source
	if s, ok := h.x.Session.(interface{ SessionUserOID() types.OID }); ok {
		c.SessionUser = s.SessionUserOID()
	}
	c.Notice = func(n *pgerr.Error) {
		if full, ok := h.x.Session.(interface{ NoticeError(*pgerr.Error) }); ok {
			full.NoticeError(n)
			return
		}
		h.x.Session.Notice(n.Severity, n.Code, n.Message)
	}
	return c
}

// tempSchema is the schema of the session's temporary tables.
func tempSchema(x *expr.Ctx) string {
	return session.TempSchema(x.Session.BackendPID())
}

// selectInto is CREATE TABLE AS in the older form.
func (h *ddlHost) selectInto(s *ast.Select) (session.Tag, error) {
	clause, ok := s.Body.(*ast.SelectClause)
	if !ok || clause.Into == nil {
		return session.Tag{}, pgerr.NotSupported("this statement here")
	}
	plain, bare := *s, *clause
	bare.Into = nil
	plain.Body = &bare
	return h.createTableAs(&ast.CreateTableAs{At: s.At, Name: clause.Into.Name, Persistence: clause.Into.Persistence, Query: &plain})
}

// reindex checks that the named object exists and is the user's, and rebuilds
// what ddl.Reindex finds.
func (h *ddlHost) reindex(s *ast.Reindex) error {
	c := h.context(h.tx)
	switch s.Kind {
	case ast.ReindexTable:
		t, err := c.Relation(s.Name)
		if err != nil {
			return err
		}
		o := acl.OfTable(t)
		if err := c.Auth.RequireOwner(&o); err != nil {
			return err
		}
		return ddl.Reindex(h.x.Context, c, t)
	case ast.ReindexIndex:
		d, err := types.Parse(types.Regclass, -1, strings.Join(quoted(s.Name.Parts()), "."), h.x.IO())
		if err != nil {
			return err
		}
		t, ix, err := h.cat.IndexByOID(types.OID(d.Int()))
		if err != nil {
			return err
		}
		if ix == nil {
			return pgerr.Newf(pgerr.WrongObjectType, "%q is not an index", s.Name.Name)
		}
		o := acl.OfIndex(t, ix)
		if err := c.Auth.RequireOwner(&o); err != nil {
			return err
		}
		return ddl.Reindex(h.x.Context, c, t)
	}
	return h.reindexAll(c, s)
}

// reindexAll is REINDEX SCHEMA, SYSTEM and DATABASE.
func (h *ddlHost) reindexAll(c *ddl.Context, s *ast.Reindex) error {
	in := types.OID(0)
	var o acl.Object
	if s.Kind == ast.ReindexSchema {
		schema := h.cat.SchemaByName(s.Name.Name)
		if schema == nil {
			return pgerr.Newf(pgerr.InvalidSchemaName, "schema %q does not exist", s.Name.Name)
		}
		in, o = schema.OID, acl.OfSchema(schema)
	} else {
		ds, err := h.cat.Databases()
		if err != nil || len(ds) == 0 {
			return err
		}
		o = acl.OfDatabase(ds[0])
	}
	if err := c.Auth.RequireOwner(&o); err != nil {
		return err
	}
	tables, err := h.cat.Tables()
	if err != nil {
		return err
	}
	for _, t := range tables {
		if in != 0 && t.Schema != in {
			continue
		}
		if err := ddl.Reindex(h.x.Context, c, t); err != nil {
			return err
		}
	}
	return nil
}

func quoted(parts []string) []string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = ast.QuoteIdentifier(p)
	}
	return out
}

// createTableAs makes a table out of a query's columns and fills it.
func (h *ddlHost) createTableAs(s *ast.CreateTableAs) (session.Tag, error) {
	tag := session.Tag{Verb: "CREATE TABLE AS"}
	c := h.context(h.tx)
	query, ok := s.Query.(*ast.Select)
	if !ok {
		return tag, pgerr.NotSupported("CREATE TABLE AS EXECUTE")
	}
	cols, _, err := h.CheckQuery(query)
	if err != nil {
		return tag, err
	}
	t, err := ddl.CreateTableFrom(h.x.Context, c, s, cols)
	if err != nil || t == nil {
		return tag, err
	}
	if s.WithNoData {
		return tag, nil
	}
	ins := &ast.Insert{Target: &ast.TableName{Name: ast.ObjectName{Schema: h.cat.SchemaByOID(t.Schema).Name, Name: t.Name}}, Source: query}
	var n int64
	err = h.over(0, []*catalog.Table{t}, func() (err error) {
		n, err = h.run(ins, nil)
		return err
	})
	return session.Tag{Verb: "SELECT", Rows: n, Counted: true}, err
}

// run executes a statement in this transaction; each, where not nil, gets every
// row. It returns the rows given or affected.
func (h *ddlHost) run(stmt ast.Statement, each func(row []types.Datum) error) (int64, error) {
	h.tx.BeginStatement()
	cfg := h.e.bindConfig(h.x, h.cat, "", nil)
	for _, t := range h.given {
		cfg.Auth.Inside = append(cfg.Auth.Inside, t.Schema)
	}
	p, err := h.e.plan(h.x, h.cat, session.Parsed{AST: stmt}, cfg, nil)
	if err != nil {
		return 0, err
	}
	if p.AsOf != nil {
		return 0, pgerr.NotSupported("AS OF SYSTEM TIME in a statement that writes")
	}
	if p, err = h.e.locked(h.x, h.tx, h.cat, p); err != nil {
		return 0, err
	}
	c := p.Impl.(*compiled)
	if err := userOf(h.x, h.cat).Check(h.needed(c.needs)); err != nil {
		return 0, err
	}
	r, err := h.e.startUnchecked(h.x, h.tx, h.cat, c)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	var n int64
	var row []types.Datum
	for {
		c, err := r.Next()
		if err != nil {
			return n, err
		}
		if c == nil {
			break
		}
		n += int64(c.Rows)
		for i := 0; each != nil && i < c.Rows; i++ {
			row = c.Row(row[:0], i)
			if err := each(row); err != nil {
				return n, err
			}
		}
	}
	if p.Writes {
		n = r.Affected()
	}
	return n, nil
}
