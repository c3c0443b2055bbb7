package parse

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

func (p *parser) createTable(at ast.At, persistence ast.Persistence) ast.Statement {
	p.expectKeyword(ast.KwTable)
	t := &ast.CreateTable{At: at, Persistence: persistence, IfNotExists: p.ifNotExists()}
	t.Name = p.objectName()
	switch {
	case p.acceptKeyword(ast.KwOf):
		n := p.objectName()
		t.OfType = &ast.TypeName{At: n.At, Name: n}
		if p.tok.kind == '(' {
			t.Elements = p.tableElements(p.typedElement)
		}
	case p.acceptKeywords(ast.KwPartition, ast.KwOf):
		parent := p.objectName()
		t.PartitionOf = &parent
		if p.tok.kind == '(' {
			t.Elements = p.tableElements(p.typedElement)
		}
		t.Bound = p.partitionBound()
	case p.tok.kind == '(' && !p.atColumnNamesOnly():
		t.Elements = p.tableElements(p.tableElement)
	default:
		return p.createTableAs(t)
	}
	if p.acceptKeyword(ast.KwInherits) {
		p.expect('(')
		t.Inherits = p.objectNameList()
		p.expect(')')
	}
	if p.isThen(ast.KwPartition, ast.KwBy) {
		t.PartitionBy = p.partitionSpec()
	}
	p.tableStorage(t)
	return t
}

// atColumnNamesOnly reports whether the parentheses that open here hold names
// without types: the column list of CREATE TABLE … AS.
func (p *parser) atColumnNamesOnly() bool {
	if !p.peek(1).isColumnID() {
		return false
	}
	k := p.peek(2).kind
	return k == ',' || k == ')'
}

func (p *parser) createTableAs(t *ast.CreateTable) ast.Statement {
	c := &ast.CreateTableAs{At: t.At, Name: t.Name, Persistence: t.Persistence, IfNotExists: t.IfNotExists}
	c.Columns = p.optParenNameList()
	p.tableStorage(t)
	c.AccessMethod, c.Options, c.OnCommit, c.Tablespace = t.AccessMethod, t.Options, t.OnCommit, t.Tablespace
	p.expectKeyword(ast.KwAs)
	if p.is(ast.KwExecute) {
		c.Query = p.execute()
	} else {
		c.Query = p.querySource()
	}
	c.WithNoData = p.withNoData()
	return c
}

// withNoData parses WITH [NO] DATA; true for NO.
func (p *parser) withNoData() bool {
	if p.acceptKeywords(ast.KwWith, ast.KwNo, ast.KwData) {
		return true
	}
	p.acceptKeywords(ast.KwWith, ast.KwData)
	return false
}

// tableStorage parses USING, WITH (…), ON COMMIT and TABLESPACE.
func (p *parser) tableStorage(t *ast.CreateTable) {
	if p.acceptKeyword(ast.KwUsing) {
		t.AccessMethod = p.name()
	}
	if p.acceptKeyword(ast.KwWith) {
		t.Options = p.storageOptions()
	} else {
		p.acceptKeywords(ast.KwWithout, ast.KwOids)
	}
	if p.acceptKeywords(ast.KwOn, ast.KwCommit) {
		switch {
		case p.acceptKeyword(ast.KwDrop):
			t.OnCommit = ast.OnCommitDrop
		case p.acceptKeyword(ast.KwDelete):
			p.expectKeyword(ast.KwRows)
			t.OnCommit = ast.OnCommitDeleteRows
		default:
			p.expectKeyword(ast.KwPreserve, ast.KwRows)
			t.OnCommit = ast.OnCommitPreserveRows
		}
	}
	if p.acceptKeyword(ast.KwTablespace) {
		t.Tablespace = p.name()
	}
}

func (p *parser) tableElements(element func() ast.TableElement) []ast.TableElement {
	list := []ast.TableElement{}
	p.expect('(')
	if p.accept(')') {
		return list
	}
	for {
		list = append(list, element())
		if !p.accept(',') {
			break
		}
	}
	p.expect(')')
	return list
}

