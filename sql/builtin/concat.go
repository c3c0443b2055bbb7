package builtin

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// outText is the output function of an argument's type.
func outText(ctx *expr.Ctx, d types.Datum, t *types.T) string {
	return types.Format(d, t, ctx.IO())
}

// castText is d::text, which differs from the output for booleans and char(n).
func castText(ctx *expr.Ctx, d types.Datum, t *types.T) string {
	s, err := types.CastTo(d, t, types.Text, -1, true, ctx.IO())
	if err != nil || s.IsNull() {
		return ""
	}
	return s.Str()
}

func registerConcat() {
	fnTyped("concat", "any", func(ctx *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
		var b strings.Builder
		for i, d := range a {
			text := outText(ctx, d, f.Args[i].Type())
			if err := enlarge(ctx, b.Len(), len(text)); err != nil {
				return types.Null, err
			}
			b.WriteString(text)
		}
		return types.MakeStr(b.String()), nil
	})
	fnTyped("concat_ws", "text,any", func(ctx *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
		if a[0].IsNull() {
			return types.Null, nil
		}
		j := joiner{ctx: ctx, sep: a[0].Str()}
		for i, d := range a[1:] {
			if d.IsNull() {
				continue
			}
			if err := j.add(outText(ctx, d, f.Args[i+1].Type())); err != nil {
				return types.Null, err
			}
		}
		return types.MakeStr(j.String()), nil
	})
	fnTyped("format", "text", formatFunc)
	fnTyped("format", "text,any", formatFunc)
	for _, n := range []string{"num_nulls", "num_nonnulls"} {
		fn(n, "any", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			count := int64(0)
			for _, d := range a {
				if d.IsNull() == (n == "num_nulls") {
					count++
				}
			}
			return types.MakeInt(count), nil
		})
	}
}

// joiner joins texts with a separator, within the budget.
type joiner struct {
	strings.Builder
	ctx *expr.Ctx
	sep string
	any bool
}

func (j *joiner) add(s string) error {
	more := len(s)
	if j.any {
		more += len(j.sep)
	}
	if err := enlarge(j.ctx, j.Len(), more); err != nil {
		return err
	}
	if j.any {
		j.WriteString(j.sep)
	}
	j.any = true
	j.WriteString(s)
	return stepBytes(j.ctx, more)
}

// concatChecked is the length from which a concatenation asks before it is made.
const concatChecked = 64 << 10

func concatText(ctx *expr.Ctx, a, b string) (types.Datum, error) {
	if n := int64(len(a)) + int64(len(b)); n > concatChecked {
		if err := fits(ctx, n); err != nil {
			return types.Null, err
		}
	}
	return types.MakeStr(a + b), nil
}

func concatKernel(ctx *expr.Ctx, args []*chunk.Vec, n int, sel []int32, out *chunk.Vec) error {
	out.Grow(types.KindStr, n)
	return eachRow(n, sel, func(i int) (err error) {
		if args[0].Null(i) || args[1].Null(i) {
			out.SetNull(i)
			return nil
		}
		out.Datums[i], err = concatText(ctx, args[0].Str(i), args[1].Str(i))
		return err
	})
}

// formatSpec is one %[n$][-][width]type of format().
type formatSpec struct {
	arg, width      int // arg 0: the next one
	widthArg        int // *: -1 next, n: n$
	left, widthStar bool
	conv            byte
}

