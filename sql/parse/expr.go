package parse

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

// Precedences, loosest first (PostgreSQL's gram.y).
const (
	precNone       = iota
	precOr         // left
	precAnd        // left
	precNot        // right
	precIs         // IS ISNULL NOTNULL, not associative
	precComparison // < > = <= >= <>, not associative
	precBetween    // BETWEEN IN LIKE ILIKE SIMILAR, not associative
	precOperator   // any other operator, left
	precAdd        // left
	precMultiply   // left
	precPower      // left
	precAt         // AT TIME ZONE, left
	precCollate    // left
	precSign       // right
	precTypecast   // left
)

// exprMode is the production an expression belongs to.
type exprMode uint8

const (
	// fullExpr is gram.y's a_expr.
	fullExpr exprMode = iota
	// restrictedExpr is b_expr: without AND, OR, NOT, IN, BETWEEN, LIKE, AT
	// TIME ZONE, COLLATE and most IS tests, where those words mean something
	// else (DEFAULT b_expr NOT NULL, BETWEEN b_expr AND …).
	restrictedExpr
)

// expr parses a value expression.
func (p *parser) expr() ast.Expr { return p.exprAbove(precNone, fullExpr) }

func (p *parser) exprList() []ast.Expr {
	list := []ast.Expr{p.expr()}
	for p.accept(',') {
		list = append(list, p.expr())
	}
	return list
}

// exprAbove parses an expression whose outer operators bind at least as tight
// as min.
func (p *parser) exprAbove(min int, mode exprMode) ast.Expr {
	outer := p.enter()
	left := p.prefix(mode)
	left = p.infix(left, min, mode)
	p.leave(outer)
	return left
}

// prefix parses prefix operators and what they apply to.
func (p *parser) prefix(mode exprMode) ast.Expr {
	at := p.here()
	switch p.tok.kind {
	case '-', '+':
		op := p.tok.kind
		p.advance()
		operand := p.exprAbove(precSign, mode)
		if lit, ok := operand.(*ast.Literal); ok && op == '-' && isNumber(lit) {
			return negated(lit, at)
		}
		return &ast.Unary{At: at, Op: ast.Operator{Name: string(rune(op))}, Operand: operand}
	case tokenOp:
		op := ast.Operator{Name: p.tok.text}
		p.advance()
		return &ast.Unary{At: at, Op: op, Operand: p.exprAbove(precOperator+1, mode)}
	case tokenKeyword:
		switch p.tok.keyword {
		case ast.KwNot:
			if mode == restrictedExpr {
				p.fail()
			}
			p.advance()
			return &ast.Not{At: at, Operand: p.exprAbove(precNot, mode)}
		case ast.KwOperator:
			if p.peek(1).kind == '(' {
				op := p.operatorName()
				return &ast.Unary{At: at, Op: op, Operand: p.exprAbove(precOperator+1, mode)}
			}
		case ast.KwDefault:
			if mode == fullExpr {
				p.advance()
				return &ast.Default{At: at}
			}
		}
	}
	return p.primary()
}

func isNumber(l *ast.Literal) bool {
	return l.Kind == ast.LiteralInteger || l.Kind == ast.LiteralNumeric
}

// negated moves a minus sign into a number, so that -9223372036854775808 is
// one constant.
func negated(l *ast.Literal, at ast.At) *ast.Literal {
	text := l.Text
	if text[0] == '-' {
		text = text[1:]
	} else {
		text = "-" + text
	}
	return &ast.Literal{At: at, Kind: l.Kind, Text: text}
}

// infix parses the operators that follow left, as long as they bind at least
// as tight as min.
func (p *parser) infix(left ast.Expr, min int, mode exprMode) ast.Expr {
	for {
		prec, op := p.infixOperator(mode)
		if prec == precNone || prec < min {
			return left
		}
		height, before := p.height, left
		p.height = 0
		if op != "" {
			left = p.binary(left, ast.Operator{Name: op}, prec, mode)
		} else {
			left = p.special(left, prec, mode)
		}
		if left == before {
			// A chain of AND or OR got one more argument: only that one
			// stands a level deeper.
			p.deeper()
			p.height = max(p.height, height)
			continue
		}
		p.height = max(p.height, height)
		p.deeper()
	}
}

