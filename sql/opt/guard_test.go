package opt

import (
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
)

// TestGuardStopsRules: a rule that makes its own input again, and one that looks
// at the same node for ever, end with an error that names the rule.
func TestGuardStopsRules(t *testing.T) {
	var again func(o *optimizer, n plan.Node) plan.Node
	again = func(o *optimizer, n plan.Node) plan.Node {
		o.enter()
		defer o.leave()
		return again(o, &plan.Distinct{In: n})
	}
	forever := func(o *optimizer, n plan.Node) plan.Node {
		for {
			o.enter()
			o.leave()
		}
	}
	saved := rules
	defer func() { rules = saved }()
	for what, apply := range map[string]func(*optimizer, plan.Node) plan.Node{"recursion": again, "work": forever} {
		rules = []rule{{"wrong", always, apply}}
		_, err := Optimize(&plan.Values{Rows: [][]expr.Expr{{}}}, nil)
		if pgerr.Code(err) != pgerr.InternalError || !strings.Contains(err.Error(), "rule wrong") || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: got %v", what, err)
		}
	}
}
