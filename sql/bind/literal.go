package bind

import (
	"strconv"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

var (
	constTrue  = &expr.Const{Value: types.MakeBool(true), T: types.Bool, Mod: -1}
	constFalse = &expr.Const{Value: types.MakeBool(false), T: types.Bool, Mod: -1}
)

// literal gives a constant its first type: integers the smallest of int4, int8
// and numeric, strings and NULL unknown.
func (b *binder) literal(e *ast.Literal) expr.Expr {
	switch e.Kind {
	case ast.LiteralBool:
		if e.Text == "true" {
			return constTrue
		}
		return constFalse
	case ast.LiteralInteger:
		if n, err := strconv.ParseInt(e.Text, 10, 64); err == nil {
			t := types.Int8
			if int64(int32(n)) == n {
				t = types.Int4
			}
			return &expr.Const{Value: types.MakeInt(n), T: t, Mod: -1}
		}
		return b.parsed1(e, types.Numeric)
	case ast.LiteralNumeric:
		return b.parsed1(e, types.Numeric)
	case ast.LiteralString:
		return b.unknownConst(types.MakeStr(e.Text), e.At)
	case ast.LiteralBits:
		return b.parsed1(e, types.Bit)
	case ast.LiteralHexBits:
		d, err := types.Parse(types.Bit, -1, "x"+e.Text, b.io())
		b.must(e.At, err)
		return &expr.Const{Value: d, T: types.Bit, Mod: -1}
	}
	return b.unknownConst(types.Null, e.At)
}

func (b *binder) unknownConst(d types.Datum, pos ast.At) expr.Expr {
	c := &expr.Const{Value: d, T: types.Unknown, Mod: -1}
	b.literals = append(b.literals, literalPos{c, pos})
	return c
}

func (b *binder) parsed1(e *ast.Literal, t *types.T) expr.Expr {
	d, err := types.Parse(t, -1, e.Text, b.io())
	b.must(e.At, err)
	return &expr.Const{Value: d, T: t, Mod: -1}
}

// literalAt is where an untyped literal stood; fallback if it is not one.
func (b *binder) literalAt(x expr.Expr, fallback ast.At) ast.At {
	c, ok := x.(*expr.Const)
	if !ok {
		return fallback
	}
	for i := len(b.literals) - 1; i >= 0; i-- {
		if b.literals[i].c == c {
			return b.literals[i].pos
		}
	}
	return fallback
}

// typedLiteral turns an untyped literal into a constant of type t, or where the
// reading depends on the session, the time or the catalog, into a cast that is
// done at execution.
func (b *binder) typedLiteral(c *expr.Const, t *types.T, mod int32, explicit bool, pos ast.At) expr.Expr {
	if c.Value.IsNull() {
		return &expr.Const{T: t, Mod: mod}
	}
	base := t.Underlying()
	if b.inputIsStable(base, c.Value.Str()) || t.Typtype == 'd' {
		if base.Category == 'D' {
			// Read now all the same, to refuse nonsense where it stands.
			_, err := types.Parse(base, mod, c.Value.Str(), b.io())
			b.must(b.literalAt(c, pos), err)
		}
		return &expr.Cast{Arg: c, T: t, Mod: mod, Explicit: explicit}
	}
	switch base.OID {
	case types.Text.OID, types.Unknown.OID, types.Dyn.OID:
		return &expr.Const{Value: c.Value, T: t, Mod: -1}
	case types.RecordT.OID:
		b.failf(b.literalAt(c, pos), pgerr.FeatureNotSupported, "input of anonymous composite types is not implemented")
	}
	inMod := mod
	if explicit && (base.Is(types.Varchar) || base.Is(types.Bpchar) || base.Is(types.Bit) || base.Is(types.Varbit)) {
		// An explicit cast cuts what is too long; input would refuse it.
		inMod = -1
	}
	d, err := types.Parse(base, inMod, c.Value.Str(), b.io())
	if pgerr.Code(err) == pgerr.StringDataRightTruncation {
		// A length is checked by a coercion of its own, which has no position.
		b.must(ast.NoPosition, err)
	}
	b.must(b.literalAt(c, pos), err)
	out := &expr.Const{Value: d, T: t, Mod: inMod}
	if inMod != mod {
		return &expr.Cast{Arg: out, T: t, Mod: mod, Explicit: true}
	}
	return out
}

// inputIsStable tells that reading text as t depends on more than the text.
func (b *binder) inputIsStable(t *types.T, text string) bool {
	switch t.OID {
	case types.Timestamptz.OID, types.Timetz.OID:
		return true
	case types.Date.OID, types.Timestamp.OID, types.Time.OID:
		// now, today and the like; also 1/2/2000, which DateStyle decides. ISO text
		// starts with a four-digit year and has no letters but T.
		return !isoDate(text) && !(t.Is(types.Time) && isoClock(text))
	}
	if t.IsArray() || t.IsRange() {
		return t.Elem != nil && b.inputIsStable(t.Elem, "")
	}
	if t.IsReg() && !t.Is(types.Oid) {
		return true
	}
	for _, f := range t.Fields {
		if b.inputIsStable(f.Type, "") {
			return true
		}
	}
	return false
}

func isoDate(s string) bool {
	if len(s) < 10 || s[4] != '-' || s[7] != '-' {
		return false
	}
	return isoClock(s)
}

func isoClock(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c >= '0' && c <= '9' || c == '-' || c == ':' || c == '.' || c == ' ' || c == 'T') {
			return false
		}
	}
	return len(s) > 0
}
