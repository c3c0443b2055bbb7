package engine

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/bind"
	"github.com/ferritedb/ferrite/sql/parse"
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
	text := ast.Print(copied)
	cfg := *h.config()
	cfg.SQL = ""
	if again, err := parse.One(text); err != nil {
		return written
	} else if _, err := bind.Statement(&cfg, again); err != nil {
		return written
	}
	return text
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
