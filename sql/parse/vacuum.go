package parse

import "github.com/ferritedb/ferrite/sql/ast"

func (p *parser) vacuum() ast.Statement {
	v := &ast.Vacuum{At: p.here()}
	p.advance()
	if p.tok.kind == '(' {
		v.Options = p.wordOptions()
	} else {
		for _, k := range []ast.Keyword{ast.KwFull, ast.KwFreeze, ast.KwVerbose, ast.KwAnalyze, ast.KwAnalyse} {
			at := p.here()
			if p.acceptKeyword(k) {
				name := k.String()
				if k == ast.KwAnalyse {
					name = "analyze"
				}
				v.Options = append(v.Options, wordOption(at, name))
			}
		}
	}
	v.Targets = p.vacuumTargets()
	return v
}

func (p *parser) analyze() ast.Statement {
	a := &ast.Analyze{At: p.here()}
	p.advance()
	if p.tok.kind == '(' {
		a.Options = p.wordOptions()
	} else if at := p.here(); p.acceptKeyword(ast.KwVerbose) {
		a.Options = []*ast.Option{wordOption(at, "verbose")}
	}
	a.Targets = p.vacuumTargets()
	return a
}

// vacuumTargets parses [relation [(columns)], …].
func (p *parser) vacuumTargets() []*ast.VacuumTarget {
	if p.tok.kind != tokenIdent && p.tok.kind != tokenKeyword {
		return nil
	}
	var list []*ast.VacuumTarget
	for {
		t := &ast.VacuumTarget{At: p.here(), Table: p.relation()}
		t.Columns = p.optParenNameList()
		list = append(list, t)
		if !p.accept(',') {
			return list
		}
	}
}

func (p *parser) checkpoint() ast.Statement {
	at := p.here()
	p.advance()
	return &ast.Checkpoint{At: at}
}

var reindexKinds = map[ast.Keyword]ast.ReindexKind{
	ast.KwIndex: ast.ReindexIndex, ast.KwTable: ast.ReindexTable, ast.KwSchema: ast.ReindexSchema,
	ast.KwSystem: ast.ReindexSystem, ast.KwDatabase: ast.ReindexDatabase,
}

func (p *parser) reindex() ast.Statement {
	r := &ast.Reindex{At: p.here()}
	p.advance()
	if p.tok.kind == '(' {
		r.Options = p.wordOptions()
	}
	kind, ok := reindexKinds[p.tok.keyword]
	if !ok {
		p.fail()
	}
	p.advance()
	r.Kind = kind
	r.Concurrently = p.acceptKeyword(ast.KwConcurrently)
	r.Name = p.objectName()
	return r
}

func (p *parser) cluster() ast.Statement {
	c := &ast.Cluster{At: p.here()}
	p.advance()
	if p.tok.kind == '(' {
		c.Options = p.wordOptions()
	} else if at := p.here(); p.acceptKeyword(ast.KwVerbose) {
		c.Options = []*ast.Option{wordOption(at, "verbose")}
	}
	if !p.tok.isColumnID() {
		return c
	}
	n := p.objectName()
	if p.is(ast.KwOn) && n.Schema == "" {
		// The form before PostgreSQL 8.3: CLUSTER index ON table.
		p.advance()
		c.Index = n.Name
		n = p.objectName()
	} else if p.acceptKeyword(ast.KwUsing) {
		c.Index = p.name()
	}
	c.Table = &n
	return c
}
