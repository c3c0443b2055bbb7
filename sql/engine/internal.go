package engine

import (
	"context"
	"slices"
	"strconv"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/bind"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/ddl"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/parse"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

var _ ddl.Internal = (*ddlHost)(nil)

func (h *ddlHost) config() *bind.Config { return h.e.bindConfig(h.x, h.cat, h.parsed.Source, nil) }

// ResolveType implements ddl.Internal.
func (h *ddlHost) ResolveType(n *ast.TypeName) (*types.T, int32, error) {
	return bind.ResolveType(h.config(), n)
}

// kinds maps what ddl calls an expression to what the binder allows in it.
var kinds = map[string]bind.Kind{
	"DEFAULT expressions": bind.KindDefault, "check constraints": bind.KindCheck,
	"column generation expressions": bind.KindGenerated, "index expressions": bind.KindIndexKey,
	"index predicates": bind.KindIndexPredicate, "domain constraints": bind.KindDomainCheck,
}

// CheckRowExpr implements ddl.Internal.
func (h *ddlHost) CheckRowExpr(e ast.Expr, tab *catalog.Table, want *types.T, what string) (*types.T, string, error) {
	var row *bind.Row
	if tab != nil {
		row = &bind.Row{Table: tab}
		id := expr.ColID(0)
		for _, c := range tab.Columns {
			if !c.Dropped {
				id++
				row.IDs = append(row.IDs, id)
			}
		}
	}
	b, err := bind.Expr(h.config(), e, kinds[what], row, want, -1)
	if err != nil {
		return nil, "", err
	}
	text, err := h.canonical(e, b, row, want, what)
	return b.Type(), text, err
}

// canonical is the text the catalog keeps of an expression: the bound form in
// PostgreSQL's words where they bind again, else what the user wrote.
func (h *ddlHost) canonical(e ast.Expr, bound expr.Expr, row *bind.Row, want *types.T, what string) (string, error) {
	written := ast.Print(e)
	if h.callsUser(e) {
		return written, nil
	}
	var missing error
	d := &expr.Deparser{Relation: h.relationName}
	d.Regclass = func(text string) string {
		oid, err := types.Parse(types.Regclass, -1, text, h.x.IO())
		if err != nil {
			missing = err
			return ""
		}
		return h.relationName(types.OID(oid.Int()))
	}
	if what == "domain constraints" {
		d.Column = func(*expr.Col) string { return "VALUE" }
	}
	text := d.Text(bound)
	if missing != nil {
		return "", missing
	}
	if d.Failed {
		return written, nil
	}
	again, err := parse.Expr(text)
	if err != nil {
		return written, nil
	}
	cfg := *h.config()
	cfg.SQL = ""
	x, err := bind.Expr(&cfg, again, kinds[what], row, want, -1)
	if err != nil || !x.Type().Is(bound.Type()) {
		return written, nil
	}
	return text, nil
}

// relationName is a relation's name with its schema.
func (h *ddlHost) relationName(oid types.OID) string {
	t, err := h.cat.TableByOID(oid)
	if err != nil || t == nil {
		return strconv.FormatUint(uint64(oid), 10)
	}
	return types.QuoteIdent(h.cat.SchemaByOID(t.Schema).Name) + "." + types.QuoteIdent(t.Name)
}

// callsUser tells whether an expression calls a function of the user's: binding
// expands it, and its text must not.
func (h *ddlHost) callsUser(e ast.Expr) bool {
	fs, err := h.cat.AllFunctions()
	if err != nil || len(fs) == 0 {
		return err != nil
	}
	found := false
	ast.Walk(e, func(n ast.Node) bool {
		if c, ok := n.(*ast.FuncCall); ok {
			for _, f := range fs {
				found = found || f.Name == c.Name.Name
			}
		}
		return !found
	})
	return found
}

// CheckQuery implements ddl.Internal.
func (h *ddlHost) CheckQuery(q *ast.Select) ([]catalog.Column, []types.OID, error) {
	res, err := bind.Statement(h.config(), q)
	if err != nil {
		return nil, nil, err
	}
	if res.AsOf != nil {
		return nil, nil, pgerr.NotSupported("AS OF SYSTEM TIME in a view or in CREATE TABLE AS")
	}
	cols := make([]catalog.Column, len(res.Columns))
	for i, c := range res.Columns {
		t := c.T
		if t.Is(types.Unknown) || t.Is(types.Dyn) {
			t = types.Text
		}
		cols[i] = catalog.Column{Name: c.Name, Attnum: int16(i + 1), Type: t, Mod: c.Mod}
	}
	var uses []types.OID
	for _, a := range res.Access {
		if a.Table != nil && !a.ViaView && !slices.Contains(uses, a.Table.OID) {
			uses = append(uses, a.Table.OID)
		}
	}
	// The functions a view calls are used by it, too.
	return cols, append(uses, res.Functions...), nil
}

// Query implements ddl.Internal.
func (h *ddlHost) Query(_ context.Context, sql string, given ...*catalog.Table) ([][]types.Datum, error) {
	if err := h.seesNewest(); err != nil {
		return nil, err
	}
	stmt, err := parse.One(sql)
	if err != nil {
		return nil, err
	}
	var rows [][]types.Datum
	err = h.over(0, given, func() error {
		_, err := h.run(stmt, func(row []types.Datum) error {
			rows = append(rows, append([]types.Datum(nil), row...))
			return nil
		})
		return err
	})
	return rows, err
}

// Eval implements ddl.Internal.
func (h *ddlHost) Eval(_ context.Context, e ast.Expr, want *types.T, mod int32) (types.Datum, error) {
	cfg := h.config()
	cfg.Check = userOf(h.x, h.cat).Check
	b, err := bind.Expr(cfg, e, bind.KindDefault, nil, want, mod)
	if err != nil {
		return types.Null, err
	}
	return expr.EvalOne(h.x, b, nil)
}