// infixOperator tells the precedence of the current token as an infix
// operator, and its name if it is a symbol. precNone ends the expression.
func (p *parser) infixOperator(mode exprMode) (prec int, op string) {
	switch p.tok.kind {
	case tokenEOF, ')', ',', ';':
		return precNone, ""
	case '<':
		return precComparison, "<"
	case '>':
		return precComparison, ">"
	case '=':
		return precComparison, "="
	case tokenLessEq, tokenGreaterEq, tokenNotEq:
		return precComparison, p.tok.text
	case '+':
		return precAdd, "+"
	case '-':
		return precAdd, "-"
	case '*':
		return precMultiply, "*"
	case '/':
		return precMultiply, "/"
	case '%':
		return precMultiply, "%"
	case '^':
		return precPower, "^"
	case tokenOp:
		return precOperator, p.tok.text
	case tokenTypecast:
		return precTypecast, ""
	case tokenKeyword:
		return p.infixKeyword(mode), ""
	}
	return precNone, ""
}

// infixKeyword tells the precedence of a key word that continues an
// expression.
func (p *parser) infixKeyword(mode exprMode) int {
	switch p.tok.keyword {
	case ast.KwOperator:
		if p.peek(1).kind == '(' {
			return precOperator
		}
		return precNone
	case ast.KwIs:
		if mode == restrictedExpr {
			distinct := p.peek(1)
			if distinct.keyword == ast.KwNot {
				distinct = p.peek(2)
			}
			if distinct.keyword != ast.KwDistinct {
				return precNone
			}
		}
		return precIs
	}
	if mode == restrictedExpr {
		return precNone
	}
	switch p.tok.keyword {
	case ast.KwOr:
		return precOr
	case ast.KwAnd:
		return precAnd
	case ast.KwIsnull, ast.KwNotnull:
		return precIs
	case ast.KwBetween, ast.KwIn, ast.KwLike, ast.KwIlike:
		return precBetween
	case ast.KwSimilar:
		// SUBSTRING(x SIMILAR y ESCAPE z) has the word without TO.
		if p.peek(1).keyword == ast.KwTo {
			return precBetween
		}
	case ast.KwNot:
		switch p.peek(1).keyword {
		case ast.KwBetween, ast.KwIn, ast.KwLike, ast.KwIlike, ast.KwSimilar:
			return precBetween
		}
	case ast.KwAt:
		if p.peek(1).keyword == ast.KwTime {
			return precAt
		}
	case ast.KwCollate:
		return precCollate
	case ast.KwOverlaps:
		return precTypecast
	}
	return precNone
}

// operand parses the right side of an operator that is not associative.
func (p *parser) operand(prec int, mode exprMode) ast.Expr {
	right := p.exprAbove(prec+1, mode)
	if next, _ := p.infixOperator(mode); next == prec {
		p.fail()
	}
	return right
}

// binary parses the right side of left op.
func (p *parser) binary(left ast.Expr, op ast.Operator, prec int, mode exprMode) ast.Expr {
	at := p.here()
	p.advance()
	return p.binaryRest(left, op, prec, mode, at)
}

func (p *parser) binaryRest(left ast.Expr, op ast.Operator, prec int, mode exprMode, at ast.At) ast.Expr {
	if mode == fullExpr && p.atQuantifier() {
		return p.quantified(left, op, at)
	}
	if prec == precComparison {
		return &ast.Binary{At: at, Op: op, Left: left, Right: p.operand(prec, mode)}
	}
	return &ast.Binary{At: at, Op: op, Left: left, Right: p.exprAbove(prec+1, mode)}
}

