package builtin

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/ferritedb/ferrite/kv/budget"
)

// slowLike is MatchLike as one would write it first: % tries every rest.
func slowLike(s, pattern string) (bool, error) {
	for pattern != "" {
		switch pattern[0] {
		case '\\':
			if len(pattern) == 1 {
				return false, errEscapeEnd()
			}
			pattern = pattern[1:]
			if s == "" || s[0] != pattern[0] {
				return false, nil
			}
		case '%':
			return slowLikeRest(s, pattern)
		case '_':
			if s == "" {
				return false, nil
			}
			_, n := utf8.DecodeRuneInString(s)
			s, pattern = s[n:], pattern[1:]
			continue
		default:
			if s == "" || s[0] != pattern[0] {
				return false, nil
			}
		}
		s, pattern = s[1:], pattern[1:]
	}
	return s == "", nil
}

// slowLikeRest matches a pattern that starts with %: some suffix of s must match
// what follows it.
func slowLikeRest(s, pattern string) (bool, error) {
	for pattern != "" && (pattern[0] == '%' || pattern[0] == '_') {
		if pattern[0] == '_' {
			if s == "" {
				return false, nil
			}
			_, n := utf8.DecodeRuneInString(s)
			s = s[n:]
		}
		pattern = pattern[1:]
	}
	if pattern == "" {
		return true, nil
	}
	first := pattern[0]
	if first == '\\' {
		if len(pattern) == 1 {
			return false, errEscapeEnd()
		}
		first = pattern[1]
	}
	for {
		i := strings.IndexByte(s, first)
		if i < 0 {
			return false, nil
		}
		if ok, err := slowLike(s[i:], pattern); ok || err != nil {
			return ok, err
		}
		s = s[i+1:]
	}
}

// Random texts and patterns over few characters match as the slow form says.
func TestLike(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 1))
	text := func(n int, of string) string {
		var b strings.Builder
		runes := []rune(of)
		for range r.IntN(n) {
			b.WriteRune(runes[r.IntN(len(runes))])
		}
		return b.String()
	}
	for range 200_000 {
		s, p := text(12, "aabé_%\\"), text(9, "aabé__%%%\\")
		got, gotErr := MatchLike(nil, s, p)
		want, err := slowLike(s, p)
		if (len(p)-len(strings.TrimRight(p, `\`)))%2 == 1 {
			continue // whether an escape at the end is reached may differ
		}
		if got != want || (gotErr == nil) != (err == nil) {
			t.Fatalf("seed %d: %q LIKE %q: %v, %v; want %v, %v", seed, s, p, got, gotErr, want, err)
		}
	}
}

// What took exponential time is done in a bounded number of steps.
func TestLikeSteps(t *testing.T) {
	long := strings.Repeat("a", 200_000)
	for _, p := range []string{strings.Repeat("%a", 5000) + "b", strings.Repeat("%a_", 500) + "b", strings.Repeat("%_", 5000) + "b%", "%" + strings.Repeat("a", 1000) + "_b%"} {
		run := budget.New(context.Background(), nil, budget.Limits{Steps: 50_000_000})
		if ok, err := MatchLike(run, long, p); ok || err != nil {
			t.Errorf("%.20s…: %v, %v", p, ok, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := MatchLike(budget.New(ctx, nil, budget.Limits{}), long, "%"+strings.Repeat("a", 100_000)+"_b%"); err == nil {
		t.Error("a cancelled match goes on")
	}
}
