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
	"github.com/ferritedb/ferrite/sql/pgerr"
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
	// writes are the tables that the plan writes or locks rows of, by OID.
	writes []types.OID

	once     sync.Once
	prepared *build.Prepared
	err      error

	mu   sync.Mutex
	idle []*running // guarded by mu; at most idleOperatorsPerPlan
}

// Plan binds and optimizes a statement.
func (e *Engine) Plan(x *expr.Ctx, cat session.Catalog, p session.Parsed, params []*types.T) (*session.Plan, error) {
	version := cat.Version()
	res, err := bind.Statement(e.bindConfig(x, cat, p.Source, params), p.AST)
	if err != nil {
		return nil, err
	}
	node, err := opt.Optimize(res.Plan, &opt.Config{Ctx: x, Rows: e.guessRows, PatternRows: e.guessPatternRows, Off: e.RulesOff})
	if err != nil {
		return nil, err
	}
	c := &compiled{parsed: p, given: params, node: node, writes: written(node), needs: res.Access, version: version}
	out := &session.Plan{Params: res.ParamTypes, Verb: res.Tag, Writes: !res.ReadOnly, Version: version,
		PointRead: res.ReadOnly && res.AsOf == nil && pointRead(node), Impl: c}
	if res.Rows {
		out.Columns = columnsOf(res.Columns)
	}
	if res.AsOf != nil {
		out.AsOf = func(x *expr.Ctx) (txn.Timestamp, error) { return asOf(x, res.AsOf) }
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

// asOf computes the time of AS OF SYSTEM TIME: a moment, or an interval from now.
func asOf(x *expr.Ctx, e expr.Expr) (txn.Timestamp, error) {
	d, err := expr.EvalOne(x, e, nil)
	if err != nil {
		return 0, err
	}
	if d.IsNull() {
		return 0, pgerr.New(pgerr.InvalidParameterValue, "AS OF SYSTEM TIME must not be NULL")
	}
	return timestampOf(d.Int()), nil
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

// written lists the tables whose rows a plan writes or locks.
func written(n plan.Node) []types.OID {
	var out []types.OID
	add := func(t *catalog.Table) {
		if t != nil {
			out = append(out, t.OID)
		}
	}
	plan.Walk(n, func(n plan.Node) bool {
		switch n := n.(type) {
		case *plan.Insert:
			add(n.Table)
		case *plan.Update:
			add(n.Table)
		case *plan.Delete:
			add(n.Table)
		case *plan.LockRows:
			for _, t := range n.Targets {
				add(t.Table)
			}
		}
		return true
	})
	return out
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
