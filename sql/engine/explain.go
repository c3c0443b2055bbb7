package engine

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/session"
)

// Explain prints a plan.
func (e *Engine) Explain(p *session.Plan, o *session.ExplainOptions, run session.Running, took session.ExplainTimes) ([]string, error) {
	c := p.Impl.(*compiled)
	text := plan.Format(c.node, plan.FormatOptions{Costs: o.Costs})
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
