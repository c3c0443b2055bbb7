package builtin

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// pathNode is a node of a parsed jsonpath (manual section 9.16.2).
type pathNode struct {
	op    string // "$", "@", "const", "key", "index", "[*]", ".*", "filter", "method", or an operator
	text  string // of a key or method
	value *types.JSONValue
	args  []*pathNode // operands; for accessors the node they apply to comes first
	// Of "index": pairs of subscripts; to is nil for a single one, last stands
	// for the end.
	ranges [][2]*pathNode
}

type pathParser struct {
	s string
	i int
}

func (p *pathParser) fail() error {
	at := "at end of jsonpath input"
	if p.i < len(p.s) {
		at = "at or near \"" + runePrefix(p.s[p.i:], 1) + "\" of jsonpath input"
	}
	return pgerr.New(pgerr.SyntaxError, "syntax error "+at)
}

// parsePath reads a jsonpath; strict tells the mode.
func parsePath(s string) (n *pathNode, strict bool, err error) {
	p := &pathParser{s: s}
	p.space()
	if p.word("strict") {
		strict = true
	} else {
		p.word("lax")
	}
	if n, err = p.or(); err != nil {
		return nil, false, err
	}
	if p.space(); p.i < len(p.s) {
		return nil, false, p.fail()
	}
	return n, strict, nil
}

func (p *pathParser) space() {
	for p.i < len(p.s) && strings.IndexByte(" \t\r\n", p.s[p.i]) >= 0 {
		p.i++
	}
}

func (p *pathParser) token(t string) bool {
	p.space()
	if strings.HasPrefix(p.s[p.i:], t) {
		p.i += len(t)
		return true
	}
	return false
}

// word takes a keyword that is not the start of a longer name.
func (p *pathParser) word(w string) bool {
	p.space()
	rest := p.s[p.i:]
	if strings.HasPrefix(rest, w) && (len(rest) == len(w) || !nameByte(rest[len(w)])) {
		p.i += len(w)
		return true
	}
	return false
}

func nameByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}

func (p *pathParser) binary(next func() (*pathNode, error), ops ...string) (*pathNode, error) {
	l, err := next()
	for err == nil {
		op := ""
		for _, o := range ops {
			if p.token(o) {
				op = o
				break
			}
		}
		if op == "" {
			return l, nil
		}
		var r *pathNode
		if r, err = next(); err == nil {
			l = &pathNode{op: op, args: []*pathNode{l, r}}
		}
	}
	return nil, err
}

func (p *pathParser) or() (*pathNode, error)  { return p.binary(p.and, "||") }
func (p *pathParser) and() (*pathNode, error) { return p.binary(p.not, "&&") }

func (p *pathParser) not() (*pathNode, error) {
	if p.space(); p.i < len(p.s) && p.s[p.i] == '!' && !strings.HasPrefix(p.s[p.i:], "!=") {
		p.i++
		n, err := p.not()
		return &pathNode{op: "!", args: []*pathNode{n}}, err
	}
	if p.word("exists") {
		if !p.token("(") {
			return nil, p.fail()
		}
		n, err := p.or()
		if err == nil && !p.token(")") {
			err = p.fail()
		}
		return &pathNode{op: "exists", args: []*pathNode{n}}, err
	}
	return p.comparison()
}

func (p *pathParser) comparison() (*pathNode, error) {
	l, err := p.sum()
	if err != nil {
		return nil, err
	}
	for _, o := range []string{"==", "!=", "<>", "<=", ">=", "<", ">"} {
		if p.token(o) {
			r, err := p.sum()
			if o == "<>" {
				o = "!="
			}
			return &pathNode{op: o, args: []*pathNode{l, r}}, err
		}
	}
	switch {
	case p.word("starts"):
		if !p.word("with") {
			return nil, p.fail()
		}
		r, err := p.sum()
		return &pathNode{op: "starts with", args: []*pathNode{l, r}}, err
	case p.word("like_regex"):
		pattern, err := p.str()
		flags := ""
		if err == nil && p.word("flag") {
			flags, err = p.str()
		}
		return &pathNode{op: "like_regex", text: pattern, args: []*pathNode{l}, value: &types.JSONValue{Str: flags}}, err
	case p.word("is"):
		if !p.word("unknown") {
			return nil, p.fail()
		}
		return &pathNode{op: "is unknown", args: []*pathNode{l}}, nil
	}
	return l, nil
}

