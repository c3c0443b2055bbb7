package main

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/kv/clock"
)

var seed = flag.Uint64("seed", 0, "seed of the random tests; 0: from the system")

func testRand(t *testing.T) *rand.Rand {
	t.Helper()
	s := *seed
	if s == 0 {
		s = clock.Entropy.Uint64()
	}
	t.Logf("seed %d", s)
	return rand.New(rand.NewPCG(s, 1))
}

// testCatalog is a small one, with what the server's has of each kind.
func testCatalog() *catalog {
	cat := &catalog{functionsBy: map[string][]int{}, operatorsBy: map[string][]int{}}
	for _, f := range []function{{name: "length", args: []string{"text"}, result: "int4", kind: "f"}, {name: "count", result: "int8", kind: "a"},
		{name: "mode", args: []string{"anyelement"}, result: "anyelement", kind: "a", ordered: true}, {name: "rank", result: "int8", kind: "w"},
		{name: "generate_series", args: []string{"int4", "int4"}, result: "int4", set: true, kind: "f"}} {
		cat.addFunction(f)
	}
	cat.operators = []operatorInfo{{"+", "int4", "int4", "int4"}, {"-", "", "int4", "int4"}}
	cat.operatorsBy["int4"] = []int{0, 1}
	cat.tables = []table{{"t1", []column{{"id", "int4"}, {"b", "text"}}}, {"v1", []column{{"n", "int8"}}}}
	return cat
}

// TestStatementsBalance: what is generated is whole, whatever the seed.
func TestStatementsBalance(t *testing.T) {
	r := testRand(t)
	q := &queryGen{r: r, cat: testCatalog()}
	for range 5000 {
		text := q.statement()
		inside, depth := false, 0
		for _, c := range text {
			switch {
			case c == '\'':
				inside = !inside
			case inside:
			case c == '(':
				depth++
			case c == ')':
				depth--
			}
		}
		if inside || depth != 0 {
			t.Fatalf("not balanced: %s", text)
		}
	}
}

func TestSameSeedSameStatements(t *testing.T) {
	n := testRand(t).Uint64()
	texts := func() string {
		q := &queryGen{r: rand.New(rand.NewPCG(n, 7)), cat: testCatalog()}
		g := &luaGen{r: q.r}
		var b strings.Builder
		for range 50 {
			b.WriteString(q.statement())
			b.WriteString(g.statement())
		}
		return b.String()
	}
	if texts() != texts() {
		t.Fatal("the seed does not fix the statements")
	}
}

// TestMutateKeepsOriginals: the recorded conversation is used again.
func TestMutateKeepsOriginals(t *testing.T) {
	r := testRand(t)
	valid := conversations()
	want := bytes.Join(valid[0], nil)
	changed := 0
	for range 1000 {
		if !bytes.Equal(mutate(r, valid[0]), want) {
			changed++
		}
		if !bytes.Equal(bytes.Join(valid[0], nil), want) {
			t.Fatal("mutate changed its input")
		}
	}
	if changed < 900 {
		t.Fatalf("only %d of 1000 differ", changed)
	}
}

// TestForeverScriptsDoNotWrite: SCRIPT KILL refuses one that has written.
func TestForeverScriptsDoNotWrite(t *testing.T) {
	g := &luaGen{r: testRand(t)}
	forever := 0
	for range 20000 {
		g.forever = false
		text := g.script()
		if !g.forever {
			continue
		}
		forever++
		for _, w := range []string{"'SET'", "'RPUSH'", "'APPEND'", "'DEL'", "'HSET'"} {
			if strings.Contains(text, w) {
				t.Fatalf("writes with %s:\n%s", w, text)
			}
		}
	}
	if forever == 0 {
		t.Fatal("no script that may run for ever")
	}
}

func TestJudgeRaw(t *testing.T) {
	for _, c := range []struct {
		kind, answer string
		bad          bool
	}{
		{"pg", "E\x00\x00\x00\x20SERROR\x00CXX000\x00Mwrong\x00\x00", true},
		{"pg", "E\x00\x00\x00\x20SERROR\x00C22023\x00MXX000\x00\x00", false},
		{"resp", "-ERR internal error\r\n", true},
		{"resp", "+OK\r\n-ERR value is not an integer or out of range\r\n", false},
		{"resp", "-ERR no such key\r\n-ERR runtime error: index out of range\r\n", true},
	} {
		if _, bad := judgeRaw(c.kind, []byte(c.answer)); bad != c.bad {
			t.Errorf("%q: %v", c.answer, bad)
		}
	}
}

// TestReportCountsKinds: numbers do not make a new kind, and the cap ends the run.
func TestReportCountsKinds(t *testing.T) {
	ended := false
	r := newReport(2, func() { ended = true })
	r.add(finding{kind: "death", what: "panic: index 5"})
	r.add(finding{kind: "death", what: "panic: index 7"})
	if len(r.order) != 1 || ended {
		t.Fatalf("kinds %v, ended %v", r.order, ended)
	}
	r.add(finding{kind: "hang", what: "x"})
	if !ended {
		t.Fatal("the cap does not end the run")
	}
}
