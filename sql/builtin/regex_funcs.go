package builtin

import (
	"strings"
	"unicode/utf8"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/regex"
	"github.com/ferritedb/ferrite/sql/types"
)

func registerRegex() {
	registerLike()
	registerRegexOps()
	fn("similar_escape", "text,text", similarEscape)
	fn("similar_to_escape", "text", similarEscape)
	fn("similar_to_escape", "text,text", similarEscape)
	fn("substring", "text,text", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		re, err := regex.Compile(a[1].Str(), "")
		if err != nil {
			return types.Null, err
		}
		return firstGroup(ctx, a[0].Str(), re)
	})
	fn("substring", "text,text,text", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		p, err := similarEscape(ctx, a[1:])
		if err != nil {
			return types.Null, err
		}
		re, err := regex.Compile(p.Str(), "")
		if err != nil {
			return types.Null, err
		}
		return firstGroup(ctx, a[0].Str(), re)
	})
	fn("regexp_replace", "text,text,text", regexpReplace)
	fn("regexp_replace", "text,text,text,text", regexpReplace)
	for _, extra := range []string{",int4", ",int4,int4", ",int4,int4,text"} {
		fn("regexp_replace", "text,text,text"+extra, regexpReplaceFrom)
	}
	fn("regexp_match", "text,text", regexpMatch)
	fn("regexp_match", "text,text,text", regexpMatch)
	fn("regexp_like", "text,text", regexpLike)
	fn("regexp_like", "text,text,text", regexpLike)
	for _, extra := range []string{"", ",int4", ",int4,text"} {
		fn("regexp_count", "text,text"+extra, regexpCount)
	}
	for _, extra := range []string{"", ",int4", ",int4,int4", ",int4,int4,text", ",int4,int4,text,int4"} {
		fn("regexp_substr", "text,text"+extra, regexpSubstr)
	}
	for _, extra := range []string{"", ",int4", ",int4,int4", ",int4,int4,int4", ",int4,int4,int4,text", ",int4,int4,int4,text,int4"} {
		fn("regexp_instr", "text,text"+extra, regexpInstr)
	}
	for _, extra := range []string{"", ",text"} {
		fn("regexp_split_to_array", "text,text"+extra, func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
			parts, err := regexpSplit(ctx, "regexp_split_to_array", a)
			return types.MakeArray(types.NewArray(types.Text, parts)), err
		})
		srf("regexp_split_to_table", "text,text"+extra, func(ctx *expr.Ctx, a []types.Datum, _ SRFTypes) (Rows, error) {
			parts, err := regexpSplit(ctx, "regexp_split_to_table", a)
			return valueRows(parts), err
		})
		srf("regexp_matches", "text,text"+extra, regexpMatches)
	}
}

// firstGroup is the first parenthesised part of the match, or all of it.
func firstGroup(ctx *expr.Ctx, s string, re *regex.Regexp) (types.Datum, error) {
	m, err := re.Find(ctx.Budget, s)
	switch {
	case m == nil || err != nil:
		return types.Null, err
	case len(m) > 2:
		return groupText(s, m, 1), nil
	}
	return groupText(s, m, 0), nil
}

func groupText(s string, m []int, g int) types.Datum {
	if m[2*g] < 0 {
		return types.Null
	}
	return types.MakeStr(s[m[2*g]:m[2*g+1]])
}

// groups are the parenthesised parts as a text array, or the whole match.
func groups(s string, m []int) types.Datum {
	var out []types.Datum
	for g := 1; 2*g < len(m); g++ {
		out = append(out, groupText(s, m, g))
	}
	if len(out) == 0 {
		out = append(out, groupText(s, m, 0))
	}
	return types.MakeArray(types.NewArray(types.Text, out))
}

func flagsArg(a []types.Datum, i int) string {
	if i < len(a) {
		return a[i].Str()
	}
	return ""
}

func regexpReplace(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	flags, global, err := checkRegexFlags("regexp_replace", flagsArg(a, 3), true)
	if err != nil {
		if len(a) == 4 && a[3].Str() != "" && a[3].Str()[0] >= '0' && a[3].Str()[0] <= '9' {
			return types.Null, pgerr.From(err).WithHint("If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer explicitly.")
		}
		return types.Null, err
	}
	re, err := regex.Compile(a[1].Str(), flags)
	if err != nil {
		return types.Null, err
	}
	n := 1
	if global {
		n = 0
	}
	return replaceMatches(ctx, re, a[0].Str(), a[2].Str(), 0, n)
}

