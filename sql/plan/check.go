package plan

import (
	"fmt"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// Check verifies a plan: every column that an expression reads is made by an
// input of its node, by the node itself where that makes sense, or by an
// enclosing query; column identities are unique within an output; types of
// expressions agree with those of the columns they compute; working tables are
// read inside their recursive term only. A broken plan is our error, never the
// user's. Cost: linear in the size of the plan.
func Check(n Node) error {
	c := checker{}
	return c.node(n, nil)
}

// colSet is a chain of sets: the columns of one node in front of those of the
// enclosing queries.
type colSet struct {
	types map[expr.ColID]*types.T
	outer *colSet
}

func (s *colSet) find(id expr.ColID) (*types.T, bool) {
	for ; s != nil; s = s.outer {
		if t, ok := s.types[id]; ok {
			return t, true
		}
	}
	return nil, false
}

func setOf(outer *colSet, nodes ...Node) *colSet {
	s := &colSet{types: map[expr.ColID]*types.T{}, outer: outer}
	for _, n := range nodes {
		s.add(n)
	}
	return s
}

func (s *colSet) add(n Node) {
	Made(n, func(id expr.ColID) { s.types[id] = nil })
	for _, c := range n.Columns() {
		s.types[c.ID] = c.T
	}
}

type checker struct {
	ctes []*CTE
}

func (c *checker) node(n Node, outer *colSet) error {
	if n == nil {
		return fmt.Errorf("plan: missing input")
	}
	if err := unique(n); err != nil {
		return err
	}
	switch n := n.(type) {
	case *With:
		return c.with(n, outer)
	case *CTEScan:
		return c.cteScan(n)
	case *Join:
		return c.join(n, outer)
	}
	ins := n.Inputs(nil)
	for _, in := range ins {
		if err := c.node(in, outer); err != nil {
			return err
		}
	}
	avail := setOf(outer, ins...)
	switch n.(type) {
	case *Scan, *PatternScan, *VirtualScan, *Insert, *Update, *Delete:
		avail.add(n)
	}
	if err := c.exprs(n, avail); err != nil {
		return err
	}
	return c.shape(n, avail)
}

func unique(n Node) error {
	cols := n.Columns()
	if len(cols) < 16 {
		for i := range cols {
			for j := range cols[:i] {
				if cols[i].ID == cols[j].ID {
					return fmt.Errorf("plan: %s has column %d twice", title(n), cols[i].ID)
				}
			}
		}
		return nil
	}
	seen := make(map[expr.ColID]bool, len(cols))
	for _, col := range cols {
		if seen[col.ID] {
			return fmt.Errorf("plan: %s has column %d twice", title(n), col.ID)
		}
		seen[col.ID] = true
	}
	return nil
}

func (c *checker) with(n *With, outer *colSet) error {
	depth := len(c.ctes)
	for _, x := range n.CTEs {
		if x.Recursive != nil {
			c.ctes = append(c.ctes, x)
		}
		if err := c.node(x.Plan, outer); err != nil {
			return err
		}
		if x.Recursive != nil {
			if err := c.node(x.Recursive, outer); err != nil {
				return err
			}
			if l, r := len(x.Plan.Columns()), len(x.Recursive.Columns()); l != r {
				return fmt.Errorf("plan: CTE %s has %d and %d columns", x.Name, l, r)
			}
		} else {
			c.ctes = append(c.ctes, x)
		}
	}
	err := c.node(n.In, outer)
	c.ctes = c.ctes[:depth]
	if err != nil {
		return err
	}
	return samePosition(n, n.In)
}

func (c *checker) cteScan(n *CTEScan) error {
	for _, x := range c.ctes {
		if x == n.CTE {
			return samePosition(n, x.Plan)
		}
	}
	return fmt.Errorf("plan: CTE %s is read outside its WITH", n.CTE.Name)
}

// join lets the right side of a lateral or lookup join read the left columns.
func (c *checker) join(n *Join, outer *colSet) error {
	if err := c.node(n.L, outer); err != nil {
		return err
	}
	rightOuter := outer
	if n.Lateral || n.Algo == Lookup {
		rightOuter = setOf(outer, n.L)
	}
	if err := c.node(n.R, rightOuter); err != nil {
		return err
	}
	if len(n.LeftKeys) != len(n.RightKeys) || len(n.LeftKeys) != len(n.Eqs) {
		return fmt.Errorf("plan: join has %d, %d keys and %d equalities", len(n.LeftKeys), len(n.RightKeys), len(n.Eqs))
	}
	left, right := setOf(outer, n.L), setOf(rightOuter, n.R)
	for i := range n.LeftKeys {
		if err := c.expr(n, n.LeftKeys[i], left); err != nil {
			return err
		}
		if err := c.expr(n, n.RightKeys[i], right); err != nil {
			return err
		}
	}
	both := setOf(outer, n.L, n.R)
	if n.On != nil {
		if err := c.boolean(n, n.On); err != nil {
			return err
		}
		if err := c.expr(n, n.On, both); err != nil {
			return err
		}
	}
	return passes(n, both)
}

func (c *checker) exprs(n Node, avail *colSet) error {
	for _, e := range n.Exprs(nil) {
		if err := c.expr(n, e, avail); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) expr(n Node, e expr.Expr, avail *colSet) (err error) {
	expr.Walk(e, func(x expr.Expr) bool {
		if err != nil {
			return false
		}
		switch x := x.(type) {
		case *expr.Col:
			t, ok := avail.find(x.ID)
			if !ok {
				err = fmt.Errorf("plan: %s reads column %s:%d that no input has", title(n), x.Name, x.ID)
			} else if t != nil && !t.Is(x.T) {
				err = fmt.Errorf("plan: %s reads column %s:%d as %s, it is %s", title(n), x.Name, x.ID, x.T.Name, t.Name)
			}
		case *expr.Subquery:
			err = c.subquery(n, x, avail)
		}
		return err == nil
	})
	return err
}

func (c *checker) subquery(n Node, q *expr.Subquery, avail *colSet) error {
	p, ok := q.Plan.(Node)
	if !ok {
		return fmt.Errorf("plan: %s has a subquery without a plan", title(n))
	}
	for i := range q.Outer {
		if _, ok := avail.find(q.Outer[i].ID); !ok {
			return fmt.Errorf("plan: %s: subquery reads column %s:%d that no input has", title(n), q.Outer[i].Name, q.Outer[i].ID)
		}
	}
	outer := &colSet{types: map[expr.ColID]*types.T{}}
	for i := range q.Outer {
		outer.types[q.Outer[i].ID] = q.Outer[i].T
	}
	if err := c.node(p, outer); err != nil {
		return err
	}
	if q.Test == nil {
		return nil
	}
	test := setOf(nil, p)
	for _, a := range q.ArgCols {
		test.types[a.ID] = a.T
	}
	return c.expr(n, q.Test, test)
}

func (c *checker) boolean(n Node, e expr.Expr) error {
	if e != nil && !e.Type().Underlying().Is(types.Bool) {
		return fmt.Errorf("plan: condition of %s is of type %s", title(n), e.Type().Name)
	}
	return nil
}

func samePosition(n, in Node) error {
	a, b := n.Columns(), in.Columns()
	if len(a) != len(b) {
		return fmt.Errorf("plan: %s has %d columns, its input %d", title(n), len(a), len(b))
	}
	for i := range a {
		if !a[i].T.Is(b[i].T) {
			return fmt.Errorf("plan: column %d of %s is %s, of its input %s", i+1, title(n), a[i].T.Name, b[i].T.Name)
		}
	}
	return nil
}

// passes requires every output column to come from an input unchanged.
func passes(n Node, avail *colSet) error {
	for _, col := range n.Columns() {
		if _, ok := avail.types[col.ID]; !ok {
			return fmt.Errorf("plan: %s puts out column %s:%d that no input has", title(n), col.Name, col.ID)
		}
	}
	return nil
}

func computes(n Node, out []expr.Expr) error {
	cols := n.Columns()
	if len(cols) != len(out) {
		return fmt.Errorf("plan: %s has %d columns and %d expressions", title(n), len(cols), len(out))
	}
	for i, e := range out {
		if e != nil && !e.Type().Is(cols[i].T) {
			return fmt.Errorf("plan: column %s of %s is %s, its expression %s", cols[i].Name, title(n), cols[i].T.Name, e.Type().Name)
		}
	}
	return nil
}

// shape checks what only one kind of node promises.
func (c *checker) shape(n Node, avail *colSet) error {
	switch n := n.(type) {
	case *Scan:
		return c.boolean(n, n.Filter)
	case *PatternScan:
		return c.boolean(n, n.Filter)
	case *VirtualScan:
		return c.boolean(n, n.Filter)
	case *Values:
		for _, r := range n.Rows {
			if err := computes(n, r); err != nil {
				return err
			}
		}
	case *Filter:
		if err := c.boolean(n, n.Cond); err != nil {
			return err
		}
		return passes(n, avail)
	case *Project:
		return computes(n, n.Out)
	case *ProjectSet:
		if len(n.Calls) != len(n.Out) || len(n.Out) != len(n.Cols) {
			return fmt.Errorf("plan: ProjectSet has %d columns, %d expressions, %d calls", len(n.Cols), len(n.Out), len(n.Calls))
		}
	case *Aggregate:
		want := len(n.Keys) + len(n.Calls)
		if n.GroupingID != 0 {
			want++
		}
		if len(n.Cols) != want {
			return fmt.Errorf("plan: Aggregate has %d columns, %d keys, %d calls", len(n.Cols), len(n.Keys), len(n.Calls))
		}
	case *Sort, *Limit, *Distinct, *LockRows:
		return passes(n, avail)
	case *SetOp:
		if err := samePosition(n, n.L); err != nil {
			return err
		}
		return samePosition(n, n.R)
	case *Insert:
		if n.Returning != nil {
			return computes(n, n.Returning)
		}
	case *Update:
		if n.Returning != nil {
			return computes(n, n.Returning)
		}
	case *Delete:
		if n.Returning != nil {
			return computes(n, n.Returning)
		}
	}
	return nil
}
