package engine

import (
	"github.com/ferritedb/ferrite/sql/bind"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// planCatalog is the catalog that a statement is bound under: cat, or that of
// the time of its AS OF SYSTEM TIME where that can be computed before it is bound.
// (Start looks again: a time given by a parameter is known only there.)
func (e *Engine) planCatalog(x *expr.Ctx, cat session.Catalog, p session.Parsed, params []*types.T) (session.Catalog, error) {
	if c, ok := cat.(*txnCatalog); ok && c.InPast() {
		return cat, nil
	}
	cfg := e.bindConfig(x, cat, p.Source, params)
	cfg.Check = userOf(x, present(x, cat)).Check
	at, err := bind.AsOf(cfg, p.AST)
	if err != nil || at == nil || hasParam(at) {
		return cat, err
	}
	ts, err := asOf(x, at)
	if err != nil {
		return nil, err
	}
	tx, err := e.Store.Begin(txn.Options{Isolation: txn.RepeatableRead, ReadOnly: true, AsOf: ts})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	past, err := e.Catalogs.BeginPast(tx)
	if err != nil {
		return nil, err
	}
	return &txnCatalog{Txn: past, e: e}, nil
}

func hasParam(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(e expr.Expr) bool {
		if _, ok := e.(*expr.Param); ok {
			found = true
		}
		return !found
	})
	return found
}

// asOf computes the time of AS OF SYSTEM TIME: a moment, or an interval from now.
func asOf(x *expr.Ctx, e expr.Expr) (txn.Timestamp, error) {
	d, err := expr.EvalOne(x, e, nil)
	if err != nil {
		return 0, err
	}
	if d.IsNull() {
		return 0, pgerr.New(pgerr.InvalidParameterValue, "AS OF SYSTEM TIME must not be NULL")
	}
	return timestampOf(d.Int()), nil
}

// checkHistory refuses a plan over the past of what keeps none.
func checkHistory(n plan.Node) error {
	var err error
	plan.Walk(n, func(n plan.Node) bool {
		switch n := n.(type) {
		case *plan.Scan:
			if n.Table.KeepHistorySeconds == 0 {
				err = pgerr.Newf(pgerr.FeatureNotSupported, "table \"%s\" keeps no history", n.Table.Name).
					WithDetail("AS OF SYSTEM TIME reads only tables whose old row versions are kept.")
				if n.Table.Temporary {
					err = pgerr.From(err).WithDetail("Temporary tables have no past.")
				}
			}
		case *plan.PatternScan:
			err = pgerr.Newf(pgerr.FeatureNotSupported, "key pattern \"%s\" keeps no history", n.Pattern.Pattern).
				WithDetail("AS OF SYSTEM TIME cannot read the Redis keyspace: old values of keys are not kept.").
				WithHint("Keep what is to be read later in a table, whose history is kept.")
		}
		return err == nil
	})
	return err
}
