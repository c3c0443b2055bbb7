package session

import (
	"errors"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// start runs a portal's statement up to where it can give rows: it moves the
// state, opens the transaction, and for statements without rows does the work.
func (s *Session) start(p *Portal) (err error) {
	defer guard(&err)
	p.started = true
	s.srv.Stats.Statements.Add(1)
	st := p.stmt
	switch kindOf(st.parsed.AST) {
	case kindEmpty:
		p.done = true
		return nil
	case kindTxn:
		p.done = true
		p.tag, err = s.txnStatement(st.parsed.AST)
		return err
	}
	if err := s.step(evStatement, ""); err != nil {
		return err
	}
	switch kindOf(st.parsed.AST) {
	case kindPlanned:
		return s.startPlanned(p, st)
	case kindExecute:
		return s.startExecute(p, st.parsed.AST.(*ast.Execute))
	case kindSession:
		return s.sessionStatement(p)
	}
	return s.utility(p)
}

// planAttemptsMax bounds how often a point read is planned anew because it was none
// any more when its table could be read.
const planAttemptsMax = 8

// startPlanned runs the plan of st with p's parameters.
func (s *Session) startPlanned(p *Portal, st *Statement) error {
	plan, err := s.readyPlan(st)
	if err != nil {
		return err
	}
	for attempt := 0; ; attempt++ {
		s.touched = true
		if plan.Writes && s.modes.readOnly {
			return pgerr.Newf(pgerr.ReadOnlySQLTransaction, "cannot execute %s in a read-only transaction", plan.Verb)
		}
		p.cols = plan.Columns
		s.fillCtx(&p.x, &p.budget)
		p.x.Params = p.params
		tx, cat := s.tx, s.cat
		if plan.AsOf != nil {
			if tx, cat, err = s.openPast(p, plan); err != nil {
				return err
			}
		}
		p.running, err = s.srv.Engine.Start(&p.x, tx, cat, plan)
		if err == nil {
			break
		}
		p.running = nil
		if !errors.Is(err, ErrPlanStale) || attempt == planAttemptsMax {
			return err
		}
		if plan, err = s.readyPlan(st); err != nil {
			return err
		}
	}
	p.tag = Tag{Verb: plan.Verb, Counted: true}
	if plan.Columns == nil {
		return s.finish(p)
	}
	return nil
}

// readyPlan gives the plan of st with a transaction and a catalog for it.
func (s *Session) readyPlan(st *Statement) (*Plan, error) {
	if err := s.ensureCatalog(st.plan != nil && st.plan.PointRead); err != nil {
		return nil, err
	}
	plan, err := s.ensurePlan(st)
	if err != nil {
		return nil, err
	}
	if s.latest && !plan.PointRead {
		err = s.ensureCatalog(false)
	}
	return plan, err
}

// openPast opens the transaction of a query AS OF SYSTEM TIME, and its catalog:
// the portal's own, ended with it.
func (s *Session) openPast(p *Portal, plan *Plan) (txn.Txn, Catalog, error) {
	ts, err := plan.AsOf(&p.x)
	if err != nil {
		return nil, nil, err
	}
	p.past, err = s.srv.Store.Begin(txn.Options{Isolation: txn.RepeatableRead, ReadOnly: true, AsOf: ts})
	if err != nil {
		return nil, nil, err
	}
	cat, err := s.srv.Engine.Catalog(p.past)
	return p.past, cat, err
}

// finish runs a statement without rows to its end.
func (s *Session) finish(p *Portal) error {
	for {
		c, err := s.next(p)
		if err != nil {
			p.release()
			return err
		}
		if c == nil {
			break
		}
		p.pos = c.Rows
	}
	p.tag.Rows = p.running.Affected()
	p.release()
	return nil
}

// startExecute is EXECUTE name (args).
func (s *Session) startExecute(p *Portal, n *ast.Execute) error {
	target, err := s.findStatement(n.Name)
	if err != nil {
		return err
	}
	if k := kindOf(target.parsed.AST); k != kindPlanned {
		inner := *target
		p.stmt = &inner
		if k == kindSession {
			return s.sessionStatement(p)
		}
		return s.utility(p)
	}
	if err := s.ensureCatalog(false); err != nil {
		return err
	}
	plan, err := s.ensurePlan(target)
	if err != nil {
		return err
	}
	if p.params, err = s.executeArgs(p, n, target.name, plan.Params); err != nil {
		return err
	}
	return s.startPlanned(p, target)
}

func (s *Session) executeArgs(p *Portal, n *ast.Execute, name string, want []*types.T) ([]types.Datum, error) {
	if len(n.Args) != len(want) {
		return nil, pgerr.Newf(pgerr.SyntaxError, "wrong number of parameters for prepared statement \"%s\"", name).
			WithDetailf("Expected %d parameters but got %d.", len(want), len(n.Args))
	}
	if len(want) == 0 {
		return nil, nil
	}
	s.fillCtx(&s.xctx, &s.budget)
	defer s.budget.Close()
	return s.srv.Engine.Eval(&s.xctx, s.cat, p.stmt.parsed, n.Args, want)
}

// utility runs DDL and the like in the engine.
func (s *Session) utility(p *Portal) error {
	n := p.stmt.parsed.AST
	if notInBlock(n) {
		if err := s.refuseInBlock(VerbOf(n)); err != nil {
			return err
		}
	}
	if s.modes.readOnly && !readOnlyUtility(n) {
		return pgerr.Newf(pgerr.ReadOnlySQLTransaction, "cannot execute %s in a read-only transaction", VerbOf(n))
	}
	if err := s.ensureCatalog(false); err != nil {
		return err
	}
	s.touched = true
	s.fillCtx(&p.x, &p.budget)
	p.x.Params = p.params
	tag, err := s.srv.Engine.Utility(&p.x, s.tx, s.cat, p.stmt.parsed)
	if err != nil {
		return err
	}
	if tag.Verb == "" {
		tag.Verb = VerbOf(n)
	}
	s.noteTemp()
	s.noteOnCommit(n)
	p.tag, p.done = tag, true
	return nil
}

// execute runs a portal to its end or to max rows and reports to the sink, but
// for the tag, which the caller sends where done.
func (s *Session) execute(p *Portal, max int64) (done bool, err error) {
	if !p.started {
		if err := s.start(p); err != nil {
			return false, err
		}
	}
	if p.cols == nil || p.running == nil && p.cur == nil {
		return true, nil
	}
	n, more, err := s.pump(p, max)
	if err != nil {
		p.release()
		return false, err
	}
	p.tag.Rows = n
	if more {
		return false, nil
	}
	p.release()
	return true, nil
}
