package parse

import "github.com/ferritedb/ferrite/sql/ast"

// aliasedTarget parses the relation of UPDATE, DELETE or MERGE with its alias.
// SET is not an alias without AS.
func (p *parser) aliasedTarget() ast.TableRef {
	ref := p.relation()
	var alias *ast.Alias
	if p.is(ast.KwAs) || !p.is(ast.KwSet) && p.tok.isColumnID() {
		alias = &ast.Alias{At: p.here()}
		p.acceptKeyword(ast.KwAs)
		alias.Name = p.name()
	}
	switch t := ref.(type) {
	case *ast.TableName:
		t.Alias = alias
	case *ast.KeyPattern:
		t.Alias = alias
	}
	return ref
}

func (p *parser) update(with *ast.With, at ast.At) *ast.Update {
	u := &ast.Update{At: at, With: with}
	p.expectKeyword(ast.KwUpdate)
	u.Target = p.aliasedTarget()
	p.expectKeyword(ast.KwSet)
	u.Set = p.setClauses()
	if p.acceptKeyword(ast.KwFrom) {
		u.From = p.fromList()
	}
	u.Where, u.WhereCurrentOf = p.whereOrCurrentOf()
	u.Returning = p.returning()
	return u
}

func (p *parser) fromList() []ast.TableRef {
	list := []ast.TableRef{p.tableRef()}
	for p.accept(',') {
		list = append(list, p.tableRef())
	}
	return list
}

// whereOrCurrentOf parses WHERE condition or WHERE CURRENT OF cursor.
func (p *parser) whereOrCurrentOf() (ast.Expr, string) {
	if !p.acceptKeyword(ast.KwWhere) {
		return nil, ""
	}
	if p.acceptKeywords(ast.KwCurrent, ast.KwOf) {
		return nil, p.name()
	}
	return p.expr(), ""
}
