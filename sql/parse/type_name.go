package parse

import (
	"strconv"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

// systemType names a type of pg_catalog.
func systemType(at ast.At, name string) *ast.TypeName {
	return &ast.TypeName{At: at, Name: ast.ObjectName{At: at, Schema: "pg_catalog", Name: name}}
}

// setofTypeName parses [SETOF] type.
func (p *parser) setofTypeName() *ast.TypeName {
	setof := p.acceptKeyword(ast.KwSetof)
	t := p.typeName()
	t.Setof = setof
	return t
}

// typeName parses a type with its array bounds (Typename without SETOF).
func (p *parser) typeName() *ast.TypeName {
	var t *ast.TypeName
	if p.atSystemTypeWord() {
		t = p.systemTypeName(false)
	} else {
		t = p.genericType()
	}
	if t.Name.IsSystem("interval") && t.Interval == ast.IntervalAny && t.Typmods == nil {
		p.intervalFields(t)
	}
	p.arrayBounds(t)
	return t
}

func (p *parser) arrayBounds(t *ast.TypeName) {
	if p.acceptKeyword(ast.KwArray) {
		bound := int32(-1)
		if p.accept('[') {
			bound = int32(p.integer())
			p.expect(']')
		}
		t.ArrayBounds = append(t.ArrayBounds, bound)
		return
	}
	for p.accept('[') {
		bound := int32(-1)
		if p.tok.kind != ']' {
			bound = int32(p.integer())
		}
		p.expect(']')
		t.ArrayBounds = append(t.ArrayBounds, bound)
	}
}

// genericType parses a named type with modifiers, or column%TYPE.
func (p *parser) genericType() *ast.TypeName {
	if !p.tok.isTypeFunctionName() && p.peek(1).kind != '.' {
		p.fail()
	}
	if !p.tok.isNonReserved() {
		p.fail()
	}
	t := &ast.TypeName{At: p.here()}
	n := ast.ObjectName{At: t.At, Name: p.tok.text}
	p.advance()
	t.Name = p.restOfObjectName(n)
	if p.tok.kind == '%' && p.peek(1).keyword == ast.KwType {
		p.advance()
		p.advance()
		t.PercentType = true
		return t
	}
	if p.accept('(') {
		t.Typmods = p.exprList()
		p.expect(')')
	}
	return t
}

// atSystemTypeWord reports whether a type of the SQL standard's own words
// begins here.
func (p *parser) atSystemTypeWord() bool {
	switch p.tok.keyword {
	case ast.KwInt, ast.KwInteger, ast.KwSmallint, ast.KwBigint, ast.KwReal, ast.KwFloat,
		ast.KwDecimal, ast.KwDec, ast.KwNumeric, ast.KwBoolean, ast.KwBit, ast.KwCharacter,
		ast.KwChar, ast.KwVarchar, ast.KwNational, ast.KwNchar, ast.KwTimestamp, ast.KwTime,
		ast.KwInterval:
		return true
	case ast.KwDouble:
		return p.peek(1).keyword == ast.KwPrecision
	}
	return false
}

// atConstType reports whether such a type begins a constant here, rather than
// being a column of that name.
func (p *parser) atConstType() bool {
	if !p.atSystemTypeWord() {
		return false
	}
	next := p.peek(1)
	switch next.kind {
	case tokenString, '(':
		return true
	}
	switch p.tok.keyword {
	case ast.KwDouble:
		return true
	case ast.KwBit, ast.KwCharacter, ast.KwChar, ast.KwNchar:
		return next.keyword == ast.KwVarying
	case ast.KwNational:
		return next.keyword == ast.KwCharacter || next.keyword == ast.KwChar
	case ast.KwTime, ast.KwTimestamp:
		return (next.keyword == ast.KwWith || next.keyword == ast.KwWithout) && p.peek(2).keyword == ast.KwTime
	}
	return false
}

// constType parses the type of a constant.
func (p *parser) constType() *ast.TypeName { return p.systemTypeName(true) }

var plainSystemTypes = map[ast.Keyword]string{
	ast.KwInt: "int4", ast.KwInteger: "int4", ast.KwSmallint: "int2", ast.KwBigint: "int8",
	ast.KwReal: "float4", ast.KwBoolean: "bool",
}

// systemTypeName parses a type of the standard's words. A constant's bit and
// character types without length are of any length.
func (p *parser) systemTypeName(constant bool) *ast.TypeName {
	at, word := p.here(), p.tok.keyword
	p.advance()
	if name, ok := plainSystemTypes[word]; ok {
		return systemType(at, name)
	}
	switch word {
	case ast.KwDouble:
		p.expectKeyword(ast.KwPrecision)
		return systemType(at, "float8")
	case ast.KwFloat:
		return p.floatType(at)
	case ast.KwDecimal, ast.KwDec, ast.KwNumeric:
		t := systemType(at, "numeric")
		if p.accept('(') {
			t.Typmods = p.exprList()
			p.expect(')')
		}
		return t
	case ast.KwBit:
		return p.bitType(at, constant)
	case ast.KwTimestamp:
		return p.timeType(at, "timestamp", "timestamptz")
	case ast.KwTime:
		return p.timeType(at, "time", "timetz")
	case ast.KwInterval:
		t := systemType(at, "interval")
		if p.tok.kind == '(' {
			t.Typmods = p.precision()
		}
		return t
	case ast.KwNational:
		if !p.acceptKeyword(ast.KwCharacter) {
			p.expectKeyword(ast.KwChar)
		}
	}
	return p.characterType(at, word == ast.KwVarchar, constant)
}

func (p *parser) floatType(at ast.At) *ast.TypeName {
	if !p.accept('(') {
		return systemType(at, "float8")
	}
	bitsAt := p.here()
	bits := p.integer()
	p.expect(')')
	switch {
	case bits < 1:
		p.failAt(bitsAt.Position(), pgerr.New(pgerr.InvalidParameterValue, "precision for type float must be at least 1 bit"))
	case bits > 53:
		p.failAt(bitsAt.Position(), pgerr.New(pgerr.InvalidParameterValue, "precision for type float must be less than 54 bits"))
	case bits <= 24:
		return systemType(at, "float4")
	}
	return systemType(at, "float8")
}

func (p *parser) bitType(at ast.At, constant bool) *ast.TypeName {
	t := systemType(at, "bit")
	varying := p.acceptKeyword(ast.KwVarying)
	if varying {
		t.Name.Name = "varbit"
	}
	switch {
	case p.accept('('):
		t.Typmods = p.exprList()
		p.expect(')')
	case !varying && !constant:
		t.Typmods = []ast.Expr{integerLiteral(1)}
	}
	return t
}

func (p *parser) characterType(at ast.At, varchar, constant bool) *ast.TypeName {
	varying := varchar || p.acceptKeyword(ast.KwVarying)
	t := systemType(at, "bpchar")
	if varying {
		t.Name.Name = "varchar"
	}
	switch {
	case p.accept('('):
		lit := &ast.Literal{At: p.here(), Kind: ast.LiteralInteger}
		lit.Text = strconv.Itoa(p.integer())
		t.Typmods = []ast.Expr{lit}
		p.expect(')')
	case !varying && !constant:
		t.Typmods = []ast.Expr{integerLiteral(1)}
	}
	return t
}

func integerLiteral(n int) *ast.Literal {
	return &ast.Literal{At: ast.NoPosition, Kind: ast.LiteralInteger, Text: strconv.Itoa(n)}
}

// precision parses (n).
func (p *parser) precision() []ast.Expr {
	p.expect('(')
	lit := &ast.Literal{At: p.here(), Kind: ast.LiteralInteger}
	lit.Text = strconv.Itoa(p.integer())
	p.expect(')')
	return []ast.Expr{lit}
}

func (p *parser) timeType(at ast.At, plain, zoned string) *ast.TypeName {
	t := systemType(at, plain)
	if p.tok.kind == '(' {
		t.Typmods = p.precision()
	}
	switch {
	case p.isThen(ast.KwWith, ast.KwTime):
		t.Name.Name = zoned
	case p.isThen(ast.KwWithout, ast.KwTime):
	default:
		return t
	}
	p.advance()
	p.advance()
	p.expectKeyword(ast.KwZone)
	return t
}

// intervalFields parses the fields after INTERVAL, or after the string of an
// interval constant.
func (p *parser) intervalFields(t *ast.TypeName) {
	first := p.tok.keyword
	var to map[ast.Keyword]ast.IntervalFields
	switch first {
	case ast.KwYear:
		t.Interval = ast.IntervalYear
		to = map[ast.Keyword]ast.IntervalFields{ast.KwMonth: ast.IntervalYearToMonth}
	case ast.KwMonth:
		t.Interval = ast.IntervalMonth
	case ast.KwDay:
		t.Interval = ast.IntervalDay
		to = map[ast.Keyword]ast.IntervalFields{ast.KwHour: ast.IntervalDayToHour,
			ast.KwMinute: ast.IntervalDayToMinute, ast.KwSecond: ast.IntervalDayToSecond}
	case ast.KwHour:
		t.Interval = ast.IntervalHour
		to = map[ast.Keyword]ast.IntervalFields{ast.KwMinute: ast.IntervalHourToMinute,
			ast.KwSecond: ast.IntervalHourToSecond}
	case ast.KwMinute:
		t.Interval = ast.IntervalMinute
		to = map[ast.Keyword]ast.IntervalFields{ast.KwSecond: ast.IntervalMinuteToSecond}
	case ast.KwSecond:
		t.Interval = ast.IntervalSecond
	default:
		return
	}
	if len(t.Typmods) > 0 {
		p.fail() // INTERVAL(p) 'x' YEAR
	}
	p.advance()
	last := first
	if to != nil && p.is(ast.KwTo) {
		p.advance()
		fields, ok := to[p.tok.keyword]
		if !ok {
			p.fail()
		}
		last = p.tok.keyword
		t.Interval = fields
		p.advance()
	}
	if last == ast.KwSecond && p.tok.kind == '(' {
		t.Typmods = p.precision()
	}
}
