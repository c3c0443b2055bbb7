package parse

import "github.com/ferritedb/ferrite/sql/ast"

func (p *parser) createView(at ast.At, replace bool, persistence ast.Persistence) ast.Statement {
	v := &ast.CreateView{At: at, OrReplace: replace, Persistence: persistence}
	v.Recursive = p.acceptKeyword(ast.KwRecursive)
	p.expectKeyword(ast.KwView)
	v.Name = p.objectName()
	if v.Recursive && p.tok.kind != '(' {
		p.fail()
	}
	v.Columns = p.optParenNameList()
	if p.acceptKeyword(ast.KwWith) {
		v.Options = p.storageOptions()
	}
	if p.tok.isWord("materialize") {
		v.Materialize = p.materialize()
	}
	p.expectKeyword(ast.KwAs)
	v.Query = p.querySource()
	if p.tok.isWord("materialize") && v.Materialize == nil {
		v.Materialize = p.materialize()
	}
	if p.acceptKeyword(ast.KwWith) {
		v.CheckOption = ast.CheckCascaded
		if p.acceptKeyword(ast.KwLocal) {
			v.CheckOption = ast.CheckLocal
		} else {
			p.acceptKeyword(ast.KwCascaded)
		}
		p.expectKeyword(ast.KwCheck, ast.KwOption)
	}
	return v
}

// materialize parses MATERIALIZE [REFRESH mode].
func (p *parser) materialize() *ast.Materialize {
	m := &ast.Materialize{At: p.here()}
	p.advance()
	if !p.acceptKeyword(ast.KwRefresh) {
		return m
	}
	switch {
	case p.acceptWord("incremental"):
		m.Refresh = ast.RefreshIncremental
	case p.acceptKeyword(ast.KwFull):
		m.Refresh = ast.RefreshFull
	default:
		p.expectKeyword(ast.KwOn)
		p.expectWord("demand")
		m.Refresh = ast.RefreshOnDemand
	}
	return m
}

func (p *parser) createMaterializedView(at ast.At, unlogged bool) ast.Statement {
	p.expectKeyword(ast.KwMaterialized, ast.KwView)
	v := &ast.CreateMaterializedView{At: at, Unlogged: unlogged, IfNotExists: p.ifNotExists()}
	v.Name = p.objectName()
	v.Columns = p.optParenNameList()
	if p.acceptKeyword(ast.KwUsing) {
		v.AccessMethod = p.name()
	}
	if p.is(ast.KwWith) && p.peek(1).kind == '(' {
		p.advance()
		v.Options = p.storageOptions()
	}
	if p.acceptKeyword(ast.KwTablespace) {
		v.Tablespace = p.name()
	}
	p.expectKeyword(ast.KwAs)
	v.Query = p.querySource()
	v.WithNoData = p.withNoData()
	return v
}

func (p *parser) refresh() ast.Statement {
	at := p.here()
	p.expectKeyword(ast.KwRefresh, ast.KwMaterialized, ast.KwView)
	r := &ast.RefreshMaterializedView{At: at, Concurrently: p.acceptKeyword(ast.KwConcurrently)}
	r.Name = p.objectName()
	r.WithNoData = p.withNoData()
	return r
}
