package engine

import (
	"context"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/catstore"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/parse"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// Engine is the session.Engine over a store. Safe for concurrent use.
type Engine struct {
	Store    txn.Store
	Catalogs *catstore.Store
	Clock    clock.Clock
}

var _ session.Engine = (*Engine)(nil)

// Parse splits and parses a query string.
func (e *Engine) Parse(sql string) ([]session.Parsed, error) {
	stmts, err := parse.Statements(sql)
	if err != nil {
		return nil, err
	}
	out := make([]session.Parsed, len(stmts))
	for i := range stmts {
		out[i] = session.Parsed{AST: stmts[i].Node, SQL: stmts[i].SQL, Source: sql}
	}
	return out, nil
}

// Catalog is the catalog as tx sees it.
func (e *Engine) Catalog(tx txn.Txn) (session.Catalog, error) { return e.Catalogs.Begin(tx), nil }

// Plan makes a plan.
func (e *Engine) Plan(x *expr.Ctx, cat session.Catalog, p session.Parsed, params []*types.T) (*session.Plan, error) {
	return nil, pgerr.NotSupported("this statement")
}

// Start runs a plan.
func (e *Engine) Start(x *expr.Ctx, tx txn.Txn, cat session.Catalog, p *session.Plan) (session.Running, error) {
	return nil, pgerr.NotSupported("this statement")
}

// Utility runs a statement that has no plan.
func (e *Engine) Utility(x *expr.Ctx, tx txn.Txn, cat session.Catalog, p session.Parsed) (session.Tag, error) {
	return session.Tag{}, pgerr.NotSupported("this statement")
}

// CopyInto opens the target of COPY FROM.
func (e *Engine) CopyInto(x *expr.Ctx, tx txn.Txn, cat session.Catalog, p session.Parsed, c *ast.Copy) (session.CopyTarget, error) {
	return nil, pgerr.NotSupported("COPY FROM")
}

// Eval computes constant expressions.
func (e *Engine) Eval(x *expr.Ctx, cat session.Catalog, p session.Parsed, es []ast.Expr, want []*types.T) ([]types.Datum, error) {
	out := make([]types.Datum, len(es))
	for i, a := range es {
		l, ok := a.(*ast.Literal)
		if !ok {
			return nil, pgerr.NotSupported("an expression here")
		}
		if l.Kind == ast.LiteralNull {
			continue
		}
		d, err := types.Parse(want[i], -1, l.Text, nil)
		if err != nil {
			return nil, err
		}
		out[i] = d
	}
	return out, nil
}

// ResolveType finds a type by name.
func (e *Engine) ResolveType(x *expr.Ctx, cat session.Catalog, t *ast.TypeName) (*types.T, error) {
	found, ok := types.BySQLName(t.Name.Name)
	if ok && len(t.ArrayBounds) > 0 {
		found = types.ArrayOf(found)
		ok = found != nil
	}
	if !ok {
		return nil, pgerr.Newf(pgerr.UndefinedObject, "type \"%s\" does not exist", t.Name.Name)
	}
	return found, nil
}

// sequence finds a sequence's descriptor.
func sequence(cat session.Catalog, oid types.OID) (*catalog.Table, error) {
	t, err := cat.TableByOID(oid)
	if err != nil {
		return nil, err
	}
	if t == nil || t.Seq == nil {
		return nil, pgerr.Newf(pgerr.UndefinedTable, "relation with OID %d does not exist", oid)
	}
	return t, nil
}

// NextVal is nextval.
func (e *Engine) NextVal(ctx context.Context, cat session.Catalog, seq types.OID) (int64, error) {
	t, err := sequence(cat, seq)
	if err != nil {
		return 0, err
	}
	return e.Catalogs.NextVal(ctx, t)
}

// SetVal is setval.
func (e *Engine) SetVal(ctx context.Context, cat session.Catalog, seq types.OID, v int64, called bool) error {
	t, err := sequence(cat, seq)
	if err != nil {
		return err
	}
	return e.Catalogs.SetVal(ctx, t, v, called)
}

// RelationBytes is the storage of a relation.
func (e *Engine) RelationBytes(cat session.Catalog, oid types.OID, kind string) (int64, error) {
	t, err := cat.TableByOID(oid)
	if err != nil || t == nil {
		return 0, err
	}
	return e.bytesOf(t, kind)
}
