package parse

import "github.com/ferritedb/ferrite/sql/ast"

func (p *parser) createSequence(at ast.At, persistence ast.Persistence) ast.Statement {
	p.expectKeyword(ast.KwSequence)
	s := &ast.CreateSequence{At: at, Persistence: persistence, IfNotExists: p.ifNotExists()}
	s.Name = p.objectName()
	if p.atSequenceOption() {
		s.Options = p.sequenceOptions()
	}
	return s
}

func (p *parser) atSequenceOption() bool {
	switch p.tok.keyword {
	case ast.KwAs, ast.KwCache, ast.KwCycle, ast.KwNo, ast.KwIncrement, ast.KwMaxvalue,
		ast.KwMinvalue, ast.KwOwned, ast.KwSequence, ast.KwStart, ast.KwRestart:
		return true
	}
	return p.tok.isWord("logged") || p.tok.keyword == ast.KwLogged
}

// sequenceOptions parses at least one option.
func (p *parser) sequenceOptions() []*ast.SequenceOption {
	list := []*ast.SequenceOption{p.sequenceOption()}
	for p.atSequenceOption() {
		list = append(list, p.sequenceOption())
	}
	return list
}

func (p *parser) sequenceOption() *ast.SequenceOption {
	o := &ast.SequenceOption{At: p.here()}
	switch {
	case p.acceptKeyword(ast.KwAs):
		o.Kind, o.Type = ast.SequenceAs, p.typeName()
	case p.acceptKeyword(ast.KwCache):
		o.Kind, o.Value = ast.SequenceCache, p.signedNumber()
	case p.acceptKeyword(ast.KwCycle):
		o.Kind = ast.SequenceCycle
	case p.acceptKeyword(ast.KwIncrement):
		p.acceptKeyword(ast.KwBy)
		o.Kind, o.Value = ast.SequenceIncrement, p.signedNumber()
	case p.acceptKeyword(ast.KwMaxvalue):
		o.Kind, o.Value = ast.SequenceMaxValue, p.signedNumber()
	case p.acceptKeyword(ast.KwMinvalue):
		o.Kind, o.Value = ast.SequenceMinValue, p.signedNumber()
	case p.acceptKeyword(ast.KwNo):
		p.sequenceNo(o)
	case p.acceptKeyword(ast.KwOwned):
		p.expectKeyword(ast.KwBy)
		o.Kind = ast.SequenceOwnedBy
		if !p.acceptKeyword(ast.KwNone) {
			o.OwnedBy = p.dottedPath()
		}
	case p.acceptKeyword(ast.KwSequence):
		p.expectKeyword(ast.KwName)
		n := p.objectName()
		o.Kind, o.Name = ast.SequenceName, &n
	case p.acceptKeyword(ast.KwStart):
		p.acceptKeyword(ast.KwWith)
		o.Kind, o.Value = ast.SequenceStart, p.signedNumber()
	case p.acceptKeyword(ast.KwRestart):
		o.Kind = ast.SequenceRestart
		if p.acceptKeyword(ast.KwWith) || p.tok.kind == tokenInteger || p.tok.kind == '-' || p.tok.kind == '+' {
			o.Value = p.signedNumber()
		}
	case p.acceptKeyword(ast.KwLogged):
		o.Kind = ast.SequenceLogged
	default:
		p.fail()
	}
	return o
}

func (p *parser) sequenceNo(o *ast.SequenceOption) {
	switch {
	case p.acceptKeyword(ast.KwMaxvalue):
		o.Kind = ast.SequenceNoMaxValue
	case p.acceptKeyword(ast.KwMinvalue):
		o.Kind = ast.SequenceNoMinValue
	default:
		p.expectKeyword(ast.KwCycle)
		o.Kind = ast.SequenceNoCycle
	}
}

// dottedPath consumes name.name….
func (p *parser) dottedPath() []string {
	path := []string{p.name()}
	for p.accept('.') {
		path = append(path, p.columnLabel())
	}
	return path
}
