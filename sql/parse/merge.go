package parse

import "github.com/ferritedb/ferrite/sql/ast"

func (p *parser) merge(with *ast.With, at ast.At) *ast.Merge {
	m := &ast.Merge{At: at, With: with}
	p.expectKeyword(ast.KwMerge, ast.KwInto)
	m.Target = p.aliasedTarget()
	p.expectKeyword(ast.KwUsing)
	m.Source = p.tableRef()
	p.expectKeyword(ast.KwOn)
	m.On = p.expr()
	if with != nil && with.Recursive {
		p.failMessage(with.At, "WITH RECURSIVE is not supported for MERGE statement")
	}
	var always [2]bool // by Matched: an arm without condition was seen
	for p.is(ast.KwWhen) {
		w := p.mergeWhen()
		kind := 0
		if w.Matched {
			kind = 1
		}
		if always[kind] {
			p.failMessage(ast.NoPosition, "unreachable WHEN clause specified after unconditional WHEN clause")
		}
		always[kind] = w.Condition == nil
		m.Whens = append(m.Whens, w)
	}
	if m.Whens == nil {
		p.fail()
	}
	return m
}

func (p *parser) mergeWhen() *ast.MergeWhen {
	w := &ast.MergeWhen{At: p.here()}
	p.advance()
	w.Matched = !p.acceptKeyword(ast.KwNot)
	p.expectKeyword(ast.KwMatched)
	if p.acceptKeyword(ast.KwAnd) {
		w.Condition = p.expr()
	}
	p.expectKeyword(ast.KwThen)
	switch {
	case p.acceptKeywords(ast.KwDo, ast.KwNothing):
		w.Action = ast.MergeDoNothing
	case w.Matched && p.acceptKeyword(ast.KwUpdate):
		p.expectKeyword(ast.KwSet)
		w.Action, w.Set = ast.MergeUpdate, p.setClauses()
	case w.Matched && p.acceptKeyword(ast.KwDelete):
		w.Action = ast.MergeDelete
	case !w.Matched && p.acceptKeyword(ast.KwInsert):
		p.mergeInsert(w)
	default:
		p.fail()
	}
	return w
}

func (p *parser) mergeInsert(w *ast.MergeWhen) {
	w.Action = ast.MergeInsert
	if p.acceptKeywords(ast.KwDefault, ast.KwValues) {
		return
	}
	if p.accept('(') {
		w.Columns = p.columnTargets()
		p.expect(')')
	}
	w.Overriding = p.overriding()
	p.expectKeyword(ast.KwValues)
	p.expect('(')
	w.Values = p.exprList()
	p.expect(')')
}
