package parse

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

// parenQuery parses a query in parentheses (select_with_parens).
func (p *parser) parenQuery() *ast.Select {
	outer := p.enter()
	p.expect('(')
	var q *ast.Select
	if p.tok.kind == '(' {
		q = p.queryRest(p.parenQuery())
	} else {
		q = p.query()
	}
	p.expect(')')
	p.leave(outer)
	return q
}

// query parses [WITH …] body [ORDER BY …] [LIMIT …] [FOR …].
func (p *parser) query() *ast.Select {
	outer := p.enter()
	at := p.here()
	var with *ast.With
	if p.is(ast.KwWith) {
		with = p.with()
	}
	q := p.queryWith(with, at)
	p.leave(outer)
	return q
}

// queryWith parses a query whose WITH clause has been read.
func (p *parser) queryWith(with *ast.With, at ast.At) *ast.Select {
	q := p.setOperand()
	q = p.setOperations(q, setPrecUnion)
	p.queryTail(q)
	if with != nil {
		if q.With != nil {
			p.failMessage(with.At, "multiple WITH clauses not allowed")
		}
		q.With, q.At = with, at
	}
	return q
}

// queryRest parses what may follow a query in parentheses.
func (p *parser) queryRest(q *ast.Select) *ast.Select {
	q = p.setOperations(q, setPrecUnion)
	p.queryTail(q)
	return q
}

// Precedences of set operations.
const (
	setPrecUnion     = 1 // UNION, EXCEPT
	setPrecIntersect = 2
)

// setOperations parses the set operations that follow left and bind at least
// as tight as min.
func (p *parser) setOperations(left *ast.Select, min int) *ast.Select {
	for {
		prec, kind := setPrecUnion, ast.Union
		switch p.tok.keyword {
		case ast.KwUnion:
		case ast.KwExcept:
			kind = ast.Except
		case ast.KwIntersect:
			prec, kind = setPrecIntersect, ast.Intersect
		default:
			return left
		}
		if prec < min {
			return left
		}
		op := &ast.SetOperation{At: p.here(), Kind: kind}
		p.advance()
		if p.acceptKeyword(ast.KwAll) {
			op.All = true
		} else {
			p.acceptKeyword(ast.KwDistinct)
		}
		height := p.height
		p.height = 0
		op.Left = left
		op.Right = p.setOperations(p.setOperand(), prec+1)
		left = &ast.Select{At: op.Left.At, Body: op}
		p.height = max(p.height, height)
		p.deeper()
	}
}

// setOperand parses SELECT, VALUES, TABLE or a query in parentheses.
func (p *parser) setOperand() *ast.Select {
	switch {
	case p.is(ast.KwSelect):
		return p.selectClause()
	case p.is(ast.KwValues):
		at := p.here()
		return &ast.Select{At: at, Body: p.values()}
	case p.is(ast.KwTable):
		return p.tableCommand()
	case p.tok.kind == '(':
		return p.parenQuery()
	}
	p.fail()
	return nil
}

// tableCommand parses TABLE name, which is SELECT * FROM name.
func (p *parser) tableCommand() *ast.Select {
	at := p.here()
	p.advance()
	clause := &ast.SelectClause{At: at, Targets: []*ast.Target{{At: at, Expr: &ast.Star{At: at}}}}
	clause.From = []ast.TableRef{p.relation()}
	clause.AsOf = p.asOf()
	return &ast.Select{At: at, Body: clause}
}

// selectNode keeps what nearly every query needs in one allocation.
type selectNode struct {
	query   ast.Select
	clause  ast.SelectClause
	targets [4]ast.Target
	list    [4]*ast.Target
	from    [1]ast.TableRef
}

