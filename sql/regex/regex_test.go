package regex

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

func randomPattern(r *rand.Rand, depth int) string {
	var b strings.Builder
	for range 1 + r.IntN(4) {
		switch n := r.IntN(12); {
		case n < 5:
			b.WriteString([]string{"a", "b", "é", ".", "\\d", "[ab]", "[^a]", "\\y", "^", "$"}[r.IntN(10)])
		case n < 8 && depth < 3:
			b.WriteString("(" + randomPattern(r, depth+1) + ")")
		case n == 8 && depth < 3:
			b.WriteString("(?:" + randomPattern(r, depth+1) + "|" + randomPattern(r, depth+1) + ")")
		default:
			b.WriteString("a")
		}
		b.WriteString([]string{"", "", "*", "+", "?", "{0,2}", "*?", "{2}"}[r.IntN(8)])
	}
	return b.String()
}

// The machine finds what the package regexp finds, in leftmost-longest and in
// preference order, captures included.
func TestMachine(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 1))
	compared := 0
	for range 30_000 {
		re, err := Compile(randomPattern(r, 0), []string{"", "i", "n"}[r.IntN(3)])
		if err != nil {
			continue
		}
		var b strings.Builder
		for range r.IntN(12) {
			b.WriteString([]string{"a", "b", "é", "1", "\n", "A"}[r.IntN(6)])
		}
		s := b.String()
		m, err := newMachine(re, nil, s, true)
		if err != nil {
			t.Fatal(err)
		}
		got, err := m.find(0)
		if err != nil {
			t.Fatal(err)
		}
		want := re.re.FindStringSubmatchIndex(s)
		if len(got) != len(want) || len(want) > 0 && (got[0] != want[0] || got[1] != want[1]) {
			t.Fatalf("seed %d: %q in %q: %v, want %v", seed, re.re, s, got, want)
		}
		if !re.longest { // which of several longest ones gave the groups is not defined
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("seed %d: %q in %q: %v, want %v", seed, re.re, s, got, want)
				}
			}
		}
		compared++
	}
	if compared < 10_000 {
		t.Errorf("only %d comparisons", compared)
	}
}

// A search from the middle of a text sees what stands before.
func TestEachFrom(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		from, want int
	}{{"^a", "abab", 2, 0}, {`\ya`, "aa a", 1, 1}, {"a*", "baaac", 0, 4}, {"", "é", 0, 2}, {"b|$", "abab", 3, 2}} {
		re, err := Compile(c.pattern, "")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		if err := re.Each(nil, c.s, c.from, func([]int) (bool, error) { n++; return true, nil }); err != nil {
			t.Fatal(err)
		}
		if n != c.want {
			t.Errorf("%q in %q from %d: %d matches, want %d", c.pattern, c.s, c.from, n, c.want)
		}
	}
}

func TestLimits(t *testing.T) {
	for _, p := range []string{"a{1,256}", "a{3,2}", "((a{0,250}){0,250}){0,250}", strings.Repeat("(", 1_000_000), strings.Repeat("a", 64<<10+1),
		strings.Repeat("(a|b)", 20_000), `(a)\1`, "a(?=b)", `a\`, "[a", "a{1"} {
		if _, err := Compile(p, ""); pgerr.Code(err) != pgerr.InvalidRegularExpression && pgerr.Code(err) != pgerr.FeatureNotSupported {
			t.Errorf("%.30s: %v", p, err)
		}
	}
	long := strings.Repeat("a", 300_000)
	re, err := Compile("((a{0,20}){0,20})*b", "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := re.Match(budget.New(ctx, nil, budget.Limits{}), long); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled match: %v", err)
	}
	many, err := Compile(strings.Repeat("(a)?", 2000), "")
	if err != nil {
		t.Fatal(err)
	}
	run := budget.New(context.Background(), nil, budget.Limits{Bytes: 1 << 20})
	if _, err := many.Find(run, long); !errors.Is(err, budget.ErrMemory) {
		t.Errorf("2000 groups under 1 MiB: %v", err)
	}
	if run.Held() != 0 {
		t.Errorf("%d bytes are held after all", run.Held())
	}
}

// FuzzRegex: no pattern does more than fail, and what compiles matches the same
// in both ways.
func FuzzRegex(f *testing.F) {
	for _, p := range []string{"a|b", "(a+)+$", `\m\w+\M`, "[[:alpha:]]{2,}", "***=a.b", "(?i)A", "[]a]", `\x{61}`, "x*?", "a{2}{3}", "(?x) a # c", `[\d-z]`} {
		f.Add(p, "i", "aab B1 x")
	}
	f.Fuzz(func(t *testing.T, pattern, flags, s string) {
		re, err := Compile(pattern, flags)
		if err != nil {
			if pgerr.Code(err) == pgerr.InternalError {
				t.Fatal(err)
			}
			return
		}
		run := budget.New(context.Background(), nil, budget.Limits{Steps: 1 << 24})
		if len(s) > 1000 {
			s = s[:1000]
		}
		m, err := newMachine(re, run, s, false)
		if err != nil {
			return
		}
		loc, err := m.find(0)
		if err == nil && (loc != nil) != re.re.MatchString(s) {
			t.Fatalf("%q in %q: machine %v, regexp %v", pattern, s, loc, re.re.MatchString(s))
		}
		if _, err := Similar(pattern, `\`); err != nil && pgerr.Code(err) == pgerr.InternalError {
			t.Fatal(err)
		}
	})
}
