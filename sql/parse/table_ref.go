package parse

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/ast"
)

// tableRef parses an item of FROM with its joins.
func (p *parser) tableRef() ast.TableRef {
	outer := p.enter()
	ref := p.joins(p.tablePrimary())
	p.leave(outer)
	return ref
}

// joins parses the joins that follow left.
func (p *parser) joins(left ast.TableRef) ast.TableRef {
	for {
		switch p.tok.keyword {
		case ast.KwCross, ast.KwNatural, ast.KwJoin, ast.KwInner, ast.KwLeft, ast.KwRight, ast.KwFull:
		default:
			return left
		}
		j := &ast.JoinRef{At: p.here(), Left: left}
		switch p.tok.keyword {
		case ast.KwCross:
			p.advance()
			j.Kind = ast.CrossJoin
			p.expectKeyword(ast.KwJoin)
		case ast.KwNatural:
			p.advance()
			j.Natural = true
			j.Kind = p.joinKind()
			p.expectKeyword(ast.KwJoin)
		default:
			j.Kind = p.joinKind()
			p.expectKeyword(ast.KwJoin)
		}
		height := p.height
		p.height = 0
		if j.Kind == ast.CrossJoin || j.Natural {
			j.Right = p.tablePrimary()
		} else {
			j.Right = p.tableRef()
			p.joinCondition(j)
		}
		p.height = max(p.height, height)
		p.deeper()
		left = j
	}
}

func (p *parser) joinKind() ast.JoinKind {
	kind := ast.InnerJoin
	switch {
	case p.acceptKeyword(ast.KwInner):
		return kind
	case p.acceptKeyword(ast.KwLeft):
		kind = ast.LeftJoin
	case p.acceptKeyword(ast.KwRight):
		kind = ast.RightJoin
	case p.acceptKeyword(ast.KwFull):
		kind = ast.FullJoin
	default:
		return kind
	}
	p.acceptKeyword(ast.KwOuter)
	return kind
}

func (p *parser) joinCondition(j *ast.JoinRef) {
	if p.acceptKeyword(ast.KwOn) {
		j.On = p.expr()
		return
	}
	p.expectKeyword(ast.KwUsing)
	j.Using = p.parenNameList()
	if p.is(ast.KwAs) && !p.atAsOf() {
		p.advance()
		j.UsingAlias = p.name()
	}
}

// tablePrimary parses an item of FROM without joins.
func (p *parser) tablePrimary() ast.TableRef {
	switch {
	case p.tok.kind == '(':
		query, ref := p.parenTable()
		if query != nil {
			return p.subqueryRef(query, false)
		}
		return ref
	case p.is(ast.KwLateral) && !p.atKeyPattern():
		p.advance()
		if p.tok.kind == '(' {
			return p.subqueryRef(p.parenQuery(), true)
		}
		return p.functionRef(true)
	case p.isThen(ast.KwRows, ast.KwFrom) && p.peek(2).kind == '(':
		return p.functionRef(false)
	}
	if !p.atKeyPattern() && p.atFunction() {
		return p.functionRef(false)
	}
	if p.tok.kind == tokenKeyword && p.tok.keyword.Category() == ast.TypeFunctionName && !p.atKeyPattern() {
		return p.functionRef(false)
	}
	ref := p.relation()
	switch t := ref.(type) {
	case *ast.TableName:
		t.Alias = p.alias(true)
		t.Sample = p.tableSample()
	case *ast.KeyPattern:
		t.Alias = p.alias(true)
		t.Sample = p.tableSample()
	}
	return ref
}

func (p *parser) subqueryRef(query *ast.Select, lateral bool) *ast.SubqueryRef {
	return &ast.SubqueryRef{At: query.At, Lateral: lateral, Query: query, Alias: p.alias(true)}
}

// parenTable parses ( … ): a query, whose alias is still to be read, or a join
// with its alias.
func (p *parser) parenTable() (*ast.Select, ast.TableRef) {
	outer := p.enter()
	p.expect('(')
	var query *ast.Select
	var ref ast.TableRef
	switch {
	case p.atQueryStart() && !p.atKeyPattern():
		query = p.query()
	case p.tok.kind == '(':
		query, ref = p.parenTable()
		if query != nil && p.atQueryRest() {
			query = p.queryRest(query)
		} else {
			if query != nil {
				ref, query = p.subqueryRef(query, false), nil
			}
			ref = p.joins(ref)
		}
	default:
		ref = p.tableRef()
	}
	p.expect(')')
	p.leave(outer)
	if query != nil {
		return query, nil
	}
	join, ok := ref.(*ast.JoinRef)
	if !ok {
		// (t) is no table reference; only a join may stand in parentheses.
		p.failNear("syntax error", int(p.lastEnd)-1, int(p.lastEnd))
	}
	if alias := p.alias(true); alias != nil {
		if join.Alias != nil {
			p.failMessage(alias.At, "a join in parentheses can have one alias only")
		}
		join.Alias = alias
	}
	return nil, join
}