func (p *pathParser) sum() (*pathNode, error)     { return p.binary(p.product, "+", "-") }
func (p *pathParser) product() (*pathNode, error) { return p.binary(p.unary, "*", "/", "%") }

func (p *pathParser) unary() (*pathNode, error) {
	for _, o := range []string{"-", "+"} {
		if p.token(o) {
			n, err := p.unary()
			return &pathNode{op: "unary" + o, args: []*pathNode{n}}, err
		}
	}
	n, err := p.primary()
	for err == nil {
		var next *pathNode
		if next, err = p.accessor(n); next == nil {
			break
		}
		n = next
	}
	return n, err
}

func (p *pathParser) primary() (*pathNode, error) {
	switch {
	case p.token("("):
		n, err := p.or()
		if err == nil && !p.token(")") {
			err = p.fail()
		}
		return n, err
	case p.token("@"):
		return &pathNode{op: "@"}, nil
	case p.token("$"):
		if p.i < len(p.s) && (nameByte(p.s[p.i]) || p.s[p.i] == '"') {
			name, err := p.name()
			return &pathNode{op: "var", text: name}, err
		}
		return &pathNode{op: "$"}, nil
	case p.word("last"):
		return &pathNode{op: "last"}, nil
	}
	return p.literal()
}

func (p *pathParser) literal() (*pathNode, error) {
	p.space()
	end := p.i
	if end < len(p.s) && p.s[end] == '"' {
		s, err := p.str()
		return &pathNode{op: "const", value: &types.JSONValue{Kind: types.JSONString, Str: s}}, err
	}
	for end < len(p.s) && (nameByte(p.s[end]) || p.s[end] == '.' && end > p.i && end+1 < len(p.s) && p.s[end+1] >= '0' && p.s[end+1] <= '9') {
		end++
	}
	v, err := types.ParseJSON(p.s[p.i:end])
	if err != nil {
		return nil, p.fail()
	}
	p.i = end
	return &pathNode{op: "const", value: v}, nil
}

// str reads a string in double quotes, by JSON's rules.
func (p *pathParser) str() (string, error) {
	p.space()
	if p.i >= len(p.s) || p.s[p.i] != '"' {
		return "", p.fail()
	}
	end := p.i + 1
	for end < len(p.s) && p.s[end] != '"' {
		if p.s[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(p.s) {
		return "", p.fail()
	}
	v, err := types.ParseJSON(p.s[p.i : end+1])
	if err != nil {
		return "", p.fail()
	}
	p.i = end + 1
	return v.Str, nil
}

func (p *pathParser) name() (string, error) {
	if p.space(); p.i < len(p.s) && p.s[p.i] == '"' {
		return p.str()
	}
	start := p.i
	for p.i < len(p.s) && nameByte(p.s[p.i]) {
		p.i++
	}
	if start == p.i {
		return "", p.fail()
	}
	return p.s[start:p.i], nil
}

// accessor reads .key, .*, .method(), [..], ?(..) after a node; nil for none.
func (p *pathParser) accessor(on *pathNode) (*pathNode, error) {
	args := []*pathNode{on}
	switch {
	case p.token(".**"):
		return nil, pgerr.NotSupported("the jsonpath accessor .**")
	case p.token(".*"):
		return &pathNode{op: ".*", args: args}, nil
	case p.token("."):
		name, err := p.name()
		if err == nil && p.token("(") {
			if !p.token(")") {
				return nil, p.fail()
			}
			return &pathNode{op: "method", text: name, args: args}, nil
		}
		return &pathNode{op: "key", text: name, args: args}, err
	case p.token("?"):
		if !p.token("(") {
			return nil, p.fail()
		}
		cond, err := p.or()
		if err == nil && !p.token(")") {
			err = p.fail()
		}
		return &pathNode{op: "filter", args: append(args, cond)}, err
	case p.token("["):
		if p.token("*") {
			if !p.token("]") {
				return nil, p.fail()
			}
			return &pathNode{op: "[*]", args: args}, nil
		}
		return p.subscripts(args)
	}
	return nil, nil
}

func (p *pathParser) subscripts(args []*pathNode) (*pathNode, error) {
	n := &pathNode{op: "index", args: args}
	for {
		from, err := p.sum()
		if err != nil {
			return nil, err
		}
		var to *pathNode
		if p.word("to") {
			if to, err = p.sum(); err != nil {
				return nil, err
			}
		}
		n.ranges = append(n.ranges, [2]*pathNode{from, to})
		if p.token("]") {
			return n, nil
		}
		if !p.token(",") {
			return nil, p.fail()
		}
	}
}
