package opt

import (
	"fmt"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
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
	// Hide tells indexes that are not to be read; nil: all may be.
	Hide func(*catalog.Index) bool
	// Off names rules to leave out.
	Off map[string]bool
	// Pairs is called with how many pairs of join inputs were compared; nil: not.
	Pairs func(n int)
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
	{"recheck", hasOther, recheck},
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
	// known remembers estimates while one rule runs.
	known map[plan.Node]float64
	// pairs counts what the search for join orders looked at.
	pairs int
	guard guard
	// carry are columns that projections pass on for a Recheck above.
	carry cols
	// costs has the cost of the path that a scan was given.
	costs map[*plan.Scan]float64
}

// Optimize gives an equivalent, faster plan. n is not used afterwards: its nodes
// may be changed. Errors: the statement was cancelled, its plan is too deep, or
// ours (a rule does not end; with Check, a rule broke the plan).
func Optimize(n plan.Node, cfg *Config) (plan.Node, error) {
	if cfg == nil {
		cfg = &Config{}
	}
	o := &optimizer{cfg: cfg, ctx: cfg.Ctx}
	if o.ctx == nil {
		o.ctx = &expr.Ctx{}
	}
	out, err := o.run(n)
	if cfg.Pairs != nil {
		cfg.Pairs(o.pairs)
	}
	return out, err
}

func (o *optimizer) run(n plan.Node) (plan.Node, error) {
	if o.depth++; o.depth > nestingMax {
		return n, nil
	}
	defer func() { o.depth-- }()
	have := shapeOf(n)
	for i := range rules {
		if have.depth > planDepthMax {
			return nil, pgerr.New(pgerr.StatementTooComplex, "stack depth limit exceeded").
				WithDetailf("The statement's plan is deeper than %d nodes.", planDepthMax).
				WithHint("Write it with fewer nested queries or set operations.")
		}
		r := &rules[i]
		if r.needs&(have.facts|always) == 0 || o.cfg.Off[r.name] {
			continue
		}
		before := n
		var err error
		if n, err = o.guarded(r.name, have, func() plan.Node { return r.apply(o, before) }); err != nil {
			return nil, err
		}
		if o.cfg.Check && o.depth == 1 {
			if err := plan.Check(n); err != nil {
				return nil, fmt.Errorf("opt: after rule %s: %w", r.name, err)
			}
		}
		if n != before {
			facts := have.facts
			have = shapeOf(n)
			have.facts |= facts
			if o.cfg.Trace != nil {
				o.cfg.Trace(r.name, n)
			}
		}
	}
	if have.facts&hasSubquery != 0 {
		return o.inner(n, have)
	}
	return n, nil
}

// inner optimizes the plans of subqueries and CTEs below n.
func (o *optimizer) inner(n plan.Node, s shape) (plan.Node, error) {
	sub := func(p plan.Node) plan.Node {
		out, err := o.run(p)
		if err != nil {
			panic(stopped{err})
		}
		return out
	}
	level := func(x plan.Node) plan.Node {
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
	}
	return o.guarded("subqueries", s, func() plan.Node { return o.eachNode(n, level) })
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
