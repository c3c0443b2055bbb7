package engine

import (
	"context"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// tableLock is a table lock that a plan takes before it runs.
type tableLock struct {
	table types.OID
	mode  txn.TableMode
}

// lockSet gathers the strongest lock of each table, in the order of first need.
type lockSet []tableLock

func (s *lockSet) add(t *catalog.Table, mode txn.TableMode) {
	if t == nil || t.Kind == catalog.KindVirtual {
		return
	}
	for i := range *s {
		if l := &(*s)[i]; l.table == t.OID {
			l.mode = max(l.mode, mode)
			return
		}
	}
	*s = append(*s, tableLock{t.OID, mode})
}

// locksOf lists what a plan locks: ROW EXCLUSIVE what it writes and what its
// foreign key actions may write, ROW SHARE where it locks rows, ACCESS SHARE what
// it only reads, views included (PostgreSQL section 13.3.1).
func locksOf(n plan.Node, access []*acl.Need) []tableLock {
	var s lockSet
	plan.Walk(n, func(n plan.Node) bool {
		switch n := n.(type) {
		case *plan.Insert:
			s.add(n.Table, txn.RowExclusive)
			s.referred(n.ForeignKey)
			s.referring(n.Incoming)
		case *plan.Update:
			s.add(n.Table, txn.RowExclusive)
			s.referred(n.ForeignKey)
			s.referring(n.Incoming)
		case *plan.Delete:
			s.add(n.Table, txn.RowExclusive)
			s.referring(n.Incoming)
		case *plan.LockRows:
			for _, t := range n.Targets {
				s.add(t.Table, txn.RowShare)
			}
		}
		return true
	})
	for _, a := range access {
		s.add(a.Table, txn.AccessShare)
	}
	return s
}

// referred locks the tables whose rows a foreign key check locks.
func (s *lockSet) referred(keys []plan.FKCheck) {
	for _, k := range keys {
		s.add(k.Ref, txn.RowShare)
	}
}

// referring locks the tables whose rows a foreign key action reads or changes.
func (s *lockSet) referring(keys []plan.FKCheck) {
	for _, k := range keys {
		s.add(k.Table, txn.RowExclusive)
	}
}

// since is the youngest commit that made a storage or an index of what is read:
// an index that is not read may still have told that rows are unique.
func since(access []*acl.Need) txn.Timestamp {
	var out uint64
	for _, a := range access {
		if a.Table == nil {
			continue
		}
		out = max(out, a.Table.StorageSince)
		for _, x := range a.Table.Indexes {
			out = max(out, x.Since)
		}
	}
	return txn.Timestamp(out)
}

func lockTables(ctx context.Context, tx txn.Txn, locks []tableLock) error {
	for _, l := range locks {
		if err := tx.LockTable(ctx, uint64(l.table), l.mode, txn.Block); err != nil {
			return err
		}
	}
	return nil
}

// locked takes the plan's table locks and gives a plan for the catalog as it is
// under them: p, or where definitions changed before they were granted another
// with the same result columns. A plan over the past takes none: nothing changes
// there.
func (e *Engine) locked(x *expr.Ctx, tx txn.Txn, cat session.Catalog, p *session.Plan) (*session.Plan, error) {
	past := tx.Options().AsOf != 0
	for attempt := range replanAttemptsMax {
		c := p.Impl.(*compiled)
		if !past {
			if err := lockTables(x.Context, tx, c.locks); err != nil {
				return nil, err
			}
		}
		valid := cat.Version() == p.Version
		if !valid && attempt > 0 {
			// Planned a moment ago: others may go on changing what it does not read.
			var err error
			if valid, err = c.unchanged(cat); err != nil {
				return nil, err
			}
		}
		if valid {
			if past {
				return p, checkHistory(c.node)
			}
			return e.fitting(x, tx, cat, p)
		}
		next, err := e.Plan(x, cat, c.parsed, p.Params)
		if err != nil {
			return nil, err
		}
		if !sameColumns(next.Columns, p.Columns) {
			return nil, pgerr.New(pgerr.FeatureNotSupported, "cached plan must not change result type")
		}
		if tx.Options().Latest && !next.PointRead {
			return nil, session.ErrPlanStale
		}
		tx.BeginStatement() // what was read before the locks were granted may be of before the change
		p = next
	}
	return nil, pgerr.New(pgerr.ObjectInUse, "the catalog keeps changing under this statement")
}

// unchanged tells whether the tables and views of the plan are still defined as they
// were when it was made. REQUIRES: they are locked.
func (c *compiled) unchanged(cat catalog.Reader) (bool, error) {
	return unchanged(cat, c.needs)
}

func unchanged(cat catalog.Reader, needs []*acl.Need) (bool, error) {
	for _, n := range needs {
		if n.Table == nil {
			continue
		}
		now, err := cat.TableByOID(n.Table.OID)
		if err != nil || now == nil || now.Version != n.Table.Version {
			return false, err
		}
	}
	return true, nil
}

func sameColumns(a, b []session.Column) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || a[i].T.OID != b[i].T.OID || a[i].Mod != b[i].Mod {
			return false
		}
	}
	return true
}

// fitting gives a plan that the transaction's snapshot can serve. An index made
// after the snapshot lacks the versions that it shows, and is not read; rows that
// moved to other storage since (TRUNCATE, a rewrite) are not there for it at all.
func (e *Engine) fitting(x *expr.Ctx, tx txn.Txn, cat session.Catalog, p *session.Plan) (*session.Plan, error) {
	c := p.Impl.(*compiled)
	if c.since == 0 || tx.Options().Latest {
		return p, nil
	}
	ts := tx.SnapshotTS()
	if c.since <= ts {
		return p, nil
	}
	if tx.Options().Isolation == txn.ReadCommitted {
		tx.BeginStatement() // its snapshot may still be taken
		return p, nil
	}
	if err := checkStorage(c.node, ts); err != nil {
		return nil, err
	}
	young := func(i *catalog.Index) bool { return txn.Timestamp(i.Since) > ts }
	return e.plan(x, cat, c.parsed, e.bindConfig(x, cat, c.parsed.Source, p.Params), young)
}

func checkStorage(n plan.Node, ts txn.Timestamp) error {
	var err error
	plan.Walk(n, func(n plan.Node) bool {
		if s, ok := n.(*plan.Scan); ok && txn.Timestamp(s.Table.StorageSince) > ts {
			err = pgerr.New(pgerr.SerializationFailure, "could not serialize access due to concurrent change of table storage").
				WithDetailf("Table \"%s\" was truncated or rewritten after the snapshot of this transaction was taken.", s.Table.Name).
				WithHint("The transaction might succeed if retried.")
		}
		return err == nil
	})
	return err
}