// tableElement parses a column, a table constraint or LIKE.
func (p *parser) tableElement() ast.TableElement {
	if p.is(ast.KwLike) {
		return p.likeClause()
	}
	if p.atTableConstraint() {
		return p.tableConstraint()
	}
	return p.columnDef()
}

// typedElement parses an element of OF type and PARTITION OF: a column without
// type, or a table constraint.
func (p *parser) typedElement() ast.TableElement {
	if p.atTableConstraint() {
		return p.tableConstraint()
	}
	c := &ast.ColumnDef{At: p.here(), Name: p.name()}
	p.acceptKeywords(ast.KwWith, ast.KwOptions)
	p.columnConstraints(c)
	return c
}

func (p *parser) columnDef() *ast.ColumnDef {
	c := &ast.ColumnDef{At: p.here(), Name: p.name()}
	c.Type = p.typeName()
	if p.acceptKeyword(ast.KwCompression) {
		if p.acceptKeyword(ast.KwDefault) {
			c.Compression = "default"
		} else {
			c.Compression = p.name()
		}
	}
	p.columnConstraints(c)
	return c
}

func (p *parser) likeClause() *ast.LikeClause {
	l := &ast.LikeClause{At: p.here()}
	p.advance()
	l.Table = p.objectName()
	for p.is(ast.KwIncluding) || p.is(ast.KwExcluding) {
		o := ast.LikeOption{Excluding: p.is(ast.KwExcluding)}
		p.advance()
		switch p.tok.keyword {
		case ast.KwAll, ast.KwComments, ast.KwCompression, ast.KwConstraints, ast.KwDefaults,
			ast.KwGenerated, ast.KwIdentity, ast.KwIndexes, ast.KwStatistics, ast.KwStorage:
			o.What = p.tok.text
		default:
			p.fail()
		}
		p.advance()
		l.Options = append(l.Options, o)
	}
	return l
}

var partitionStrategies = map[string]ast.PartitionStrategy{
	"range": ast.PartitionRange, "list": ast.PartitionList, "hash": ast.PartitionHash,
}

func (p *parser) partitionSpec() *ast.PartitionSpec {
	s := &ast.PartitionSpec{At: p.here()}
	p.expectKeyword(ast.KwPartition, ast.KwBy)
	at := p.here()
	word := p.name()
	strategy, ok := partitionStrategies[word]
	if !ok {
		p.failAt(at.Position(), pgerr.Newf(pgerr.InvalidParameterValue, `unrecognized partitioning strategy "%s"`, word))
	}
	s.Strategy = strategy
	s.Keys = p.indexElements()
	return s
}

// partitionBound parses FOR VALUES … or DEFAULT.
func (p *parser) partitionBound() *ast.PartitionBound {
	b := &ast.PartitionBound{At: p.here()}
	if p.acceptKeyword(ast.KwDefault) {
		b.Default = true
		return b
	}
	p.expectKeyword(ast.KwFor, ast.KwValues)
	switch {
	case p.acceptKeyword(ast.KwIn):
		p.expect('(')
		b.In = p.exprList()
		p.expect(')')
	case p.acceptKeyword(ast.KwFrom):
		p.expect('(')
		b.From = p.exprList()
		p.expect(')')
		p.expectKeyword(ast.KwTo)
		p.expect('(')
		b.To = p.exprList()
		p.expect(')')
	default:
		p.expectKeyword(ast.KwWith)
		p.hashBound(b)
	}
	return b
}

func (p *parser) hashBound(b *ast.PartitionBound) {
	at := p.here()
	p.expect('(')
	b.Modulus, b.Remainder = -1, -1
	for {
		switch {
		case p.acceptWord("modulus"):
			b.Modulus = p.integer()
		case p.acceptWord("remainder"):
			b.Remainder = p.integer()
		default:
			p.fail()
		}
		if !p.accept(',') {
			break
		}
	}
	p.expect(')')
	if b.Modulus < 0 {
		p.failMessage(at, "modulus for hash partition must be specified")
	}
	if b.Modulus == 0 {
		p.failAt(at.Position(), pgerr.New(pgerr.InvalidTableDefinition,
			"modulus for hash partition must be an integer value greater than zero"))
	}
	if b.Remainder < 0 {
		p.failMessage(at, "remainder for hash partition must be specified")
	}
}
