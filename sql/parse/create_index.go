package parse

import "github.com/ferritedb/ferrite/sql/ast"

func (p *parser) createIndex(at ast.At) ast.Statement {
	x := &ast.CreateIndex{At: at, Unique: p.acceptKeyword(ast.KwUnique)}
	p.expectKeyword(ast.KwIndex)
	x.Concurrently = p.acceptKeyword(ast.KwConcurrently)
	x.IfNotExists = p.ifNotExists()
	if x.IfNotExists || !p.is(ast.KwOn) {
		x.Name = p.name()
	}
	p.expectKeyword(ast.KwOn)
	x.Table = p.relation()
	if p.acceptKeyword(ast.KwUsing) {
		x.Method = p.name()
	}
	x.Elements = p.indexElements()
	if p.acceptKeyword(ast.KwInclude) {
		x.Include = p.parenNameList()
	}
	x.NullsNotDistinct = p.nullsNotDistinct()
	if p.acceptKeyword(ast.KwWith) {
		x.Options = p.storageOptions()
	}
	if p.acceptKeyword(ast.KwTablespace) {
		x.Tablespace = p.name()
	}
	if p.acceptKeyword(ast.KwWhere) {
		x.Where = p.expr()
	}
	return x
}

// indexElements parses (element, …).
func (p *parser) indexElements() []*ast.IndexElement {
	p.expect('(')
	list := []*ast.IndexElement{p.indexElement()}
	for p.accept(',') {
		list = append(list, p.indexElement())
	}
	p.expect(')')
	return list
}

// indexElement parses column | call | (expression), then collation, operator
// class and order.
func (p *parser) indexElement() *ast.IndexElement {
	e := &ast.IndexElement{At: p.here()}
	switch {
	case p.accept('('):
		e.Expr = p.expr()
		p.expect(')')
	case p.tok.isColumnID() && p.peek(1).kind != '(' && p.peek(1).kind != '.':
		e.Column = p.name()
	default:
		e.Expr = p.windowlessCall()
	}
	e.Collation = p.optCollation()
	if p.tok.isColumnID() && !p.is(ast.KwNulls) {
		n := p.objectName()
		e.OpClass = &n
		if p.tok.kind == '(' {
			e.OpClassParam = p.storageOptions()
		}
	}
	e.Direction = p.sortDirection()
	e.Nulls = p.nullsOrder()
	return e
}
