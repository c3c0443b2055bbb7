package session

import (
	"strconv"
	"strings"
	"time"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// Statement is a prepared statement. Immutable but for its plan.
type Statement struct {
	name   string
	source string // the whole text that Parse or PREPARE gave
	parsed Parsed // AST nil: an empty query
	given  []*types.T
	plan   *Plan
	// planSettings is what s.planSettings gave when plan was made.
	planSettings string
	cached       *cachedPlan
	fromSQL      bool
	at           time.Time
}

// kind says who runs a statement.
type kind uint8

const (
	kindEmpty   kind = iota
	kindTxn          // txnStatement
	kindPlanned      // engine: plan and run
	kindExecute      // EXECUTE: another statement's plan
	kindSession      // sessionStatement
	kindUtility      // engine: utility
)

func kindOf(n ast.Statement) kind {
	switch n := n.(type) {
	case nil:
		return kindEmpty
	case *ast.Begin, *ast.Commit, *ast.Rollback, *ast.Savepoint, *ast.ReleaseSavepoint, *ast.RollbackTo,
		*ast.PrepareTransaction, *ast.CommitPrepared, *ast.RollbackPrepared:
		return kindTxn
	case *ast.Select:
		if c, ok := n.Body.(*ast.SelectClause); ok && c.Into != nil {
			return kindUtility
		}
		return kindPlanned
	case *ast.Insert, *ast.Update, *ast.Delete, *ast.Merge:
		return kindPlanned
	case *ast.Execute:
		return kindExecute
	case *ast.SetVariable, *ast.SetTransaction, *ast.SetConstraints, *ast.Show, *ast.Reset, *ast.Discard,
		*ast.Prepare, *ast.Deallocate, *ast.DeclareCursor, *ast.Fetch, *ast.CloseCursor,
		*ast.Listen, *ast.Notify, *ast.Unlisten, *ast.Explain, *ast.Copy, *ast.LockTable, *ast.Checkpoint:
		return kindSession
	}
	return kindUtility
}

// inFailed tells what may run in a failed block: what ends it. PREPARE TRANSACTION
// rolls it back.
func inFailed(n ast.Statement) bool {
	switch n.(type) {
	case nil, *ast.Commit, *ast.Rollback, *ast.RollbackTo, *ast.PrepareTransaction:
		return true
	}
	return false
}

func paramKey(given []*types.T) string {
	if len(given) == 0 {
		return ""
	}
	var b strings.Builder
	for _, t := range given {
		if t != nil {
			b.WriteString(strconv.FormatUint(uint64(t.OID), 10))
		}
		b.WriteByte(',')
	}
	return b.String()
}

// lookup finds or parses a query string, and keeps a copy of it. once tells a
// string that is not worth sharing before it comes again.
func (s *Session) lookup(sql, params string, once bool) (*cachedPlan, error) {
	k := planKey{sql, s.planSettings(), params}
	if e := s.srv.Plans.get(k); e != nil {
		s.srv.Stats.PlanHits.Add(1)
		return e, nil
	}
	s.srv.Stats.PlanMisses.Add(1)
	k.sql, k.settings = strings.Clone(sql), strings.Clone(k.settings)
	parsed, err := s.srv.Engine.Parse(k.sql)
	if err != nil {
		return nil, err
	}
	if once && !s.srv.Plans.again(k.sql) {
		return &cachedPlan{key: k, parsed: parsed}, nil
	}
	return s.srv.Plans.put(k, parsed), nil
}

// ensureCatalog opens the transaction, starts a statement in it and takes the
// catalog as it stands now.
func (s *Session) ensureCatalog(point bool) error {
	if err := s.open(point); err != nil {
		return err
	}
	s.tx.BeginStatement()
	if s.cat != nil {
		return nil
	}
	cat, err := s.srv.Engine.Catalog(s.tx)
	if err != nil {
		return err
	}
	s.cat = cat
	return nil
}

// ensurePlan makes sure that st has a plan for the catalog and the settings of
// now. REQUIRES: ensureCatalog.
func (s *Session) ensurePlan(st *Statement) (*Plan, error) {
	version, settings := s.cat.Version(), s.planSettings()
	if p := st.plan; p != nil && p.Version == version && st.planSettings == settings && !p.Volatile {
		return p, nil
	}
	if c := st.cached; c != nil && len(c.parsed) == 1 && c.key.settings == settings {
		if p := c.plan.Load(); p != nil && p.Version == version {
			return st.keep(p, settings)
		}
	}
	p, err := s.makePlan(st.parsed, st.given)
	if err != nil {
		return nil, err
	}
	if c := st.cached; c != nil && c.key.settings == settings && len(c.parsed) == 1 && !p.Volatile {
		c.plan.Store(p)
	}
	return st.keep(p, settings)
}

func (s *Session) makePlan(p Parsed, given []*types.T) (plan *Plan, err error) {
	defer guard(&err)
	s.fillCtx(&s.xctx, &s.budget)
	defer s.budget.Close()
	return s.srv.Engine.Plan(&s.xctx, s.cat, p, given)
}

// keep stores a new plan. What a client was told of a statement must stay true.
func (st *Statement) keep(p *Plan, settings string) (*Plan, error) {
	if old := st.plan; old != nil && !sameShape(old.Columns, p.Columns) {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "cached plan must not change result type")
	}
	st.plan, st.planSettings = p, settings
	return p, nil
}

