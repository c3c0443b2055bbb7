package opt

import (
	"fmt"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
)

// nestingMax bounds subqueries within subqueries, in levels; deeper ones stay as
// the binder made them.
const nestingMax = 200

// Config is what the optimizer knows beside the plan.
type Config struct {
	// Ctx is used to fold immutable expressions; nil: an empty one.
	Ctx *expr.Ctx
	// Rows guesses how many rows a table without statistics has; nil: rowsUnknown.
	Rows func(*catalog.Table) float64
	// PatternRows guesses how many keys a pattern matches; nil: rowsUnknown.
	PatternRows func(*catalog.KeyPattern) float64
	// Check verifies the plan after each rule (tests, debugging).
	Check bool
	// Off names rules to leave out.
	Off map[string]bool
	// Trace is called after each rule that changed the plan; nil: not.
	Trace func(rule string, n plan.Node)
}

// fact is a feature of a plan that rules ask for.
type fact uint16

const (
	hasJoin fact = 1 << iota
	hasFilter
	hasSubquery
	hasProject
	hasAggregate
	hasSort
	hasLimit
	hasOther
	always fact = 1 << 15
)

// rule is one step. needs: it is run where the plan has one of these features.
type rule struct {
	name  string
	needs fact
	apply func(o *optimizer, n plan.Node) plan.Node
}

// AccessRule names the rule that reads tables through indexes.
const AccessRule = "access"

// rules in the order they run. Names are those that Config.Off and tests use.
var rules = []rule{
	{"semijoin", hasSubquery, semijoin},
	{"fold", always, fold},
	{"pushdown", hasFilter | hasJoin, pushdown},
	{"decorrelate", hasSubquery, decorrelate},
	{"minmax", hasAggregate, minmax},
	{"prune", hasJoin | hasAggregate | hasSubquery | hasOther, prune},
	{"anyarray", always, anyarray},
	{"reorder", hasJoin, reorder},
	{"algorithm", hasJoin, algorithm},
	{AccessRule, always, access},
	{"order", hasSort, order},
	{"limit", hasLimit, limit},
	{"tidy", hasProject, tidy},
	{"estimate", always, estimate},
}

// Names lists the rules in order.
func Names() []string {
	names := make([]string, len(rules))
	for i, r := range rules {
		names[i] = r.name
	}
	return names
}

// optimizer is the state of one run.
type optimizer struct {
	cfg   *Config
	ctx   *expr.Ctx
	depth int
	last  expr.ColID
	// original has the conditions of scans before access made spans of them.
	original map[*plan.Scan][]expr.Expr
	// costs has the cost of the path that a scan was given.
	costs map[*plan.Scan]float64
}

// Optimize gives an equivalent, faster plan. n is not used afterwards: its nodes
// may be changed. The error is ours: a rule broke the plan (only with Check).
func Optimize(n plan.Node, cfg *Config) (plan.Node, error) {
	if cfg == nil {
		cfg = &Config{}
	}
	o := &optimizer{cfg: cfg, ctx: cfg.Ctx}
	if o.ctx == nil {
		o.ctx = &expr.Ctx{}
	}
	return o.run(n)
}

func (o *optimizer) run(n plan.Node) (plan.Node, error) {
	if o.depth++; o.depth > nestingMax {
		return n, nil
	}
	defer func() { o.depth-- }()
	have := factsOf(n)
	for i := range rules {
		r := &rules[i]
		if r.needs&(have|always) == 0 || o.cfg.Off[r.name] {
			continue
		}
		before := n
		n = r.apply(o, n)
		if n != before {
			have |= factsOf(n)
		}
		if o.cfg.Check && o.depth == 1 {
			if err := plan.Check(n); err != nil {
				return nil, fmt.Errorf("opt: after rule %s: %w", r.name, err)
			}
		}
		if o.cfg.Trace != nil && n != before {
			o.cfg.Trace(r.name, n)
		}
	}
	if have&hasSubquery != 0 {
		return o.inner(n)
	}
	return n, nil
}

// inner optimizes the plans of subqueries and CTEs below n.
func (o *optimizer) inner(n plan.Node) (plan.Node, error) {
	var failed error
	sub := func(p plan.Node) plan.Node {
		out, err := o.run(p)
		if err != nil {
			failed = err
			return p
		}
		return out
	}
	n = eachNode(n, func(x plan.Node) plan.Node {
		if w, ok := x.(*plan.With); ok {
			for _, c := range w.CTEs {
				c.Plan = sub(c.Plan)
				if c.Recursive != nil {
					c.Recursive = sub(c.Recursive)
				}
			}
		}
		es := x.Exprs(nil)
		changed := false
		for i, e := range es {
			r := expr.Rewrite(e, func(y expr.Expr) expr.Expr {
				q, ok := y.(*expr.Subquery)
				if !ok {
					return y
				}
				p := sub(q.Plan.(plan.Node))
				if p == q.Plan.(plan.Node) {
					return q
				}
				c := *q
				c.Plan = p
				return &c
			})
			if r != e {
				es[i], changed = r, true
			}
		}
		if changed {
			return x.WithExprs(es)
		}
		return x
	})
	return n, failed
}

// eachNode applies f to the nodes of one query level, inputs first: plans of
// subqueries and CTEs are not entered.
func eachNode(n plan.Node, f func(plan.Node) plan.Node) plan.Node {
	in := n.Inputs(nil)
	changed := false
	for i := range in {
		if r := eachNode(in[i], f); r != in[i] {
			in[i], changed = r, true
		}
	}
	if changed {
		n = n.WithInputs(in)
	}
	return f(n)
}

// factsOf says what a query level contains.
func factsOf(n plan.Node) fact {
	var have fact
	switch x := n.(type) {
	case *plan.Join:
		have |= hasJoin
	case *plan.Filter:
		have |= hasFilter
	case *plan.Project:
		have |= hasProject
	case *plan.Aggregate:
		have |= hasAggregate
	case *plan.Sort:
		have |= hasSort
	case *plan.Limit:
		have |= hasLimit
	case *plan.With:
		have |= hasSubquery
	case *plan.Scan, *plan.Values:
	default:
		_ = x
		have |= hasOther
	}
	for _, e := range n.Exprs(nil) {
		if have&hasSubquery != 0 {
			break
		}
		expr.Walk(e, func(y expr.Expr) bool {
			if _, ok := y.(*expr.Subquery); ok {
				have |= hasSubquery
			}
			return have&hasSubquery == 0
		})
	}
	for _, in := range n.Inputs(nil) {
		have |= factsOf(in)
	}
	return have
}

// newCol gives an identity that the statement does not use yet. The first call
// looks for the greatest in use.
func (o *optimizer) newCol(root plan.Node) expr.ColID {
	if o.last == 0 {
		o.last = greatestCol(root)
	}
	o.last++
	return o.last
}

// identityGap keeps identities made here clear of those that a subquery's plan,
// optimized apart from the statement around it, cannot see.
const identityGap = 1 << 24

func greatestCol(n plan.Node) expr.ColID {
	var most expr.ColID
	plan.Walk(n, func(x plan.Node) bool {
		plan.Made(x, func(id expr.ColID) { most = max(most, id) })
		return true
	})
	return max(most, identityGap)
}