// selectClause parses SELECT … up to WINDOW.
func (p *parser) selectClause() *ast.Select {
	n := &selectNode{}
	s := &n.clause
	s.At = p.here()
	n.query.At, n.query.Body = s.At, s
	p.advance()
	switch {
	case p.acceptKeyword(ast.KwAll):
	case p.acceptKeyword(ast.KwDistinct):
		s.Distinct = true
		if p.acceptKeyword(ast.KwOn) {
			p.expect('(')
			s.DistinctOn = p.exprList()
			p.expect(')')
		}
	}
	if p.atTarget() {
		s.Targets = append(n.list[:0], p.target(&n.targets[0]))
		for p.accept(',') {
			if i := len(s.Targets); i < len(n.targets) {
				s.Targets = append(s.Targets, p.target(&n.targets[i]))
			} else {
				s.Targets = append(s.Targets, p.target(new(ast.Target)))
			}
		}
	} else if s.Distinct {
		p.fail()
	}
	if p.is(ast.KwInto) {
		s.Into = p.into()
	}
	if p.acceptKeyword(ast.KwFrom) {
		n.from[0] = p.tableRef()
		s.From = n.from[:]
		for p.accept(',') {
			s.From = append(s.From, p.tableRef())
		}
	}
	s.AsOf = p.asOf()
	if p.acceptKeyword(ast.KwWhere) {
		s.Where = p.expr()
	}
	if p.is(ast.KwGroup) {
		p.groupBy(s)
	}
	if p.acceptKeyword(ast.KwHaving) {
		s.Having = p.expr()
	}
	if p.acceptKeyword(ast.KwWindow) {
		s.Windows = p.windows()
	}
	return &n.query
}

// atTarget reports whether a select list has a first target.
func (p *parser) atTarget() bool {
	switch p.tok.kind {
	case tokenEOF, ';', ')':
		return false
	case tokenKeyword:
		switch p.tok.keyword {
		case ast.KwFrom, ast.KwInto, ast.KwWhere, ast.KwGroup, ast.KwHaving, ast.KwWindow,
			ast.KwUnion, ast.KwIntersect, ast.KwExcept, ast.KwOrder, ast.KwLimit, ast.KwOffset,
			ast.KwFetch, ast.KwFor:
			return false
		}
	}
	return true
}

// target parses one output expression with its label into t.
func (p *parser) target(t *ast.Target) *ast.Target {
	t.At = p.here()
	if p.tok.kind == '*' {
		t.Expr = &ast.Star{At: t.At}
		p.advance()
		return t
	}
	t.Expr = p.expr()
	switch {
	case p.is(ast.KwAs):
		if p.atAsOf() {
			return t
		}
		p.advance()
		t.Alias = p.columnLabel()
	case p.tok.isBareLabel() && !p.atMaterialize():
		t.Alias = p.tok.text
		p.advance()
	}
	return t
}

// atMaterialize reports whether MATERIALIZE REFRESH stands here, which ends the
// query of a CREATE VIEW.
func (p *parser) atMaterialize() bool {
	return p.tok.isWord("materialize") && p.peek(1).keyword == ast.KwRefresh
}

// atAsOf reports whether AS OF SYSTEM TIME stands here. As an alias, "of"
// cannot be followed by another name.
func (p *parser) atAsOf() bool {
	return p.is(ast.KwAs) && p.peek(1).keyword == ast.KwOf && p.peek(2).keyword == ast.KwSystem &&
		p.peek(3).keyword == ast.KwTime
}

// asOf parses AS OF SYSTEM TIME expr if it stands here.
func (p *parser) asOf() ast.Expr {
	if !p.atAsOf() {
		return nil
	}
	p.expectKeyword(ast.KwAs, ast.KwOf, ast.KwSystem, ast.KwTime)
	return p.expr()
}

// returning parses RETURNING … if it stands here.
func (p *parser) returning() []*ast.Target {
	if !p.acceptKeyword(ast.KwReturning) {
		return nil
	}
	list := []*ast.Target{p.target(new(ast.Target))}
	for p.accept(',') {
		list = append(list, p.target(new(ast.Target)))
	}
	return list
}

func (p *parser) into() *ast.IntoClause {
	into := &ast.IntoClause{At: p.here()}
	p.advance()
	into.Persistence = p.persistence()
	p.acceptKeyword(ast.KwTable)
	into.Name = p.objectName()
	return into
}

// persistence parses TEMP and its kin.
func (p *parser) persistence() ast.Persistence {
	switch p.tok.keyword {
	case ast.KwLocal, ast.KwGlobal:
		if k := p.peek(1).keyword; k == ast.KwTemp || k == ast.KwTemporary {
			p.advance()
			p.advance()
			return ast.Temporary
		}
	case ast.KwTemp, ast.KwTemporary:
		p.advance()
		return ast.Temporary
	case ast.KwUnlogged:
		p.advance()
		return ast.Unlogged
	}
	return ast.Permanent
}

func (p *parser) groupBy(s *ast.SelectClause) {
	p.expectKeyword(ast.KwGroup, ast.KwBy)
	if p.acceptKeyword(ast.KwDistinct) {
		s.GroupDistinct = true
	} else {
		p.acceptKeyword(ast.KwAll)
	}
	s.GroupBy = p.groupItems()
}

