package builtin

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/regex"
	"github.com/ferritedb/ferrite/sql/types"
)

// checkRegexFlags parts g from the other flags.
func checkRegexFlags(fn, flags string, allowGlobal bool) (rest string, global bool, err error) {
	for _, f := range flags {
		switch {
		case f == 'g' && !allowGlobal:
			e := pgerr.Newf(pgerr.InvalidParameterValue, "%s() does not support the \"global\" option", fn)
			if fn == "regexp_match" {
				e = e.WithHint("Use the regexp_matches function instead.")
			}
			return "", false, e
		case f == 'g':
			global = true
		case !strings.ContainsRune("bceimnpqstwx", f):
			return "", false, pgerr.Newf(pgerr.InvalidParameterValue, "invalid regular expression option: \"%c\"", f)
		default:
			rest += string(f)
		}
	}
	return rest, global, nil
}

func registerRegexOps() {
	match := func(flags string, not bool) EvalFunc {
		return func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
			re, err := regex.Compile(a[1].Str(), flags)
			if err != nil {
				return types.Null, err
			}
			ok, err := re.Match(ctx.Budget, a[0].Str())
			return types.MakeBool(ok != not), err
		}
	}
	for _, t := range []string{"text", "name", "bpchar"} {
		op("~", t, "text", match("", false))
		op("~*", t, "text", match("i", false))
		op("!~", t, "text", match("", true))
		op("!~*", t, "text", match("i", true))
	}
}

func similarEscape(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	escape := `\`
	if len(a) == 2 && !a[1].IsNull() {
		escape = a[1].Str()
	}
	s, err := regex.Similar(a[0].Str(), escape)
	return types.MakeStr(s), err
}
