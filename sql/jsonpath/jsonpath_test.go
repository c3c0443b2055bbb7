package jsonpath_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/sql/jsonpath"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

var paths = []string{
	"$", "strict $.a", "lax $[*]", "$[0,1 to last]", "$.a.b[last - 1]", "$.*", "$.**", "$.**{2}", "$.**{1 to last}.a", "$.**{last}",
	`$ ? (@.a > 1 && !(@.b == "x"))`, `$ ? (exists(@.a ? (@ < 2)))`, `($.a == 1) is unknown`, "-$.a + 2 * 3 % 4", "$.a.size() - 1", "- - 1", "+$",
	`$.a ? (@ like_regex "^a.*" flag "i")`, `$.a ? (@ starts with $x)`, `$"x y"`, "1.5e-3", `"a\u0041\x41\n"`, "null", "true", "$.keyvalue().key", "(1 + 2).type()", "$.a /* c */ .b",
	`$ ? (@ == null || @ != false)`, "$.double().abs().floor().ceiling()", "$.datetime()", `$.datetime("YYYY")`, "$.strict", "$.null", "(($))", "$[$.a to $.b]",
}

// A canonical text reads back as the same path.
func TestCanonical(t *testing.T) {
	for _, s := range paths {
		p, err := jsonpath.Parse(nil, s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		again, err := jsonpath.Parse(nil, p.String())
		if err != nil || again.String() != p.String() {
			t.Errorf("%s is %s, which is %v (%v)", s, p, again, err)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, s := range []string{"", "$.", "@", "last", "$[last", "$ ? (1)", "1 == 1 == 1", "!$", "$.a == ($.b == 1)", "01", "1a", `"a`, "$ ? (@ like_regex \"(\")", "/*", "$$", "exists($ == 1)", "$[$ == 1]", "$.**{a}", `"\u00"`} {
		if _, err := jsonpath.Parse(nil, s); err == nil || pgerr.Code(err) == pgerr.InternalError {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// What nests without end or grows without end meets the budget.
func TestLimits(t *testing.T) {
	const n = 1_000_000
	for _, s := range []string{strings.Repeat("-", n) + "1", strings.Repeat("-", n) + "$", strings.Repeat("(", n), strings.Repeat("$[", n), "$" + strings.Repeat("?(!(@ == 1", n),
		"1" + strings.Repeat(" + 1", n), strings.Repeat("(-", n), "$ ? (@ == 1" + strings.Repeat(" || @ == 1", n) + ")"} {
		if _, err := jsonpath.Parse(nil, s); !errors.Is(err, budget.ErrDepth) {
			t.Errorf("%.20s…: %v", s, err)
		}
	}
	doc, _ := types.ParseJSON("[1]")
	for s, want := range map[string]error{
		"$" + strings.Repeat("[0,0]", 60):    budget.ErrMemory,
		"$" + strings.Repeat("[*]", 200_000): nil,
		"$ ? (" + strings.Repeat("exists(@[0,0] ? (", 40) + "@ == 2" + strings.Repeat("))", 40) + ")": budget.ErrSteps,
	} {
		run := budget.New(context.Background(), nil, budget.Limits{Bytes: 64 << 20, Steps: 20_000_000})
		p, err := jsonpath.Parse(run, s)
		if err != nil {
			t.Fatalf("%.20s…: %v", s, err)
		}
		if _, err := p.Query(run, doc, doc); !errors.Is(err, want) {
			t.Errorf("%.20s…: %v, want %v", s, err, want)
		}
		if run.Held() != 0 {
			t.Errorf("%.20s…: %d bytes are held after all", s, run.Held())
		}
	}
}

// FuzzPath: no text does more than fail, a canonical text is its own, and a query
// ends within its budget.
func FuzzPath(f *testing.F) {
	for _, s := range paths {
		f.Add(s, `{"a": [1, {"b": "x"}, null], "b": -2.5}`)
	}
	f.Fuzz(func(t *testing.T, path, doc string) {
		run := budget.New(context.Background(), nil, budget.Limits{Bytes: 32 << 20, Steps: 5_000_000})
		p, err := jsonpath.Parse(run, path)
		if err != nil {
			if pgerr.Code(err) == pgerr.InternalError {
				t.Fatal(err)
			}
			return
		}
		again, err := jsonpath.Parse(nil, p.String())
		if err != nil || again.String() != p.String() {
			t.Fatalf("%q is %q, which is %v (%v)", path, p, again, err)
		}
		v, err := types.ParseJSON(doc)
		if err != nil {
			return
		}
		if v, err = types.CanonJSON(v); err != nil {
			return
		}
		if _, err := p.Query(run, v, &types.JSONValue{Kind: types.JSONObject}); err != nil && pgerr.Code(err) == pgerr.InternalError {
			t.Fatal(err)
		}
		if run.Held() != 0 {
			t.Fatalf("%d bytes are held after all", run.Held())
		}
	})
}
