package engine

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catstore"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/sql/write"
	"github.com/ferritedb/ferrite/txn"
)

// txnCatalog is a transaction's catalog with its deferred constraint checks.
type txnCatalog struct {
	*catstore.Txn
	e         *Engine
	deferrals write.Deferrals
}

var _ session.ConstraintChecker = (*txnCatalog)(nil)

// ConstraintsPending implements session.ConstraintChecker.
func (c *txnCatalog) ConstraintsPending() bool { return c.deferrals.Pending() }

// CheckConstraints implements session.ConstraintChecker.
func (c *txnCatalog) CheckConstraints(x *expr.Ctx, tx txn.Txn) error {
	return c.check(x, tx, true)
}

// SetConstraints implements session.ConstraintChecker.
func (c *txnCatalog) SetConstraints(x *expr.Ctx, tx txn.Txn, n *ast.SetConstraints) error {
	var names []string
	for _, name := range n.Names {
		names = append(names, name.Name)
	}
	c.deferrals.Set(names, n.Deferred)
	if n.Deferred || !c.deferrals.Pending() {
		return nil
	}
	return c.check(x, tx, false)
}

func (c *txnCatalog) check(x *expr.Ctx, tx txn.Txn, commit bool) error {
	tx.BeginStatement()
	r := &running{e: c.e}
	r.run.TableExprs = r.tableExprs
	c.e.fill(&r.run, x, tx, c)
	return c.deferrals.Check(x.Context, &r.run.Env, commit)
}

// storeCatalog is the part of a transaction's catalog that DDL writes to.
func storeCatalog(cat session.Catalog) *catstore.Txn {
	switch c := cat.(type) {
	case *txnCatalog:
		return c.Txn
	case *catstore.Txn:
		return c
	}
	return nil
}
