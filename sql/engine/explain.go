package engine

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ferritedb/ferrite/sql/build"
	"github.com/ferritedb/ferrite/sql/exec"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/txn"
)

// Analyze starts a plan with counters.
func (e *Engine) Analyze(x *expr.Ctx, tx txn.Txn, cat session.Catalog, p *session.Plan) (session.Running, error) {
	if err := p.Impl.(*compiled).allow(x, cat); err != nil {
		return nil, err
	}
	p, err := e.locked(x, tx, cat, p)
	if err != nil {
		return nil, err
	}
	c := p.Impl.(*compiled)
	prepared, err := build.Build(c.node, build.Options{Analyze: true})
	if err != nil {
		return nil, err
	}
	r := &running{e: e, c: c, op: prepared.New(), open: true}
	e.fill(&r.run, x, tx, cat)
	r.run.Stats = exec.NewStats(e.Clock)
	prepared.Bind(&r.run)
	if err := r.op.Open(&r.run); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// actual is what EXPLAIN ANALYZE adds to a node's line.
func actual(s *exec.Stats, n plan.Node, timing bool) string {
	c := s.Of(n)
	if c == nil || c.Loops == 0 {
		return " (never executed)"
	}
	loops := float64(c.Loops)
	rows := float64(c.Rows) / loops
	if !timing {
		return fmt.Sprintf(" (actual rows=%.0f loops=%d)", rows, c.Loops)
	}
	return fmt.Sprintf(" (actual time=%.3f..%.3f rows=%.0f loops=%d)",
		c.First.Seconds()*1e3/loops, c.Total.Seconds()*1e3/loops, rows, c.Loops)
}

// measured says what a node held in memory and on disk, in PostgreSQL's words.
func measured(s *exec.Stats, n plan.Node) []string {
	c := s.Of(n)
	if c == nil || c.Usage == nil {
		return nil
	}
	u := c.Usage
	kb := func(n int64) int64 { return (n + 1023) / 1024 }
	switch {
	case u.Sort != "" && u.Disk > 0:
		return []string{fmt.Sprintf("Sort Method: %s  Disk: %dkB", u.Sort, kb(u.Disk))}
	case u.Sort != "":
		return []string{fmt.Sprintf("Sort Method: %s  Memory: %dkB", u.Sort, kb(u.Memory))}
	}
	var parts []string
	if u.Batches > 0 {
		parts = append(parts, fmt.Sprintf("Batches: %d", u.Batches))
	}
	parts = append(parts, fmt.Sprintf("Memory Usage: %dkB", kb(u.Memory)))
	if u.Disk > 0 {
		parts = append(parts, fmt.Sprintf("Disk Usage: %dkB", kb(u.Disk)))
	}
	return []string{strings.Join(parts, "  ")}
}

// Explain prints a plan.
func (e *Engine) Explain(p *session.Plan, o *session.ExplainOptions, run session.Running, took session.ExplainTimes) ([]string, error) {
	c := p.Impl.(*compiled)
	f := plan.FormatOptions{Costs: o.Costs, Projections: o.Verbose}
	if r, ok := run.(*running); ok && r.run.Stats != nil {
		f.Annotate = func(n plan.Node) string { return actual(r.run.Stats, n, o.Timing) }
		f.Measured = func(n plan.Node) []string { return measured(r.run.Stats, n) }
	}
	text := plan.Format(c.node, f)
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if o.Summary {
		lines = append(lines, fmt.Sprintf("Planning Time: %.3f ms", took.Planning))
		if o.Analyze {
			lines = append(lines, fmt.Sprintf("Execution Time: %.3f ms", took.Execution))
		}
	}
	switch o.Format {
	case "text":
		return lines, nil
	case "json":
		b, err := json.MarshalIndent([]map[string]any{{"Plan": lines}}, "", "  ")
		return []string{string(b)}, err
	}
	return nil, pgerr.NotSupported("EXPLAIN (FORMAT " + strings.ToUpper(o.Format) + ")")
}
