package parse

import "github.com/ferritedb/ferrite/sql/ast"

// prepare parses PREPARE name … AS, and PREPARE TRANSACTION.
func (p *parser) prepare() ast.Statement {
	at := p.here()
	p.advance()
	if p.is(ast.KwTransaction) && p.peek(1).kind == tokenString {
		p.advance()
		return &ast.PrepareTransaction{At: at, GID: p.string()}
	}
	s := &ast.Prepare{At: at, Name: p.name()}
	if p.accept('(') {
		s.Types = []*ast.TypeName{p.typeName()}
		for p.accept(',') {
			s.Types = append(s.Types, p.typeName())
		}
		p.expect(')')
	}
	p.expectKeyword(ast.KwAs)
	s.Statement = p.preparable()
	return s
}

func (p *parser) execute() ast.Statement {
	e := &ast.Execute{At: p.here()}
	p.advance()
	e.Name = p.name()
	if p.accept('(') {
		e.Args = p.exprList()
		p.expect(')')
	}
	return e
}

func (p *parser) deallocate() ast.Statement {
	d := &ast.Deallocate{At: p.here()}
	p.advance()
	if p.is(ast.KwPrepare) && (p.peek(1).isColumnID() || p.peek(1).keyword == ast.KwAll) {
		p.advance()
	}
	if !p.acceptKeyword(ast.KwAll) {
		d.Name = p.name()
	}
	return d
}

func (p *parser) do() ast.Statement {
	d := &ast.Do{At: p.here()}
	p.advance()
	code := false
	for {
		switch {
		case p.tok.kind == tokenString && !code:
			d.Code, code = p.string(), true
		case p.acceptKeyword(ast.KwLanguage):
			if p.tok.kind == tokenString {
				d.Language = p.string()
			} else {
				d.Language = p.nonReservedWord()
			}
		default:
			if !code {
				p.fail()
			}
			return d
		}
	}
}

// explain parses EXPLAIN, with the options in parentheses or as words.
func (p *parser) explain() ast.Statement {
	e := &ast.Explain{At: p.here()}
	p.advance()
	switch {
	case p.tok.kind == '(' && !p.atParenQuery():
		e.Options = p.wordOptions()
	default:
		at := p.here()
		if p.acceptKeyword(ast.KwAnalyze) || p.acceptKeyword(ast.KwAnalyse) {
			e.Options = append(e.Options, wordOption(at, "analyze"))
			at = p.here()
		}
		if p.acceptKeyword(ast.KwVerbose) {
			e.Options = append(e.Options, wordOption(at, "verbose"))
		}
	}
	switch p.tok.keyword {
	case ast.KwCreate:
		switch s := p.create().(type) {
		case *ast.CreateTableAs, *ast.CreateMaterializedView:
			e.Statement = s
		default:
			p.fail()
		}
	case ast.KwExecute:
		e.Statement = p.execute()
	case ast.KwDeclare:
		e.Statement = p.declareCursor()
	case ast.KwRefresh:
		e.Statement = p.refresh()
	default:
		if p.tok.isWord("subscribe") {
			e.Statement = p.subscribe()
		} else {
			e.Statement = p.preparable()
		}
	}
	return e
}
