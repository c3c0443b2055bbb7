package parse

import "github.com/ferritedb/ferrite/sql/ast"

// set parses SET ….
func (p *parser) set() ast.Statement {
	at := p.here()
	p.advance()
	switch {
	case p.acceptKeyword(ast.KwConstraints):
		return p.setConstraints(at)
	case p.isThen(ast.KwSession, ast.KwCharacteristics):
		p.expectKeyword(ast.KwSession, ast.KwCharacteristics, ast.KwAs, ast.KwTransaction)
		s := &ast.SetTransaction{At: at, Session: true}
		if !p.transactionModes(&s.Modes) {
			p.fail()
		}
		return s
	}
	v := &ast.SetVariable{At: at}
	switch {
	case p.is(ast.KwLocal) && p.peek(1).isNonReserved():
		p.advance()
		v.Local = true
	case p.is(ast.KwSession) && p.peek(1).isNonReserved() && p.peek(1).keyword != ast.KwAuthorization:
		p.advance()
	}
	if p.is(ast.KwTransaction) && p.peek(1).kind != '=' && p.peek(1).keyword != ast.KwTo {
		p.advance()
		s := &ast.SetTransaction{At: at}
		if p.acceptKeyword(ast.KwSnapshot) {
			s.Snapshot = p.string()
		} else if !p.transactionModes(&s.Modes) {
			p.fail()
		}
		return s
	}
	p.setRest(v)
	return v
}

func (p *parser) setConstraints(at ast.At) ast.Statement {
	s := &ast.SetConstraints{At: at}
	if !p.acceptKeyword(ast.KwAll) {
		s.Names = p.objectNameList()
	}
	if p.acceptKeyword(ast.KwDeferred) {
		s.Deferred = true
	} else {
		p.expectKeyword(ast.KwImmediate)
	}
	return s
}

// setRest parses name TO | = values, and the special forms.
func (p *parser) setRest(v *ast.SetVariable) {
	switch {
	case p.acceptKeywords(ast.KwTime, ast.KwZone):
		v.Name = "timezone"
		p.zoneValue(v)
	case p.isThen(ast.KwXml, ast.KwOption):
		p.advance()
		p.advance()
		if !p.is(ast.KwContent) && !p.is(ast.KwDocument) {
			p.fail()
		}
		v.Name, v.Values = "xmloption", []ast.Expr{p.wordLiteral(p.tok.text)}
	case p.is(ast.KwCatalog) && p.peek(1).kind == tokenString:
		p.failUnsupported("SET CATALOG")
	case p.is(ast.KwSchema) && p.peek(1).kind == tokenString:
		p.advance()
		v.Name, v.Values = "search_path", []ast.Expr{p.literal(ast.LiteralString)}
	case p.is(ast.KwNames) && !p.atAssignment(1):
		p.advance()
		v.Name = "client_encoding"
		switch {
		case p.tok.kind == tokenString:
			v.Values = []ast.Expr{p.literal(ast.LiteralString)}
		default:
			p.acceptKeyword(ast.KwDefault)
			v.Default = true
		}
	case p.is(ast.KwRole) && !p.atAssignment(1):
		p.advance()
		v.Name, v.Values = "role", []ast.Expr{p.wordOrString()}
	case p.isThen(ast.KwSession, ast.KwAuthorization):
		p.advance()
		p.advance()
		v.Name = "session_authorization"
		if p.acceptKeyword(ast.KwDefault) {
			v.Default = true
		} else {
			v.Values = []ast.Expr{p.wordOrString()}
		}
	default:
		p.setGeneric(v)
	}
}

// atAssignment reports whether the n-th token after this one is TO, = or the
// dot of a longer name.
func (p *parser) atAssignment(n int) bool {
	t := p.peek(n)
	return t.kind == '=' || t.kind == '.' || t.keyword == ast.KwTo
}

