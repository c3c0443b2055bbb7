package parse

import "github.com/ferritedb/ferrite/sql/ast"

func (p *parser) grant() ast.Statement {
	at := p.here()
	p.advance()
	return p.grantRest(at, false)
}

func (p *parser) revoke() ast.Statement {
	at := p.here()
	p.advance()
	return p.grantRest(at, true)
}

// grantRest parses GRANT and REVOKE: privileges ON objects, or roles.
func (p *parser) grantRest(at ast.At, revoke bool) ast.Statement {
	g := &ast.Grant{At: at, Revoke: revoke}
	adminOption := false
	if revoke {
		g.GrantOptionFor = p.acceptKeywords(ast.KwGrant, ast.KwOption, ast.KwFor)
		adminOption = p.acceptKeywords(ast.KwAdmin, ast.KwOption, ast.KwFor)
	}
	g.Privileges = p.privileges()
	if !p.is(ast.KwOn) {
		if g.GrantOptionFor {
			p.fail()
		}
		return p.grantRole(g, adminOption)
	}
	if adminOption {
		p.fail()
	}
	p.advance()
	p.grantObjects(g)
	p.grantees(g)
	return g
}

// privileges parses ALL [PRIVILEGES] [(columns)], or name [(columns)], ….
func (p *parser) privileges() []*ast.Privilege {
	if p.is(ast.KwAll) {
		v := &ast.Privilege{At: p.here(), Name: "all"}
		p.advance()
		p.acceptKeyword(ast.KwPrivileges)
		v.Columns = p.optParenNameList()
		return []*ast.Privilege{v}
	}
	var list []*ast.Privilege
	for {
		v := &ast.Privilege{At: p.here(), Name: p.tok.text}
		switch {
		case p.acceptKeywords(ast.KwAlter, ast.KwSystem):
			v.Name = "alter system"
		case p.is(ast.KwSelect) || p.is(ast.KwReferences) || p.is(ast.KwCreate):
			p.advance()
		default:
			p.name()
		}
		v.Columns = p.optParenNameList()
		list = append(list, v)
		if !p.accept(',') {
			return list
		}
	}
}

// grantRole turns what was read as privileges into roles.
func (p *parser) grantRole(g *ast.Grant, adminOption bool) ast.Statement {
	r := &ast.GrantRole{At: g.At, Revoke: g.Revoke, AdminOptionFor: adminOption}
	for _, v := range g.Privileges {
		if v.Columns != nil {
			p.fail()
		}
		r.Roles = append(r.Roles, v.Name)
	}
	p.grantees(g)
	r.Grantees, r.GrantedBy, r.Behavior, r.AdminOption = g.Grantees, g.GrantedBy, g.Behavior, g.GrantOption
	return r
}

// grantees parses TO | FROM roles and what follows them.
func (p *parser) grantees(g *ast.Grant) {
	if g.Revoke {
		p.expectKeyword(ast.KwFrom)
	} else {
		p.expectKeyword(ast.KwTo)
	}
	for {
		p.acceptKeyword(ast.KwGroup)
		g.Grantees = append(g.Grantees, p.role())
		if !p.accept(',') {
			break
		}
	}
	if !g.Revoke && p.acceptKeyword(ast.KwWith) {
		if !p.acceptKeyword(ast.KwGrant) {
			p.expectKeyword(ast.KwAdmin)
		}
		p.expectKeyword(ast.KwOption)
		g.GrantOption = true
	}
	if p.acceptKeywords(ast.KwGranted, ast.KwBy) {
		r := p.role()
		g.GrantedBy = &r
	}
	if g.Revoke {
		g.Behavior = p.dropBehavior()
	}
}

