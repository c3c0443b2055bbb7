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

var lockText = map[ast.LockStrength]string{
	ast.ForKeyShare: "FOR KEY SHARE", ast.ForShare: "FOR SHARE",
	ast.ForNoKeyUpdate: "FOR NO KEY UPDATE", ast.ForUpdate: "FOR UPDATE",
}

// lockRef is one relation to lock.
type lockRef struct{ target plan.LockTarget }

// lockWaits maps the policies of the syntax to those of package txn (Block,
// NoWait, SkipLocked).
var lockWaits = map[ast.LockWait]uint8{ast.WaitBlock: 0, ast.WaitError: 1, ast.WaitSkip: 2}

// bindLocks resolves FOR UPDATE and its kin.
func (st *selectState) bindLocks() {
	b := st.b
	for _, l := range st.sel.Locking {
		st.checkLockable(l)
		if b.res != nil {
			b.res.ReadOnly = false
		}
		if len(l.Of) == 0 {
			for _, r := range st.s.rels {
				st.lockRel(r, l)
			}
			continue
		}
		for _, name := range l.Of {
			var hit *rel
			for _, r := range st.s.rels {
				if r.name == name.Name && r.relVisible {
					hit = r
				}
			}
			if hit == nil {
				b.failf(name.At, pgerr.UndefinedTable, "relation %q in %s clause not found in FROM clause", name.Name, lockText[l.Strength])
			}
			st.lockRel(hit, l)
		}
	}
}

func (st *selectState) checkLockable(l *ast.LockingClause) {
	b := st.b
	bad := func(what string) {
		b.failf(ast.NoPosition, pgerr.FeatureNotSupported, "%s is not allowed with %s", lockText[l.Strength], what)
	}
	switch {
	case st.c.Distinct:
		bad("DISTINCT clause")
	case len(st.c.GroupBy) > 0:
		bad("GROUP BY clause")
	case st.c.Having != nil:
		bad("HAVING clause")
	case len(st.q.aggs) > 0:
		bad("aggregate functions")
	case len(st.q.windows) > 0:
		bad("window functions")
	case len(st.q.sets) > 0:
		bad("set-returning functions in the target list")
	}
}

// lockRel adds a lock on the rows of a stored table; what is computed has no
// rows to lock.
func (st *selectState) lockRel(r *rel, l *ast.LockingClause) {
	if r.pat != nil {
		st.b.fail(ast.NoPosition, pgerr.NotSupported(lockText[l.Strength]+" of a key pattern").
			WithHint("Name the tables to lock with "+lockText[l.Strength]+" OF."))
	}
	if r.need != nil {
		r.need.Privs |= acl.Update
	}
	for _, n := range r.within {
		if n.Table != nil {
			n.Privs |= acl.Update
		}
	}
	if r.scan != nil {
		st.lockScan(st.b.rowID(r).ID, r.table, l)
	} else if r.query != nil {
		st.lockQuery(r.query, l)
	}
}

// lockQuery adds locks on the rows that a subquery's or view's rows are made of.
// What LIMIT lets through and what a common table expression gave is not locked.
func (st *selectState) lockQuery(n plan.Node, l *ast.LockingClause) {
	bad := func(what string) {
		st.b.failf(ast.NoPosition, pgerr.FeatureNotSupported, "%s is not allowed with %s", lockText[l.Strength], what)
	}
	switch n := n.(type) {
	case *plan.Project:
		st.lockQuery(n.In, l)
	case *plan.Filter:
		st.lockQuery(n.In, l)
	case *plan.Sort:
		st.lockQuery(n.In, l)
	case *plan.Join:
		st.lockQuery(n.L, l)
		st.lockQuery(n.R, l)
	case *plan.Scan:
		if n.RowID == 0 {
			n.RowID = st.b.newCol()
			n.Cols = append(n.Cols, plan.Col{ID: n.RowID, Name: "ctid", T: types.Bytea, Mod: -1})
		}
		st.lockScan(n.RowID, n.Table, l)
	case *plan.Distinct:
		bad("DISTINCT clause")
	case *plan.Aggregate:
		if len(n.Keys) > 0 {
			bad("GROUP BY clause")
		}
		bad("aggregate functions")
	case *plan.Window:
		bad("window functions")
	case *plan.SetOp:
		bad("UNION/INTERSECT/EXCEPT")
	}
}

func (st *selectState) lockScan(id expr.ColID, table *catalog.Table, l *ast.LockingClause) {
	t := plan.LockTarget{RowID: id, Mode: uint8(l.Strength), Wait: lockWaits[l.Wait], Table: table}
	for i := range st.locks {
		if o := &st.locks[i].target; o.RowID == id {
			// Of two clauses on one table the stronger mode and the more impatient
			// wait count.
			o.Mode, o.Wait = max(o.Mode, t.Mode), max(o.Wait, t.Wait)
			return
		}
	}
	st.locks = append(st.locks, lockRef{t})
}
