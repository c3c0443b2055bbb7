package write

import (
	"context"
	"errors"
	"testing"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

// TestDeferrals: what is put off runs once, at SET CONSTRAINTS or at the commit, a
// failed check comes again, and the rows that wait are bounded.
func TestDeferrals(t *testing.T) {
	var d Deferrals
	a, b := catalog.ForeignKey{Name: "a", Deferrable: true, InitiallyDeferred: true}, catalog.ForeignKey{Name: "b", Deferrable: true}
	var ran []string
	fail := errors.New("no")
	add := func(k catalog.ForeignKey, rows int, err *error) error {
		return d.Defer(k, rows, func(context.Context, *Env) error { ran = append(ran, k.Name); return *err })
	}
	var ok, no error
	no = fail
	if !d.Deferred(a) || d.Deferred(b) {
		t.Error("constraints are deferred as they say")
	}
	d.Set([]string{"b"}, true)
	for _, k := range []catalog.ForeignKey{a, b, a} {
		if err := add(k, 10, &ok); err != nil {
			t.Fatal(err)
		}
	}
	d.Set([]string{"a"}, false)
	if err := d.Check(context.Background(), nil, false); err != nil || len(ran) != 2 || d.rows != 10 {
		t.Errorf("%v: ran %v, %d rows left", err, ran, d.rows)
	}
	if err := add(a, 1, &no); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := d.Check(context.Background(), nil, true); !errors.Is(err, fail) || !d.Pending() {
			t.Errorf("a failed check: %v", err)
		}
	}
	no = nil
	if err := d.Check(context.Background(), nil, true); err != nil || d.Pending() || d.rows != 0 {
		t.Errorf("%v, %d rows left", err, d.rows)
	}
	if err := add(a, deferredRowsMax, &ok); err != nil {
		t.Fatal(err)
	}
	if err := add(a, 1, &ok); pgerr.Code(err) != pgerr.ProgramLimitExceeded {
		t.Errorf("one row too many: %v", err)
	}
}