func regexpReplaceFrom(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	start, err := positive("start", a[3].Int())
	if err != nil {
		return types.Null, err
	}
	n := int64(1)
	if len(a) > 4 {
		if n = a[4].Int(); n < 0 {
			return types.Null, errParameter("n", n)
		}
	}
	flags, global, err := checkRegexFlags("regexp_replace", flagsArg(a, 5), true)
	if err != nil {
		return types.Null, err
	}
	if len(a) <= 4 && global {
		n = 0
	}
	re, err := regex.Compile(a[1].Str(), flags)
	if err != nil {
		return types.Null, err
	}
	s := a[0].Str()
	return replaceMatches(ctx, re, s, a[2].Str(), len(runePrefix(s, start-1)), int(n))
}

func errParameter(name string, v int64) error {
	return pgerr.Newf(pgerr.InvalidParameterValue, "invalid value for parameter \"%s\": %d", name, v)
}

func positive(name string, v int64) (int64, error) {
	if v <= 0 {
		return 0, errParameter(name, v)
	}
	return v, nil
}

// replaceMatches replaces match number n (0: all) from byte offset from. In the
// replacement \1…\9 are groups, \& the match, \\ a backslash.
func replaceMatches(ctx *expr.Ctx, re *regex.Regexp, s, repl string, from, n int) (types.Datum, error) {
	b := replacement{ctx: ctx, s: s, repl: repl}
	b.WriteString(s[:from])
	last, count := from, 0
	err := re.Each(ctx.Budget, s, from, func(m []int) (bool, error) {
		if count++; n > 0 && count != n {
			return true, nil
		}
		if err := b.add(last, m); err != nil {
			return false, err
		}
		last = m[1]
		return n == 0, nil
	})
	if err == nil {
		err = enlarge(ctx, b.Len(), len(s)-last)
	}
	if err != nil {
		return types.Null, err
	}
	b.WriteString(s[last:])
	return types.MakeStr(b.String()), nil
}

// replacement is the text that grows match by match.
type replacement struct {
	strings.Builder
	ctx     *expr.Ctx
	s, repl string
}

// add writes what stands between last and the match, and what replaces it.
func (b *replacement) add(last int, m []int) error {
	more := m[0] - last + len(b.repl)
	for i := 0; i+1 < len(b.repl); i++ { // a group may be longer than its \1
		if b.repl[i] == '\\' {
			if i++; b.repl[i] == '&' {
				more += m[1] - m[0]
			} else if g := int(b.repl[i] - '0'); b.repl[i] >= '1' && b.repl[i] <= '9' && 2*g < len(m) {
				more += m[2*g+1] - m[2*g]
			}
		}
	}
	if err := enlarge(b.ctx, b.Len(), more); err != nil {
		return err
	}
	if err := stepBytes(b.ctx, more); err != nil {
		return err
	}
	b.WriteString(b.s[last:m[0]])
	expandReplacement(&b.Builder, b.s, m, b.repl)
	return nil
}

// matchHeld is about what a match holds that is kept.
const matchHeld = 64

