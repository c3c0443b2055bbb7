package parse

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

// Classes of names (PostgreSQL's gram.y): what may stand where a name is
// expected. A token is a name if it is an identifier or a key word of one of
// the categories.

// isColumnID: a column, table or alias (ColId).
func (t *token) isColumnID() bool {
	if t.kind == tokenIdent {
		return true
	}
	return t.kind == tokenKeyword && t.keyword.Category() <= ast.ColumnName
}

// isTypeFunctionName: a function or type (type_function_name).
func (t *token) isTypeFunctionName() bool {
	if t.kind == tokenIdent {
		return true
	}
	if t.kind != tokenKeyword {
		return false
	}
	c := t.keyword.Category()
	return c == ast.Unreserved || c == ast.TypeFunctionName
}

// isNonReserved: any key word but the reserved (NonReservedWord).
func (t *token) isNonReserved() bool {
	return t.kind == tokenIdent || t.kind == tokenKeyword && t.keyword.Category() != ast.Reserved
}

// isColumnLabel: anything after AS or a dot (ColLabel).
func (t *token) isColumnLabel() bool {
	return t.kind == tokenIdent || t.kind == tokenKeyword
}

// isBareLabel: a column label without AS (BareColLabel).
func (t *token) isBareLabel() bool {
	return t.kind == tokenIdent || t.kind == tokenKeyword && t.keyword.BareLabel()
}

// name consumes a ColId.
func (p *parser) name() string {
	if !p.tok.isColumnID() {
		p.failName()
	}
	s := p.tok.text
	p.advance()
	return s
}

// failName reports a token where a name is needed; for a reserved word a hint
// says how it could be one.
func (p *parser) failName() {
	if p.tok.kind == tokenKeyword && p.tok.keyword.Category() == ast.Reserved && p.peek(1).kind != tokenEOF {
		switch p.peek(1).kind {
		case '(', ',', ')', '=', '.':
			p.failHint(`"` + p.tok.text + `" is a reserved word. To use it as a name, put it in double quotes.`)
		}
	}
	p.fail()
}

func (p *parser) columnLabel() string {
	if !p.tok.isColumnLabel() {
		p.fail()
	}
	s := p.tok.text
	p.advance()
	return s
}

func (p *parser) nonReservedWord() string {
	if !p.tok.isNonReserved() {
		p.fail()
	}
	s := p.tok.text
	p.advance()
	return s
}

// nameList consumes name, name, ….
func (p *parser) nameList() []string {
	names := []string{p.name()}
	for p.accept(',') {
		names = append(names, p.name())
	}
	return names
}

// parenNameList consumes (name, …).
func (p *parser) parenNameList() []string {
	p.expect('(')
	names := p.nameList()
	p.expect(')')
	return names
}

// optParenNameList consumes (name, …) if an opening parenthesis stands here.
func (p *parser) optParenNameList() []string {
	if p.tok.kind != '(' {
		return nil
	}
	return p.parenNameList()
}

// objectName consumes a name of up to three parts (qualified_name, any_name).
func (p *parser) objectName() ast.ObjectName {
	n := ast.ObjectName{At: p.here()}
	n.Name = p.name()
	return p.restOfObjectName(n)
}

// restOfObjectName consumes the parts after the first.
func (p *parser) restOfObjectName(n ast.ObjectName) ast.ObjectName {
	if p.tok.kind != '.' {
		return n
	}
	p.advance()
	n.Schema, n.Name = n.Name, p.columnLabel()
	if p.tok.kind != '.' {
		return n
	}
	p.advance()
	n.Catalog, n.Schema, n.Name = n.Schema, n.Name, p.columnLabel()
	if p.tok.kind == '.' {
		p.failImproperName(n)
	}
	return n
}

func (p *parser) failImproperName(n ast.ObjectName) {
	s := n.Catalog + "." + n.Schema + "." + n.Name
	for p.accept('.') {
		s += "." + p.columnLabel()
	}
	p.failMessage(n.At, "improper qualified name (too many dotted names): "+s)
}

func (p *parser) objectNameList() []ast.ObjectName {
	list := []ast.ObjectName{p.objectName()}
	for p.accept(',') {
		list = append(list, p.objectName())
	}
	return list
}

// functionName consumes a func_name: a type_function_name, or a ColId with
// qualification.
func (p *parser) functionName() ast.ObjectName {
	n := ast.ObjectName{At: p.here(), Name: p.tok.text}
	if !p.tok.isNonReserved() {
		p.fail()
	}
	if !p.tok.isTypeFunctionName() && p.peek(1).kind != '.' {
		p.fail()
	}
	p.advance()
	return p.restOfObjectName(n)
}

// string consumes a string constant.
func (p *parser) string() string {
	if p.tok.kind != tokenString {
		p.fail()
	}
	s := p.tok.text
	p.advance()
	return s
}

// integer consumes an unsigned integer constant that fits 32 bits (Iconst).
func (p *parser) integer() int {
	if p.tok.kind != tokenInteger {
		p.fail()
	}
	n, ok := (&ast.Literal{Kind: ast.LiteralInteger, Text: p.tok.text}).Int64()
	if !ok || n > 1<<31-1 {
		p.fail()
	}
	p.advance()
	return int(n)
}

// signedNumber consumes a number with an optional sign, as text.
func (p *parser) signedNumber() string {
	sign := ""
	if p.tok.kind == '-' {
		sign = "-"
		p.advance()
	} else if p.tok.kind == '+' {
		p.advance()
	}
	if p.tok.kind != tokenInteger && p.tok.kind != tokenNumeric {
		p.fail()
	}
	s := sign + p.tok.text
	p.advance()
	return s
}

// signedInteger consumes a signed integer that fits 32 bits (SignedIconst).
func (p *parser) signedInteger() int {
	if p.accept('-') {
		return -p.integer()
	}
	p.accept('+')
	return p.integer()
}

// role consumes a RoleSpec.
func (p *parser) role() ast.RoleSpec {
	r := ast.RoleSpec{At: p.here()}
	switch p.tok.keyword {
	case ast.KwCurrentUser:
		r.Kind = ast.RoleCurrentUser
	case ast.KwCurrentRole:
		r.Kind = ast.RoleCurrentRole
	case ast.KwSessionUser:
		r.Kind = ast.RoleSessionUser
	default:
		if !p.tok.isNonReserved() {
			p.fail()
		}
		switch {
		case p.tok.text == "public":
			r.Kind = ast.RolePublic
		case p.tok.text == "none":
			p.failAt(int(p.tok.pos), pgerr.New(pgerr.ReservedName, `role name "none" is reserved`))
		default:
			r.Name = p.tok.text
		}
	}
	p.advance()
	return r
}

func (p *parser) roleList() []ast.RoleSpec {
	list := []ast.RoleSpec{p.role()}
	for p.accept(',') {
		list = append(list, p.role())
	}
	return list
}

// dropBehavior consumes CASCADE or RESTRICT if one stands here.
func (p *parser) dropBehavior() ast.DropBehavior {
	switch {
	case p.acceptKeyword(ast.KwCascade):
		return ast.DropCascade
	case p.acceptKeyword(ast.KwRestrict):
		return ast.DropRestrict
	default:
		return ast.DropDefault
	}
}

func (p *parser) ifExists() bool    { return p.acceptKeywords(ast.KwIf, ast.KwExists) }
func (p *parser) ifNotExists() bool { return p.acceptKeywords(ast.KwIf, ast.KwNot, ast.KwExists) }
