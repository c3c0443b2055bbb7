package parse

import (
	"github.com/ferritedb/ferrite/sql/ast"
)

func (p *parser) createFunction(at ast.At, replace bool) ast.Statement {
	f := &ast.CreateFunction{At: at, OrReplace: replace, Procedure: p.is(ast.KwProcedure)}
	p.advance()
	f.Name = p.functionName()
	f.Params = p.functionParams(true)
	if !f.Procedure && p.acceptKeyword(ast.KwReturns) {
		if p.acceptKeyword(ast.KwTable) {
			f.ReturnsTable = p.returnsTable()
		} else {
			f.Returns = p.setofTypeName()
		}
	}
	for p.functionOption(f) {
	}
	switch {
	case p.is(ast.KwReturn):
		p.advance()
		f.ReturnExpr = p.expr()
	case p.acceptKeywords(ast.KwBegin, ast.KwAtomic):
		p.atomicBody(f)
	}
	return f
}

// atomicBody parses the statements of BEGIN ATOMIC … END.
func (p *parser) atomicBody(f *ast.CreateFunction) {
	outer := p.enter()
	f.Atomic = true
	for !p.is(ast.KwEnd) {
		if p.tok.kind == ';' {
			p.advance()
			continue
		}
		if p.is(ast.KwReturn) {
			r := &ast.Return{At: p.here()}
			p.advance()
			r.Expr = p.expr()
			f.AtomicBody = append(f.AtomicBody, r)
		} else {
			f.AtomicBody = append(f.AtomicBody, p.statement())
		}
		p.expect(';')
	}
	p.advance()
	p.leave(outer)
}

func (p *parser) returnsTable() []*ast.FunctionParam {
	p.expect('(')
	var list []*ast.FunctionParam
	for {
		c := &ast.FunctionParam{At: p.here(), Mode: ast.ParamTable}
		if !p.tok.isTypeFunctionName() {
			p.fail()
		}
		c.Name = p.tok.text
		p.advance()
		c.Type = p.typeName()
		list = append(list, c)
		if !p.accept(',') {
			break
		}
	}
	p.expect(')')
	return list
}

// functionParams parses (param, …).
func (p *parser) functionParams(defaults bool) []*ast.FunctionParam {
	p.expect('(')
	if p.accept(')') {
		return nil
	}
	var list []*ast.FunctionParam
	for {
		if p.isThen(ast.KwOrder, ast.KwBy) {
			p.failUnsupported("the signature of an ordered-set aggregate")
		}
		list = append(list, p.functionParam(defaults))
		if !p.accept(',') {
			break
		}
	}
	if p.isThen(ast.KwOrder, ast.KwBy) {
		p.failUnsupported("the signature of an ordered-set aggregate")
	}
	p.expect(')')
	return list
}

// functionParam parses [mode] [name] type [DEFAULT expr]; the mode may stand
// after the name.
func (p *parser) functionParam(defaults bool) *ast.FunctionParam {
	f := &ast.FunctionParam{At: p.here()}
	f.Mode = p.paramMode()
	if p.atParamName() {
		f.Name = p.tok.text
		p.advance()
		if f.Mode == ast.ParamDefault {
			f.Mode = p.paramMode()
		}
	}
	f.Type = p.setofTypeName()
	if defaults && (p.acceptKeyword(ast.KwDefault) || p.accept('=')) {
		f.Default = p.expr()
	}
	return f
}

func (p *parser) paramMode() ast.ParamMode {
	switch {
	case p.acceptKeyword(ast.KwIn):
		if p.acceptKeyword(ast.KwOut) {
			return ast.ParamInOut
		}
		return ast.ParamIn
	case p.acceptKeyword(ast.KwOut):
		return ast.ParamOut
	case p.acceptKeyword(ast.KwInout):
		return ast.ParamInOut
	case p.acceptKeyword(ast.KwVariadic):
		return ast.ParamVariadic
	}
	return ast.ParamDefault
}

// atParamName reports whether a name stands here with a type or a mode behind
// it, rather than a type.
func (p *parser) atParamName() bool {
	if !p.tok.isTypeFunctionName() {
		return false
	}
	next := p.peek(1)
	if p.is(ast.KwDouble) && next.keyword == ast.KwPrecision {
		return false
	}
	switch next.kind {
	case tokenIdent:
		return true
	case tokenKeyword:
		switch next.keyword {
		case ast.KwDefault, ast.KwArray, ast.KwVarying:
			return false
		case ast.KwIn, ast.KwOut, ast.KwInout, ast.KwVariadic, ast.KwSetof:
			return true
		}
		return next.keyword.Category() != ast.Reserved
	}
	return false
}

var volatilities = map[ast.Keyword]ast.Volatility{
	ast.KwImmutable: ast.Immutable, ast.KwStable: ast.Stable, ast.KwVolatile: ast.Volatile,
}

