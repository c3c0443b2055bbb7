package types

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/budget"
)

// randomJSON writes a JSON text, at times with a mistake.
func randomJSON(r *rand.Rand, b *strings.Builder, depth int) {
	space := func() { b.WriteString([]string{"", " ", "\n", ""}[r.IntN(4)]) }
	space()
	switch n := r.IntN(9); {
	case n < 2 && depth < 5:
		b.WriteByte('[')
		for i := range r.IntN(4) {
			if i > 0 {
				b.WriteByte(',')
			}
			randomJSON(r, b, depth+1)
		}
		b.WriteByte(']')
	case n < 5 && depth < 5:
		b.WriteByte('{')
		for i := range r.IntN(5) {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString([]string{`"a"`, `"b"`, `"aa"`, `"\u0061"`, `""`, `"é"`, `"\n"`}[r.IntN(7)])
			b.WriteByte(':')
			randomJSON(r, b, depth+1)
		}
		b.WriteByte('}')
	case n == 5 && r.IntN(20) == 0:
		b.WriteString([]string{"}", "]", "nul", `"`, ",", "01", "-", `"\x"`, ""}[r.IntN(9)])
	default:
		b.WriteString([]string{"null", "true", "false", "0", "-0", "-0.0", "1.50", "1e2", "-1E-3", "12345678901234567890", `"x\ty"`, `"\ud83d\ude00"`, `""`, "1e400"}[r.IntN(14)])
	}
	space()
}

// jsonb's input is the canonical form of the tree, without the tree.
func TestCanonicalText(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 1))
	for range 20000 {
		var b strings.Builder
		randomJSON(r, &b, 0)
		s := b.String()
		got, gotErr := Parse(JSONB, -1, s, nil)
		tree, err := ParseJSON(s)
		if err == nil {
			tree, err = CanonJSON(tree)
		}
		if (err == nil) != (gotErr == nil) || err != nil && err.Error() != gotErr.Error() {
			t.Fatalf("seed %d: %s: %v, by the tree %v", seed, s, gotErr, err)
		}
		if err == nil && got.Str() != MakeJSONB(tree).Str() {
			t.Fatalf("seed %d: %s is %s, by the tree %s", seed, s, got.Str(), MakeJSONB(tree).Str())
		}
		if _, plain := Parse(JSON, -1, s, nil); (plain == nil) != (err == nil) {
			t.Fatalf("seed %d: %s as json: %v, as jsonb: %v", seed, s, plain, err)
		}
	}
}

// What a text makes the parser hold is the budget's matter, and so is how deep it
// nests.
func TestJSONBudget(t *testing.T) {
	many := "[" + strings.Repeat("1,", 200_000) + "1]"
	deep := strings.Repeat(`{"b":0,"a":`, 5000) + "1" + strings.Repeat("}", 5000)
	run := budget.New(context.Background(), nil, budget.Limits{Bytes: 4 << 20, Depth: 1000})
	if _, err := ParseJSONIn(run, many); !errors.Is(err, budget.ErrMemory) {
		t.Errorf("a tree of 200,001 values under 4 MiB: %v", err)
	}
	if err := CheckJSON(run, many); err != nil {
		t.Errorf("checking needs no tree: %v", err)
	}
	for _, typ := range []*T{JSON, JSONB} {
		c := &IOContext{Budget: run}
		if _, err := Parse(typ, -1, many, c); err != nil {
			t.Errorf("%s: %v", typ.Name, err)
		}
		if _, err := Parse(typ, -1, deep, c); !errors.Is(err, budget.ErrDepth) {
			t.Errorf("%s of 5000 levels under 1000: %v", typ.Name, err)
		}
		if _, err := Parse(typ, -1, strings.Repeat("[", 1_000_000), nil); !errors.Is(err, budget.ErrDepth) {
			t.Errorf("%s of 1,000,000 levels: %v", typ.Name, err)
		}
		if _, err := Parse(typ, -1, deep, nil); err != nil {
			t.Errorf("%s of 5000 levels: %v", typ.Name, err)
		}
	}
	big := "[" + strings.Repeat("1e100000,", 1000) + "1]"
	if _, err := Parse(JSONB, -1, big, &IOContext{Budget: run}); !errors.Is(err, budget.ErrMemory) {
		t.Errorf("100 MB of digits under 4 MiB: %v", err)
	}
	if run.Held() != 0 {
		t.Errorf("%d bytes are held after all", run.Held())
	}
}
