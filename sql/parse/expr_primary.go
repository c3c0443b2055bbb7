package parse

import (
	"strconv"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

var literalKinds = map[tokenKind]ast.LiteralKind{
	tokenBits: ast.LiteralBits, tokenHexBits: ast.LiteralHexBits,
}

// primary parses an operand: gram.y's c_expr.
func (p *parser) primary() ast.Expr {
	at := p.here()
	switch p.tok.kind {
	case tokenInteger:
		return p.literal(ast.LiteralInteger)
	case tokenNumeric:
		return p.literal(ast.LiteralNumeric)
	case tokenString:
		return p.literal(ast.LiteralString)
	case tokenBits, tokenHexBits:
		return p.literal(literalKinds[p.tok.kind])
	case tokenParam:
		n, err := strconv.Atoi(p.tok.text)
		if err != nil || n > parameterNumberMax || n == 0 {
			p.failAt(int(p.tok.pos), pgerr.Newf(pgerr.UndefinedParameter, "there is no parameter $%s", p.tok.text))
		}
		p.advance()
		return p.indirection(&ast.Param{At: at, Number: n})
	case '(':
		return p.parenthesized()
	case tokenIdent:
		return p.nameExpr()
	case tokenKeyword:
		return p.keywordExpr()
	}
	p.fail()
	return nil
}

func (p *parser) literal(kind ast.LiteralKind) *ast.Literal {
	l := &ast.Literal{At: p.here(), Kind: kind, Text: p.tok.text}
	p.advance()
	return l
}

// wordLiteral consumes the current token as a string constant of the given
// value.
func (p *parser) wordLiteral(value string) *ast.Literal {
	l := &ast.Literal{At: p.here(), Kind: ast.LiteralString, Text: value}
	p.advance()
	return l
}

// keywordExpr parses an operand that begins with a key word.
func (p *parser) keywordExpr() ast.Expr {
	at := p.here()
	switch k := p.tok.keyword; k {
	case ast.KwNull:
		return p.literal(ast.LiteralNull)
	case ast.KwTrue, ast.KwFalse:
		return p.literal(ast.LiteralBool)
	case ast.KwCase:
		return p.caseExpr()
	case ast.KwCast:
		p.advance()
		p.expect('(')
		operand := p.expr()
		p.expectKeyword(ast.KwAs)
		t := p.typeName()
		p.expect(')')
		return &ast.Cast{At: at, Operand: operand, Type: t, Form: ast.CastCall}
	case ast.KwArray:
		return p.array()
	case ast.KwRow:
		if p.peek(1).kind == '(' {
			p.advance()
			return &ast.Row{At: at, Explicit: true, Args: p.rowArgs()}
		}
	case ast.KwExists:
		if p.peek(1).kind == '(' {
			p.advance()
			return &ast.Exists{At: at, Query: p.parenQuery()}
		}
	case ast.KwCurrentDate, ast.KwCurrentTime, ast.KwCurrentTimestamp, ast.KwLocaltime,
		ast.KwLocaltimestamp, ast.KwCurrentRole, ast.KwCurrentUser, ast.KwSessionUser,
		ast.KwUser, ast.KwCurrentCatalog:
		return p.valueFunc()
	case ast.KwCurrentSchema:
		if p.peek(1).kind != '(' {
			return p.valueFunc()
		}
	case ast.KwCollation:
		if p.peek(1).keyword == ast.KwFor {
			p.advance()
			p.advance()
			p.expect('(')
			arg := p.expr()
			p.expect(')')
			return systemCall(at, "pg_collation_for", ast.SyntaxCollationFor, arg)
		}
	}
	if p.tok.keyword.Category() == ast.ColumnName || p.is(ast.KwDouble) {
		if p.atConstType() {
			return p.typedLiteral(p.constType())
		}
		if p.peek(1).kind == '(' && !p.is(ast.KwDouble) {
			return p.specialCall()
		}
	}
	if p.tok.keyword.Category() == ast.Reserved {
		p.failName()
	}
	return p.nameExpr()
}

var valueFuncs = map[ast.Keyword]ast.ValueFunc{
	ast.KwCurrentDate: ast.CurrentDate, ast.KwCurrentTime: ast.CurrentTime,
	ast.KwCurrentTimestamp: ast.CurrentTimestamp, ast.KwLocaltime: ast.LocalTime,
	ast.KwLocaltimestamp: ast.LocalTimestamp, ast.KwCurrentRole: ast.CurrentRoleFunc,
	ast.KwCurrentUser: ast.CurrentUserFunc, ast.KwSessionUser: ast.SessionUserFunc,
	ast.KwUser: ast.UserFunc, ast.KwCurrentCatalog: ast.CurrentCatalog,
	ast.KwCurrentSchema: ast.CurrentSchema,
}

func (p *parser) valueFunc() ast.Expr {
	v := &ast.ValueFuncCall{At: p.here(), Func: valueFuncs[p.tok.keyword], Precision: -1}
	p.advance()
	switch v.Func {
	case ast.CurrentTime, ast.CurrentTimestamp, ast.LocalTime, ast.LocalTimestamp:
		if p.accept('(') {
			v.Precision = p.integer()
			p.expect(')')
		}
	}
	return v
}

// nameExpr parses what begins with a name: a column reference, a call, or a
// constant of a named type.
func (p *parser) nameExpr() ast.Expr {
	next := p.peek(1)
	switch next.kind {
	case '(':
		if p.tok.isTypeFunctionName() {
			return p.call(p.functionName())
		}
	case tokenString:
		if p.tok.isTypeFunctionName() {
			t := &ast.TypeName{At: p.here(), Name: p.functionName()}
			return p.typedLiteral(t)
		}
	}
	if !p.tok.isColumnID() {
		// A type_func_name key word is a name only with a qualification, as
		// a call.
		if next.kind == '.' && p.tok.isNonReserved() {
			name := p.functionName()
			if p.tok.kind == '(' {
				return p.call(name)
			}
		}
		p.fail()
	}
	return p.dottedName()
}

// dottedName parses name.name… and decides by what follows.
func (p *parser) dottedName() ast.Expr {
	at := p.here()
	first := len(p.strings)
	if cap(p.strings)-first < 3 {
		p.strings, first = make([]string, 0, min(max(6, 2*cap(p.strings)), chunkMax)), 0
	}
	p.strings = append(p.strings, p.tok.text)
	p.advance()
	for p.tok.kind == '.' {
		p.advance()
		if p.tok.kind == '*' {
			p.advance()
			return &ast.Star{At: at, Qualifier: p.takeStrings(first)}
		}
		if len(p.strings)-first == columnRefPartsMax {
			p.failMessage(at, "improper qualified name (too many dotted names)")
		}
		p.strings = append(p.strings, p.columnLabel())
	}
	names := p.takeStrings(first)
	if len(names) > 1 && len(names) <= 3 {
		switch p.tok.kind {
		case '(':
			return p.call(nameOfParts(at, names))
		case tokenString:
			return p.typedLiteral(&ast.TypeName{At: at, Name: nameOfParts(at, names)})
		}
	}
	ref := p.newColumnRef()
	ref.At, ref.Names = at, names
	if p.tok.kind == '[' {
		return p.indirection(ref)
	}
	return ref
}

const (
	// columnRefPartsMax bounds the parts of a dotted name in an expression.
	columnRefPartsMax = 16
	// chunkMax bounds how many names or column references are allocated at
	// once.
	chunkMax = 32
)

// newColumnRef takes a zero reference from the spare room.
func (p *parser) newColumnRef() *ast.ColumnRef {
	if len(p.refs) == cap(p.refs) {
		p.refs = make([]ast.ColumnRef, 0, min(max(4, 2*cap(p.refs)), chunkMax))
	}
	p.refs = p.refs[:len(p.refs)+1]
	return &p.refs[len(p.refs)-1]
}

// takeStrings returns the spare strings from first on, as a list that nothing
// can append to in place.
func (p *parser) takeStrings(first int) []string {
	return p.strings[first:len(p.strings):len(p.strings)]
}

func nameOfParts(at ast.At, parts []string) ast.ObjectName {
	n := ast.ObjectName{At: at, Name: parts[len(parts)-1]}
	if len(parts) > 1 {
		n.Schema = parts[len(parts)-2]
	}
	if len(parts) > 2 {
		n.Catalog = parts[len(parts)-3]
	}
	return n
}

// typedLiteral parses the string of type 'string'.
func (p *parser) typedLiteral(t *ast.TypeName) ast.Expr {
	lit := &ast.Literal{At: p.here(), Kind: ast.LiteralString, Text: p.string()}
	if t.Name.IsSystem("interval") {
		p.intervalFields(t)
	}
	return &ast.Cast{At: t.At, Operand: lit, Type: t, Form: ast.CastTypedLiteral}
}

// indirection parses the subscripts and field selections after an operand.
func (p *parser) indirection(operand ast.Expr) ast.Expr {
	for {
		at := p.here()
		switch p.tok.kind {
		case '[':
			s := &ast.Subscript{At: at, Operand: operand}
			for p.tok.kind == '[' {
				s.Items = append(s.Items, p.subscriptItem())
			}
			operand = s
		case '.':
			p.advance()
			if p.accept('*') {
				return &ast.FieldStar{At: at, Operand: operand}
			}
			operand = &ast.FieldSelect{At: at, Operand: operand, Field: p.columnLabel()}
		default:
			return operand
		}
		p.deeper()
	}
}

// subscriptItem parses [i] or [low:high].
func (p *parser) subscriptItem() ast.SubscriptItem {
	var item ast.SubscriptItem
	p.expect('[')
	if p.tok.kind != ':' {
		item.Index = p.expr()
	}
	if p.accept(':') {
		item.Slice, item.Low, item.Index = true, item.Index, nil
		if p.tok.kind != ']' {
			item.High = p.expr()
		}
	}
	p.expect(']')
	return item
}

// atQueryStart reports whether a query begins here, parentheses aside.
func (p *parser) atQueryStart() bool {
	switch p.tok.keyword {
	case ast.KwSelect, ast.KwValues, ast.KwTable:
		return true
	case ast.KwWith:
		return true
	}
	return false
}

// queryOrExpr parses what stands behind an opening parenthesis: a query or an
// expression. It leaves the closing one. A query in further parentheses, alone
// or as operand of a set operation, is a query.
func (p *parser) queryOrExpr() (*ast.Select, ast.Expr) {
	if p.atQueryStart() {
		return p.query(), nil
	}
	if p.tok.kind != '(' {
		return nil, p.expr()
	}
	outer := p.enter()
	first := p.primary()
	if sub, ok := first.(*ast.Subquery); ok && p.atQueryRest() {
		q := p.queryRest(sub.Query)
		p.leave(outer)
		return q, nil
	}
	e := p.infix(first, precNone, fullExpr)
	p.leave(outer)
	return nil, e
}

// atQueryRest reports whether the current token can go on after a query in
// parentheses, or end the parentheses around it.
func (p *parser) atQueryRest() bool {
	switch p.tok.keyword {
	case ast.KwUnion, ast.KwIntersect, ast.KwExcept, ast.KwOrder, ast.KwLimit,
		ast.KwOffset, ast.KwFetch, ast.KwFor:
		return true
	}
	return p.tok.kind == ')'
}

// parenthesized parses ( … ): a query, a row, or an expression.
func (p *parser) parenthesized() ast.Expr {
	at := p.here()
	p.expect('(')
	query, first := p.queryOrExpr()
	if query != nil {
		p.expect(')')
		return p.indirection(&ast.Subquery{At: at, Query: query})
	}
	if p.tok.kind == ',' {
		args := []ast.Expr{first}
		for p.accept(',') {
			args = append(args, p.expr())
		}
		p.expect(')')
		return &ast.Row{At: at, Args: args}
	}
	p.expect(')')
	return p.indirection(first)
}

// rowArgs parses (), or (a, b, …).
func (p *parser) rowArgs() []ast.Expr {
	p.expect('(')
	if p.accept(')') {
		return nil
	}
	args := p.exprList()
	p.expect(')')
	return args
}

func (p *parser) caseExpr() ast.Expr {
	c := &ast.Case{At: p.here()}
	p.advance()
	if !p.is(ast.KwWhen) {
		c.Operand = p.expr()
	}
	for p.is(ast.KwWhen) {
		w := &ast.When{At: p.here()}
		p.advance()
		w.Condition = p.expr()
		p.expectKeyword(ast.KwThen)
		w.Result = p.expr()
		c.Whens = append(c.Whens, w)
	}
	if c.Whens == nil {
		p.fail()
	}
	if p.acceptKeyword(ast.KwElse) {
		c.Else = p.expr()
	}
	p.expectKeyword(ast.KwEnd)
	return c
}

// array parses ARRAY[…] and ARRAY(query).
func (p *parser) array() ast.Expr {
	at := p.here()
	p.advance()
	if p.tok.kind == '(' {
		return &ast.ArraySubquery{At: at, Query: p.parenQuery()}
	}
	if p.tok.kind != '[' {
		p.fail()
	}
	return p.arrayElems(at)
}

func (p *parser) arrayElems(at ast.At) *ast.Array {
	outer := p.enter()
	a := &ast.Array{At: at}
	p.expect('[')
	for p.tok.kind != ']' {
		if p.tok.kind == '[' {
			a.Elems = append(a.Elems, p.arrayElems(p.here()))
		} else {
			a.Elems = append(a.Elems, p.expr())
		}
		if p.tok.kind != ']' {
			p.expect(',')
			if p.tok.kind == ']' {
				p.fail()
			}
		}
	}
	p.advance()
	p.leave(outer)
	return a
}
