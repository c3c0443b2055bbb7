package parse

import "github.com/ferritedb/ferrite/sql/ast"

func (p *parser) copy() ast.Statement {
	c := &ast.Copy{At: p.here()}
	p.advance()
	if p.is(ast.KwBinary) && !p.atKeyPattern() {
		c.Options = append(c.Options, &ast.Option{At: p.here(), Name: "format", Kind: ast.OptionWord, Value: "binary"})
		p.advance()
	}
	if p.tok.kind == '(' {
		p.advance()
		c.Query = p.preparable()
		p.expect(')')
	} else {
		c.Table = p.relation()
		c.Columns = p.optParenNameList()
	}
	if p.acceptKeyword(ast.KwFrom) {
		if c.Query != nil {
			p.failNear("syntax error", int(p.lastEnd)-len("from"), int(p.lastEnd))
		}
		c.From = true
	} else {
		p.expectKeyword(ast.KwTo)
	}
	c.Program = p.acceptKeyword(ast.KwProgram)
	switch {
	case p.tok.kind == tokenString:
		c.File = p.string()
	case !c.Program && (p.is(ast.KwStdin) || p.is(ast.KwStdout)):
		p.advance()
		c.Stdio = true
	default:
		p.fail()
	}
	p.copyOptions(c)
	if p.is(ast.KwWhere) {
		if !c.From {
			p.failMessage(p.here(), "WHERE clause not allowed with COPY TO")
		}
		p.advance()
		c.Where = p.expr()
	}
	return c
}

// copyOptions parses [USING] [DELIMITERS 'x'] and [WITH] (options), or the
// words of the old form, which become the same options.
func (p *parser) copyOptions(c *ast.Copy) {
	if p.acceptKeywords(ast.KwUsing, ast.KwDelimiters) || p.acceptKeyword(ast.KwDelimiters) {
		c.Options = append(c.Options, &ast.Option{At: p.here(), Name: "delimiter", Kind: ast.OptionString, Value: p.string()})
	}
	p.acceptKeyword(ast.KwWith)
	if p.tok.kind == '(' {
		c.Options = append(c.Options, p.wordOptions()...)
		return
	}
	for {
		o := p.oldCopyOption()
		if o == nil {
			return
		}
		c.Options = append(c.Options, o)
	}
}

func (p *parser) oldCopyOption() *ast.Option {
	o := &ast.Option{At: p.here(), Name: p.tok.text}
	switch p.tok.keyword {
	case ast.KwBinary, ast.KwCsv:
		o.Name, o.Kind, o.Value = "format", ast.OptionWord, p.tok.text
		p.advance()
	case ast.KwFreeze, ast.KwHeader:
		p.advance()
	case ast.KwDelimiter, ast.KwNull, ast.KwQuote, ast.KwEscape:
		p.advance()
		p.acceptKeyword(ast.KwAs)
		o.Kind, o.Value = ast.OptionString, p.string()
	case ast.KwEncoding:
		p.advance()
		o.Kind, o.Value = ast.OptionString, p.string()
	case ast.KwForce:
		p.advance()
		switch {
		case p.acceptKeyword(ast.KwQuote):
			o.Name = "force_quote"
		case p.acceptKeywords(ast.KwNot, ast.KwNull):
			o.Name = "force_not_null"
		default:
			p.expectKeyword(ast.KwNull)
			o.Name = "force_null"
		}
		if o.Name == "force_quote" && p.accept('*') {
			o.Kind = ast.OptionStar
		} else {
			o.Kind, o.List = ast.OptionList, p.nameList()
		}
	default:
		return nil
	}
	return o
}