func sameShape(a, b []Column) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].T.OID != b[i].T.OID || a[i].Mod != b[i].Mod || a[i].Name != b[i].Name {
			return false
		}
	}
	return true
}

// memoryWait is how long a statement waits for its first memory where the server
// has none left.
const memoryWait = 10 * time.Second

// limits bound a statement. One may hold what the server has: work_mem is when
// its operators begin to spill. A server without a bound gives each one its own.
func (s *Session) limits() budget.Limits {
	bytes := s.srv.Memory.Limit()
	if bytes == 0 {
		bytes = max(s.vars.workMemBytes(), budget.BytesDefault)
	}
	return budget.Limits{Bytes: bytes, Wait: memoryWait}
}

// fillCtx readies an evaluation context for the running message. b becomes its
// budget, whoever owns it closes it.
func (s *Session) fillCtx(x *expr.Ctx, b *budget.Run) {
	x.Context = s.ctx
	b.Init(s.srv.Memory, s.limits())
	b.Reset(s.ctx)
	x.Budget = b
	x.StmtTime, x.TxnTime = s.stmtTime, s.txnTime
	x.Session = functions{s}
	x.Lenient = s.io.Lenient
	s.io.Now = s.txnTime
	x.ResetIO()
}

// addStatement puts a statement under its name.
func (s *Session) addStatement(st *Statement) error {
	if st.name == "" {
		s.unnamed = st
		return nil
	}
	if _, taken := s.stmts[st.name]; taken {
		return pgerr.Newf(pgerr.DuplicatePreparedStatement, "prepared statement \"%s\" already exists", st.name)
	}
	if len(s.stmts) >= statementsMax {
		return pgerr.Newf(pgerr.ConfigurationLimitExceeded, "more than %d prepared statements", statementsMax)
	}
	s.stmts[st.name] = st
	return nil
}

func (s *Session) findStatement(name string) (*Statement, error) {
	if name == "" {
		if s.unnamed == nil {
			return nil, pgerr.New(pgerr.InvalidSQLStatementName, "unnamed prepared statement does not exist")
		}
		return s.unnamed, nil
	}
	st := s.stmts[name]
	if st == nil {
		return nil, pgerr.Newf(pgerr.InvalidSQLStatementName, "prepared statement \"%s\" does not exist", name)
	}
	return st, nil
}

// describe gives the parameters and the result of a statement. REQUIRES: a
// statement of kindPlanned has its plan.
func (s *Session) describe(st *Statement) (params []*types.T, cols []Column, err error) {
	switch kindOf(st.parsed.AST) {
	case kindPlanned:
		return st.plan.Params, st.plan.Columns, nil
	case kindExecute:
		target, err := s.findStatement(st.parsed.AST.(*ast.Execute).Name)
		if err != nil {
			return nil, nil, err
		}
		if target.plan == nil {
			return nil, nil, nil
		}
		return nil, target.plan.Columns, nil
	case kindSession:
		cols, err := s.describeSession(st.parsed.AST)
		return st.given, cols, err
	}
	return st.given, nil, nil
}
