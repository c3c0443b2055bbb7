package parse

import "github.com/ferritedb/ferrite/sql/ast"

var roleKinds = map[ast.Keyword]ast.RoleKind{
	ast.KwRole: ast.KindRole, ast.KwUser: ast.KindUser, ast.KwGroup: ast.KindGroup,
}

func (p *parser) createRole(at ast.At) ast.Statement {
	r := &ast.CreateRole{At: at, Kind: roleKinds[p.tok.keyword]}
	p.advance()
	if k := p.peek(1).keyword; r.Kind == ast.KindUser && p.is(ast.KwMapping) && (k == ast.KwFor || k == ast.KwIf) {
		p.failUnsupported("CREATE USER MAPPING")
	}
	r.Name = p.role()
	p.acceptKeyword(ast.KwWith)
	r.Options = p.roleOptions(true)
	return r
}

// bareRoleOptions are the options without a value; most are no key words.
var bareRoleOptions = map[string]bool{
	"superuser": true, "nosuperuser": true, "createdb": true, "nocreatedb": true,
	"createrole": true, "nocreaterole": true, "inherit": true, "noinherit": true,
	"login": true, "nologin": true, "replication": true, "noreplication": true,
	"bypassrls": true, "nobypassrls": true,
}

func (p *parser) roleOptions(create bool) []*ast.RoleOption {
	var list []*ast.RoleOption
	for {
		o := &ast.RoleOption{At: p.here()}
		switch {
		case p.tok.kind == tokenIdent && !p.tok.quoted && bareRoleOptions[p.tok.text], p.is(ast.KwInherit):
			o.Name = p.tok.text
			p.advance()
		case p.acceptKeyword(ast.KwPassword):
			p.password(o)
		case p.acceptKeyword(ast.KwEncrypted):
			p.expectKeyword(ast.KwPassword)
			o.Name, o.Value = "password", p.string()
		case p.is(ast.KwUnencrypted):
			p.failUnsupported("UNENCRYPTED PASSWORD")
		case p.acceptKeywords(ast.KwConnection, ast.KwLimit):
			o.Name, o.Value = "connection limit", p.signedNumber()
		case p.acceptKeywords(ast.KwValid, ast.KwUntil):
			o.Name, o.Value = "valid until", p.string()
		case p.is(ast.KwUser):
			p.advance()
			o.Name, o.Roles = "role", p.roleList()
		case create && p.roleMembership(o):
		default:
			return list
		}
		list = append(list, o)
	}
}

func (p *parser) password(o *ast.RoleOption) {
	o.Name = "password"
	if p.acceptKeyword(ast.KwNull) {
		o.Null = true
	} else {
		o.Value = p.string()
	}
}

// roleMembership parses the options that only CREATE ROLE has.
func (p *parser) roleMembership(o *ast.RoleOption) bool {
	switch {
	case p.acceptKeyword(ast.KwSysid):
		o.Name, o.Value = "sysid", p.signedNumber()
	case p.acceptKeyword(ast.KwAdmin):
		o.Name, o.Roles = "admin", p.roleList()
	case p.acceptKeyword(ast.KwRole):
		o.Name, o.Roles = "role", p.roleList()
	case p.acceptKeywords(ast.KwIn, ast.KwRole), p.acceptKeywords(ast.KwIn, ast.KwGroup):
		o.Name, o.Roles = "in role", p.roleList()
	default:
		return false
	}
	return true
}

func (p *parser) alterRole(at ast.At) ast.Statement {
	kind := roleKinds[p.tok.keyword]
	p.advance()
	if kind == ast.KindUser && p.is(ast.KwMapping) {
		p.failUnsupported("ALTER USER MAPPING")
	}
	set := &ast.AlterRoleSet{At: at, Kind: kind, All: p.acceptKeyword(ast.KwAll)}
	if !set.All {
		set.Name = p.role()
	}
	if set.All || p.is(ast.KwIn) || p.is(ast.KwSet) || p.is(ast.KwReset) {
		if p.acceptKeywords(ast.KwIn, ast.KwDatabase) {
			set.Database = p.name()
		}
		set.Set = p.setOrReset()
		return set
	}
	if p.is(ast.KwRename) {
		return p.alterObject(at, ast.ObjectRole, ast.ObjectName{At: set.Name.At, Name: set.Name.Name})
	}
	a := &ast.AlterRole{At: at, Kind: kind, Name: set.Name}
	if kind == ast.KindGroup {
		o := &ast.RoleOption{At: p.here(), Name: "adduser"}
		if !p.acceptKeyword(ast.KwAdd) {
			p.expectKeyword(ast.KwDrop)
			o.Name = "dropuser"
		}
		p.expectKeyword(ast.KwUser)
		o.Roles = p.roleList()
		a.Options = []*ast.RoleOption{o}
		return a
	}
	p.acceptKeyword(ast.KwWith)
	a.Options = p.roleOptions(false)
	return a
}

func (p *parser) dropRole(at ast.At) ast.Statement {
	d := &ast.DropRole{At: at, Kind: roleKinds[p.tok.keyword]}
	p.advance()
	if p.is(ast.KwMapping) {
		p.failUnsupported("DROP USER MAPPING")
	}
	d.IfExists = p.ifExists()
	d.Names = p.roleList()
	return d
}

func (p *parser) reassignOwned() ast.Statement {
	r := &ast.ReassignOwned{At: p.here()}
	p.expectKeyword(ast.KwReassign, ast.KwOwned, ast.KwBy)
	r.From = p.roleList()
	p.expectKeyword(ast.KwTo)
	r.To = p.role()
	return r
}
