package ast

import "strings"

func (p *printer) createStatement(s Statement) {
	switch s := s.(type) {
	case *CreateEnum:
		p.str("CREATE TYPE ")
		p.objectName(s.Name)
		p.str(" AS ENUM (")
		for i, l := range s.Labels {
			p.sep(i)
			p.str(QuoteString(l))
		}
		p.str(")")
	case *CreateComposite:
		p.str("CREATE TYPE ")
		p.objectName(s.Name)
		p.str(" AS ")
		p.columnDefinitions(s.Attributes)
	case *CreateRange:
		p.str("CREATE TYPE ")
		p.objectName(s.Name)
		p.str(" AS RANGE ")
		p.storageOptions(s.Options)
	case *CreateShellType:
		p.str("CREATE TYPE ")
		p.objectName(s.Name)
	case *CreateDomain:
		p.str("CREATE DOMAIN ")
		p.objectName(s.Name)
		p.str(" AS ")
		p.typeName(s.Type)
		p.collation(s.Collation)
		for _, k := range s.Constraints {
			p.columnConstraint(k)
		}
	case *CreateFunction:
		p.createFunction(s)
	case *CreateSchema:
		p.createSchema(s)
	case *CreateDatabase:
		p.str("CREATE DATABASE ")
		p.name(s.Name)
		p.databaseOptions(s.Options)
	case *CreateExtension:
		p.createExtension(s)
	case *CreateCollation:
		p.str("CREATE COLLATION ")
		p.opt(s.IfNotExists, "IF NOT EXISTS ")
		p.objectName(s.Name)
		if s.From != nil {
			p.str(" FROM ")
			p.objectName(*s.From)
		} else {
			p.str(" ")
			p.storageOptions(s.Options)
		}
	case *CreateRole:
		p.str("CREATE ", roleKindText[s.Kind], " ")
		p.role(s.Name)
		p.roleOptions(s.Options)
	}
}

func (p *printer) createSchema(s *CreateSchema) {
	p.str("CREATE SCHEMA")
	p.opt(s.IfNotExists, " IF NOT EXISTS")
	if s.Name != "" {
		p.str(" ")
		p.name(s.Name)
	}
	if s.Authorization != nil {
		p.str(" AUTHORIZATION ")
		p.role(*s.Authorization)
	}
	for _, e := range s.Elements {
		p.str(" ")
		p.statement(e)
	}
}

// databaseOptions writes name = value …, without separators.
func (p *printer) databaseOptions(list []*Option) {
	for _, o := range list {
		p.str(" ")
		if o.Name == "connection_limit" {
			p.str("CONNECTION LIMIT")
		} else {
			p.name(o.Name)
		}
		p.str(" = ")
		p.optionValue(o)
	}
}

func (p *printer) createExtension(s *CreateExtension) {
	p.str("CREATE EXTENSION ")
	p.opt(s.IfNotExists, "IF NOT EXISTS ")
	p.name(s.Name)
	for _, o := range s.Options {
		p.str(" ", upperASCII(o.Name))
		switch o.Kind {
		case OptionWord:
			p.str(" ")
			p.name(o.Value)
		case OptionString:
			p.str(" ", QuoteString(o.Value))
		}
	}
}

var roleKindText = [...]string{"ROLE", "USER", "GROUP"}

func (p *printer) roleOptions(list []*RoleOption) {
	for _, o := range list {
		p.str(" ", roleOptionText(o.Name))
		switch o.Name {
		case "password":
			if o.Null {
				p.str(" NULL")
			} else {
				p.str(" ", QuoteString(o.Value))
			}
		case "valid until":
			p.str(" ", QuoteString(o.Value))
		case "connection limit", "sysid":
			p.str(" ", o.Value)
		}
		if len(o.Roles) > 0 {
			p.str(" ")
			p.roles(o.Roles)
		}
	}
}

func roleOptionText(name string) string {
	switch name {
	case "adduser":
		return "ADD USER"
	case "dropuser":
		return "DROP USER"
	case "role":
		return "USER"
	}
	return upperASCII(name)
}

