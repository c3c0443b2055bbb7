package plan

import (
	"strconv"
	"strings"

	"github.com/ferritedb/ferrite/sql/expr"
)

// Desc is one node of the printed form: what EXPLAIN shows in every format.
type Desc struct {
	Node  Node
	Title string // "Seq Scan on users u"
	// Type is the node type alone ("Seq Scan"), for structured formats.
	Type     string
	Relation string
	Alias    string
	Index    string
	Props    []Prop
	Children []*Desc
	// Role says how the node hangs below its parent: "", "CTE x", "SubPlan 1",
	// "InitPlan 1".
	Role string
}

// Prop is a line such as Filter: (a > 1).
type Prop struct{ Key, Value string }

// Describe makes the printed form of a plan as a tree.
func Describe(n Node) *Desc {
	p := newPrinter(n)
	return p.node(n)
}

// Describe with ColIDs shows columns as name:id, for tests.
func describeIDs(n Node) *Desc {
	p := newPrinter(n)
	p.ids = true
	return p.node(n)
}

// printer names columns: qualified by the alias of their scan where the plan
// reads more than one relation, as PostgreSQL does.
type printer struct {
	names    map[expr.ColID]string
	ids      bool
	subplans int
	pending  []*Desc // subplans of the node being described
	ctes     map[*CTE]bool
}

func newPrinter(root Node) *printer {
	p := &printer{names: map[expr.ColID]string{}, ctes: map[*CTE]bool{}}
	relations := 0
	Walk(root, func(n Node) bool {
		if _, ok := relationAlias(n); ok {
			relations++
		}
		return true
	})
	Walk(root, func(n Node) bool {
		alias, ok := relationAlias(n)
		if !ok || relations < 2 || alias == "" {
			return true
		}
		for _, c := range n.Columns() {
			p.names[c.ID] = alias + "." + c.Name
		}
		return true
	})
	return p
}

func relationAlias(n Node) (string, bool) {
	switch n := n.(type) {
	case *Scan:
		return n.Alias, true
	case *PatternScan:
		return n.Alias, true
	case *VirtualScan:
		return n.Alias, true
	case *CTEScan:
		return n.Alias, true
	case *FuncScan:
		return n.Alias, true
	}
	return "", false
}

func (p *printer) node(n Node) *Desc {
	saved := p.pending
	p.pending = nil
	d := &Desc{Node: n}
	describers(p, d, n)
	if d.Title == "" {
		d.Title = d.Type
	}
	if w, ok := n.(*With); ok {
		in := p.node(w.In)
		for _, c := range w.CTEs {
			in.Children = append(in.Children, p.cte(c))
		}
		p.pending = saved
		return in
	}
	var room [2]Node
	for _, in := range n.Inputs(room[:0]) {
		d.Children = append(d.Children, p.node(in))
	}
	d.Children = append(d.Children, p.pending...)
	p.pending = saved
	return d
}

func (p *printer) cte(c *CTE) *Desc {
	d := p.node(c.Plan)
	if c.Recursive != nil {
		u := &Desc{Title: "Recursive Union", Type: "Recursive Union"}
		u.Children = []*Desc{d, p.node(c.Recursive)}
		d = u
	}
	d.Role = "CTE " + c.Name
	return d
}

func (d *Desc) prop(key, value string) {
	if value != "" {
		d.Props = append(d.Props, Prop{key, value})
	}
}

func (p *printer) list(es []expr.Expr) string {
	s := make([]string, len(es))
	for i, e := range es {
		s[i] = p.expr(e)
	}
	return strings.Join(s, ", ")
}

func (p *printer) keys(ks []expr.SortKey) string {
	s := make([]string, len(ks))
	for i, k := range ks {
		s[i] = p.expr(k.Expr)
		if k.Desc {
			s[i] += " DESC"
		}
		if k.NullsFirst != k.Desc {
			if k.NullsFirst {
				s[i] += " NULLS FIRST"
			} else {
				s[i] += " NULLS LAST"
			}
		}
	}
	return strings.Join(s, ", ")
}

// cond prints a condition as PostgreSQL does, in parentheses.
func (p *printer) cond(e expr.Expr) string {
	if e == nil {
		return ""
	}
	s := p.expr(e)
	if !strings.HasPrefix(s, "(") {
		s = "(" + s + ")"
	}
	return s
}

func title(n Node) string {
	d := &Desc{}
	describers(&printer{names: map[expr.ColID]string{}, ctes: map[*CTE]bool{}}, d, n)
	if d.Title == "" {
		return d.Type
	}
	return d.Title
}

func (p *printer) column(c *expr.Col) string {
	s := p.names[c.ID]
	if s == "" {
		s = c.Name
	}
	if s == "" || p.ids {
		s += ":" + strconv.Itoa(int(c.ID))
	}
	return s
}
