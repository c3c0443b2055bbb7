package parse

import "github.com/ferritedb/ferrite/sql/ast"

func (p *parser) lock() ast.Statement {
	l := &ast.LockTable{At: p.here(), Mode: ast.AccessExclusive}
	p.advance()
	p.acceptKeyword(ast.KwTable)
	l.Tables = p.relationList()
	if p.acceptKeyword(ast.KwIn) {
		l.Mode = p.lockMode()
		p.expectKeyword(ast.KwMode)
	}
	l.Nowait = p.acceptKeyword(ast.KwNowait)
	return l
}

func (p *parser) lockMode() ast.LockMode {
	switch {
	case p.acceptKeywords(ast.KwAccess, ast.KwShare):
		return ast.AccessShare
	case p.acceptKeywords(ast.KwAccess, ast.KwExclusive):
		return ast.AccessExclusive
	case p.acceptKeywords(ast.KwRow, ast.KwShare):
		return ast.RowShare
	case p.acceptKeywords(ast.KwRow, ast.KwExclusive):
		return ast.RowExclusive
	case p.acceptKeywords(ast.KwShare, ast.KwUpdate, ast.KwExclusive):
		return ast.ShareUpdateExclusive
	case p.acceptKeywords(ast.KwShare, ast.KwRow, ast.KwExclusive):
		return ast.ShareRowExclusive
	case p.acceptKeyword(ast.KwShare):
		return ast.ShareLock
	}
	p.expectKeyword(ast.KwExclusive)
	return ast.ExclusiveLock
}
