package session

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// ExplainOptions are the options of EXPLAIN.
type ExplainOptions struct {
	Analyze, Verbose, Costs, Settings, Buffers, WAL, Timing, Summary bool
	// Format is text, json, xml or yaml.
	Format string
}

// Explainer is the part of an Engine that prints plans.
type Explainer interface {
	// Explain prints a plan, one string a line (one string in all for a format
	// that is not text). With Analyze, run is what ran, after its end.
	Explain(p *Plan, o *ExplainOptions, run Running, took ExplainTimes) ([]string, error)
	// Allowed is 42501 unless the user may run the plan.
	Allowed(x *expr.Ctx, cat Catalog, p *Plan) error
	// Analyze is Start with counters.
	Analyze(x *expr.Ctx, tx txn.Txn, cat Catalog, p *Plan) (Running, error)
}

// ExplainTimes are milliseconds.
type ExplainTimes struct{ Planning, Execution float64 }

func explainOptions(n *ast.Explain) (*ExplainOptions, error) {
	o := &ExplainOptions{Costs: true, Format: "text"}
	timing, summary := false, false
	for _, opt := range n.Options {
		if opt.Name == "format" {
			switch opt.Value {
			case "text", "json", "xml", "yaml":
				o.Format = opt.Value
			default:
				return nil, pgerr.Newf(pgerr.InvalidParameterValue, "unrecognized value for EXPLAIN option \"format\": \"%s\"", opt.Value)
			}
			continue
		}
		on := true
		if opt.Kind != ast.OptionNone {
			var ok bool
			if on, ok = parseBool(opt.Value); !ok {
				return nil, pgerr.Newf(pgerr.SyntaxError, "%s requires a Boolean value", opt.Name)
			}
		}
		switch opt.Name {
		case "analyze":
			o.Analyze = on
		case "verbose":
			o.Verbose = on
		case "costs":
			o.Costs = on
		case "settings":
			o.Settings = on
		case "buffers":
			o.Buffers = on
		case "wal":
			o.WAL = on
		case "timing":
			o.Timing, timing = on, true
		case "summary":
			o.Summary, summary = on, true
		default:
			return nil, pgerr.Newf(pgerr.SyntaxError, "unrecognized EXPLAIN option \"%s\"", opt.Name)
		}
	}
	if o.Timing && !o.Analyze && timing {
		return nil, pgerr.New(pgerr.InvalidParameterValue, "EXPLAIN option TIMING requires ANALYZE")
	}
	if o.WAL && !o.Analyze {
		return nil, pgerr.New(pgerr.InvalidParameterValue, "EXPLAIN option WAL requires ANALYZE")
	}
	if !timing {
		o.Timing = o.Analyze
	}
	if !summary {
		o.Summary = o.Analyze
	}
	return o, nil
}

func explainColumns(n *ast.Explain) []Column {
	t := types.Text
	if o, err := explainOptions(n); err == nil && o.Format == "json" {
		t = types.JSON
	}
	return []Column{{Name: "QUERY PLAN", T: t, Mod: -1}}
}

// explain is EXPLAIN: it plans, and with ANALYZE runs, the statement.
func (s *Session) explain(p *Portal, n *ast.Explain) error {
	o, err := explainOptions(n)
	if err != nil {
		return err
	}
	if err := s.ensureCatalog(false); err != nil {
		return err
	}
	s.touched = true
	query, params := n.Statement, p.params
	parsed := Parsed{AST: query, SQL: p.stmt.parsed.SQL, Source: p.stmt.parsed.Source}
	st := &Statement{parsed: parsed, given: p.stmt.given}
	if e, ok := query.(*ast.Execute); ok {
		target, err := s.findStatement(e.Name)
		if err != nil {
			return err
		}
		plan, err := s.ensurePlan(target)
		if err != nil {
			return err
		}
		if params, err = s.executeArgs(p, e, target.name, plan.Params); err != nil {
			return err
		}
		st = target
	} else if kindOf(query) != kindPlanned {
		return s.explainUtility(p, n)
	}
	ex, ok := s.srv.Engine.(Explainer)
	if !ok {
		return pgerr.NotSupported("EXPLAIN")
	}
	begin := s.srv.Clock.Now()
	plan, err := s.ensurePlan(st)
	if err != nil {
		return err
	}
	s.fillCtx(&s.xctx, &s.budget)
	if err := ex.Allowed(&s.xctx, s.cat, plan); err != nil {
		return err
	}
	took := ExplainTimes{Planning: s.srv.Clock.Now().Sub(begin).Seconds() * 1e3}
	var run Running
	if o.Analyze {
		begin = s.srv.Clock.Now()
		if run, err = s.runAll(p, ex, plan, params); err != nil {
			return err
		}
		defer run.Close()
		took.Execution = s.srv.Clock.Now().Sub(begin).Seconds() * 1e3
	}
	lines, err := ex.Explain(plan, o, run, took)
	if err != nil {
		return err
	}
	s.giveLines(p, n, lines)
	return nil
}

func (s *Session) giveLines(p *Portal, n *ast.Explain, lines []string) {
	rows := make([][]string, len(lines))
	for i, l := range lines {
		rows[i] = []string{l}
	}
	p.cols = explainColumns(n)
	p.running = textRows(rows, 1)
}

// runAll runs a plan to its end and throws its rows away.
func (s *Session) runAll(p *Portal, ex Explainer, plan *Plan, params []types.Datum) (Running, error) {
	if plan.Writes && s.modes.readOnly {
		return nil, pgerr.Newf(pgerr.ReadOnlySQLTransaction, "cannot execute %s in a read-only transaction", plan.Verb)
	}
	s.fillCtx(&p.x, &p.budget)
	p.x.Params = params
	tx, cat := s.tx, s.cat
	if plan.AsOf != nil {
		var err error
		if tx, cat, err = s.openPast(p, plan); err != nil {
			return nil, err
		}
	}
	run, err := ex.Analyze(&p.x, tx, cat, plan)
	if err != nil {
		return nil, err
	}
	for {
		c, err := run.Next()
		if err == nil && c != nil {
			err = s.ctx.Err()
		}
		if err != nil {
			run.Close()
			return nil, err
		}
		if c == nil {
			return run, nil
		}
	}
}

// explainUtility explains what stands in a CREATE TABLE AS or DECLARE.
func (s *Session) explainUtility(p *Portal, n *ast.Explain) error {
	inner := *n
	switch q := n.Statement.(type) {
	case *ast.DeclareCursor:
		inner.Statement = q.Query
	case *ast.CreateTableAs:
		inner.Statement = q.Query
	default:
		s.giveLines(p, n, []string{"Utility statements have no plan structure"})
		return nil
	}
	return s.explain(p, &inner)
}