func expandReplacement(b *strings.Builder, s string, m []int, repl string) {
	for i := 0; i < len(repl); i++ {
		if repl[i] != '\\' || i+1 == len(repl) {
			b.WriteByte(repl[i])
			continue
		}
		i++
		switch c := repl[i]; {
		case c >= '1' && c <= '9':
			if g := int(c - '0'); 2*g < len(m) && m[2*g] >= 0 {
				b.WriteString(s[m[2*g]:m[2*g+1]])
			}
		case c == '&':
			b.WriteString(s[m[0]:m[1]])
		case c == '\\':
			b.WriteByte('\\')
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
}

func regexpMatch(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	flags, _, err := checkRegexFlags("regexp_match", flagsArg(a, 2), false)
	if err != nil {
		return types.Null, err
	}
	re, err := regex.Compile(a[1].Str(), flags)
	if err != nil {
		return types.Null, err
	}
	s := a[0].Str()
	m, err := re.Find(ctx.Budget, s)
	if m == nil || err != nil {
		return types.Null, err
	}
	return groups(s, m), nil
}

func regexpMatches(ctx *expr.Ctx, a []types.Datum, _ SRFTypes) (Rows, error) {
	flags, global, err := checkRegexFlags("regexp_matches", flagsArg(a, 2), true)
	if err != nil {
		return nil, err
	}
	re, err := regex.Compile(a[1].Str(), flags)
	if err != nil {
		return nil, err
	}
	s := a[0].Str()
	var out []types.Datum
	held := int64(0)
	err = re.Each(ctx.Budget, s, 0, func(m []int) (bool, error) {
		out = append(out, groups(s, m))
		held += matchHeld + int64(len(m))*datumSlot
		return global, ctx.Budget.Fits(held)
	})
	return valueRows(out), err
}

func regexpLike(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	flags, _, err := checkRegexFlags("regexp_like", flagsArg(a, 2), false)
	if err != nil {
		return types.Null, err
	}
	re, err := regex.Compile(a[1].Str(), flags)
	if err != nil {
		return types.Null, err
	}
	ok, err := re.Match(ctx.Budget, a[0].Str())
	return types.MakeBool(ok), err
}

// regexSearch is what regexp_count, _substr and _instr share: all matches from a
// start position.
func regexSearch(ctx *expr.Ctx, name string, a []types.Datum, flagsAt int) ([][]int, error) {
	start := int64(1)
	if len(a) > 2 {
		var err error
		if start, err = positive("start", a[2].Int()); err != nil {
			return nil, err
		}
	}
	flags, _, err := checkRegexFlags(name, flagsArg(a, flagsAt), false)
	if err != nil {
		return nil, err
	}
	re, err := regex.Compile(a[1].Str(), flags)
	if err != nil {
		return nil, err
	}
	s := a[0].Str()
	var out [][]int
	held := int64(0)
	err = re.Each(ctx.Budget, s, len(runePrefix(s, start-1)), func(m []int) (bool, error) {
		out = append(out, m)
		held += matchHeld + int64(len(m))*8
		return true, ctx.Budget.Fits(held)
	})
	return out, err
}

func regexpCount(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	m, err := regexSearch(ctx, "regexp_count", a, 3)
	return types.MakeInt(int64(len(m))), err
}

// nth picks match n and its subexpression; nil where there is none.
func nth(a []types.Datum, nAt, subAt int, matches [][]int) (m []int, sub int, err error) {
	n := int64(1)
	if len(a) > nAt {
		if n, err = positive("n", a[nAt].Int()); err != nil {
			return nil, 0, err
		}
	}
	if len(a) > subAt {
		if sub = int(a[subAt].Int()); sub < 0 {
			return nil, 0, errParameter("subexpr", int64(sub))
		}
	}
	if int(n) > len(matches) || 2*sub >= len(matches[n-1]) || matches[n-1][2*sub] < 0 {
		return nil, 0, nil
	}
	return matches[n-1], sub, nil
}

func regexpSubstr(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	all, err := regexSearch(ctx, "regexp_substr", a, 4)
	if err != nil {
		return types.Null, err
	}
	m, sub, err := nth(a, 3, 5, all)
	if m == nil {
		return types.Null, err
	}
	return groupText(a[0].Str(), m, sub), nil
}

func regexpInstr(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	end := 0
	if len(a) > 4 {
		if end = int(a[4].Int()); end != 0 && end != 1 {
			return types.Null, errParameter("endoption", int64(end))
		}
	}
	all, err := regexSearch(ctx, "regexp_instr", a, 5)
	if err != nil {
		return types.Null, err
	}
	m, sub, err := nth(a, 3, 6, all)
	if m == nil {
		return types.MakeInt(0), err
	}
	return types.MakeInt(int64(utf8.RuneCountInString(a[0].Str()[:m[2*sub+end]])) + 1), nil
}

// regexpSplit parts s at the matches; an empty match splits between characters,
// but not at the ends.
func regexpSplit(ctx *expr.Ctx, name string, a []types.Datum) ([]types.Datum, error) {
	flags, _, err := checkRegexFlags(name, flagsArg(a, 2), false)
	if err != nil {
		return nil, err
	}
	re, err := regex.Compile(a[1].Str(), flags)
	if err != nil {
		return nil, err
	}
	s := a[0].Str()
	var out []types.Datum
	last := 0
	err = re.Each(ctx.Budget, s, 0, func(m []int) (bool, error) {
		if m[1] == m[0] && (m[0] == 0 || m[0] == len(s) || m[0] == last) {
			return true, nil
		}
		out = append(out, types.MakeStr(s[last:m[0]]))
		last = m[1]
		return true, ctx.Budget.Fits(int64(len(out)) * datumSlot)
	})
	return append(out, types.MakeStr(s[last:])), err
}
