package parse

import "github.com/ferritedb/ferrite/sql/ast"

func (p *parser) createType(at ast.At) ast.Statement {
	p.expectKeyword(ast.KwType)
	name := p.objectName()
	if p.tok.kind == '(' {
		p.failUnsupported("CREATE TYPE with input and output functions")
	}
	if !p.acceptKeyword(ast.KwAs) {
		return &ast.CreateShellType{At: at, Name: name}
	}
	switch {
	case p.acceptKeyword(ast.KwEnum):
		e := &ast.CreateEnum{At: at, Name: name}
		p.expect('(')
		if p.tok.kind != ')' {
			e.Labels = append(e.Labels, p.string())
			for p.accept(',') {
				e.Labels = append(e.Labels, p.string())
			}
		}
		p.expect(')')
		return e
	case p.acceptKeyword(ast.KwRange):
		return &ast.CreateRange{At: at, Name: name, Options: p.storageOptions()}
	}
	c := &ast.CreateComposite{At: at, Name: name}
	if p.tok.kind == '(' && p.peek(1).kind == ')' {
		p.advance()
		p.advance()
		return c
	}
	c.Attributes = p.columnDefinitionList()
	return c
}

func (p *parser) createDomain(at ast.At) ast.Statement {
	p.expectKeyword(ast.KwDomain)
	d := &ast.CreateDomain{At: at, Name: p.objectName()}
	p.acceptKeyword(ast.KwAs)
	d.Type = p.typeName()
	c := &ast.ColumnDef{}
	p.columnConstraints(c)
	d.Collation, d.Constraints = c.Collation, c.Constraints
	return d
}

// alterType parses what follows ALTER TYPE name, unless it is an action that
// all objects share.
func (p *parser) alterType(at ast.At, name ast.ObjectName) ast.Statement {
	switch {
	case p.isThen(ast.KwAdd, ast.KwValue):
		p.advance()
		p.advance()
		e := &ast.AlterEnum{At: at, Name: name, IfNotExists: p.ifNotExists()}
		e.Label = p.string()
		switch {
		case p.acceptKeyword(ast.KwBefore):
			e.Neighbor = p.string()
		case p.acceptKeyword(ast.KwAfter):
			e.Neighbor, e.After = p.string(), true
		}
		return e
	case p.isThen(ast.KwRename, ast.KwValue):
		p.advance()
		p.advance()
		e := &ast.AlterEnum{At: at, Name: name, OldLabel: p.string()}
		p.expectKeyword(ast.KwTo)
		e.Label = p.string()
		return e
	case p.isThen(ast.KwRename, ast.KwAttribute):
		a := &ast.AlterAction{At: p.here(), Kind: ast.RenameColumn}
		p.advance()
		p.advance()
		a.Name = p.name()
		p.expectKeyword(ast.KwTo)
		a.NewName = p.name()
		a.Behavior = p.dropBehavior()
		return &ast.AlterComposite{At: at, Name: name, Actions: []*ast.AlterAction{a}}
	case p.is(ast.KwAdd) || p.is(ast.KwDrop) || p.is(ast.KwAlter):
		c := &ast.AlterComposite{At: at, Name: name, Actions: []*ast.AlterAction{p.attributeAction()}}
		for p.accept(',') {
			c.Actions = append(c.Actions, p.attributeAction())
		}
		return c
	}
	if p.is(ast.KwSet) && p.peek(1).kind == '(' {
		p.failUnsupported("ALTER TYPE SET")
	}
	return p.alterObject(at, ast.ObjectType, name)
}

// attributeAction parses ADD, DROP or ALTER ATTRIBUTE.
func (p *parser) attributeAction() *ast.AlterAction {
	a := &ast.AlterAction{At: p.here()}
	verb := p.tok.keyword
	switch verb {
	case ast.KwAdd, ast.KwDrop, ast.KwAlter:
	default:
		p.fail()
	}
	p.advance()
	p.expectKeyword(ast.KwAttribute)
	switch verb {
	case ast.KwAdd:
		a.Kind = ast.AddColumn
		a.Column = &ast.ColumnDef{At: p.here(), Name: p.name()}
		a.Column.Type = p.typeName()
		a.Column.Collation = p.optCollation()
	case ast.KwDrop:
		a.Kind = ast.DropColumn
		a.IfExists = p.ifExists()
		a.Name = p.name()
	case ast.KwAlter:
		a.Kind = ast.AlterColumnType
		a.Name = p.name()
		p.acceptKeywords(ast.KwSet, ast.KwData)
		p.expectKeyword(ast.KwType)
		a.Type = p.typeName()
		a.Collation = p.optCollation()
	}
	a.Behavior = p.dropBehavior()
	return a
}

// alterDomain parses what follows ALTER DOMAIN name.
func (p *parser) alterDomain(at ast.At, name ast.ObjectName) ast.Statement {
	a := &ast.AlterAction{At: p.here()}
	switch {
	case p.acceptKeywords(ast.KwSet, ast.KwDefault):
		a.Kind, a.Expr = ast.SetColumnDefault, p.expr()
	case p.acceptKeywords(ast.KwDrop, ast.KwDefault):
		a.Kind = ast.DropColumnDefault
	case p.acceptKeywords(ast.KwSet, ast.KwNot):
		p.expectKeyword(ast.KwNull)
		a.Kind = ast.SetColumnNotNull
	case p.acceptKeywords(ast.KwDrop, ast.KwNot):
		p.expectKeyword(ast.KwNull)
		a.Kind = ast.DropColumnNotNull
	case p.acceptKeyword(ast.KwAdd):
		a.Kind, a.Constraint = ast.AddConstraint, p.tableConstraint()
	case p.acceptKeywords(ast.KwDrop, ast.KwConstraint):
		a.Kind = ast.DropConstraint
		a.IfExists = p.ifExists()
		a.Name = p.name()
		a.Behavior = p.dropBehavior()
	case p.acceptKeywords(ast.KwValidate, ast.KwConstraint):
		a.Kind, a.Name = ast.ValidateConstraint, p.name()
	case p.acceptKeywords(ast.KwRename, ast.KwConstraint):
		a.Kind, a.Name = ast.RenameConstraint, p.name()
		p.expectKeyword(ast.KwTo)
		a.NewName = p.name()
	default:
		return p.alterObject(at, ast.ObjectDomain, name)
	}
	return &ast.AlterDomain{At: at, Name: name, Action: a}
}