// functionOption parses one attribute of a function; false if none stands here.
func (p *parser) functionOption(f *ast.CreateFunction) bool {
	switch {
	case p.acceptKeyword(ast.KwLanguage):
		if p.tok.kind == tokenString {
			f.Language = p.string()
		} else {
			f.Language = p.nonReservedWord()
		}
	case p.is(ast.KwAs):
		p.advance()
		f.Body = []string{p.string()}
		if p.accept(',') {
			f.Body = append(f.Body, p.string())
		}
	case p.acceptKeyword(ast.KwWindow):
		f.Window = true
	case p.acceptKeyword(ast.KwTransform):
		p.expectKeyword(ast.KwFor, ast.KwType)
		f.Transform = append(f.Transform, p.typeName())
		for p.accept(',') {
			p.expectKeyword(ast.KwFor, ast.KwType)
			f.Transform = append(f.Transform, p.typeName())
		}
	default:
		return p.commonFunctionOption(f)
	}
	return true
}

// commonFunctionOption parses an attribute that ALTER FUNCTION has too.
func (p *parser) commonFunctionOption(f *ast.CreateFunction) bool {
	if v, ok := volatilities[p.tok.keyword]; ok {
		p.advance()
		f.Volatility = v
		return true
	}
	switch {
	case p.acceptKeyword(ast.KwStrict),
		p.acceptKeywords(ast.KwReturns, ast.KwNull, ast.KwOn, ast.KwNull, ast.KwInput):
		f.NullInput = ast.ReturnsNullOnNullInput
	case p.acceptKeywords(ast.KwCalled, ast.KwOn, ast.KwNull, ast.KwInput):
		f.NullInput = ast.CalledOnNullInput
	case p.is(ast.KwSecurity) || p.isThen(ast.KwExternal, ast.KwSecurity):
		p.acceptKeyword(ast.KwExternal)
		p.advance()
		if p.acceptKeyword(ast.KwDefiner) {
			f.Security = ast.SecurityDefiner
		} else {
			p.expectKeyword(ast.KwInvoker)
			f.Security = ast.SecurityInvoker
		}
	case p.acceptKeyword(ast.KwLeakproof):
		f.Leakproof = true
	case p.acceptKeywords(ast.KwNot, ast.KwLeakproof):
		f.NotLeakproof = true
	case p.acceptKeyword(ast.KwCost):
		f.Cost = p.signedNumber()
	case p.acceptKeyword(ast.KwRows):
		f.Rows = p.signedNumber()
	case p.acceptKeyword(ast.KwParallel):
		f.Parallel = p.name()
	case p.acceptKeyword(ast.KwSupport):
		n := p.objectName()
		f.Support = &n
	case p.is(ast.KwSet):
		p.advance()
		v := &ast.SetVariable{At: p.here()}
		p.setRest(v)
		f.Config = append(f.Config, v)
	default:
		return false
	}
	return true
}

// functionSignature parses name [(params)].
func (p *parser) functionSignature(aggregate bool) *ast.FunctionSignature {
	s := &ast.FunctionSignature{At: p.here(), Name: p.functionName()}
	if p.tok.kind != '(' {
		if aggregate {
			p.fail()
		}
		s.NoArgs = true
		return s
	}
	if p.peek(1).kind == '*' && aggregate {
		p.advance()
		p.advance()
		p.expect(')')
		s.Star = true
		return s
	}
	s.Params = p.functionParams(false)
	return s
}

// alterFunction parses what follows ALTER FUNCTION name(…).
func (p *parser) alterFunction(at ast.At, kind ast.ObjectKind) ast.Statement {
	s := p.functionSignature(kind == ast.ObjectAggregate)
	switch p.tok.keyword {
	case ast.KwRename, ast.KwOwner:
		return p.alterObjectFunction(at, kind, s)
	case ast.KwSet:
		if p.peek(1).keyword == ast.KwSchema {
			return p.alterObjectFunction(at, kind, s)
		}
	}
	a := &ast.AlterFunction{At: at, Kind: kind, Function: s, Actions: &ast.CreateFunction{}}
	any := false
	for {
		switch {
		case p.is(ast.KwReset):
			a.Reset = append(a.Reset, p.reset().(*ast.Reset).Name)
		case p.commonFunctionOption(a.Actions):
		default:
			if !any {
				p.fail()
			}
			p.acceptKeyword(ast.KwRestrict)
			return a
		}
		any = true
	}
}

func (p *parser) callStatement() ast.Statement {
	at := p.here()
	p.advance()
	name := p.functionName()
	call := &ast.FuncCall{At: name.At, Name: name}
	p.expect('(')
	p.callArgs(call)
	p.expect(')')
	return &ast.Call{At: at, Call: call}
}
