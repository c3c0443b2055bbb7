package acl

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// matches is the plain form: a glob against a key, one byte at a time.
func matches(p []element, key string) bool {
	if len(p) == 0 {
		return key == ""
	}
	if p[0].star {
		return matches(p[1:], key) || key != "" && matches(p, key[1:])
	}
	return key != "" && p[0].set.has(key[0]) && matches(p[1:], key[1:])
}

func TestCovers(t *testing.T) {
	for _, tc := range []struct {
		outer, inner string
		want         bool
	}{
		{"users:*", "users:*", true}, {"users:*", "users:1*", true}, {"users:*", "users:?", true}, {"users:*", "users:[0-9]*:x", true},
		{"users:1*", "users:*", false}, {"users:?", "users:*", false}, {"*", "anything*", true}, {"users:*", "*", false}, {"users:*", "user*", false},
		{"users:[0-9]*", "users:[3-5]*", true}, {"users:[3-5]*", "users:[0-9]*", false}, {"users:[^a]*", "users:[b-z]*", true}, {"users:[^a]*", "users:[a-z]*", false},
		{"users:*:mail", "users:*", false}, {"users:*", "users:*:mail", true}, {"a*b*c", "a*c", false}, {"a*c", "a*b*c", true}, {`a\*`, "a*", false}, {"a*", `a\*`, true},
		{"??*", "?*?", true}, {"?*?", "??*", true}, {"*?", "*", false}, {"*", "*?", true}, {"users:*", "users:**", true}, {"users:*", "Users:*", false}, {"", "*", false},
		{"x[", "x[", true}, {"*a*", "*b*", false}, {"[a-c]*", "[c-a]*", true},
	} {
		if got := Covers(tc.outer, tc.inner); got != tc.want {
			t.Errorf("Covers(%q, %q) = %v", tc.outer, tc.inner, got)
		}
	}
}

// TestCoversRandom compares Covers with all short keys: what is covered is matched
// whenever the inner pattern matches; of what is not, some short key tells.
func TestCoversRandom(t *testing.T) {
	const keyMax = 6
	keys := []string{""}
	for from := 0; len(keys[len(keys)-1]) < keyMax; {
		end := len(keys)
		for _, k := range keys[from:end] {
			for _, c := range "abc" {
				keys = append(keys, k+string(c))
			}
		}
		from = end
	}
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	parts := []string{"a", "b", "*", "?", "[ab]", "[^a]", "*", "c"}
	pattern := func() string {
		var b strings.Builder
		for range r.IntN(4) + 1 {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		return b.String()
	}
	covered := 0
	for range 3000 {
		outer, inner := pattern(), pattern()
		o, i := elements(outer), elements(inner)
		want := true
		for _, k := range keys {
			if matches(i, k) && !matches(o, k) {
				want = false
				break
			}
		}
		if got := Covers(outer, inner); got != want {
			t.Fatalf("seed %d: Covers(%q, %q) = %v", seed, outer, inner, got)
		}
		if want {
			covered++
		}
	}
	if covered == 0 {
		t.Fatal("no pair was covered: the test compares nothing")
	}
}

// TestCoversBounded: patterns made to blow up the sets of positions are refused,
// not computed.
func TestCoversBounded(t *testing.T) {
	outer := "*" + strings.Repeat("a?", 200) + "*"
	inner := strings.Repeat("?", 400) + "*"
	if Covers(outer, inner) {
		t.Fatal("what was not computed must count as not covered")
	}
	if Covers("*"+strings.Repeat("a", patternElementsMax), "*") {
		t.Fatal("a long pattern covers nothing")
	}
}
