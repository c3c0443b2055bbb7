package parse

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

// specialCall parses a call whose name is a key word of category ColumnName:
// all of these have a syntax of their own.
func (p *parser) specialCall() ast.Expr {
	at, word := p.here(), p.tok
	p.advance()
	p.expect('(')
	var e ast.Expr
	switch word.keyword {
	case ast.KwCoalesce:
		e = &ast.Coalesce{At: at, Args: p.exprList()}
	case ast.KwGreatest:
		e = &ast.MinMax{At: at, Args: p.exprList()}
	case ast.KwLeast:
		e = &ast.MinMax{At: at, Least: true, Args: p.exprList()}
	case ast.KwNullif:
		n := &ast.NullIf{At: at, Left: p.expr()}
		p.expect(',')
		n.Right = p.expr()
		e = n
	case ast.KwGrouping:
		e = &ast.Grouping{At: at, Args: p.exprList()}
	case ast.KwExtract:
		field := p.extractField()
		p.expectKeyword(ast.KwFrom)
		e = systemCall(at, "extract", ast.SyntaxExtract, field, p.expr())
	case ast.KwOverlay:
		e = p.overlay(at, word)
	case ast.KwPosition:
		needle := p.exprAbove(precNone, restrictedExpr)
		p.expectKeyword(ast.KwIn)
		e = systemCall(at, "position", ast.SyntaxPosition, p.exprAbove(precNone, restrictedExpr), needle)
	case ast.KwSubstring:
		e = p.substring(at, word)
	case ast.KwTrim:
		e = p.trim(at)
	case ast.KwNormalize:
		e = p.normalize(at)
	case ast.KwTreat, ast.KwXmlattributes, ast.KwXmlconcat, ast.KwXmlelement, ast.KwXmlexists,
		ast.KwXmlforest, ast.KwXmlnamespaces, ast.KwXmlparse, ast.KwXmlpi, ast.KwXmlroot,
		ast.KwXmlserialize, ast.KwXmltable:
		p.failAt(at.Position(), pgerr.NotSupported(upper(word.text)))
	default:
		p.failNear("syntax error", int(p.lastEnd)-1, int(p.lastEnd))
	}
	p.expect(')')
	return e
}

// plainCall parses the arguments of a call that was not written in its special
// syntax: overlay(a, b). Its name is not one of pg_catalog.
func (p *parser) plainCall(at ast.At, name string) ast.Expr {
	f := &ast.FuncCall{At: at, Name: ast.ObjectName{At: at, Name: name}}
	p.callArgs(f)
	return f
}

// continuePlainCall is plainCall with a first argument already parsed.
func (p *parser) continuePlainCall(at ast.At, name string, first ast.Expr) ast.Expr {
	f := &ast.FuncCall{At: at, Name: ast.ObjectName{At: at, Name: name}, Args: []ast.Expr{first}}
	for p.accept(',') {
		f.Args = append(f.Args, p.callArg())
	}
	return f
}

func (p *parser) overlay(at ast.At, word token) ast.Expr {
	if p.tok.kind == ')' {
		return p.plainCall(at, word.text)
	}
	first := p.callArg()
	if !p.acceptKeyword(ast.KwPlacing) {
		return p.continuePlainCall(at, word.text, first)
	}
	args := []ast.Expr{first, p.expr()}
	p.expectKeyword(ast.KwFrom)
	args = append(args, p.expr())
	if p.acceptKeyword(ast.KwFor) {
		args = append(args, p.expr())
	}
	return systemCall(at, "overlay", ast.SyntaxOverlay, args...)
}

// substring parses SUBSTRING(x FROM a FOR b), in either order, and the
// SIMILAR and plain forms.
func (p *parser) substring(at ast.At, word token) ast.Expr {
	if p.tok.kind == ')' {
		return p.plainCall(at, word.text)
	}
	first := p.callArg()
	switch {
	case p.acceptKeyword(ast.KwSimilar):
		pattern := p.expr()
		p.expectKeyword(ast.KwEscape)
		return systemCall(at, "substring", ast.SyntaxSubstringSimilar, first, pattern, p.expr())
	case p.acceptKeyword(ast.KwFrom):
		args := []ast.Expr{first, p.expr()}
		if p.acceptKeyword(ast.KwFor) {
			args = append(args, p.expr())
		}
		return systemCall(at, "substring", ast.SyntaxSubstring, args...)
	case p.acceptKeyword(ast.KwFor):
		length := p.expr()
		if p.acceptKeyword(ast.KwFrom) {
			return systemCall(at, "substring", ast.SyntaxSubstring, first, p.expr(), length)
		}
		// The length alone: from position 1, and of type int4 whatever the
		// expression, as PostgreSQL has it.
		one := &ast.Literal{At: ast.NoPosition, Kind: ast.LiteralInteger, Text: "1"}
		return systemCall(at, "substring", ast.SyntaxSubstring, first, one,
			&ast.Cast{At: ast.NoPosition, Operand: length, Form: ast.CastColons,
				Type: systemType(ast.NoPosition, "int4")})
	}
	return p.continuePlainCall(at, word.text, first)
}

func (p *parser) trim(at ast.At) ast.Expr {
	name, syntax := "btrim", ast.SyntaxTrimBoth
	switch {
	case p.acceptKeyword(ast.KwBoth):
	case p.acceptKeyword(ast.KwLeading):
		name, syntax = "ltrim", ast.SyntaxTrimLeading
	case p.acceptKeyword(ast.KwTrailing):
		name, syntax = "rtrim", ast.SyntaxTrimTrailing
	}
	var args []ast.Expr
	if p.acceptKeyword(ast.KwFrom) {
		args = p.exprList()
	} else {
		args = p.exprList()
		if len(args) == 1 && p.acceptKeyword(ast.KwFrom) {
			args = append(p.exprList(), args[0])
		}
	}
	return systemCall(at, name, syntax, args...)
}

func (p *parser) normalize(at ast.At) ast.Expr {
	args := []ast.Expr{p.expr()}
	if p.accept(',') {
		switch p.tok.keyword {
		case ast.KwNfc, ast.KwNfd, ast.KwNfkc, ast.KwNfkd:
			args = append(args, p.wordLiteral(upper(p.tok.text)))
		default:
			p.fail()
		}
	}
	return systemCall(at, "normalize", ast.SyntaxNormalize, args...)
}

func (p *parser) failWindow(at ast.At, message string) {
	p.failAt(at.Position(), pgerr.New(pgerr.WindowingError, message))
}

// checkFrame refuses frames that can hold no row whatever the offsets.
func (p *parser) checkFrame(f *ast.Frame, startAt, endAt ast.At) {
	start, end := f.Start.Kind, f.End.Kind
	switch {
	case start == ast.UnboundedFollowing:
		p.failWindow(startAt, "frame start cannot be UNBOUNDED FOLLOWING")
	case end == ast.UnboundedPreceding:
		p.failWindow(endAt, "frame end cannot be UNBOUNDED PRECEDING")
	case start == ast.CurrentRow && end == ast.OffsetPreceding:
		p.failWindow(endAt, "frame starting from current row cannot have preceding rows")
	case start == ast.OffsetFollowing && (end == ast.OffsetPreceding || end == ast.CurrentRow):
		p.failWindow(endAt, "frame starting from following row cannot have preceding rows")
	}
}
