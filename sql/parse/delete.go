package parse

import "github.com/ferritedb/ferrite/sql/ast"

func (p *parser) delete(with *ast.With, at ast.At) *ast.Delete {
	d := &ast.Delete{At: at, With: with}
	p.expectKeyword(ast.KwDelete, ast.KwFrom)
	d.Target = p.aliasedTarget()
	if p.acceptKeyword(ast.KwUsing) {
		d.Using = p.fromList()
	}
	d.Where, d.WhereCurrentOf = p.whereOrCurrentOf()
	d.Returning = p.returning()
	return d
}
