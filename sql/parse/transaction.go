package parse

import "github.com/ferritedb/ferrite/sql/ast"

func (p *parser) begin() ast.Statement {
	b := &ast.Begin{At: p.here()}
	p.advance()
	if !p.acceptKeyword(ast.KwWork) {
		p.acceptKeyword(ast.KwTransaction)
	}
	p.transactionModes(&b.Modes)
	return b
}

func (p *parser) startTransaction() ast.Statement {
	b := &ast.Begin{At: p.here(), Start: true}
	p.expectKeyword(ast.KwStart, ast.KwTransaction)
	p.transactionModes(&b.Modes)
	return b
}

// transactionModes parses modes, with or without commas, and reports whether
// there was any.
func (p *parser) transactionModes(m *ast.TransactionModes) bool {
	any := false
	for {
		if !p.transactionMode(m) {
			return any
		}
		any = true
		for p.accept(',') {
			if !p.transactionMode(m) {
				p.fail()
			}
		}
	}
}

func (p *parser) transactionMode(m *ast.TransactionModes) bool {
	switch {
	case p.acceptKeyword(ast.KwIsolation):
		p.expectKeyword(ast.KwLevel)
		m.Isolation = p.isolationLevel()
	case p.acceptKeywords(ast.KwRead, ast.KwOnly):
		m.ReadOnly = ast.On
	case p.acceptKeywords(ast.KwRead, ast.KwWrite):
		m.ReadOnly = ast.Off
	case p.acceptKeyword(ast.KwDeferrable):
		m.Deferrable = ast.On
	case p.acceptKeywords(ast.KwNot, ast.KwDeferrable):
		m.Deferrable = ast.Off
	case p.acceptWord("optimistic"):
		m.Optimistic = ast.On
	case p.acceptWord("pessimistic"):
		m.Optimistic = ast.Off
	case p.acceptWord("distributed"):
		m.Distributed = true
	case p.atAsOf():
		m.AsOf = p.asOf()
	default:
		return false
	}
	return true
}

func (p *parser) isolationLevel() ast.IsolationLevel {
	switch {
	case p.acceptKeywords(ast.KwRead, ast.KwUncommitted):
		return ast.ReadUncommitted
	case p.acceptKeywords(ast.KwRead, ast.KwCommitted):
		return ast.ReadCommitted
	case p.acceptKeywords(ast.KwRepeatable, ast.KwRead):
		return ast.RepeatableRead
	}
	p.expectKeyword(ast.KwSerializable)
	return ast.Serializable
}

// commit parses COMMIT | END, and COMMIT PREPARED.
func (p *parser) commit() ast.Statement {
	at := p.here()
	end := p.is(ast.KwEnd)
	p.advance()
	if !end && p.acceptKeyword(ast.KwPrepared) {
		return &ast.CommitPrepared{At: at, GID: p.string()}
	}
	return &ast.Commit{At: at, Chain: p.chain()}
}

// chain parses [WORK | TRANSACTION] [AND [NO] CHAIN].
func (p *parser) chain() ast.Toggle {
	if !p.acceptKeyword(ast.KwWork) {
		p.acceptKeyword(ast.KwTransaction)
	}
	if !p.acceptKeyword(ast.KwAnd) {
		return ast.Unset
	}
	chain := ast.On
	if p.acceptKeyword(ast.KwNo) {
		chain = ast.Off
	}
	p.expectKeyword(ast.KwChain)
	return chain
}

// rollback parses ROLLBACK | ABORT, ROLLBACK TO and ROLLBACK PREPARED.
func (p *parser) rollback() ast.Statement {
	at := p.here()
	abort := p.is(ast.KwAbort)
	p.advance()
	if abort {
		return &ast.Rollback{At: at, Chain: p.chain()}
	}
	if p.acceptKeyword(ast.KwPrepared) {
		return &ast.RollbackPrepared{At: at, GID: p.string()}
	}
	if (p.is(ast.KwWork) || p.is(ast.KwTransaction)) && p.peek(1).keyword == ast.KwTo {
		p.advance()
	}
	if p.acceptKeyword(ast.KwTo) {
		p.acceptSavepoint()
		return &ast.RollbackTo{At: at, Name: p.name()}
	}
	return &ast.Rollback{At: at, Chain: p.chain()}
}

// acceptSavepoint consumes the noise word SAVEPOINT, unless it is the name.
func (p *parser) acceptSavepoint() {
	if p.is(ast.KwSavepoint) && p.peek(1).isColumnID() {
		p.advance()
	}
}

func (p *parser) savepoint() ast.Statement {
	at := p.here()
	p.advance()
	return &ast.Savepoint{At: at, Name: p.name()}
}

func (p *parser) release() ast.Statement {
	at := p.here()
	p.advance()
	p.acceptSavepoint()
	return &ast.ReleaseSavepoint{At: at, Name: p.name()}
}
