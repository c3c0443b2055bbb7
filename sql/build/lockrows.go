package build

import (
	"github.com/ferritedb/ferrite/sql/exec"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/txn"
)

func (b *builder) lockRows(n *plan.LockRows) (built, error) {
	in, err := b.node(n.In)
	if err != nil {
		return in, err
	}
	s := &exec.LockRows{In: in.spec, Kinds: in.kinds()}
	for _, t := range n.Targets {
		lt := exec.LockTarget{Table: b.table(t.Table), RowID: in.at(t.RowID), Mode: txn.RowMode(t.Mode), Wait: txn.Wait(t.Wait)}
		if lt.RowID < 0 {
			return in, pgerr.New(pgerr.InternalError, "input of a row lock gives no row id")
		}
		plan.Walk(n.In, func(x plan.Node) bool {
			scan, ok := x.(*plan.Scan)
			if !ok || scan.RowID != t.RowID {
				return true
			}
			for _, c := range scan.Cols {
				if at := in.at(c.ID); at >= 0 && c.Attnum > 0 {
					lt.Attnums, lt.At = append(lt.Attnums, c.Attnum), append(lt.At, at)
				}
			}
			return true
		})
		s.Targets = append(s.Targets, lt)
	}
	if s.Recheck, err = b.recheck(n.Again, in); err != nil {
		return in, err
	}
	in.spec = s
	return in, nil
}

func (b *builder) virtualScan(n *plan.VirtualScan) (built, error) {
	out := of(nil, n)
	s := &exec.VirtualScan{Table: n.Table, Kinds: out.kinds(), Eq: map[int16]*exec.Expr{}}
	for _, c := range n.Cols {
		s.Attnums = append(s.Attnums, c.Attnum)
	}
	for a, e := range n.Eq {
		c, err := b.expr(e, nil)
		if err != nil {
			return out, err
		}
		s.Eq[a] = c
	}
	var err error
	s.Filter, err = b.expr(n.Filter, out.layout)
	out.spec = s
	return out, err
}