// alias parses [AS] name [(columns)]. bare allows it without AS.
func (p *parser) alias(bare bool) *ast.Alias {
	at := p.here()
	switch {
	case p.is(ast.KwAs):
		if p.atAsOf() {
			return nil
		}
		p.advance()
	case !bare || !p.tok.isColumnID() || p.atMaterialize():
		return nil
	}
	a := &ast.Alias{At: at, Name: p.name()}
	a.Columns = p.optParenNameList()
	return a
}

func (p *parser) tableSample() *ast.TableSample {
	if !p.is(ast.KwTablesample) {
		return nil
	}
	s := &ast.TableSample{At: p.here()}
	p.advance()
	s.Method = p.functionName()
	p.expect('(')
	s.Args = p.exprList()
	p.expect(')')
	if p.acceptKeyword(ast.KwRepeatable) {
		p.expect('(')
		s.Repeatable = p.expr()
		p.expect(')')
	}
	return s
}

// relation parses a table name or a key pattern, without alias: name, name *,
// ONLY name, ONLY (name), pattern.
func (p *parser) relation() ast.TableRef {
	if k := p.keyPattern(); k != nil {
		return k
	}
	t := &ast.TableName{At: p.here()}
	if p.acceptKeyword(ast.KwOnly) {
		t.Only = true
		if p.accept('(') {
			t.Name = p.objectName()
			p.expect(')')
		} else {
			t.Name = p.objectName()
		}
		return t
	}
	t.Name = p.objectName()
	p.accept('*')
	return t
}

// atKeyPattern reports whether the current word begins a bare key pattern: it
// is followed, without space, by ':' and one more character of a pattern.
func (p *parser) atKeyPattern() bool {
	if p.tok.kind != tokenIdent && p.tok.kind != tokenKeyword {
		return false
	}
	i := int(p.tok.end)
	return i+1 < len(p.sql) && p.sql[i] == ':' && (is(p.sql[i+1], classKeyPart) || p.sql[i+1] == '"')
}

// keyPattern parses a key pattern if one stands here (see the package comment).
func (p *parser) keyPattern() *ast.KeyPattern {
	at := p.here()
	switch {
	case p.tok.isWord("keys") && p.peek(1).kind == tokenString:
		p.advance()
		return &ast.KeyPattern{At: at, Pattern: p.string()}
	case p.atKeyPattern():
		return &ast.KeyPattern{At: at, Pattern: p.bareKeyPattern()}
	}
	return nil
}

// bareKeyPattern reads the rest of a bare pattern from the text, and moves to
// the token behind it.
func (p *parser) bareKeyPattern() string {
	p.lexer.pos = int(p.tok.end)
	p.aheadLen = 0
	var quoted strings.Builder
	if p.tok.quoted {
		quoted.WriteString(p.tok.text)
	}
	start := int(p.tok.pos)
	from := int(p.tok.end)
	plain := !p.tok.quoted
	if plain {
		from = start
	}
	for p.lexer.pos < len(p.sql) {
		c := p.sql[p.lexer.pos]
		switch {
		case c == '-' && p.lexer.at(1) == '-':
		case is(c, classKeyPart):
			p.lexer.pos++
			continue
		case c == '"':
			quoted.WriteString(p.sql[from:p.lexer.pos])
			plain = false
			open := p.lexer.pos
			p.lexer.pos++
			quoted.WriteString(p.quotedIdentifier(open))
			from = p.lexer.pos
			continue
		}
		break
	}
	end := p.lexer.pos
	p.tok.end = int32(end)
	p.advance()
	if plain {
		return p.sql[start:end]
	}
	quoted.WriteString(p.sql[from:end])
	return quoted.String()
}

