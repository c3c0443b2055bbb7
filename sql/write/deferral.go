package write

import (
	"context"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

// deferredRowsMax bounds the rows whose checks one transaction puts off.
const deferredRowsMax = 4 << 20

// Deferrals holds the checks of deferred constraints of one transaction, and
// what SET CONSTRAINTS said. A check looks at the state it finds when it runs, so
// that one whose rows were rolled back in the meantime finds nothing wrong. Not
// safe for concurrent use.
type Deferrals struct {
	all    *bool           // SET CONSTRAINTS ALL; nil: as each constraint says
	named  map[string]bool // by name, later than all
	checks []deferredCheck
	rows   int // of all checks
}

type deferredCheck struct {
	key  catalog.ForeignKey
	rows int
	run  func(ctx context.Context, env *Env) error
}

// Deferred implements Deferral.
func (d *Deferrals) Deferred(key catalog.ForeignKey) bool {
	if v, ok := d.named[key.Name]; ok {
		return v
	}
	if d.all != nil {
		return *d.all
	}
	return key.InitiallyDeferred
}

// Defer implements Deferral.
func (d *Deferrals) Defer(key catalog.ForeignKey, rows int, check func(ctx context.Context, env *Env) error) error {
	if rows > deferredRowsMax-d.rows {
		return pgerr.Newf(pgerr.ProgramLimitExceeded, "cannot put off the checks of more than %d rows in one transaction", deferredRowsMax).
			WithHint("Check earlier, with SET CONSTRAINTS ... IMMEDIATE.")
	}
	d.checks, d.rows = append(d.checks, deferredCheck{key, rows, check}), d.rows+rows
	return nil
}

// Set is SET CONSTRAINTS; no names: ALL. Where constraints become immediate the
// caller runs Check next.
func (d *Deferrals) Set(names []string, deferred bool) {
	if len(names) == 0 {
		d.all, d.named = &deferred, nil
		return
	}
	if d.named == nil {
		d.named = map[string]bool{}
	}
	for _, n := range names {
		d.named[n] = deferred
	}
}

// Pending tells whether there is anything to check.
func (d *Deferrals) Pending() bool { return len(d.checks) > 0 }

// Check runs the checks put off: all of them at commit, else those whose
// constraints are not deferred any more.
func (d *Deferrals) Check(ctx context.Context, env *Env, commit bool) error {
	checks := d.checks
	d.checks = nil
	for i, c := range checks {
		if !commit && d.Deferred(c.key) {
			d.checks = append(d.checks, c)
			continue
		}
		if err := c.run(ctx, env); err != nil {
			d.checks = append(d.checks, checks[i:]...)
			return err
		}
		d.rows -= c.rows
	}
	return nil
}
