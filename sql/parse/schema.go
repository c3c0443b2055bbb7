package parse

import "github.com/ferritedb/ferrite/sql/ast"

func (p *parser) createSchema(at ast.At) ast.Statement {
	p.expectKeyword(ast.KwSchema)
	s := &ast.CreateSchema{At: at, IfNotExists: p.ifNotExists()}
	if !p.is(ast.KwAuthorization) {
		s.Name = p.name()
	}
	if p.acceptKeyword(ast.KwAuthorization) {
		r := p.role()
		s.Authorization = &r
	}
	for p.is(ast.KwCreate) || p.is(ast.KwGrant) {
		if s.IfNotExists {
			p.failUnsupported("CREATE SCHEMA IF NOT EXISTS with schema elements")
		}
		if p.is(ast.KwCreate) && p.peek(1).keyword == ast.KwSchema {
			p.advance()
			p.fail()
		}
		s.Elements = append(s.Elements, p.statement())
	}
	return s
}

func (p *parser) createDatabase(at ast.At) ast.Statement {
	p.expectKeyword(ast.KwDatabase)
	d := &ast.CreateDatabase{At: at, Name: p.name()}
	p.acceptKeyword(ast.KwWith)
	d.Options = p.databaseOptions()
	return d
}

// databaseOptions parses name [=] value …, without separators.
func (p *parser) databaseOptions() []*ast.Option {
	var list []*ast.Option
	for p.tok.kind == tokenIdent || p.tok.kind == tokenKeyword && p.tok.keyword.Category() == ast.Unreserved {
		o := &ast.Option{At: p.here(), Name: p.tok.text}
		if p.isThen(ast.KwConnection, ast.KwLimit) {
			o.Name = "connection_limit"
			p.advance()
		}
		p.advance()
		p.accept('=')
		if p.is(ast.KwDefault) {
			p.advance()
			o.Kind, o.Value = ast.OptionWord, "default"
		} else {
			p.optionValue(o)
		}
		list = append(list, o)
	}
	return list
}

func (p *parser) alterDatabase(at ast.At) ast.Statement {
	d := &ast.AlterDatabase{At: at, Name: p.name()}
	switch p.tok.keyword {
	case ast.KwRename, ast.KwOwner:
		return p.alterObject(at, ast.ObjectDatabase, ast.ObjectName{At: at, Name: d.Name})
	case ast.KwSet, ast.KwReset:
		d.Set = p.setOrReset()
		return d
	}
	p.acceptKeyword(ast.KwWith)
	d.Options = p.databaseOptions()
	if d.Options == nil {
		p.fail()
	}
	return d
}

// setOrReset parses the SET or RESET of ALTER DATABASE and ALTER ROLE.
func (p *parser) setOrReset() ast.Statement {
	if p.is(ast.KwReset) {
		return p.reset()
	}
	p.expectKeyword(ast.KwSet)
	v := &ast.SetVariable{At: p.here()}
	p.setRest(v)
	return v
}

func (p *parser) createExtension(at ast.At) ast.Statement {
	p.expectKeyword(ast.KwExtension)
	e := &ast.CreateExtension{At: at, IfNotExists: p.ifNotExists()}
	e.Name = p.name()
	p.acceptKeyword(ast.KwWith)
	for {
		o := &ast.Option{At: p.here()}
		switch {
		case p.acceptKeyword(ast.KwSchema):
			o.Name, o.Kind, o.Value = "schema", ast.OptionWord, p.name()
		case p.acceptKeyword(ast.KwVersion):
			o.Name, o.Kind = "version", ast.OptionString
			if p.tok.kind == tokenString {
				o.Value = p.string()
			} else {
				o.Value = p.nonReservedWord()
			}
		case p.acceptKeyword(ast.KwCascade):
			o.Name = "cascade"
		default:
			return e
		}
		e.Options = append(e.Options, o)
	}
}

func (p *parser) createCollation(at ast.At) ast.Statement {
	p.expectKeyword(ast.KwCollation)
	c := &ast.CreateCollation{At: at, IfNotExists: p.ifNotExists()}
	c.Name = p.objectName()
	if p.acceptKeyword(ast.KwFrom) {
		n := p.objectName()
		c.From = &n
	} else {
		c.Options = p.storageOptions()
	}
	return c
}
