package parse

import "github.com/ferritedb/ferrite/sql/ast"

// statementParsers maps the key word that a statement begins with to its
// production. SUBSCRIBE, which is no key word, is in anyStatement.
var statementParsers map[ast.Keyword]func(*parser) ast.Statement

func init() {
	statementParsers = map[ast.Keyword]func(*parser) ast.Statement{
		ast.KwSelect: (*parser).preparable, ast.KwValues: (*parser).preparable,
		ast.KwTable: (*parser).preparable, ast.KwWith: (*parser).preparable,
		ast.KwInsert: (*parser).preparable, ast.KwUpdate: (*parser).preparable,
		ast.KwDelete: (*parser).preparable, ast.KwMerge: (*parser).preparable,

		ast.KwCreate: (*parser).create, ast.KwAlter: (*parser).alter, ast.KwDrop: (*parser).drop,
		ast.KwTruncate: (*parser).truncate, ast.KwComment: (*parser).comment,
		ast.KwGrant: (*parser).grant, ast.KwRevoke: (*parser).revoke,
		ast.KwReassign: (*parser).reassignOwned, ast.KwRefresh: (*parser).refresh,

		ast.KwBegin: (*parser).begin, ast.KwStart: (*parser).startTransaction,
		ast.KwCommit: (*parser).commit, ast.KwEnd: (*parser).commit,
		ast.KwRollback: (*parser).rollback, ast.KwAbort: (*parser).rollback,
		ast.KwSavepoint: (*parser).savepoint, ast.KwRelease: (*parser).release,

		ast.KwSet: (*parser).set, ast.KwShow: (*parser).show, ast.KwReset: (*parser).reset,
		ast.KwDiscard: (*parser).discard,
		ast.KwPrepare: (*parser).prepare, ast.KwExecute: (*parser).execute,
		ast.KwDeallocate: (*parser).deallocate,
		ast.KwDeclare:    (*parser).declareCursor, ast.KwFetch: (*parser).fetch,
		ast.KwMove: (*parser).fetch, ast.KwClose: (*parser).closeCursor,
		ast.KwExplain: (*parser).explain, ast.KwCopy: (*parser).copy,
		ast.KwListen: (*parser).listen, ast.KwNotify: (*parser).notify,
		ast.KwUnlisten: (*parser).unlisten, ast.KwLock: (*parser).lock,
		ast.KwVacuum: (*parser).vacuum, ast.KwAnalyze: (*parser).analyze,
		ast.KwAnalyse: (*parser).analyze, ast.KwCheckpoint: (*parser).checkpoint,
		ast.KwReindex: (*parser).reindex, ast.KwCluster: (*parser).cluster,
		ast.KwDo: (*parser).do, ast.KwCall: (*parser).callStatement,
		ast.KwLoad: (*parser).unsupportedStatement, ast.KwImport: (*parser).unsupportedStatement,
		ast.KwSecurity: (*parser).unsupportedStatement,
	}
}

// statement parses one statement.
func (p *parser) statement() ast.Statement {
	outer := p.enter()
	s := p.anyStatement()
	p.leave(outer)
	return s
}

func (p *parser) anyStatement() ast.Statement {
	switch p.tok.kind {
	case '(':
		return p.preparable()
	case tokenKeyword:
		// The commonest ones without a look at the table.
		switch p.tok.keyword {
		case ast.KwSelect, ast.KwInsert, ast.KwUpdate, ast.KwDelete, ast.KwWith:
			return p.preparable()
		}
		if f := statementParsers[p.tok.keyword]; f != nil {
			return f(p)
		}
	case tokenIdent:
		if p.tok.isWord("subscribe") {
			return p.subscribe()
		}
	}
	p.fail()
	return nil
}

func (p *parser) unsupportedStatement() ast.Statement {
	p.failUnsupported(upper(p.tok.text))
	return nil
}

// create parses CREATE ….
func (p *parser) create() ast.Statement {
	at := p.here()
	p.advance()
	replace := false
	if p.isThen(ast.KwOr, ast.KwReplace) {
		p.advance()
		p.advance()
		replace = true
	}
	switch p.tok.keyword {
	case ast.KwFunction, ast.KwProcedure:
		return p.createFunction(at, replace)
	case ast.KwView, ast.KwRecursive:
		return p.createView(at, replace, ast.Permanent)
	case ast.KwTemp, ast.KwTemporary, ast.KwLocal, ast.KwGlobal, ast.KwUnlogged:
		return p.createPersistent(at, replace)
	}
	p.failCreateUnsupported()
	if replace {
		p.fail()
	}
	switch p.tok.keyword {
	case ast.KwTable:
		return p.createTable(at, ast.Permanent)
	case ast.KwUnique, ast.KwIndex:
		return p.createIndex(at)
	case ast.KwSequence:
		return p.createSequence(at, ast.Permanent)
	case ast.KwMaterialized:
		return p.createMaterializedView(at, false)
	case ast.KwSchema:
		return p.createSchema(at)
	case ast.KwDatabase:
		return p.createDatabase(at)
	case ast.KwType:
		return p.createType(at)
	case ast.KwDomain:
		return p.createDomain(at)
	case ast.KwRole, ast.KwUser, ast.KwGroup:
		return p.createRole(at)
	case ast.KwExtension:
		return p.createExtension(at)
	case ast.KwCollation:
		return p.createCollation(at)
	}
	p.fail()
	return nil
}

// createPersistent parses what follows CREATE TEMP and its kin.
func (p *parser) createPersistent(at ast.At, replace bool) ast.Statement {
	persistence := p.persistence()
	switch {
	case p.is(ast.KwView) || p.is(ast.KwRecursive):
		if persistence == ast.Unlogged {
			p.fail()
		}
		return p.createView(at, replace, persistence)
	case replace || persistence == ast.Permanent:
	case p.is(ast.KwTable):
		return p.createTable(at, persistence)
	case p.is(ast.KwSequence):
		return p.createSequence(at, persistence)
	case p.is(ast.KwMaterialized) && persistence == ast.Unlogged:
		return p.createMaterializedView(at, true)
	}
	p.fail()
	return nil
}

// unsupportedObjects are the kinds of objects that PostgreSQL's grammar can
// create or alter and Ferrite has not.
var unsupportedObjects = map[ast.Keyword]string{
	ast.KwTrigger: "TRIGGER", ast.KwConstraint: "CONSTRAINT TRIGGER", ast.KwEvent: "EVENT TRIGGER",
	ast.KwRule: "RULE", ast.KwPolicy: "POLICY", ast.KwOperator: "OPERATOR",
	ast.KwAggregate: "AGGREGATE", ast.KwCast: "CAST", ast.KwTransform: "TRANSFORM",
	ast.KwConversion: "CONVERSION", ast.KwDefault: "DEFAULT CONVERSION",
	ast.KwLanguage: "LANGUAGE", ast.KwTrusted: "LANGUAGE", ast.KwProcedural: "LANGUAGE",
	ast.KwPublication: "PUBLICATION", ast.KwSubscription: "SUBSCRIPTION",
	ast.KwServer: "SERVER", ast.KwForeign: "FOREIGN TABLE", ast.KwStatistics: "STATISTICS",
	ast.KwTablespace: "TABLESPACE", ast.KwText: "TEXT SEARCH", ast.KwAccess: "ACCESS METHOD",
	ast.KwAssertion: "ASSERTION",
}

// failCreateUnsupported stops at CREATE of a kind of object that is not
// supported.
func (p *parser) failCreateUnsupported() {
	if what, ok := unsupportedObjects[p.tok.keyword]; ok {
		p.failUnsupported("CREATE " + what)
	}
}