func (p *parser) setGeneric(v *ast.SetVariable) {
	v.Name = p.variableName()
	if p.acceptKeywords(ast.KwFrom, ast.KwCurrent) {
		v.FromCurrent = true
		return
	}
	if !p.accept('=') {
		p.expectKeyword(ast.KwTo)
	}
	if p.acceptKeyword(ast.KwDefault) {
		v.Default = true
		return
	}
	for {
		v.Values = append(v.Values, p.setValue())
		if !p.accept(',') {
			return
		}
	}
}

// setValue parses a word, string or number.
func (p *parser) setValue() ast.Expr {
	switch p.tok.kind {
	case tokenInteger, tokenNumeric, '-', '+':
		at := p.here()
		kind := ast.LiteralInteger
		text := p.signedNumber()
		for i := 0; i < len(text); i++ {
			if c := text[i]; c == '.' || c == 'e' || c == 'E' {
				kind = ast.LiteralNumeric
			}
		}
		return &ast.Literal{At: at, Kind: kind, Text: text}
	}
	if p.is(ast.KwTrue) || p.is(ast.KwFalse) || p.is(ast.KwOn) {
		return p.wordLiteral(p.tok.text)
	}
	return p.wordOrString()
}

// wordOrString consumes a NonReservedWord or string as a string constant.
func (p *parser) wordOrString() ast.Expr {
	if p.tok.kind == tokenString {
		return p.literal(ast.LiteralString)
	}
	if !p.tok.isNonReserved() {
		p.fail()
	}
	return p.wordLiteral(p.tok.text)
}

func (p *parser) zoneValue(v *ast.SetVariable) {
	switch {
	case p.acceptKeyword(ast.KwDefault), p.acceptKeyword(ast.KwLocal):
		v.Default = true
	case p.is(ast.KwInterval):
		v.Values = []ast.Expr{p.typedLiteral(p.constType())}
	case p.tok.kind == tokenInteger, p.tok.kind == tokenNumeric, p.tok.kind == '-', p.tok.kind == '+':
		v.Values = []ast.Expr{p.setValue()}
	case p.tok.kind == tokenString:
		v.Values = []ast.Expr{p.literal(ast.LiteralString)}
	default:
		if p.tok.kind != tokenIdent {
			p.fail()
		}
		v.Values = []ast.Expr{p.wordLiteral(p.tok.text)}
	}
}

// variableName consumes a dotted name of a setting.
func (p *parser) variableName() string {
	name := p.name()
	for p.accept('.') {
		name += "." + p.name()
	}
	return name
}

// settingName parses what SHOW and RESET name.
func (p *parser) settingName() string {
	switch {
	case p.acceptKeyword(ast.KwAll):
		return "all"
	case p.acceptKeywords(ast.KwTime, ast.KwZone):
		return "timezone"
	case p.acceptKeywords(ast.KwTransaction, ast.KwIsolation):
		p.expectKeyword(ast.KwLevel)
		return "transaction_isolation"
	case p.acceptKeywords(ast.KwSession, ast.KwAuthorization):
		return "session_authorization"
	}
	return p.variableName()
}

func (p *parser) show() ast.Statement {
	at := p.here()
	p.advance()
	return &ast.Show{At: at, Name: p.settingName()}
}

func (p *parser) reset() ast.Statement {
	at := p.here()
	p.advance()
	return &ast.Reset{At: at, Name: p.settingName()}
}

func (p *parser) discard() ast.Statement {
	d := &ast.Discard{At: p.here()}
	p.advance()
	switch p.tok.keyword {
	case ast.KwAll:
	case ast.KwPlans:
		d.Kind = ast.DiscardPlans
	case ast.KwSequences:
		d.Kind = ast.DiscardSequences
	case ast.KwTemp, ast.KwTemporary:
		d.Kind = ast.DiscardTemp
	default:
		p.fail()
	}
	p.advance()
	return d
}
