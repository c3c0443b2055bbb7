package parse

import "github.com/ferritedb/ferrite/sql/ast"

// with parses WITH [RECURSIVE] cte, ….
func (p *parser) with() *ast.With {
	w := &ast.With{At: p.here()}
	p.advance()
	w.Recursive = p.acceptKeyword(ast.KwRecursive)
	w.CTEs = append(w.CTEs, p.cte())
	for p.accept(',') {
		w.CTEs = append(w.CTEs, p.cte())
	}
	return w
}

func (p *parser) cte() *ast.CTE {
	c := &ast.CTE{At: p.here(), Name: p.name()}
	c.Columns = p.optParenNameList()
	p.expectKeyword(ast.KwAs)
	switch {
	case p.acceptKeyword(ast.KwMaterialized):
		c.Materialized = ast.MaterializeAlways
	case p.acceptKeywords(ast.KwNot, ast.KwMaterialized):
		c.Materialized = ast.MaterializeNever
	}
	outer := p.enter()
	p.expect('(')
	c.Query = p.preparable()
	p.expect(')')
	p.leave(outer)
	if p.is(ast.KwSearch) {
		c.Search = p.cteSearch()
	}
	if p.is(ast.KwCycle) {
		c.Cycle = p.cteCycle()
	}
	return c
}

// preparable parses a statement that WITH, PREPARE, EXPLAIN and COPY take:
// SELECT, INSERT, UPDATE, DELETE, MERGE.
func (p *parser) preparable() ast.Statement {
	at := p.here()
	if p.tok.kind == '(' {
		return p.queryRest(p.parenQuery())
	}
	var with *ast.With
	if p.is(ast.KwWith) {
		with = p.with()
	}
	switch p.tok.keyword {
	case ast.KwInsert:
		return p.insert(with, at)
	case ast.KwUpdate:
		return p.update(with, at)
	case ast.KwDelete:
		return p.delete(with, at)
	case ast.KwMerge:
		return p.merge(with, at)
	}
	return p.queryWith(with, at)
}

func (p *parser) cteSearch() *ast.CTESearch {
	s := &ast.CTESearch{At: p.here()}
	p.advance()
	if p.acceptKeyword(ast.KwBreadth) {
		s.BreadthFirst = true
	} else {
		p.expectKeyword(ast.KwDepth)
	}
	p.expectKeyword(ast.KwFirst, ast.KwBy)
	s.By = p.nameList()
	p.expectKeyword(ast.KwSet)
	s.Set = p.name()
	return s
}

func (p *parser) cteCycle() *ast.CTECycle {
	c := &ast.CTECycle{At: p.here()}
	p.advance()
	c.Columns = p.nameList()
	p.expectKeyword(ast.KwSet)
	c.Mark = p.name()
	if p.acceptKeyword(ast.KwTo) {
		c.MarkValue = p.primary()
		p.expectKeyword(ast.KwDefault)
		c.MarkDefault = p.primary()
	}
	p.expectKeyword(ast.KwUsing)
	c.Path = p.name()
	return c
}
