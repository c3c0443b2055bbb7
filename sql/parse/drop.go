package parse

import "github.com/ferritedb/ferrite/sql/ast"

// objectKinds are the kinds of objects that one key word names.
var objectKinds = map[ast.Keyword]ast.ObjectKind{
	ast.KwTable: ast.ObjectTable, ast.KwIndex: ast.ObjectIndex, ast.KwView: ast.ObjectView,
	ast.KwSequence: ast.ObjectSequence, ast.KwSchema: ast.ObjectSchema,
	ast.KwDatabase: ast.ObjectDatabase, ast.KwType: ast.ObjectType, ast.KwDomain: ast.ObjectDomain,
	ast.KwFunction: ast.ObjectFunction, ast.KwProcedure: ast.ObjectProcedure,
	ast.KwRoutine: ast.ObjectRoutine, ast.KwAggregate: ast.ObjectAggregate,
	ast.KwExtension: ast.ObjectExtension, ast.KwCollation: ast.ObjectCollation,
	ast.KwTablespace: ast.ObjectTablespace, ast.KwLanguage: ast.ObjectLanguage,
	ast.KwPublication: ast.ObjectPublication, ast.KwSubscription: ast.ObjectSubscription,
	ast.KwStatistics: ast.ObjectStatistics, ast.KwTrigger: ast.ObjectTrigger,
	ast.KwRule: ast.ObjectRule, ast.KwPolicy: ast.ObjectPolicy, ast.KwServer: ast.ObjectForeignServer,
	ast.KwColumn: ast.ObjectColumn, ast.KwConstraint: ast.ObjectConstraint, ast.KwRole: ast.ObjectRole,
}

// objectKind consumes the words for a kind of object.
func (p *parser) objectKind() ast.ObjectKind {
	switch {
	case p.acceptKeywords(ast.KwMaterialized, ast.KwView):
		return ast.ObjectMaterializedView
	case p.acceptKeywords(ast.KwForeign, ast.KwTable):
		return ast.ObjectForeignTable
	case p.acceptKeywords(ast.KwForeign, ast.KwData, ast.KwWrapper):
		return ast.ObjectForeignDataWrapper
	case p.acceptKeywords(ast.KwProcedural, ast.KwLanguage):
		return ast.ObjectLanguage
	case p.acceptKeywords(ast.KwLarge, ast.KwObject):
		return ast.ObjectLargeObject
	}
	kind, ok := objectKinds[p.tok.keyword]
	if !ok {
		p.fail()
	}
	p.advance()
	return kind
}

// drop parses DROP ….
func (p *parser) drop() ast.Statement {
	at := p.here()
	p.advance()
	switch p.tok.keyword {
	case ast.KwRole, ast.KwUser, ast.KwGroup:
		return p.dropRole(at)
	case ast.KwOwned:
		p.advance()
		p.expectKeyword(ast.KwBy)
		return &ast.DropOwned{At: at, Roles: p.roleList(), Behavior: p.dropBehavior()}
	case ast.KwOperator, ast.KwCast, ast.KwTransform, ast.KwText, ast.KwAccess, ast.KwEvent, ast.KwConversion:
		p.failUnsupported("DROP " + upper(p.tok.text))
	}
	d := &ast.Drop{At: at}
	d.Kind = p.objectKind()
	if d.Kind == ast.ObjectColumn || d.Kind == ast.ObjectConstraint || d.Kind == ast.ObjectLargeObject {
		p.failNear("syntax error", int(p.lastEnd)-len("x"), int(p.lastEnd))
	}
	d.Concurrently = d.Kind == ast.ObjectIndex && p.acceptKeyword(ast.KwConcurrently)
	d.IfExists = p.ifExists()
	switch d.Kind {
	case ast.ObjectFunction, ast.ObjectProcedure, ast.ObjectRoutine, ast.ObjectAggregate:
		for {
			d.Functions = append(d.Functions, p.functionSignature(d.Kind == ast.ObjectAggregate))
			if !p.accept(',') {
				break
			}
		}
	case ast.ObjectTrigger, ast.ObjectRule, ast.ObjectPolicy:
		d.Names = []ast.ObjectName{p.objectName()}
		p.expectKeyword(ast.KwOn)
		n := p.objectName()
		d.On = &n
	case ast.ObjectDatabase:
		d.Names = []ast.ObjectName{p.objectName()}
		p.dropDatabaseOptions(d)
		return d
	default:
		d.Names = p.objectNameList()
	}
	d.Behavior = p.dropBehavior()
	return d
}

// dropDatabaseOptions parses [WITH] (FORCE).
func (p *parser) dropDatabaseOptions(d *ast.Drop) {
	if !p.acceptKeyword(ast.KwWith) && p.tok.kind != '(' {
		return
	}
	p.expect('(')
	p.expectKeyword(ast.KwForce)
	p.expect(')')
	d.Force = true
}

// truncate parses TRUNCATE [TABLE] relation, ….
func (p *parser) truncate() ast.Statement {
	t := &ast.Truncate{At: p.here()}
	p.advance()
	p.acceptKeyword(ast.KwTable)
	t.Tables = p.relationList()
	switch {
	case p.acceptKeywords(ast.KwRestart, ast.KwIdentity):
		t.RestartIdentity = true
	case p.acceptKeywords(ast.KwContinue, ast.KwIdentity):
		t.ContinueIdentity = true
	}
	t.Behavior = p.dropBehavior()
	return t
}

func (p *parser) relationList() []ast.TableRef {
	list := []ast.TableRef{p.relation()}
	for p.accept(',') {
		list = append(list, p.relation())
	}
	return list
}

// comment parses COMMENT ON kind name IS text.
func (p *parser) comment() ast.Statement {
	c := &ast.Comment{At: p.here()}
	p.advance()
	p.expectKeyword(ast.KwOn)
	switch p.tok.keyword {
	case ast.KwOperator, ast.KwCast, ast.KwTransform, ast.KwText, ast.KwAccess, ast.KwEvent, ast.KwConversion:
		p.failUnsupported("COMMENT ON " + upper(p.tok.text))
	}
	c.Kind = p.objectKind()
	switch c.Kind {
	case ast.ObjectFunction, ast.ObjectProcedure, ast.ObjectRoutine, ast.ObjectAggregate:
		c.Function = p.functionSignature(c.Kind == ast.ObjectAggregate)
	case ast.ObjectTrigger, ast.ObjectRule, ast.ObjectPolicy, ast.ObjectConstraint:
		c.Path = []string{p.name()}
		p.expectKeyword(ast.KwOn)
		if c.Kind == ast.ObjectConstraint && p.acceptKeyword(ast.KwDomain) {
			c.Kind = ast.ObjectDomainConstraint
		}
		n := p.objectName()
		c.On = &n
	case ast.ObjectLargeObject:
		c.Path = []string{p.signedNumber()}
	default:
		c.Path = p.dottedPath()
	}
	p.expectKeyword(ast.KwIs)
	if p.acceptKeyword(ast.KwNull) {
		c.Null = true
	} else {
		c.Text = p.string()
	}
	return c
}
