package pgerr

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/ferritedb/ferrite/kv/budget"
)

func TestChainCopies(t *testing.T) {
	base := New(UndefinedTable, `relation "t" does not exist`)
	full := base.WithDetail("d").WithHint("h").At(7).WithTable("s", "t").WithWhere("a").WithWhere("b")
	if base.Detail != "" || base.Hint != "" || base.Position != 0 || base.Where != "" {
		t.Fatalf("a With method changed its receiver: %+v", base)
	}
	if full.Detail != "d" || full.Hint != "h" || full.Position != 7 || full.Schema != "s" || full.Where != "a\nb" {
		t.Fatalf("fields lost: %+v", full)
	}
	if got := full.At(9).Position; got != 7 {
		t.Fatalf("At moved a position that was set: %d", got)
	}
}

func TestCodeAndFrom(t *testing.T) {
	e := Newf(UniqueViolation, "duplicate key %d", 1)
	wrapped := fmt.Errorf("insert: %w", e)
	for _, c := range []struct {
		err  error
		code string
	}{{nil, "00000"}, {e, "23505"}, {wrapped, "23505"}, {io.EOF, "XX000"}} {
		if got := Code(c.err); got != c.code {
			t.Errorf("Code(%v) = %s, want %s", c.err, got, c.code)
		}
	}
	if From(wrapped) != e {
		t.Error("From does not find the wrapped *Error")
	}
	if f := From(io.EOF); f.Message != "EOF" || !errors.Is(f, io.EOF) {
		t.Errorf("From(io.EOF) = %+v", f)
	}
	if From(nil) != nil {
		t.Error("From(nil) is not nil")
	}
	if !errors.Is(wrapped, New(UniqueViolation, "")) || errors.Is(wrapped, New(CheckViolation, "")) {
		t.Error("errors.Is does not compare codes")
	}
}

func TestPositionCountsCharacters(t *testing.T) {
	sql := "é日x"
	for offset, want := range map[int]int{-1: 0, 0: 1, 2: 2, 5: 3, 6: 4, 99: 4} {
		if got := Position(sql, offset); got != want {
			t.Errorf("Position(%d) = %d, want %d", offset, got, want)
		}
	}
}

// What a run's budget refuses is the user's error at every edge.
func TestBudget(t *testing.T) {
	ctx := context.Background()
	deep := budget.New(ctx, nil, budget.Limits{Depth: 1})
	if err := deep.Enter(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{deep.Enter(), "ERROR: stack depth limit exceeded (SQLSTATE 54001)"},
		{budget.New(ctx, nil, budget.Limits{Steps: 5}).Step(9), "ERROR: statement takes more than its limit of 5 steps (SQLSTATE 54000)"},
		{budget.New(ctx, nil, budget.Limits{Bytes: 5}).Take(9), "ERROR: out of memory (SQLSTATE 53200)"},
		{budget.New(ctx, budget.NewServer(5), budget.Limits{}).Take(9), "ERROR: out of memory (SQLSTATE 53200)"},
	} {
		wrapped := fmt.Errorf("evaluating: %w", c.err)
		if got := From(wrapped); got.Error() != c.want || Code(wrapped) != got.Code {
			t.Errorf("got %v, code %s; want %s", got, Code(wrapped), c.want)
		}
	}
}