// atFunction reports whether a call begins here.
func (p *parser) atFunction() bool {
	next := p.peek(1)
	if next.kind == '(' {
		return p.tok.keyword != ast.KwOnly && (p.tok.isNonReserved() || p.atValueFunc())
	}
	if p.atValueFunc() || p.is(ast.KwCurrentSchema) {
		return true
	}
	if next.kind != '.' || !p.tok.isNonReserved() {
		return false
	}
	if p.peek(3).kind == '(' {
		return true
	}
	return p.peek(3).kind == '.' && p.peek(4).kind != tokenEOF && p.thirdPartCalls()
}

// thirdPartCalls reports whether a.b.c( stands here, with four tokens read.
func (p *parser) thirdPartCalls() bool {
	l := p.lexer
	for l.pos < len(l.sql) && is(l.sql[l.pos], classSpace) {
		l.pos++
	}
	return l.at(0) == '('
}

func (p *parser) atValueFunc() bool {
	_, ok := valueFuncs[p.tok.keyword]
	return ok && p.tok.keyword != ast.KwCurrentSchema
}

// functionRef parses a function in FROM, or ROWS FROM (…).
func (p *parser) functionRef(lateral bool) ast.TableRef {
	f := &ast.FunctionRef{At: p.here(), Lateral: lateral}
	if p.isThen(ast.KwRows, ast.KwFrom) && p.peek(2).kind == '(' {
		f.RowsFrom = true
		p.advance()
		p.advance()
		p.expect('(')
		for {
			t := &ast.TableFunction{At: p.here(), Call: p.windowlessCall()}
			if p.acceptKeyword(ast.KwAs) {
				t.Columns = p.columnDefinitionList()
			}
			f.Functions = append(f.Functions, t)
			if !p.accept(',') {
				break
			}
		}
		p.expect(')')
	} else {
		f.Functions = []*ast.TableFunction{{At: p.here(), Call: p.windowlessCall()}}
	}
	f.Ordinality = p.acceptKeywords(ast.KwWith, ast.KwOrdinality)
	p.functionAlias(f)
	return f
}

// windowlessCall parses a call without FILTER, OVER and WITHIN GROUP.
func (p *parser) windowlessCall() ast.Expr {
	if _, ok := valueFuncs[p.tok.keyword]; ok && (p.tok.keyword != ast.KwCurrentSchema || p.peek(1).kind != '(') {
		return p.valueFunc()
	}
	switch {
	case p.tok.keyword.Category() == ast.ColumnName && p.tok.kind == tokenKeyword && p.peek(1).kind == '(':
		return p.specialCall()
	case p.is(ast.KwCast) && p.peek(1).kind == '(', p.is(ast.KwCollation) && p.peek(1).keyword == ast.KwFor:
		return p.keywordExpr()
	}
	name := p.functionName()
	call := &ast.FuncCall{At: name.At, Name: name}
	p.expect('(')
	p.callArgs(call)
	p.expect(')')
	return call
}

// functionAlias parses AS (defs), [AS] alias (defs) and [AS] alias (columns).
func (p *parser) functionAlias(f *ast.FunctionRef) {
	if p.is(ast.KwAs) && p.peek(1).kind == '(' {
		p.advance()
		f.Columns = p.columnDefinitionList()
		return
	}
	at := p.here()
	switch {
	case p.is(ast.KwAs):
		if p.atAsOf() {
			return
		}
		p.advance()
	case !p.tok.isColumnID() || p.atMaterialize():
		return
	}
	f.Alias = &ast.Alias{At: at, Name: p.name()}
	if p.tok.kind != '(' {
		return
	}
	// (a, b) or (a int, b int): the token after the first name tells.
	if k := p.peek(2).kind; k == ',' || k == ')' {
		f.Alias.Columns = p.parenNameList()
		return
	}
	f.Columns = p.columnDefinitionList()
}

// columnDefinitionList parses (name type [COLLATE c], …).
func (p *parser) columnDefinitionList() []*ast.ColumnDef {
	p.expect('(')
	var list []*ast.ColumnDef
	for {
		c := &ast.ColumnDef{At: p.here(), Name: p.name()}
		c.Type = p.typeName()
		c.Collation = p.optCollation()
		list = append(list, c)
		if !p.accept(',') {
			break
		}
	}
	p.expect(')')
	return list
}

// optCollation parses COLLATE name if it stands here.
func (p *parser) optCollation() *ast.ObjectName {
	if !p.acceptKeyword(ast.KwCollate) {
		return nil
	}
	n := p.objectName()
	return &n
}
