package parse

import "github.com/ferritedb/ferrite/sql/ast"

// storageOptions parses (name [= value], …): storage parameters, whose names
// may have a namespace.
func (p *parser) storageOptions() []*ast.Option {
	p.expect('(')
	var list []*ast.Option
	for {
		o := &ast.Option{At: p.here(), Name: p.columnLabel()}
		if p.accept('.') {
			o.Name += "." + p.columnLabel()
		}
		if p.accept('=') {
			p.optionValue(o)
		}
		list = append(list, o)
		if !p.accept(',') {
			break
		}
	}
	p.expect(')')
	return list
}

// wordOptions parses (name [value], …): the options of COPY, EXPLAIN, VACUUM.
func (p *parser) wordOptions() []*ast.Option {
	p.expect('(')
	var list []*ast.Option
	for {
		o := &ast.Option{At: p.here(), Name: p.columnLabel()}
		if p.tok.kind != ',' && p.tok.kind != ')' {
			p.optionValue(o)
		}
		list = append(list, o)
		if !p.accept(',') {
			break
		}
	}
	p.expect(')')
	return list
}

// optionValue parses a word, string, number, * or list of names.
func (p *parser) optionValue(o *ast.Option) {
	switch p.tok.kind {
	case tokenString:
		o.Kind, o.Value = ast.OptionString, p.string()
	case tokenInteger, tokenNumeric, '-':
		o.Kind, o.Value = ast.OptionNumber, p.signedNumber()
	case '*':
		p.advance()
		o.Kind = ast.OptionStar
	case '(':
		p.advance()
		o.Kind = ast.OptionList
		for {
			if p.tok.kind == tokenString {
				o.List = append(o.List, p.string())
			} else {
				o.List = append(o.List, p.columnLabel())
			}
			if !p.accept(',') {
				break
			}
		}
		p.expect(')')
	case tokenIdent, tokenKeyword:
		o.Kind, o.Value = ast.OptionWord, p.columnLabel()
	default:
		if p.tok.kind == '+' && (p.peek(1).kind == tokenInteger || p.peek(1).kind == tokenNumeric) {
			o.Kind, o.Value = ast.OptionNumber, p.signedNumber()
			return
		}
		p.fail()
	}
}

// wordOption is an option that a key word alone stands for.
func wordOption(at ast.At, name string) *ast.Option { return &ast.Option{At: at, Name: name} }
