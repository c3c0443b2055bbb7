package engine

import (
	"sync"
	"sync/atomic"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/bind"
	"github.com/ferritedb/ferrite/sql/build"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/exec"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/opt"
	"github.com/ferritedb/ferrite/sql/pgcatalog"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// compiled is the engine's part of a session.Plan. Immutable but for the idle
// executions it keeps.
type compiled struct {
	parsed session.Parsed
	given  []*types.T
	node   plan.Node
	// needs are the privileges that running the plan takes, as of version.
	needs   []*acl.Need
	version uint64
	allowed atomic.Pointer[verdict]
	locks   []tableLock
	// since is the youngest commit that made a storage or an index of a table that
	// the plan reads; see catalog.Index.Since.
	since txn.Timestamp

	once     sync.Once
	prepared *build.Prepared
	err      error

	mu   sync.Mutex
	idle []*running // guarded by mu; at most idleOperatorsPerPlan
}

// Plan binds and optimizes a statement.
func (e *Engine) Plan(x *expr.Ctx, cat session.Catalog, p session.Parsed, params []*types.T) (*session.Plan, error) {
	cat, err := e.planCatalog(x, cat, p, params)
	if err != nil {
		return nil, err
	}
	return e.plan(x, cat, p, e.bindConfig(x, cat, p.Source, params), nil)
}

// plan makes a plan under cat, with what binding depends on given. hide tells
// indexes that are not to be read; nil: all may be.
func (e *Engine) plan(x *expr.Ctx, cat session.Catalog, p session.Parsed, cfg *bind.Config, hide func(*catalog.Index) bool) (*session.Plan, error) {
	version, params := cat.Version(), cfg.Params
	res, err := bind.Statement(cfg, p.AST)
	if err != nil {
		return nil, err
	}
	node, err := opt.Optimize(res.Plan, &opt.Config{Ctx: x, Rows: e.guessRows, PatternRows: e.guessPatternRows, Off: e.RulesOff, Hide: hide})
	if err != nil {
		return nil, err
	}
	c := &compiled{parsed: p, given: params, node: node, locks: locksOf(node, res.Access), since: since(res.Access), needs: res.Access, version: version}
	out := &session.Plan{Params: res.ParamTypes, Verb: res.Tag, Writes: !res.ReadOnly, Version: version,
		PointRead: res.ReadOnly && res.AsOf == nil && pointRead(node), Impl: c}
	if res.Rows {
		out.Columns = columnsOf(res.Columns)
	}
	if res.AsOf != nil {
		out.AsOf = func(x *expr.Ctx) (txn.Timestamp, error) {
			if err := c.allow(x, nil); err != nil {
				return 0, err
			}
			return asOf(x, res.AsOf)
		}
	}
	for _, a := range res.Access {
		out.Volatile = out.Volatile || a.Pattern != nil && hasStar(p.AST)
	}
	return out, nil
}

func columnsOf(cols []plan.Col) []session.Column {
	out := make([]session.Column, len(cols))
	for i, c := range cols {
		out[i] = session.Column{Name: c.Name, T: c.T, Mod: c.Mod, Table: c.Table, Attnum: c.Attnum}
	}
	return out
}

// prepare compiles the plan once, however many sessions ask.
func (c *compiled) prepare() (*build.Prepared, error) {
	c.once.Do(func() { c.prepared, c.err = build.Build(c.node, build.Options{}) })
	return c.prepared, c.err
}

// hasStar tells whether a statement writes * anywhere: over a key pattern its
// columns change with the data.
func hasStar(stmt ast.Statement) bool {
	found := false
	ast.Walk(stmt, func(n ast.Node) bool {
		if _, ok := n.(*ast.Star); ok {
			found = true
		}
		return !found
	})
	return found
}

// pointRead tells a plan that reads at most one record: it needs no snapshot.
func pointRead(n plan.Node) bool {
	for {
		switch p := n.(type) {
		case *plan.Project:
			n = p.In
		case *plan.Limit:
			n = p.In
		case *plan.Scan:
			return p.Index == nil && len(p.Spans) == 1 && wholeKey(p) && !hasSubquery(p)
		case *plan.PatternScan:
			return len(p.Keys) == 1 && !hasSubquery(p)
		default:
			return false
		}
	}
}

func wholeKey(s *plan.Scan) bool {
	primary := s.Table.PrimaryIndex()
	return primary != nil && len(s.Spans[0].Eq) == len(primary.Keys) && s.Spans[0].Lower == nil && s.Spans[0].Upper == nil
}

func hasSubquery(n plan.Node) bool {
	found := false
	for _, e := range n.Exprs(nil) {
		expr.Walk(e, func(e expr.Expr) bool {
			if _, ok := e.(*expr.Subquery); ok {
				found = true
			}
			return true
		})
	}
	return found
}

var _ exec.VirtualTables = pgcatalog.Generator{}