func (p *parser) groupItems() []ast.Expr {
	items := []ast.Expr{p.groupItem()}
	for p.accept(',') {
		items = append(items, p.groupItem())
	}
	return items
}

// groupItem parses an expression, (), ROLLUP, CUBE or GROUPING SETS.
func (p *parser) groupItem() ast.Expr {
	at := p.here()
	g := &ast.GroupingSet{At: at}
	switch {
	case p.tok.kind == '(' && p.peek(1).kind == ')':
		p.advance()
		p.advance()
		return g
	case p.is(ast.KwRollup) && p.peek(1).kind == '(':
		g.Kind = ast.Rollup
		p.advance()
	case p.is(ast.KwCube) && p.peek(1).kind == '(':
		g.Kind = ast.Cube
		p.advance()
	case p.isThen(ast.KwGrouping, ast.KwSets):
		g.Kind = ast.GroupingSets
		p.advance()
		p.advance()
	default:
		return p.expr()
	}
	outer := p.enter()
	p.expect('(')
	if g.Kind == ast.GroupingSets {
		g.Items = p.groupItems()
	} else {
		g.Items = p.exprList()
	}
	p.expect(')')
	p.leave(outer)
	return g
}

func (p *parser) windows() []*ast.NamedWindow {
	var list []*ast.NamedWindow
	for {
		w := &ast.NamedWindow{At: p.here(), Name: p.name()}
		p.expectKeyword(ast.KwAs)
		w.Spec = p.windowSpec()
		list = append(list, w)
		if !p.accept(',') {
			return list
		}
	}
}

func (p *parser) values() *ast.ValuesClause {
	v := &ast.ValuesClause{At: p.here()}
	p.advance()
	for {
		p.expect('(')
		row := make([]ast.Expr, 0, max(4, widthOf(v.Rows)))
		row = append(row, p.expr())
		for p.accept(',') {
			row = append(row, p.expr())
		}
		p.expect(')')
		v.Rows = append(v.Rows, row)
		if !p.accept(',') {
			return v
		}
	}
}

func widthOf(rows [][]ast.Expr) int {
	if len(rows) == 0 {
		return 0
	}
	return len(rows[0])
}

// queryTail parses ORDER BY, LIMIT, OFFSET, FETCH and FOR into q. A query that
// came in parentheses may have some already: then the second of a kind is an
// error of its own, at its expression.
func (p *parser) queryTail(q *ast.Select) {
	var order, limit, offset bool
	for {
		switch p.tok.keyword {
		case ast.KwOrder:
			if order || limit || offset {
				p.fail()
			}
			p.failIfSecond(q.OrderBy != nil, 2, "multiple ORDER BY clauses not allowed")
			q.OrderBy, order = p.orderBy(), true
		case ast.KwLimit, ast.KwFetch:
			if limit {
				p.fail()
			}
			p.failIfSecond(q.Limit != nil, 1, "multiple LIMIT clauses not allowed")
			p.limit(q)
			limit = true
		case ast.KwOffset:
			if offset {
				p.fail()
			}
			p.failIfSecond(q.Offset != nil, 1, "multiple OFFSET clauses not allowed")
			p.offset(q)
			offset = true
		case ast.KwFor:
			if !p.locking(q) {
				return
			}
		default:
			if q.WithTies {
				p.checkTies(q)
			}
			return
		}
	}
}

// checkTies refuses WITH TIES where ties are not defined.
func (p *parser) checkTies(q *ast.Select) {
	if q.OrderBy == nil {
		p.failMessage(ast.At(q.Limit.Position()), "WITH TIES cannot be specified without ORDER BY clause")
	}
	for _, l := range q.Locking {
		if l.Wait == ast.WaitSkip {
			p.failMessage(l.At, "SKIP LOCKED and WITH TIES options cannot be used together")
		}
	}
}

// failIfSecond refuses a clause, words tokens before its expression.
func (p *parser) failIfSecond(second bool, words int, message string) {
	if second {
		p.failMessage(ast.At(p.peek(words).pos), message)
	}
}