// special parses an infix construct that has its own syntax.
func (p *parser) special(left ast.Expr, prec int, mode exprMode) ast.Expr {
	at := p.here()
	if p.accept(tokenTypecast) {
		return &ast.Cast{At: at, Operand: left, Type: p.typeName(), Form: ast.CastColons}
	}
	switch p.tok.keyword {
	case ast.KwAnd:
		p.advance()
		return p.logical(ast.And, left, p.exprAbove(precAnd+1, mode), at)
	case ast.KwOr:
		p.advance()
		return p.logical(ast.Or, left, p.exprAbove(precOr+1, mode), at)
	case ast.KwOperator:
		op := p.operatorName()
		return p.binaryRest(left, op, precOperator, mode, at)
	case ast.KwIs:
		return p.isTest(left, mode)
	case ast.KwIsnull:
		p.advance()
		return &ast.Is{At: at, Kind: ast.IsNull, Operand: left}
	case ast.KwNotnull:
		p.advance()
		return &ast.Is{At: at, Kind: ast.IsNull, Operand: left, Not: true}
	case ast.KwAt:
		p.advance()
		p.expectKeyword(ast.KwTime, ast.KwZone)
		zone := p.exprAbove(precAt+1, mode)
		return systemCall(at, "timezone", ast.SyntaxAtTimeZone, zone, left)
	case ast.KwCollate:
		p.advance()
		return &ast.Collate{At: at, Operand: left, Collation: p.objectName()}
	case ast.KwOverlaps:
		return p.overlaps(left)
	}
	not := p.acceptKeyword(ast.KwNot)
	switch p.tok.keyword {
	case ast.KwBetween:
		return p.between(left, not, at)
	case ast.KwIn:
		return p.in(left, not, at)
	default:
		return p.like(left, not, at)
	}
}

// logical joins two operands; a chain becomes one node. The height of a
// flattened chain does not grow with its length.
func (p *parser) logical(op ast.LogicalOp, left, right ast.Expr, at ast.At) ast.Expr {
	// A parenthesised chain on the left is joined too: (a AND b) AND c means
	// the same.
	if l, ok := left.(*ast.Logical); ok && l.Op == op {
		l.Args = append(l.Args, right)
		return l
	}
	return &ast.Logical{At: at, Op: op, Args: []ast.Expr{left, right}}
}

// isTest parses IS [NOT] ….
func (p *parser) isTest(left ast.Expr, mode exprMode) ast.Expr {
	at := p.here()
	p.advance()
	not := p.acceptKeyword(ast.KwNot)
	is := &ast.Is{At: at, Operand: left, Not: not}
	switch p.tok.keyword {
	case ast.KwNull:
		is.Kind = ast.IsNull
	case ast.KwTrue:
		is.Kind = ast.IsTrue
	case ast.KwFalse:
		is.Kind = ast.IsFalse
	case ast.KwUnknown:
		is.Kind = ast.IsUnknown
	case ast.KwDistinct:
		p.advance()
		p.expectKeyword(ast.KwFrom)
		return &ast.IsDistinct{At: at, Left: left, Not: not, Right: p.operand(precIs, mode)}
	case ast.KwNfc, ast.KwNfd, ast.KwNfkc, ast.KwNfkd, ast.KwNormalized:
		return p.isNormalized(left, not, at)
	case ast.KwDocument:
		p.failUnsupported("IS DOCUMENT")
	default:
		p.fail()
	}
	p.advance()
	return is
}

func (p *parser) isNormalized(left ast.Expr, not bool, at ast.At) ast.Expr {
	args := []ast.Expr{left}
	if !p.is(ast.KwNormalized) {
		args = append(args, p.wordLiteral(upper(p.tok.text)))
	}
	p.expectKeyword(ast.KwNormalized)
	call := systemCall(at, "is_normalized", ast.SyntaxIsNormalized, args...)
	if not {
		return &ast.Not{At: at, Operand: call}
	}
	return call
}

func (p *parser) between(left ast.Expr, not bool, at ast.At) ast.Expr {
	p.advance()
	b := &ast.Between{At: at, Operand: left, Not: not}
	if p.acceptKeyword(ast.KwSymmetric) {
		b.Symmetric = true
	} else {
		p.acceptKeyword(ast.KwAsymmetric)
	}
	b.Low = p.exprAbove(precNone, restrictedExpr)
	p.expectKeyword(ast.KwAnd)
	b.High = p.operand(precBetween, fullExpr)
	return b
}

func (p *parser) in(left ast.Expr, not bool, at ast.At) ast.Expr {
	p.advance()
	p.expect('(')
	query, first := p.queryOrExpr()
	if query != nil {
		p.expect(')')
		return &ast.InSubquery{At: at, Operand: left, Not: not, Query: query}
	}
	list := []ast.Expr{first}
	for p.accept(',') {
		list = append(list, p.expr())
	}
	p.expect(')')
	return &ast.InList{At: at, Operand: left, Not: not, List: list}
}

