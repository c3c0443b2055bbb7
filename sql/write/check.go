package write

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
)

// Check is a compiled CHECK constraint over row chunks.
type Check struct {
	Name   string
	Cond   *expr.Compiled
	Domain string
}

// rowChecks refuses rows that violate NOT NULL or CHECK constraints.
type rowChecks struct {
	nothing
	t      *Target
	env    *Env
	checks []Check
	conds  []expr.State
}

func newRowChecks(t *Target, checks []Check) *rowChecks {
	rc := &rowChecks{t: t, checks: checks}
	for i := range checks {
		rc.conds = append(rc.conds, checks[i].Cond.NewState())
	}
	return rc
}

func (rc *rowChecks) Open(env *Env) {
	rc.env = env
	for i := range rc.conds {
		rc.conds[i].Reset()
	}
}

func (rc *rowChecks) Before(_ context.Context, b *Batch) error {
	for _, at := range rc.t.NotNull {
		v := &b.New.Cols[at]
		if !v.HasNulls() {
			continue
		}
		for i := range b.New.Rows {
			if v.Null(i) {
				return rc.env.nullViolation(rc.t, b.New, at, i)
			}
		}
	}
	for k := range rc.checks {
		if err := rc.verify(k, b.New); err != nil {
			return err
		}
	}
	return nil
}

func (rc *rowChecks) verify(k int, rows *chunk.Chunk) error {
	v, err := rc.conds[k].Vec(rc.env.Eval, rows)
	if err != nil {
		return err
	}
	for i := range rows.Rows {
		if d := v.Datum(i); !d.IsNull() && !d.Bool() {
			return rc.env.checkViolation(rc.t, &rc.checks[k], rows, i)
		}
	}
	return nil
}