// formatFunc is format(): %s, %I, %L and %%.
func formatFunc(ctx *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	s := a[0].Str()
	var b strings.Builder
	next := 1
	take := func(n int) (types.Datum, *types.T, error) {
		if n == 0 {
			n = next
		}
		if n >= len(a) {
			return types.Null, nil, pgerr.New(pgerr.InvalidParameterValue, "too few arguments for format()")
		}
		next = n + 1
		return a[n], f.Args[n].Type(), nil
	}
	for i := 0; i < len(s); {
		if s[i] != '%' {
			b.WriteByte(s[i])
			i++
			continue
		}
		if i+1 < len(s) && s[i+1] == '%' {
			b.WriteByte('%')
			i += 2
			continue
		}
		spec, end, err := parseFormatSpec(s, i+1)
		if err != nil {
			return types.Null, err
		}
		i = end
		if spec.widthStar {
			d, t, err := take(max(spec.widthArg, 0))
			if err != nil {
				return types.Null, err
			}
			if !d.IsNull() {
				n, _ := strconv.Atoi(outText(ctx, d, t))
				spec.width = n
			}
		}
		d, t, err := take(spec.arg)
		if err != nil {
			return types.Null, err
		}
		text, err := formatConv(ctx, spec.conv, d, t)
		if err != nil {
			return types.Null, err
		}
		if spec.width < 0 {
			spec.left, spec.width = true, -spec.width
		}
		padded := 0
		if spec.width > 0 {
			padded = max(spec.width-utf8.RuneCountInString(text), 0)
		}
		if err := enlarge(ctx, b.Len(), len(text)+padded); err != nil {
			return types.Null, err
		}
		if !spec.left {
			b.WriteString(strings.Repeat(" ", padded))
		}
		b.WriteString(text)
		if spec.left {
			b.WriteString(strings.Repeat(" ", padded))
		}
	}
	return types.MakeStr(b.String()), nil
}

func parseFormatSpec(s string, i int) (formatSpec, int, error) {
	var spec formatSpec
	number := func() int {
		n := 0
		for i < len(s) && s[i] >= '0' && s[i] <= '9' && n < 1<<20 {
			n = n*10 + int(s[i]-'0')
			i++
		}
		return n
	}
	start := i
	if n := number(); i < len(s) && s[i] == '$' && i > start {
		if n == 0 {
			return spec, 0, pgerr.New(pgerr.InvalidParameterValue, "format specifies argument 0, but arguments are numbered from 1")
		}
		spec.arg = n
		i++
	} else {
		i = start
	}
	for i < len(s) && s[i] == '-' {
		spec.left = true
		i++
	}
	if i < len(s) && s[i] == '*' {
		i++
		spec.widthStar = true
		if n := number(); n > 0 && i < len(s) && s[i] == '$' {
			spec.widthArg = n
			i++
		}
	} else {
		spec.width = number()
	}
	if i >= len(s) {
		return spec, 0, pgerr.New(pgerr.InvalidParameterValue, "unterminated format() type specifier").
			WithHint("For a single \"%\" use \"%%\".")
	}
	spec.conv = s[i]
	if strings.IndexByte("sIL", spec.conv) < 0 {
		return spec, 0, pgerr.Newf(pgerr.InvalidParameterValue, "unrecognized format() type specifier \"%s\"", runePrefix(s[i:], 1)).
			WithHint("For a single \"%\" use \"%%\".")
	}
	return spec, i + 1, nil
}

func formatConv(ctx *expr.Ctx, conv byte, d types.Datum, t *types.T) (string, error) {
	switch {
	case conv == 's':
		return outText(ctx, d, t), nil
	case conv == 'L' && d.IsNull():
		return "NULL", nil
	case conv == 'L':
		return types.QuoteLiteral(outText(ctx, d, t)), nil
	case d.IsNull():
		return "", pgerr.New(pgerr.NullValueNotAllowed, "null values cannot be formatted as an SQL identifier")
	}
	return types.QuoteIdent(outText(ctx, d, t)), nil
}

func registerQuoting() {
	fn("quote_ident", "text", text1(types.QuoteIdent))
	fn("quote_literal", "text", text1(types.QuoteLiteral))
	fnTyped("quote_literal", "anyelement", func(ctx *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
		return types.MakeStr(types.QuoteLiteral(castText(ctx, a[0], f.Args[0].Type()))), nil
	})
	nullable := func(ctx *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
		if a[0].IsNull() {
			return types.MakeStr("NULL"), nil
		}
		return types.MakeStr(types.QuoteLiteral(castText(ctx, a[0], f.Args[0].Type()))), nil
	}
	fnTyped("quote_nullable", "text", nullable)
	fnTyped("quote_nullable", "anyelement", nullable)
}
