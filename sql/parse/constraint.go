package parse

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

// columnConstraints parses what follows a column's type.
func (p *parser) columnConstraints(c *ast.ColumnDef) {
	for {
		at := p.here()
		if p.is(ast.KwCollate) {
			if c.Collation != nil {
				p.failMessage(at, "multiple COLLATE clauses not allowed")
			}
			c.Collation = p.optCollation()
			continue
		}
		k := p.columnConstraint()
		if k == nil {
			return
		}
		c.Constraints = append(c.Constraints, k)
	}
}

// columnConstraint parses [CONSTRAINT name] constraint [timing], or gives nil
// if none stands here.
func (p *parser) columnConstraint() *ast.ColumnConstraint {
	k := &ast.ColumnConstraint{At: p.here()}
	named := p.acceptKeyword(ast.KwConstraint)
	if named {
		k.Name = p.name()
	}
	switch {
	case p.acceptKeywords(ast.KwNot, ast.KwNull):
		k.Kind = ast.ConstraintNotNull
	case p.acceptKeyword(ast.KwNull):
		k.Kind = ast.ConstraintNull
	case p.acceptKeyword(ast.KwUnique):
		k.Kind = ast.ConstraintUnique
		k.NullsNotDistinct = p.nullsNotDistinct()
		p.indexParameters(&k.Index, false)
	case p.acceptKeyword(ast.KwPrimary):
		p.expectKeyword(ast.KwKey)
		k.Kind = ast.ConstraintPrimaryKey
		p.indexParameters(&k.Index, false)
	case p.acceptKeyword(ast.KwCheck):
		k.Kind = ast.ConstraintCheck
		p.expect('(')
		k.Expr = p.expr()
		p.expect(')')
	case p.acceptKeyword(ast.KwDefault):
		k.Kind = ast.ConstraintDefault
		k.Expr = p.exprAbove(precNone, restrictedExpr)
	case p.acceptKeyword(ast.KwGenerated):
		p.generated(k)
	case p.is(ast.KwReferences):
		k.Kind = ast.ConstraintForeignKey
		k.References = p.references()
	case p.is(ast.KwNot) && !named:
		p.advance()
		p.fail()
	default:
		if named {
			p.fail()
		}
		return nil
	}
	k.Timing = p.constraintTiming(k.Kind == ast.ConstraintCheck)
	return k
}

// generated parses what follows GENERATED.
func (p *parser) generated(k *ast.ColumnConstraint) {
	at := p.here()
	k.Identity = p.identityKind()
	p.expectKeyword(ast.KwAs)
	if p.acceptKeyword(ast.KwIdentity) {
		k.Kind = ast.ConstraintIdentity
		if p.accept('(') {
			k.SequenceOptions = p.sequenceOptions()
			p.expect(')')
		}
		return
	}
	if k.Identity == ast.IdentityByDefault {
		p.failMessage(at, "for a generated column, GENERATED ALWAYS must be specified")
	}
	k.Kind, k.Identity = ast.ConstraintGenerated, ast.IdentityNone
	p.expect('(')
	k.Expr = p.expr()
	p.expect(')')
	p.expectKeyword(ast.KwStored)
}

func (p *parser) identityKind() ast.IdentityKind {
	if p.acceptKeyword(ast.KwAlways) {
		return ast.IdentityAlways
	}
	p.expectKeyword(ast.KwBy, ast.KwDefault)
	return ast.IdentityByDefault
}

// nullsNotDistinct parses NULLS [NOT] DISTINCT.
func (p *parser) nullsNotDistinct() bool {
	if p.acceptKeywords(ast.KwNulls, ast.KwNot, ast.KwDistinct) {
		return true
	}
	p.acceptKeywords(ast.KwNulls, ast.KwDistinct)
	return false
}

// indexParameters parses INCLUDE (…), WITH (…) and USING INDEX TABLESPACE.
func (p *parser) indexParameters(x *ast.IndexParameters, include bool) {
	if include && p.acceptKeyword(ast.KwInclude) {
		x.Include = p.parenNameList()
	}
	if p.is(ast.KwWith) && p.peek(1).kind == '(' {
		p.advance()
		x.Options = p.storageOptions()
	}
	if p.acceptKeywords(ast.KwUsing, ast.KwIndex, ast.KwTablespace) {
		x.Tablespace = p.name()
	}
}

// constraintTiming parses DEFERRABLE and its kin, in any order.
func (p *parser) constraintTiming(check bool) ast.ConstraintTiming {
	var t ast.ConstraintTiming
	for {
		at := p.here()
		switch {
		case p.acceptKeyword(ast.KwDeferrable):
			t.Deferrable = true
		case p.acceptKeywords(ast.KwNot, ast.KwDeferrable):
			t.NotDeferrable = true
		case p.acceptKeywords(ast.KwInitially, ast.KwDeferred):
			t.InitiallyDeferred = true
		case p.acceptKeywords(ast.KwInitially, ast.KwImmediate):
			t.InitiallyImmediate = true
		case p.acceptKeywords(ast.KwNot, ast.KwValid):
			t.NotValid = true
		case p.acceptKeywords(ast.KwNo, ast.KwInherit):
			t.NoInherit = true
		default:
			return t
		}
		if t.Deferrable && t.NotDeferrable || t.InitiallyDeferred && t.InitiallyImmediate {
			p.failMessage(at, "conflicting constraint properties")
		}
		if t.InitiallyDeferred && t.NotDeferrable {
			p.failMessage(at, "constraint declared INITIALLY DEFERRED must be DEFERRABLE")
		}
	}
}