func (p *printer) createFunction(f *CreateFunction) {
	p.str("CREATE ")
	p.opt(f.OrReplace, "OR REPLACE ")
	if f.Procedure {
		p.str("PROCEDURE ")
	} else {
		p.str("FUNCTION ")
	}
	p.objectName(f.Name)
	p.functionParams(f.Params)
	switch {
	case f.ReturnsTable != nil:
		p.str(" RETURNS TABLE ")
		p.functionParams(f.ReturnsTable)
	case f.Returns != nil:
		p.str(" RETURNS ")
		p.typeName(f.Returns)
	}
	if f.Language != "" {
		p.str(" LANGUAGE ")
		p.name(f.Language)
	}
	for i, t := range f.Transform {
		if i == 0 {
			p.str(" TRANSFORM")
		}
		p.opt(i > 0, ",")
		p.str(" FOR TYPE ")
		p.typeName(t)
	}
	p.opt(f.Window, " WINDOW")
	p.functionAttributes(f)
	for i, body := range f.Body {
		if i == 0 {
			p.str(" AS ")
		}
		p.sep(i)
		p.str(QuoteString(body))
	}
	if f.ReturnExpr != nil {
		p.str(" RETURN ")
		p.expr(f.ReturnExpr)
	}
	if f.Atomic {
		p.str(" BEGIN ATOMIC ")
		for _, s := range f.AtomicBody {
			p.statement(s)
			p.str("; ")
		}
		p.str("END")
	}
}

// functionAttributes writes those that CREATE and ALTER FUNCTION share.
func (p *printer) functionAttributes(f *CreateFunction) {
	p.str([...]string{"", " IMMUTABLE", " STABLE", " VOLATILE"}[f.Volatility])
	p.str([...]string{"", " CALLED ON NULL INPUT", " STRICT"}[f.NullInput])
	p.str([...]string{"", " SECURITY INVOKER", " SECURITY DEFINER"}[f.Security])
	p.opt(f.Leakproof, " LEAKPROOF")
	p.opt(f.NotLeakproof, " NOT LEAKPROOF")
	if f.Parallel != "" {
		p.str(" PARALLEL ")
		p.name(f.Parallel)
	}
	p.opt(f.Cost != "", " COST ")
	p.str(f.Cost)
	p.opt(f.Rows != "", " ROWS ")
	p.str(f.Rows)
	if f.Support != nil {
		p.str(" SUPPORT ")
		p.objectName(*f.Support)
	}
	for _, v := range f.Config {
		p.str(" SET ")
		p.setVariable(v)
	}
}

func (p *printer) functionParams(list []*FunctionParam) {
	p.str("(")
	for i, f := range list {
		p.sep(i)
		p.str([...]string{"", "IN ", "OUT ", "INOUT ", "VARIADIC ", ""}[f.Mode])
		if f.Name != "" {
			p.strictName(f.Name)
			p.str(" ")
		}
		p.typeName(f.Type)
		if f.Default != nil {
			p.str(" DEFAULT ")
			p.expr(f.Default)
		}
	}
	p.str(")")
}

func (p *printer) functionSignature(s *FunctionSignature) {
	p.objectName(s.Name)
	switch {
	case s.NoArgs:
	case s.Star:
		p.str("(*)")
	default:
		p.functionParams(s.Params)
	}
}

func (p *printer) functionSignatures(list []*FunctionSignature) {
	for i, s := range list {
		p.sep(i)
		p.functionSignature(s)
	}
}

func (p *printer) objectStatement(s Statement) {
	switch s := s.(type) {
	case *Drop:
		p.drop(s)
	case *DropRole:
		p.str("DROP ", roleKindText[s.Kind], " ")
		p.opt(s.IfExists, "IF EXISTS ")
		p.roles(s.Names)
	case *DropOwned:
		p.str("DROP OWNED BY ")
		p.roles(s.Roles)
		p.behavior(s.Behavior)
	case *ReassignOwned:
		p.str("REASSIGN OWNED BY ")
		p.roles(s.From)
		p.str(" TO ")
		p.role(s.To)
	case *Truncate:
		p.str("TRUNCATE TABLE ")
		p.from("", s.Tables)
		p.opt(s.RestartIdentity, " RESTART IDENTITY")
		p.opt(s.ContinueIdentity, " CONTINUE IDENTITY")
		p.behavior(s.Behavior)
	case *Comment:
		p.comment(s)
	case *Grant:
		p.grant(s)
	case *GrantRole:
		p.grantRole(s)
	}
}

