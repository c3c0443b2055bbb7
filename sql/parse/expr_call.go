package parse

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/ast"
)

// call parses the arguments of a call and what may follow them. A call that a
// string follows is a constant of a type with modifiers.
func (p *parser) call(name ast.ObjectName) ast.Expr {
	f := &ast.FuncCall{At: name.At, Name: name}
	p.expect('(')
	p.callArgs(f)
	p.expect(')')
	if p.tok.kind == tokenString && p.isTypeWithModifiers(f) {
		return p.typedLiteral(&ast.TypeName{At: name.At, Name: name, Typmods: f.Args})
	}
	p.callSuffix(f)
	return f
}

func (p *parser) isTypeWithModifiers(f *ast.FuncCall) bool {
	return !f.Star && !f.Distinct && !f.All && !f.Variadic && f.OrderBy == nil && len(f.Args) > 0
}

func (p *parser) callArgs(f *ast.FuncCall) {
	switch {
	case p.tok.kind == ')':
		return
	case p.tok.kind == '*' && p.peek(1).kind == ')':
		p.advance()
		f.Star = true
		return
	case p.acceptKeyword(ast.KwAll):
		f.All = true
	case p.acceptKeyword(ast.KwDistinct):
		f.Distinct = true
	}
	for {
		if p.is(ast.KwVariadic) && !f.All && !f.Distinct {
			p.advance()
			f.Variadic = true
		}
		f.Args = append(f.Args, p.callArg())
		if f.Variadic || !p.accept(',') {
			break
		}
	}
	if p.is(ast.KwOrder) {
		f.OrderBy = p.orderBy()
	}
}

// callArg parses value, name => value or name := value.
func (p *parser) callArg() ast.Expr {
	if p.tok.isTypeFunctionName() {
		if k := p.peek(1).kind; k == tokenArrow || k == tokenColonEq {
			arg := &ast.NamedArg{At: p.here(), Name: p.tok.text}
			p.advance()
			p.advance()
			arg.Value = p.expr()
			return arg
		}
	}
	return p.expr()
}

// callSuffix parses WITHIN GROUP, FILTER and OVER.
func (p *parser) callSuffix(f *ast.FuncCall) {
	if p.isThen(ast.KwWithin, ast.KwGroup) {
		at := p.here()
		p.advance()
		p.advance()
		switch {
		case f.OrderBy != nil:
			p.failMessage(at, "cannot use multiple ORDER BY clauses with WITHIN GROUP")
		case f.Distinct:
			p.failMessage(at, "cannot use DISTINCT with WITHIN GROUP")
		case f.Variadic:
			p.failMessage(at, "cannot use VARIADIC with WITHIN GROUP")
		}
		p.expect('(')
		f.OrderBy, f.WithinGroup = p.orderBy(), true
		p.expect(')')
	}
	if p.is(ast.KwFilter) && p.peek(1).kind == '(' {
		p.advance()
		p.advance()
		p.expectKeyword(ast.KwWhere)
		f.Filter = p.expr()
		p.expect(')')
	}
	if p.is(ast.KwOver) {
		p.advance()
		if p.tok.kind == '(' {
			f.Over = p.windowSpec()
		} else {
			f.Over = &ast.WindowSpec{At: p.here()}
			f.Over.Name = p.name()
		}
	}
}

// windowSpec parses ( [name] [PARTITION BY …] [ORDER BY …] [frame] ).
func (p *parser) windowSpec() *ast.WindowSpec {
	w := &ast.WindowSpec{At: p.here()}
	p.expect('(')
	switch p.tok.keyword {
	case ast.KwPartition, ast.KwRange, ast.KwRows, ast.KwGroups:
	default:
		if p.tok.isColumnID() {
			w.Base = p.name()
		}
	}
	if p.acceptKeyword(ast.KwPartition) {
		p.expectKeyword(ast.KwBy)
		w.PartitionBy = p.exprList()
	}
	if p.is(ast.KwOrder) {
		w.OrderBy = p.orderBy()
	}
	switch p.tok.keyword {
	case ast.KwRange, ast.KwRows, ast.KwGroups:
		w.Frame = p.frame()
	}
	p.expect(')')
	return w
}

var frameModes = map[ast.Keyword]ast.FrameMode{
	ast.KwRange: ast.FrameRange, ast.KwRows: ast.FrameRows, ast.KwGroups: ast.FrameGroups,
}

func (p *parser) frame() *ast.Frame {
	f := &ast.Frame{At: p.here(), Mode: frameModes[p.tok.keyword]}
	p.advance()
	if p.acceptKeyword(ast.KwBetween) {
		startAt := p.here()
		f.Start = p.frameBound()
		p.expectKeyword(ast.KwAnd)
		endAt := p.here()
		f.End = p.frameBound()
		p.checkFrame(f, startAt, endAt)
	} else {
		at := p.here()
		f.Start = p.frameBound()
		f.End = ast.FrameBound{Kind: ast.CurrentRow}
		switch f.Start.Kind {
		case ast.UnboundedFollowing:
			p.failWindow(at, "frame start cannot be UNBOUNDED FOLLOWING")
		case ast.OffsetFollowing:
			p.failWindow(at, "frame starting from following row cannot end with current row")
		}
	}
	if p.acceptKeyword(ast.KwExclude) {
		switch {
		case p.acceptKeyword(ast.KwCurrent):
			p.expectKeyword(ast.KwRow)
			f.Exclude = ast.ExcludeCurrentRow
		case p.acceptKeyword(ast.KwGroup):
			f.Exclude = ast.ExcludeGroup
		case p.acceptKeyword(ast.KwTies):
			f.Exclude = ast.ExcludeTies
		default:
			p.expectKeyword(ast.KwNo)
			p.expectKeyword(ast.KwOthers)
		}
	}
	return f
}

func (p *parser) frameBound() ast.FrameBound {
	if p.is(ast.KwUnbounded) {
		switch p.peek(1).keyword {
		case ast.KwPreceding:
			p.advance()
			p.advance()
			return ast.FrameBound{Kind: ast.UnboundedPreceding}
		case ast.KwFollowing:
			p.advance()
			p.advance()
			return ast.FrameBound{Kind: ast.UnboundedFollowing}
		}
	}
	if p.acceptKeywords(ast.KwCurrent, ast.KwRow) {
		return ast.FrameBound{Kind: ast.CurrentRow}
	}
	b := ast.FrameBound{Offset: p.expr()}
	if p.acceptKeyword(ast.KwPreceding) {
		b.Kind = ast.OffsetPreceding
	} else {
		p.expectKeyword(ast.KwFollowing)
		b.Kind = ast.OffsetFollowing
	}
	return b
}

// extractField consumes the field of EXTRACT: a name or a string.
func (p *parser) extractField() ast.Expr {
	if p.tok.kind == tokenString {
		return p.literal(ast.LiteralString)
	}
	switch p.tok.keyword {
	case ast.KwYear, ast.KwMonth, ast.KwDay, ast.KwHour, ast.KwMinute, ast.KwSecond:
	default:
		if p.tok.kind != tokenIdent {
			p.fail()
		}
	}
	return p.wordLiteral(p.tok.text)
}

func upper(s string) string { return strings.ToUpper(s) }