// likeOperators are the operators that LIKE and its kin stand for before ANY
// and ALL.
var likeOperators = map[ast.LikeKind][2]string{
	ast.LikeMatch:  {"~~", "!~~"},
	ast.ILikeMatch: {"~~*", "!~~*"},
}

func (p *parser) like(left ast.Expr, not bool, at ast.At) ast.Expr {
	l := &ast.Like{At: at, Operand: left, Not: not}
	switch p.tok.keyword {
	case ast.KwLike:
		l.Kind = ast.LikeMatch
	case ast.KwIlike:
		l.Kind = ast.ILikeMatch
	case ast.KwSimilar:
		l.Kind = ast.SimilarToMatch
		p.advance()
		if !p.is(ast.KwTo) {
			p.fail()
		}
	default:
		p.fail()
	}
	p.advance()
	if names, ok := likeOperators[l.Kind]; ok && p.atQuantifier() {
		op := ast.Operator{Name: names[0]}
		if not {
			op.Name = names[1]
		}
		return p.quantified(left, op, at)
	}
	l.Pattern = p.exprAbove(precBetween+1, fullExpr)
	if p.acceptKeyword(ast.KwEscape) {
		l.Escape = p.exprAbove(precBetween+1, fullExpr)
	}
	if next, _ := p.infixOperator(fullExpr); next == precBetween {
		p.fail()
	}
	return l
}

func (p *parser) atQuantifier() bool {
	switch p.tok.keyword {
	case ast.KwAny, ast.KwSome, ast.KwAll:
		return p.peek(1).kind == '('
	}
	return false
}

// quantified parses ANY | SOME | ALL (…).
func (p *parser) quantified(left ast.Expr, op ast.Operator, at ast.At) ast.Expr {
	q := &ast.Quantified{At: at, Op: op, Left: left, All: p.is(ast.KwAll)}
	p.advance()
	p.expect('(')
	q.Query, q.Array = p.queryOrExpr()
	p.expect(')')
	return q
}

// operatorName consumes OPERATOR(schema.op).
func (p *parser) operatorName() ast.Operator {
	p.expectKeyword(ast.KwOperator)
	p.expect('(')
	op := p.anyOperator()
	p.expect(')')
	return op
}

// anyOperator consumes an operator, qualified or not.
func (p *parser) anyOperator() ast.Operator {
	var op ast.Operator
	for p.tok.isColumnID() {
		if op.Schema != "" {
			p.failAt(int(p.tok.pos), pgerr.NotSupported("an operator name of three parts"))
		}
		op.Schema = p.name()
		p.expect('.')
	}
	op.Name = p.operatorSymbol()
	return op
}

// operatorSymbol consumes a bare operator (all_Op).
func (p *parser) operatorSymbol() string {
	var name string
	switch p.tok.kind {
	case '+', '-', '*', '/', '%', '^', '<', '>', '=':
		name = string(rune(p.tok.kind))
	case tokenOp, tokenLessEq, tokenGreaterEq, tokenNotEq:
		name = p.tok.text
	default:
		p.fail()
	}
	p.advance()
	return name
}

func (p *parser) overlaps(left ast.Expr) ast.Expr {
	at := p.here()
	l, ok := left.(*ast.Row)
	if !ok {
		p.fail()
	}
	p.advance()
	rightAt := p.here()
	r, ok := p.primary().(*ast.Row)
	if !ok {
		p.failAt(rightAt.Position(), pgerr.New(pgerr.SyntaxError, "the right side of OVERLAPS must be a row of two values"))
	}
	if len(l.Args) != 2 {
		p.failMessage(l.At, "wrong number of parameters on left side of OVERLAPS expression")
	}
	if len(r.Args) != 2 {
		p.failMessage(r.At, "wrong number of parameters on right side of OVERLAPS expression")
	}
	return systemCall(at, "overlaps", ast.SyntaxOverlaps, l.Args[0], l.Args[1], r.Args[0], r.Args[1])
}

// systemCall is a call that a special syntax stands for.
func systemCall(at ast.At, name string, syntax ast.FuncSyntax, args ...ast.Expr) *ast.FuncCall {
	return &ast.FuncCall{At: at, Syntax: syntax, Args: args,
		Name: ast.ObjectName{At: at, Schema: "pg_catalog", Name: name}}
}
