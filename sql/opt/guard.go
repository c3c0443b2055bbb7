package opt

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
)

const (
	// planDepthMax bounds the nodes above each other in a plan: rules, build and
	// the operators recurse as deep.
	planDepthMax = 10_000
	// guardDepthSlack and guardStepsSlack are what a rule may go beyond the plan
	// it was given: it makes a few nodes of its own.
	guardDepthSlack = 64
	guardStepsSlack = 64
	// guardStepsPerNode is how often a rule may look at each node. Rules look once
	// or twice; sorts above sorts are looked through once for each.
	guardStepsPerNode = 64
	// guardCheckSteps is how often cancellation is looked at, in steps.
	guardCheckSteps = 256
)

// shape is what a query level contains and how big it is.
type shape struct {
	facts        fact
	depth, nodes int
}

// guard bounds one rule's run over one query level. A rule goes down a plan that
// is finite, so its recursion is no deeper than the plan and a bit, and its steps
// are bounded by the nodes: one that passes either makes its own input again and
// would never end. That is our fault, and an error, never a stack overflow.
type guard struct {
	rule            string
	depth, depthMax int
	steps, stepsMax int
}

// stopped unwinds a rule that must not go on; run recovers it.
type stopped struct{ err error }

func guardFor(rule string, s shape) guard {
	return guard{rule: rule, depthMax: 2*s.depth + guardDepthSlack, stepsMax: guardStepsSlack + s.nodes*(guardStepsPerNode+s.depth)}
}

// enter is one level of a rule's recursion; leave ends it.
func (o *optimizer) enter() {
	g := &o.guard
	if g.depth++; g.depth > g.depthMax {
		panic(stopped{diverged(g.rule, "recursion")})
	}
	if g.steps++; g.steps > g.stepsMax {
		panic(stopped{diverged(g.rule, "work")})
	}
	if g.steps%guardCheckSteps == 0 {
		o.checkCancel()
	}
}

func (o *optimizer) leave() { o.guard.depth-- }

// checkCancel unwinds where the statement was cancelled.
func (o *optimizer) checkCancel() {
	if o.ctx.Context == nil {
		return
	}
	if err := o.ctx.Context.Err(); err != nil {
		panic(stopped{err})
	}
}

func diverged(rule, what string) error {
	return pgerr.Newf(pgerr.InternalError, "optimizer rule %s does not end: its %s passes what the plan can ask for", rule, what)
}

// guarded runs f, a rule or a walk over a query level of shape s, under a guard.
func (o *optimizer) guarded(name string, s shape, f func() plan.Node) (out plan.Node, err error) {
	outer := o.guard
	o.guard = guardFor(name, s)
	clear(o.known)
	defer func() {
		o.guard = outer
		switch p := recover().(type) {
		case nil:
		case stopped:
			out, err = nil, p.err
		default:
			panic(p)
		}
	}()
	return f(), nil
}

// eachNode applies f to the nodes of one query level, inputs first: plans of
// subqueries and CTEs are not entered.
func (o *optimizer) eachNode(n plan.Node, f func(plan.Node) plan.Node) plan.Node {
	o.enter()
	defer o.leave()
	in := n.Inputs(nil)
	changed := false
	for i := range in {
		if r := o.eachNode(in[i], f); r != in[i] {
			in[i], changed = r, true
		}
	}
	if changed {
		n = n.WithInputs(in)
	}
	return f(n)
}

// shapeOf says what a query level contains. It stops where the plan is deeper
// than planDepthMax.
func shapeOf(n plan.Node) shape {
	var s shape
	s.add(n, 1)
	return s
}

func (s *shape) add(n plan.Node, depth int) {
	s.nodes++
	if s.depth = max(s.depth, depth); depth > planDepthMax {
		return
	}
	switch n.(type) {
	case *plan.Join:
		s.facts |= hasJoin
	case *plan.Filter:
		s.facts |= hasFilter
	case *plan.Project:
		s.facts |= hasProject
	case *plan.Aggregate:
		s.facts |= hasAggregate
	case *plan.Sort:
		s.facts |= hasSort
	case *plan.Limit:
		s.facts |= hasLimit
	case *plan.With:
		s.facts |= hasSubquery
	case *plan.Scan, *plan.Values:
	default:
		s.facts |= hasOther
	}
	for _, e := range n.Exprs(nil) {
		if s.facts&hasSubquery != 0 {
			break
		}
		expr.Walk(e, func(y expr.Expr) bool {
			if _, ok := y.(*expr.Subquery); ok {
				s.facts |= hasSubquery
			}
			return s.facts&hasSubquery == 0
		})
	}
	for _, in := range n.Inputs(nil) {
		s.add(in, depth+1)
	}
}