var grantAllKinds = map[ast.Keyword]ast.ObjectKind{
	ast.KwTables: ast.ObjectTable, ast.KwSequences: ast.ObjectSequence,
	ast.KwFunctions: ast.ObjectFunction, ast.KwProcedures: ast.ObjectProcedure,
	ast.KwRoutines: ast.ObjectRoutine, ast.KwTypes: ast.ObjectType, ast.KwSchemas: ast.ObjectSchema,
}

var grantKinds = map[ast.Keyword]ast.ObjectKind{
	ast.KwTable: ast.ObjectTable, ast.KwSequence: ast.ObjectSequence, ast.KwDatabase: ast.ObjectDatabase,
	ast.KwDomain: ast.ObjectDomain, ast.KwFunction: ast.ObjectFunction, ast.KwProcedure: ast.ObjectProcedure,
	ast.KwRoutine: ast.ObjectRoutine, ast.KwLanguage: ast.ObjectLanguage, ast.KwSchema: ast.ObjectSchema,
	ast.KwTablespace: ast.ObjectTablespace, ast.KwType: ast.ObjectType, ast.KwParameter: ast.ObjectParameter,
}

// grantObjects parses what stands between ON and TO.
func (p *parser) grantObjects(g *ast.Grant) {
	if p.is(ast.KwAll) {
		p.advance()
		kind, ok := grantAllKinds[p.tok.keyword]
		if !ok || kind == ast.ObjectType || kind == ast.ObjectSchema {
			p.fail()
		}
		p.advance()
		p.expectKeyword(ast.KwIn, ast.KwSchema)
		g.Kind, g.Scope = kind, ast.GrantOnAllInSchema
		g.Objects = p.objectNameList()
		return
	}
	if p.tok.kind == tokenIdent && !p.tok.quoted && p.tok.text == "keys" && p.peek(1).kind == tokenString {
		p.advance()
		g.Kind = ast.ObjectKeys
		for {
			g.Objects = append(g.Objects, ast.ObjectName{At: p.here(), Name: p.string()})
			if !p.accept(',') {
				return
			}
		}
	}
	if kind, ok := grantKinds[p.tok.keyword]; ok && p.peek(1).isColumnLabel() {
		p.advance()
		g.Kind = kind
	} else if p.isThen(ast.KwForeign, ast.KwServer) || p.isThen(ast.KwForeign, ast.KwData) ||
		p.isThen(ast.KwLarge, ast.KwObject) {
		p.failUnsupported("GRANT on this kind of object")
	}
	switch g.Kind {
	case ast.ObjectFunction, ast.ObjectProcedure, ast.ObjectRoutine:
		for {
			g.Functions = append(g.Functions, p.functionSignature(false))
			if !p.accept(',') {
				return
			}
		}
	}
	g.Objects = p.objectNameList()
}

// alterDefaultPrivileges parses what follows ALTER DEFAULT PRIVILEGES.
func (p *parser) alterDefaultPrivileges(at ast.At) ast.Statement {
	a := &ast.AlterDefaultPrivileges{At: at}
	for {
		switch {
		case p.acceptKeywords(ast.KwFor, ast.KwRole), p.acceptKeywords(ast.KwFor, ast.KwUser):
			a.ForRoles = p.roleList()
			continue
		case p.acceptKeywords(ast.KwIn, ast.KwSchema):
			a.InSchemas = p.nameList()
			continue
		}
		break
	}
	g := &ast.Grant{At: p.here(), Revoke: p.is(ast.KwRevoke), Scope: ast.GrantOnDefaults}
	if !g.Revoke && !p.is(ast.KwGrant) {
		p.fail()
	}
	p.advance()
	if g.Revoke {
		g.GrantOptionFor = p.acceptKeywords(ast.KwGrant, ast.KwOption, ast.KwFor)
	}
	g.Privileges = p.privileges()
	p.expectKeyword(ast.KwOn)
	kind, ok := grantAllKinds[p.tok.keyword]
	if !ok {
		p.fail()
	}
	p.advance()
	g.Kind = kind
	p.grantees(g)
	a.Grant = g
	return a
}
