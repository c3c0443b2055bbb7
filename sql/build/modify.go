package build

import (
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/exec"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/sql/write"
	"github.com/ferritedb/ferrite/txn"
)

// target describes t for writing; rows are named by row, one ColID for each live
// column.
func (b *builder) target(t *catalog.Table, row []expr.ColID, indexes map[types.OID]plan.IndexExpr) (*write.Table, error) {
	out := &write.Table{Target: write.NewTarget(b.table(t))}
	if len(row) != 0 && len(row) != len(out.Live) {
		return nil, pgerr.Newf(pgerr.InternalError, "plan names %d of the %d columns of %s", len(row), len(out.Live), t.Name)
	}
	for _, x := range out.Indexes {
		desc := x.Codec.Desc()
		ie, ok := indexes[desc.OID]
		for i, k := range desc.Keys {
			if k.Attnum != 0 {
				continue
			}
			if !ok || i >= len(ie.Keys) || ie.Keys[i] == nil {
				return nil, pgerr.Newf(pgerr.InternalError, "plan has no expression for index %s", desc.Name)
			}
			var err error
			if x.Keys[i], err = b.expr(ie.Keys[i], row); err != nil {
				return nil, err
			}
		}
		if desc.Where == "" {
			continue
		}
		if ie.Where == nil {
			return nil, pgerr.Newf(pgerr.InternalError, "plan has no predicate for index %s", desc.Name)
		}
		var err error
		if x.Where, err = b.expr(ie.Where, row); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// byColumn spreads expressions by attnum over live columns.
func (b *builder) byColumn(t *write.Table, m map[int16]expr.Expr, layout []expr.ColID) ([]*exec.Expr, error) {
	out := make([]*exec.Expr, len(t.Live))
	for a, e := range m {
		at := t.Position(a)
		if at < 0 {
			return nil, pgerr.Newf(pgerr.InternalError, "no live column %d in %s", a, t.Desc.Name)
		}
		var err error
		if out[at], err = b.expr(e, layout); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (b *builder) checks(cs []plan.CheckExpr, layout []expr.ColID) ([]write.Check, error) {
	var out []write.Check
	for _, c := range cs {
		e, err := b.expr(c.Cond, layout)
		if err != nil {
			return nil, err
		}
		out = append(out, write.Check{Name: c.Name, Cond: e, Domain: c.Domain})
	}
	return out, nil
}

func (b *builder) foreignKeys(in []plan.FKCheck) ([]*write.ForeignKey, error) {
	var out []*write.ForeignKey
	for _, c := range in {
		fk, err := write.NewForeignKey(c.Key, b.table(c.Table), b.table(c.Ref))
		if err != nil {
			return nil, err
		}
		out = append(out, fk)
	}
	return out, nil
}

// reads tells whether n, its CTEs and subqueries included, reads the stored
// table t, or something that may.
func reads(n plan.Node, t *catalog.Table) bool {
	found := false
	plan.Walk(n, func(n plan.Node) bool {
		switch n := n.(type) {
		case *plan.Scan:
			found = found || n.Table.OID == t.OID
		case *plan.CTEScan, *plan.FuncScan, *plan.ProjectSet:
			found = true
		}
		return !found
	})
	return found
}

// joins tells that n may give a row of its target several times.
func joins(n plan.Node) bool {
	found := false
	plan.Walk(n, func(n plan.Node) bool {
		if j, ok := n.(*plan.Join); ok && j.Kind != plan.Semi && j.Kind != plan.Anti {
			found = true
		}
		return !found
	})
	return found
}

// pointScan is the Scan below renaming projections that reads at most one row by
// the whole primary key, nil where the source is anything else.
func pointScan(spec exec.Spec, n plan.Node) *exec.Scan {
	for {
		p, ok := n.(*plan.Project)
		if !ok {
			break
		}
		n = p.In
	}
	if _, ok := n.(*plan.Scan); !ok {
		return nil
	}
	s, ok := spec.(*exec.Scan)
	if !ok || len(s.Spans) != 1 || s.Index == nil || !s.Index.IsPrimary() || len(s.Spans[0].Eq) != s.Index.Keys() {
		return nil
	}
	return s
}

func (b *builder) insert(n *plan.Insert) (built, error) {
	if n.Pattern != nil {
		return b.patternInsert(n)
	}
	src, err := b.exact(n.Source)
	if err != nil {
		return src, err
	}
	t, err := b.target(n.Table, n.Row, n.IndexExprs)
	if err != nil {
		return src, err
	}
	s := &exec.Insert{Source: src.spec, SourceKinds: src.kinds(), Target: t, Spool: reads(n.Source, n.Table)}
	s.SourceAt = make([]int, len(t.Live))
	for i := range s.SourceAt {
		s.SourceAt[i] = -1
	}
	for i, a := range n.Targets {
		at := t.Position(a)
		if at < 0 {
			return src, pgerr.Newf(pgerr.InternalError, "no live column %d in %s", a, n.Table.Name)
		}
		s.SourceAt[at] = i
	}
	if s.Defaults, err = b.byColumn(t, n.Defaults, nil); err != nil {
		return src, err
	}
	if s.Generated, err = b.byColumn(t, n.Generated, n.Row); err != nil {
		return src, err
	}
	if t.Checks, err = b.checks(n.Checks, n.Row); err != nil {
		return src, err
	}
	if t.Outgoing, err = b.foreignKeys(n.ForeignKey); err != nil {
		return src, err
	}
	if t.Incoming, err = b.foreignKeys(n.Incoming); err != nil {
		return src, err
	}
	if s.Returning, err = b.exprs(n.Returning, n.Row); err != nil {
		return src, err
	}
	if n.OnConflict != nil {
		if s.Conflict, err = b.onConflict(n, t); err != nil {
			return src, err
		}
	}
	return of(s, n), nil
}

func (b *builder) onConflict(n *plan.Insert, t *write.Table) (*exec.OnConflict, error) {
	c := n.OnConflict
	out := &exec.OnConflict{DoUpdate: c.DoUpdate, Indexes: make([]bool, len(t.Indexes))}
	arbiter := func(ix *catalog.Index) bool {
		for _, a := range c.Arbiters {
			if a.ID == ix.ID {
				return true
			}
		}
		return c.Arbiters == nil
	}
	if p := n.Table.PrimaryIndex(); p != nil {
		out.Primary = arbiter(p)
	}
	for i, x := range t.Indexes {
		out.Indexes[i] = x.Codec.Desc().Unique && arbiter(x.Codec.Desc())
	}
	both := append(append([]expr.ColID{}, c.Old...), n.Row...)
	var err error
	if out.Set, err = b.byColumn(t, c.Set, both); err != nil {
		return nil, err
	}
	if out.Where, err = b.expr(c.Where, both); err != nil {
		return nil, err
	}
	out.Changed = changes(t, c.Set, n.Generated)
	return out, nil
}

// changes marks the live columns that an update may change.
func changes(t *write.Table, sets ...map[int16]expr.Expr) []bool {
	out := make([]bool, len(t.Live))
	for _, m := range sets {
		for a := range m {
			out[t.Position(a)] = true
		}
	}
	return out
}

// positions finds the columns ids in a layout.
func positions(in built, ids []expr.ColID) ([]int, error) {
	out := make([]int, len(ids))
	for i, id := range ids {
		if out[i] = in.at(id); out[i] < 0 {
			return nil, pgerr.Newf(pgerr.InternalError, "source does not give column %d", id)
		}
	}
	return out, nil
}

func (b *builder) update(n *plan.Update) (built, error) {
	if n.Pattern != nil {
		return b.patternUpdate(n)
	}
	src, err := b.node(n.Source)
	if err != nil {
		return src, err
	}
	t, err := b.target(n.Table, n.New, n.IndexExprs)
	if err != nil {
		return src, err
	}
	s := &exec.Update{Source: src.spec, SourceKinds: src.kinds(), Target: t, RowID: src.at(n.RowID), Once: joins(n.Source)}
	if s.RowID < 0 {
		return src, pgerr.New(pgerr.InternalError, "source of an update gives no row id")
	}
	if s.Old, err = positions(src, n.Old); err != nil {
		return src, err
	}
	if s.Set, err = b.byColumn(t, n.Set, src.layout); err != nil {
		return src, err
	}
	if s.Generated, err = b.byColumn(t, n.Generated, n.New); err != nil {
		return src, err
	}
	if t.Checks, err = b.checks(n.Checks, n.New); err != nil {
		return src, err
	}
	if s.Recheck, err = b.expr(n.Recheck, src.layout); err != nil {
		return src, err
	}
	if s.Again, err = b.recheck(n.Again, src); err != nil {
		return src, err
	}
	if t.Outgoing, err = b.foreignKeys(n.ForeignKey); err != nil {
		return src, err
	}
	if t.Incoming, err = b.foreignKeys(n.Incoming); err != nil {
		return src, err
	}
	if s.Returning, err = b.exprs(n.Returning, append(append([]expr.ColID{}, src.layout...), n.New...)); err != nil {
		return src, err
	}
	s.Changed = changes(t, n.Set, n.Generated)
	s.Keys = t.KeyColumns(s.Changed)
	if p := pointScan(src.spec, n.Source); p != nil {
		s.Point = true
		p.LockPoint, p.LockMode = true, txn.ForNoKeyUpdate
	}
	return of(s, n), nil
}

func (b *builder) delete(n *plan.Delete) (built, error) {
	if n.Pattern != nil {
		return b.patternDelete(n)
	}
	src, err := b.node(n.Source)
	if err != nil {
		return src, err
	}
	t, err := b.target(n.Table, n.Old, n.IndexExprs)
	if err != nil {
		return src, err
	}
	s := &exec.Delete{Source: src.spec, SourceKinds: src.kinds(), Target: t, RowID: src.at(n.RowID), Once: joins(n.Source)}
	if s.RowID < 0 {
		return src, pgerr.New(pgerr.InternalError, "source of a delete gives no row id")
	}
	if s.Old, err = positions(src, n.Old); err != nil {
		return src, err
	}
	if s.Recheck, err = b.expr(n.Recheck, src.layout); err != nil {
		return src, err
	}
	if s.Again, err = b.recheck(n.Again, src); err != nil {
		return src, err
	}
	if t.Incoming, err = b.foreignKeys(n.Incoming); err != nil {
		return src, err
	}
	if s.Returning, err = b.exprs(n.Returning, src.layout); err != nil {
		return src, err
	}
	if p := pointScan(src.spec, n.Source); p != nil {
		s.Point = true
		p.LockPoint, p.LockMode = true, txn.ForUpdate
	}
	return of(s, n), nil
}
