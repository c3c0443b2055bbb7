package parse

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

// insertTarget parses the relation of INSERT, whose alias needs AS.
func (p *parser) insertTarget() ast.TableRef {
	if k := p.keyPattern(); k != nil {
		k.Alias = p.insertAlias()
		return k
	}
	t := &ast.TableName{At: p.here(), Name: p.objectName()}
	t.Alias = p.insertAlias()
	return t
}

func (p *parser) insertAlias() *ast.Alias {
	if !p.is(ast.KwAs) {
		return nil
	}
	a := &ast.Alias{At: p.here()}
	p.advance()
	a.Name = p.name()
	return a
}

func (p *parser) insert(with *ast.With, at ast.At) *ast.Insert {
	ins := &ast.Insert{At: at, With: with}
	p.expectKeyword(ast.KwInsert, ast.KwInto)
	ins.Target = p.insertTarget()
	if p.tok.kind == '(' && !p.atParenQuery() {
		p.advance()
		ins.Columns = p.columnTargets()
		p.expect(')')
	}
	ins.Overriding = p.overriding()
	bare := ins.Columns == nil && ins.Overriding == ast.OverridingNone
	if !bare || !p.acceptKeywords(ast.KwDefault, ast.KwValues) {
		ins.Source = p.querySource()
	}
	if p.acceptKeyword(ast.KwOn) {
		p.expectKeyword(ast.KwConflict)
		ins.OnConflict = p.onConflict()
	}
	ins.Returning = p.returning()
	return ins
}

// atParenQuery reports whether the parentheses that open here hold a query.
func (p *parser) atParenQuery() bool {
	switch next := p.peek(1); {
	case next.kind == '(':
		return true
	case next.kind == tokenKeyword:
		switch next.keyword {
		case ast.KwSelect, ast.KwTable, ast.KwWith:
			return true
		case ast.KwValues:
			return p.peek(2).kind == '('
		}
	}
	return false
}

// querySource parses a query with or without parentheses.
func (p *parser) querySource() *ast.Select {
	if p.tok.kind == '(' {
		return p.queryRest(p.parenQuery())
	}
	return p.query()
}

func (p *parser) overriding() ast.Overriding {
	if !p.acceptKeyword(ast.KwOverriding) {
		return ast.OverridingNone
	}
	o := ast.OverridingUser
	if !p.acceptKeyword(ast.KwUser) {
		p.expectKeyword(ast.KwSystem)
		o = ast.OverridingSystem
	}
	p.expectKeyword(ast.KwValue)
	return o
}

// columnTargets parses column[.field | [i]]…, ….
func (p *parser) columnTargets() []*ast.ColumnTarget {
	list := []*ast.ColumnTarget{p.columnTarget()}
	for p.accept(',') {
		list = append(list, p.columnTarget())
	}
	return list
}

func (p *parser) columnTarget() *ast.ColumnTarget {
	c := &ast.ColumnTarget{At: p.here(), Name: p.name()}
	for {
		switch p.tok.kind {
		case '.':
			p.advance()
			c.Path = append(c.Path, ast.PathStep{Field: p.columnLabel()})
		case '[':
			item := p.subscriptItem()
			c.Path = append(c.Path, ast.PathStep{Subscript: &item})
		default:
			return c
		}
	}
}

func (p *parser) onConflict() *ast.OnConflict {
	c := &ast.OnConflict{At: p.here()}
	switch {
	case p.tok.kind == '(':
		c.Elements = p.indexElements()
		if p.acceptKeyword(ast.KwWhere) {
			c.IndexWhere = p.expr()
		}
	case p.is(ast.KwOn):
		p.advance()
		p.expectKeyword(ast.KwConstraint)
		c.Constraint = p.name()
	}
	doAt := p.here()
	p.expectKeyword(ast.KwDo)
	if p.acceptKeyword(ast.KwNothing) {
		return c
	}
	p.expectKeyword(ast.KwUpdate, ast.KwSet)
	if c.Elements == nil && c.Constraint == "" {
		p.failAt(doAt.Position(), pgerr.New(pgerr.SyntaxError,
			"ON CONFLICT DO UPDATE requires inference specification or constraint name").
			WithHint("For example, ON CONFLICT (column_name)."))
	}
	c.DoUpdate = true
	c.Set = p.setClauses()
	if p.acceptKeyword(ast.KwWhere) {
		c.UpdateWhere = p.expr()
	}
	return c
}

// setClauses parses column = value, (a, b) = row, ….
func (p *parser) setClauses() []*ast.SetClause {
	list := []*ast.SetClause{p.setClause()}
	for p.accept(',') {
		list = append(list, p.setClause())
	}
	return list
}

func (p *parser) setClause() *ast.SetClause {
	s := &ast.SetClause{At: p.here()}
	if p.accept('(') {
		s.Multi = true
		s.Columns = p.columnTargets()
		p.expect(')')
	} else {
		s.Columns = []*ast.ColumnTarget{p.columnTarget()}
	}
	p.expect('=')
	s.Value = p.expr()
	return s
}