func (p *parser) limit(q *ast.Select) {
	if p.acceptKeyword(ast.KwFetch) {
		p.fetchFirst(q)
		return
	}
	at := p.here()
	p.advance()
	if p.is(ast.KwAll) {
		q.Limit = &ast.Literal{At: p.here(), Kind: ast.LiteralNull, Text: "null"}
		p.advance()
		return
	}
	q.Limit = p.expr()
	if p.tok.kind == ',' {
		p.failAt(at.Position(), pgerr.New(pgerr.SyntaxError, "LIMIT #,# syntax is not supported").
			WithHint("Use separate LIMIT and OFFSET clauses."))
	}
}

// fetchFirst parses FIRST | NEXT [count] ROW | ROWS ONLY | WITH TIES.
func (p *parser) fetchFirst(q *ast.Select) {
	if !p.acceptKeyword(ast.KwFirst) {
		p.expectKeyword(ast.KwNext)
	}
	switch {
	case p.is(ast.KwRow) || p.is(ast.KwRows):
		q.Limit = integerLiteral(1)
	case p.tok.kind == '+' || p.tok.kind == '-':
		at := p.here()
		lit := &ast.Literal{At: at, Kind: ast.LiteralInteger, Text: p.signedNumber()}
		q.Limit = lit
	default:
		q.Limit = p.primary()
	}
	if !p.acceptKeyword(ast.KwRow) {
		p.expectKeyword(ast.KwRows)
	}
	if p.acceptKeywords(ast.KwWith, ast.KwTies) {
		q.WithTies = true
		return
	}
	p.expectKeyword(ast.KwOnly)
}

func (p *parser) offset(q *ast.Select) {
	p.advance()
	q.Offset = p.expr()
	if !p.acceptKeyword(ast.KwRow) {
		p.acceptKeyword(ast.KwRows)
	}
}

// locking parses FOR UPDATE and its kin; FOR READ ONLY is allowed and means
// nothing. It reports false if FOR belongs to something else.
func (p *parser) locking(q *ast.Select) bool {
	l := &ast.LockingClause{At: p.here()}
	switch {
	case p.acceptKeywords(ast.KwFor, ast.KwUpdate):
		l.Strength = ast.ForUpdate
	case p.acceptKeywords(ast.KwFor, ast.KwNo, ast.KwKey, ast.KwUpdate):
		l.Strength = ast.ForNoKeyUpdate
	case p.acceptKeywords(ast.KwFor, ast.KwShare):
		l.Strength = ast.ForShare
	case p.acceptKeywords(ast.KwFor, ast.KwKey, ast.KwShare):
		l.Strength = ast.ForKeyShare
	case p.acceptKeywords(ast.KwFor, ast.KwRead, ast.KwOnly):
		return true
	default:
		return false
	}
	if p.acceptKeyword(ast.KwOf) {
		l.Of = p.objectNameList()
	}
	switch {
	case p.acceptKeyword(ast.KwNowait):
		l.Wait = ast.WaitError
	case p.acceptKeywords(ast.KwSkip, ast.KwLocked):
		l.Wait = ast.WaitSkip
	}
	q.Locking = append(q.Locking, l)
	return true
}

// orderBy parses ORDER BY key, ….
func (p *parser) orderBy() []*ast.OrderItem {
	p.expectKeyword(ast.KwOrder, ast.KwBy)
	list := []*ast.OrderItem{p.orderItem()}
	for p.accept(',') {
		list = append(list, p.orderItem())
	}
	return list
}

func (p *parser) orderItem() *ast.OrderItem {
	o := &ast.OrderItem{At: p.here(), Expr: p.expr()}
	if p.acceptKeyword(ast.KwUsing) {
		var op ast.Operator
		if p.is(ast.KwOperator) {
			op = p.operatorName()
		} else {
			op.Name = p.operatorSymbol()
		}
		o.Using = &op
	} else {
		o.Direction = p.sortDirection()
	}
	o.Nulls = p.nullsOrder()
	return o
}

func (p *parser) sortDirection() ast.SortDirection {
	switch {
	case p.acceptKeyword(ast.KwAsc):
		return ast.SortAscending
	case p.acceptKeyword(ast.KwDesc):
		return ast.SortDescending
	}
	return ast.SortDefault
}

func (p *parser) nullsOrder() ast.NullsOrder {
	switch {
	case p.acceptKeywords(ast.KwNulls, ast.KwFirst):
		return ast.NullsFirst
	case p.acceptKeywords(ast.KwNulls, ast.KwLast):
		return ast.NullsLast
	}
	return ast.NullsDefault
}
