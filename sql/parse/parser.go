package parse

import (
	"strconv"
	"sync"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

// Stmt is one statement of a text.
type Stmt struct {
	Node ast.Statement
	// SQL is the statement's text, from its first token to its last, without
	// the semicolon. It is Statements' input [Start:End].
	SQL        string
	Start, End int
}

// parser holds the current token and those read ahead of it.
type parser struct {
	lexer
	tok      token
	lastEnd  int32 // end of the token before tok
	ahead    [lookaheadMax]token
	aheadLen int

	depth  int // of the recursion
	height int // of the tree built so far, see deeper
	// strings and refs are spare room for names and column references: one
	// allocation for several. They never outlive the call, lest a tree keep
	// another's text in memory.
	strings []string
	refs    []ast.ColumnRef
}

// parsers holds idle parsers, all zero.
var parsers = sync.Pool{New: func() any { return new(parser) }}

// recycle gives p back. Not called when an error ends the call.
func (p *parser) recycle() {
	*p = parser{}
	parsers.Put(p)
}

func newParser(sql string) *parser {
	if len(sql) > statementBytesMax {
		panic(&bailout{pgerr.Newf(pgerr.ProgramLimitExceeded,
			"statement is too long: %d bytes, the limit is %d", len(sql), statementBytesMax)})
	}
	p := parsers.Get().(*parser)
	p.sql = sql
	p.lexer.next(&p.tok)
	return p
}

// recoverError is deferred by the entry points.
func recoverError(err *error) {
	if r := recover(); r != nil {
		b, ok := r.(*bailout)
		if !ok {
			panic(r)
		}
		*err = b.err
	}
}

// Statements parses a text of any number of statements, separated by
// semicolons; empty ones give nothing. Positions count from the start of the
// whole text. The error is a *pgerr.Error, and then no statement is returned.
func Statements(sql string) (stmts []Stmt, err error) {
	defer recoverError(&err)
	p := newParser(sql)
	for {
		for p.tok.kind == ';' {
			p.advance()
		}
		if p.tok.kind == tokenEOF {
			p.recycle()
			return stmts, nil
		}
		start := int(p.tok.pos)
		node := p.statement()
		if p.tok.kind != ';' && p.tok.kind != tokenEOF {
			p.fail()
		}
		end := int(p.lastEnd)
		stmts = append(stmts, Stmt{Node: node, SQL: sql[start:end], Start: start, End: end})
	}
}

// One parses exactly one statement; a semicolon after it is allowed. An empty
// text gives nil without error.
func One(sql string) (node ast.Statement, err error) {
	defer recoverError(&err)
	p := newParser(sql)
	for p.tok.kind == ';' {
		p.advance()
	}
	if p.tok.kind == tokenEOF {
		return nil, nil
	}
	node = p.statement()
	more := 0
	for p.tok.kind == ';' {
		p.advance()
		if p.tok.kind != ';' && p.tok.kind != tokenEOF {
			// A syntax error further on comes first, as PostgreSQL parses
			// the whole text before it counts.
			p.statement()
			more++
		}
	}
	p.mustEnd()
	if more > 0 {
		return nil, pgerr.New(pgerr.SyntaxError, "cannot insert multiple commands into a prepared statement")
	}
	p.recycle()
	return node, nil
}

// Expr parses a value expression that is the whole text.
func Expr(sql string) (e ast.Expr, err error) {
	defer recoverError(&err)
	p := newParser(sql)
	e = p.expr()
	p.mustEnd()
	return e, nil
}

// TypeName parses the name of a type that is the whole text, as regtype's input
// and to_regtype take it.
func TypeName(sql string) (t *ast.TypeName, err error) {
	defer recoverError(&err)
	p := newParser(sql)
	t = p.setofTypeName()
	p.mustEnd()
	return t, nil
}

// QualifiedName parses a dotted name that is the whole text, as regclass' input
// takes it. Each part is folded or unquoted.
func QualifiedName(sql string) (parts []string, err error) {
	defer recoverError(&err)
	p := newParser(sql)
	parts = append(parts, p.columnLabel())
	for p.accept('.') {
		parts = append(parts, p.columnLabel())
	}
	p.mustEnd()
	return parts, nil
}

func (p *parser) mustEnd() {
	if p.tok.kind != tokenEOF {
		p.fail()
	}
}

// advance moves to the next token.
func (p *parser) advance() {
	p.lastEnd = p.tok.end
	if p.aheadLen == 0 {
		p.lexer.next(&p.tok)
		return
	}
	p.tok = p.ahead[0]
	p.aheadLen--
	copy(p.ahead[:p.aheadLen], p.ahead[1:])
}

// peek returns the n-th token after the current one, n from 1.
func (p *parser) peek(n int) *token {
	for p.aheadLen < n {
		p.lexer.next(&p.ahead[p.aheadLen])
		p.aheadLen++
	}
	return &p.ahead[n-1]
}

func (p *parser) here() ast.At { return ast.At(p.tok.pos) }

// fail reports the current token as a syntax error.
func (p *parser) fail() { p.failToken(&p.tok) }

func (p *parser) failToken(t *token) {
	p.failNear("syntax error", int(t.pos), int(t.end))
}

// failHint is fail with a hint.
func (p *parser) failHint(hint string) {
	start, end := int(p.tok.pos), int(p.tok.end)
	p.failAt(start, p.nearError("syntax error", start, end).WithHint(hint))
}

// failMessage stops with a syntax error of its own wording at a node.
func (p *parser) failMessage(at ast.At, message string) {
	p.failAt(at.Position(), pgerr.New(pgerr.SyntaxError, message))
}

// failUnsupported stops with 0A000 at the current token.
func (p *parser) failUnsupported(what string) {
	p.failAt(int(p.tok.pos), pgerr.NotSupported(what))
}

// is reports whether the current token is the key word k.
func (p *parser) is(k ast.Keyword) bool { return p.tok.keyword == k }

// isThen reports whether the current and the next token are these key words.
func (p *parser) isThen(k, next ast.Keyword) bool {
	return p.tok.keyword == k && p.peek(1).keyword == next
}

// acceptKeyword consumes the key word k if it is the current token.
func (p *parser) acceptKeyword(k ast.Keyword) bool {
	if p.tok.keyword == k {
		p.advance()
		return true
	}
	return false
}

// acceptKeywords consumes a run of key words if all of them stand here.
func (p *parser) acceptKeywords(ks ...ast.Keyword) bool {
	if p.tok.keyword != ks[0] {
		return false
	}
	for i, k := range ks[1:] {
		if p.peek(i+1).keyword != k {
			return false
		}
	}
	for range ks {
		p.advance()
	}
	return true
}

// expectKeyword consumes key words one after the other or fails.
func (p *parser) expectKeyword(ks ...ast.Keyword) {
	for _, k := range ks {
		if p.tok.keyword != k {
			p.fail()
		}
		p.advance()
	}
}

// accept consumes a token of the given kind if it is the current one.
func (p *parser) accept(kind tokenKind) bool {
	if p.tok.kind == kind {
		p.advance()
		return true
	}
	return false
}

func (p *parser) expect(kind tokenKind) {
	if p.tok.kind != kind {
		p.fail()
	}
	p.advance()
}

// isWord reports whether the token is the unquoted word w, which is no key
// word of the grammar.
func (t *token) isWord(w string) bool {
	return t.kind == tokenIdent && !t.quoted && t.text == w
}

func (p *parser) acceptWord(w string) bool {
	if p.tok.isWord(w) {
		p.advance()
		return true
	}
	return false
}

func (p *parser) expectWord(w string) {
	if !p.acceptWord(w) {
		p.fail()
	}
}

// enter and leave bracket a recursive production.
//
// Recursion is bounded by p.depth. Loops can build trees higher than the
// recursion is deep (1+1+1+… leans left), so p.height follows the height of
// what was built: a production saves and zeroes it (enter returns the saved
// value), its parts raise it, and leave gives the caller the maximum.
func (p *parser) enter() (outer int) {
	p.depth++
	if p.depth > nestingDepthMax {
		p.failDepth()
	}
	outer = p.height
	p.height = 0
	return outer
}

func (p *parser) leave(outer int) {
	p.depth--
	p.deeper()
	p.height = max(p.height, outer)
}

// deeper adds one level over what has been built.
func (p *parser) deeper() {
	p.height++
	if p.height > nestingDepthMax {
		p.failDepth()
	}
}

func (p *parser) failDepth() {
	panic(&bailout{pgerr.New(pgerr.StatementTooComplex, "stack depth limit exceeded").
		WithHint("The statement nests deeper than " + strconv.Itoa(nestingDepthMax) +
			" levels. Split it, or use lists instead of chains of operators.")})
}
