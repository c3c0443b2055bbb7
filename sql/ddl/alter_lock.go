package ddl

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/txn"
)

// alterLocks are the locks of the actions that others may work beside; each is
// PostgreSQL's. What is not listed takes AccessExclusive.
var alterLocks = map[ast.AlterActionKind]txn.TableMode{
	ast.ValidateConstraint:  txn.ShareUpdateExclusive,
	ast.SetColumnStatistics: txn.ShareUpdateExclusive,
	ast.SetColumnOptions:    txn.ShareUpdateExclusive,
	ast.ResetColumnOptions:  txn.ShareUpdateExclusive,
	ast.ClusterOn:           txn.ShareUpdateExclusive,
	ast.SetWithoutCluster:   txn.ShareUpdateExclusive,
	ast.SetOptions:          txn.ShareUpdateExclusive,
	ast.ResetOptions:        txn.ShareUpdateExclusive,
	ast.EnableTrigger:       txn.ShareRowExclusive,
	ast.DisableTrigger:      txn.ShareRowExclusive,
}

// alterLock is the strongest lock that one of the actions needs. A new foreign
// key keeps writers out but not readers.
func alterLock(actions []*ast.AlterAction) txn.TableMode {
	var mode txn.TableMode
	for _, x := range actions {
		m, ok := alterLocks[x.Kind]
		switch {
		case x.Kind == ast.AddConstraint && x.Constraint.Kind == ast.ConstraintForeignKey:
			m = txn.ShareRowExclusive
		case !ok:
			m = txn.AccessExclusive
		}
		mode = max(mode, m)
	}
	return mode
}