func (p *parser) references() *ast.References {
	r := &ast.References{At: p.here()}
	p.advance()
	r.Table = p.objectName()
	r.Columns = p.optParenNameList()
	if p.acceptKeyword(ast.KwMatch) {
		switch {
		case p.acceptKeyword(ast.KwFull):
			r.Match = ast.MatchFull
		case p.acceptKeyword(ast.KwSimple):
		case p.is(ast.KwPartial):
			p.failUnsupported("MATCH PARTIAL")
		default:
			p.fail()
		}
	}
	for p.is(ast.KwOn) {
		p.advance()
		if p.acceptKeyword(ast.KwDelete) {
			r.OnDelete, r.OnDeleteCols = p.referentialAction(true)
		} else {
			p.expectKeyword(ast.KwUpdate)
			r.OnUpdate, r.OnUpdateCols = p.referentialAction(false)
		}
	}
	return r
}

func (p *parser) referentialAction(columns bool) (ast.ReferentialAction, []string) {
	action := ast.SetNullAction
	switch {
	case p.acceptKeyword(ast.KwNo):
		p.expectKeyword(ast.KwAction)
		return ast.NoAction, nil
	case p.acceptKeyword(ast.KwRestrict):
		return ast.RestrictAction, nil
	case p.acceptKeyword(ast.KwCascade):
		return ast.CascadeAction, nil
	case p.acceptKeywords(ast.KwSet, ast.KwDefault):
		action = ast.SetDefaultAction
	default:
		p.expectKeyword(ast.KwSet, ast.KwNull)
	}
	if p.tok.kind == '(' && !columns {
		p.failAt(int(p.tok.pos), pgerr.New(pgerr.FeatureNotSupported,
			"a column list with SET NULL is only supported for ON DELETE actions"))
	}
	return action, p.optParenNameList()
}

func (p *parser) atTableConstraint() bool {
	switch p.tok.keyword {
	case ast.KwConstraint, ast.KwCheck, ast.KwUnique, ast.KwPrimary, ast.KwForeign:
		return true
	case ast.KwExclude:
		k := p.peek(1)
		return k.kind == '(' || k.keyword == ast.KwUsing
	}
	return false
}

// tableConstraint parses [CONSTRAINT name] constraint of a table or domain.
func (p *parser) tableConstraint() *ast.TableConstraint {
	c := &ast.TableConstraint{At: p.here()}
	if p.acceptKeyword(ast.KwConstraint) {
		c.Name = p.name()
	}
	switch {
	case p.acceptKeyword(ast.KwCheck):
		c.Kind = ast.ConstraintCheck
		p.expect('(')
		c.Expr = p.expr()
		p.expect(')')
	case p.acceptKeyword(ast.KwUnique):
		c.Kind = ast.ConstraintUnique
		c.NullsNotDistinct = p.nullsNotDistinct()
		p.keyColumns(c)
	case p.acceptKeyword(ast.KwPrimary):
		p.expectKeyword(ast.KwKey)
		c.Kind = ast.ConstraintPrimaryKey
		p.keyColumns(c)
	case p.acceptKeyword(ast.KwForeign):
		p.expectKeyword(ast.KwKey)
		c.Kind = ast.ConstraintForeignKey
		c.Columns = p.parenNameList()
		if !p.is(ast.KwReferences) {
			p.fail()
		}
		c.References = p.references()
	case p.acceptKeyword(ast.KwExclude):
		p.exclusion(c)
	default:
		p.fail()
	}
	c.Timing = p.constraintTiming(c.Kind == ast.ConstraintCheck)
	return c
}

// keyColumns parses (columns) with index parameters, or USING INDEX name.
func (p *parser) keyColumns(c *ast.TableConstraint) {
	if p.acceptKeywords(ast.KwUsing, ast.KwIndex) {
		c.Index.UsingIndex = p.name()
		return
	}
	c.Columns = p.parenNameList()
	p.indexParameters(&c.Index, true)
}

func (p *parser) exclusion(c *ast.TableConstraint) {
	c.Kind = ast.ConstraintExclusion
	if p.acceptKeyword(ast.KwUsing) {
		c.ExclusionMethod = p.name()
	}
	p.expect('(')
	for {
		e := &ast.ExclusionElement{At: p.here(), Element: p.indexElement()}
		p.expectKeyword(ast.KwWith)
		if p.is(ast.KwOperator) {
			e.Op = p.operatorName()
		} else {
			e.Op = p.anyOperator()
		}
		c.Exclusions = append(c.Exclusions, e)
		if !p.accept(',') {
			break
		}
	}
	p.expect(')')
	p.indexParameters(&c.Index, true)
	if p.acceptKeyword(ast.KwWhere) {
		p.expect('(')
		c.Where = p.expr()
		p.expect(')')
	}
}
