package parse

import "github.com/ferritedb/ferrite/sql/ast"

func (p *parser) listen() ast.Statement {
	at := p.here()
	p.advance()
	return &ast.Listen{At: at, Channel: p.name()}
}

func (p *parser) notify() ast.Statement {
	n := &ast.Notify{At: p.here()}
	p.advance()
	n.Channel = p.name()
	if p.accept(',') {
		n.Payload = p.string()
	}
	return n
}

func (p *parser) unlisten() ast.Statement {
	u := &ast.Unlisten{At: p.here()}
	p.advance()
	if !p.accept('*') {
		u.Channel = p.name()
	}
	return u
}

// subscribe parses SUBSCRIBE TO relation | query, with its options.
func (p *parser) subscribe() ast.Statement {
	s := &ast.Subscribe{At: p.here()}
	p.advance()
	p.expectKeyword(ast.KwTo)
	switch {
	case p.tok.kind == '(' || p.atQueryStart() && !p.atKeyPattern():
		s.Query = p.querySource()
	default:
		s.Relation = p.relation()
	}
	s.AsOf = p.asOf()
	if p.acceptKeyword(ast.KwWith) {
		s.Options = p.wordOptions()
	}
	return s
}