func (p *printer) drop(d *Drop) {
	p.str("DROP ", dropText(d.Kind), " ")
	p.opt(d.Concurrently, "CONCURRENTLY ")
	p.opt(d.IfExists, "IF EXISTS ")
	p.objectNames(d.Names)
	p.functionSignatures(d.Functions)
	if d.On != nil {
		p.str(" ON ")
		p.objectName(*d.On)
	}
	p.opt(d.Force, " WITH (FORCE)")
	p.behavior(d.Behavior)
}

// dropText is the kind as the grammar writes it.
func dropText(k ObjectKind) string {
	if k == ObjectForeignServer {
		return "SERVER"
	}
	return k.String()
}

func (p *printer) comment(c *Comment) {
	p.str("COMMENT ON ", dropText(c.Kind), " ")
	if c.Function != nil {
		p.functionSignature(c.Function)
	} else if c.Kind == ObjectLargeObject {
		p.str(strings.Join(c.Path, "."))
	} else {
		p.path(c.Path)
	}
	if c.On != nil {
		p.str(" ON ")
		p.opt(c.Kind == ObjectDomainConstraint, "DOMAIN ")
		p.objectName(*c.On)
	}
	p.str(" IS ")
	if c.Null {
		p.str("NULL")
	} else {
		p.str(QuoteString(c.Text))
	}
}

func (p *printer) grant(g *Grant) {
	if g.Revoke {
		p.str("REVOKE ")
		p.opt(g.GrantOptionFor, "GRANT OPTION FOR ")
	} else {
		p.str("GRANT ")
	}
	for i, v := range g.Privileges {
		p.sep(i)
		p.privilege(v)
	}
	p.str(" ON ")
	switch g.Scope {
	case GrantOnAllInSchema:
		p.str("ALL ", g.Kind.String(), "S IN SCHEMA ")
	case GrantOnDefaults:
		p.str(g.Kind.String(), "S")
	default:
		p.str(g.Kind.String(), " ")
	}
	if g.Kind == ObjectKeys {
		for i, o := range g.Objects {
			p.sep(i)
			p.str(QuoteString(o.Name))
		}
	} else {
		p.objectNames(g.Objects)
	}
	p.functionSignatures(g.Functions)
	p.grantees(g.Revoke, g.Grantees)
	p.opt(g.GrantOption, " WITH GRANT OPTION")
	p.grantedBy(g.GrantedBy)
	p.behavior(g.Behavior)
}

func (p *printer) privilege(v *Privilege) {
	switch v.Name {
	case "all":
		p.str("ALL PRIVILEGES")
	case "select", "references", "create":
		p.str(upperASCII(v.Name))
	case "alter system":
		p.str("ALTER SYSTEM")
	default:
		if QuoteIdentifier(v.Name) == v.Name {
			p.str(upperASCII(v.Name))
		} else {
			p.name(v.Name)
		}
	}
	p.parenNames(v.Columns)
}

func (p *printer) grantees(revoke bool, list []RoleSpec) {
	if revoke {
		p.str(" FROM ")
	} else {
		p.str(" TO ")
	}
	p.roles(list)
}

func (p *printer) grantedBy(r *RoleSpec) {
	if r != nil {
		p.str(" GRANTED BY ")
		p.role(*r)
	}
}

func (p *printer) grantRole(g *GrantRole) {
	if g.Revoke {
		p.str("REVOKE ")
		p.opt(g.AdminOptionFor, "ADMIN OPTION FOR ")
	} else {
		p.str("GRANT ")
	}
	p.names(g.Roles)
	p.grantees(g.Revoke, g.Grantees)
	p.opt(g.AdminOption, " WITH ADMIN OPTION")
	p.grantedBy(g.GrantedBy)
	p.behavior(g.Behavior)
}
