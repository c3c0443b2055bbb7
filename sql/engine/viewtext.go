package engine

import (
	"slices"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/bind"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/parse"
	"github.com/ferritedb/ferrite/sql/plan"
)

// CanonicalQuery implements ddl.Internal: relations and the user's types get
// their schemas.
func (h *ddlHost) CanonicalQuery(q *ast.Select) string {
	written := ast.Print(q)
	stmt, err := parse.One(written)
	if err != nil {
		return written
	}
	copied, ok := stmt.(*ast.Select)
	if !ok {
		return written
	}
	h.qualify(copied)
	plain := ast.Print(copied)
	if !h.callsUserIn(copied) {
		w := newWording(h)
		cfg := *h.config()
		cfg.SQL, cfg.Trace = "", w.trace()
		if _, err := bind.Statement(&cfg, copied); err == nil {
			w.rewrite(copied)
			if text := ast.Print(copied); h.sameColumns(plain, text) {
				return text
			}
		}
	}
	if h.sameColumns(written, plain) {
		return plain
	}
	return written
}

// sameColumns tells whether two queries give columns of the same names and types.
func (h *ddlHost) sameColumns(a, b string) bool {
	columns := func(text string) ([]plan.Col, error) {
		stmt, err := parse.One(text)
		if err != nil {
			return nil, err
		}
		cfg := *h.config()
		cfg.SQL = ""
		res, err := bind.Statement(&cfg, stmt)
		if err != nil {
			return nil, err
		}
		return res.Columns, nil
	}
	x, err := columns(a)
	if err != nil {
		return false
	}
	y, err := columns(b)
	return err == nil && slices.EqualFunc(x, y, func(p, q plan.Col) bool { return p.Name == q.Name && p.T.Is(q.T) && p.Mod == q.Mod })
}

func (h *ddlHost) callsUserIn(q *ast.Select) bool {
	fs, err := h.cat.AllFunctions()
	if err != nil {
		return true
	}
	found := false
	ast.Walk(q, func(n ast.Node) bool {
		if c, ok := n.(*ast.FuncCall); ok {
			found = found || slices.ContainsFunc(fs, func(f *catalog.Function) bool { return f.Name == c.Name.Name })
		}
		return !found
	})
	return found
}

// qualify gives the relations and types of a query their schemas.
func (h *ddlHost) qualify(q *ast.Select) {
	ctes := map[string]bool{}
	ast.Walk(q, func(n ast.Node) bool {
		if w, ok := n.(*ast.With); ok {
			for _, c := range w.CTEs {
				ctes[c.Name] = true
			}
		}
		return true
	})
	ast.Walk(q, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TableName:
			if n.Name.Schema == "" && !ctes[n.Name.Name] {
				n.Name.Schema = h.relationSchema(n.Name.Name)
			}
		case *ast.Cast:
			h.qualifyType(n.Type)
		}
		return true
	})
}

// relationSchema is the first schema of the search path that has the relation,
// "" for a system relation or none.
func (h *ddlHost) relationSchema(name string) string {
	for _, s := range searchPath(h.x) {
		sc := h.cat.SchemaByName(s)
		if sc == nil {
			continue
		}
		if t, err := h.cat.Table(sc.OID, name); err == nil && t != nil {
			if s == "pg_catalog" {
				return ""
			}
			return s
		}
	}
	return ""
}

func (h *ddlHost) qualifyType(n *ast.TypeName) {
	if n == nil || n.Name.Schema != "" {
		return
	}
	t, _, err := bind.ResolveType(h.config(), n)
	if err != nil {
		return
	}
	if t.IsArray() {
		t = t.Elem
	}
	if t.OID >= 16384 && t.SchemaName != "" && t.Name == n.Name.Name {
		n.Name.Schema = t.SchemaName
	}
}
