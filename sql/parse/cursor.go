package parse

import (
	"strconv"

	"github.com/ferritedb/ferrite/sql/ast"
)

func (p *parser) declareCursor() ast.Statement {
	d := &ast.DeclareCursor{At: p.here()}
	p.advance()
	d.Name = p.name()
	for !p.is(ast.KwCursor) {
		switch {
		case p.acceptKeyword(ast.KwBinary):
			d.Binary = true
		case p.acceptKeyword(ast.KwInsensitive):
			d.Sensitivity = ast.Insensitive
		case p.acceptKeyword(ast.KwAsensitive):
			d.Sensitivity = ast.Asensitive
		case p.acceptKeyword(ast.KwScroll):
			d.Scroll = ast.On
		case p.acceptKeywords(ast.KwNo, ast.KwScroll):
			d.Scroll = ast.Off
		default:
			p.fail()
		}
	}
	p.advance()
	switch {
	case p.acceptKeywords(ast.KwWith, ast.KwHold):
		d.Hold = true
	case p.acceptKeywords(ast.KwWithout, ast.KwHold):
		d.WithoutHold = true
	}
	p.expectKeyword(ast.KwFor)
	d.Query = p.querySource()
	return d
}

// fetch parses FETCH and MOVE.
func (p *parser) fetch() ast.Statement {
	f := &ast.Fetch{At: p.here(), Move: p.is(ast.KwMove), Count: 1}
	p.advance()
	p.fetchDirection(f)
	if !p.acceptKeyword(ast.KwFrom) {
		p.acceptKeyword(ast.KwIn)
	}
	f.Cursor = p.name()
	return f
}

// atCursorName reports whether the current word is the cursor's name, not a
// direction.
func (p *parser) atCursorName() bool {
	k := p.peek(1).kind
	return k == ';' || k == tokenEOF
}

func (p *parser) fetchDirection(f *ast.Fetch) {
	if p.tok.isColumnID() && p.atCursorName() {
		return
	}
	switch {
	case p.acceptKeyword(ast.KwNext):
	case p.acceptKeyword(ast.KwPrior):
		f.Direction = ast.FetchBackward
	case p.acceptKeyword(ast.KwFirst):
		f.Direction = ast.FetchAbsolute
	case p.acceptKeyword(ast.KwLast):
		f.Direction, f.Count = ast.FetchAbsolute, -1
	case p.acceptKeyword(ast.KwAbsolute):
		f.Direction, f.Count = ast.FetchAbsolute, p.fetchCount()
	case p.acceptKeyword(ast.KwRelative):
		f.Direction, f.Count = ast.FetchRelative, p.fetchCount()
	case p.acceptKeyword(ast.KwAll):
		f.All = true
	case p.is(ast.KwForward) || p.is(ast.KwBackward):
		if p.is(ast.KwBackward) {
			f.Direction = ast.FetchBackward
		}
		p.advance()
		if p.acceptKeyword(ast.KwAll) {
			f.All = true
		} else if p.atFetchCount() {
			f.Count = p.fetchCount()
		}
	case p.atFetchCount():
		f.Count = p.fetchCount()
	}
}

func (p *parser) atFetchCount() bool {
	return p.tok.kind == tokenInteger || p.tok.kind == '-' || p.tok.kind == '+'
}

func (p *parser) fetchCount() int64 {
	at := p.tok
	if !p.atFetchCount() {
		p.fail()
	}
	n, err := strconv.ParseInt(p.signedNumber(), 10, 32)
	if err != nil {
		p.failToken(&at)
	}
	return n
}

func (p *parser) closeCursor() ast.Statement {
	c := &ast.CloseCursor{At: p.here()}
	p.advance()
	if !p.acceptKeyword(ast.KwAll) {
		c.Name = p.name()
	}
	return c
}
