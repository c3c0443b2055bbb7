package jsonpath

import (
	"strconv"
	"strings"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/regex"
	"github.com/ferritedb/ferrite/sql/types"
)

// depthMax bounds how high a tree is, and so every recursion over it.
const depthMax = 5000

// nodeBytes is about what a node of the tree holds.
const nodeBytes = 160

type parser struct {
	s string
	i int
	b *budget.Run
	t token // the next one
	// lexErr is why the next token, of kind 'x', could not be read.
	lexErr error
	depth  int
	// filters and subscripts are how many of them are open: @ stands in a filter
	// only, last in a subscript.
	filters, subscripts int
	taken               int64
}

// Parse reads a path. Errors: 42601, or those of the budget.
func Parse(b *budget.Run, s string) (*Path, error) {
	p := &parser{s: s, b: b}
	defer func() { p.b.Give(p.taken) }()
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.t.kind == 'e' {
		return nil, pgerr.Newf(pgerr.InvalidTextRepresentation, "invalid input syntax for type jsonpath: \"%s\"", s)
	}
	out := &Path{}
	if p.keyword("strict") {
		out.strict = true
	} else {
		p.keyword("lax")
	}
	var err error
	if out.root, err = p.or(); err != nil {
		return nil, err
	}
	if p.t.kind != 'e' {
		return nil, p.refuse()
	}
	return out, nil
}

func (p *parser) advance() (err error) {
	if err = p.b.Step(1); err == nil {
		p.t, err = p.lex()
	}
	return err
}

// node makes a node, counted, and measures it.
func (p *parser) node(n node) (*node, error) {
	if err := p.b.Take(nodeBytes); err != nil {
		return nil, err
	}
	p.taken += nodeBytes
	for _, a := range n.args {
		n.height = max(n.height, a.height+1)
	}
	for _, r := range n.ranges {
		for _, a := range r {
			if a != nil {
				n.height = max(n.height, a.height+1)
			}
		}
	}
	if n.height > depthMax {
		return nil, errDepth()
	}
	return &n, nil
}

func errDepth() error { return &budget.Exceeded{Kind: budget.ErrDepth, Limit: depthMax} }

// enter opens a level; p.leave closes it.
func (p *parser) enter() error {
	if p.depth++; p.depth > depthMax {
		return errDepth()
	}
	return p.b.Enter()
}

func (p *parser) leave() {
	p.depth--
	p.b.Leave()
}

// isWord tells that the next token is a keyword; null, true and false are in
// lower case, others in any.
func (p *parser) isWord(w string) bool {
	if p.t.kind != 'w' || len(p.t.text) != len(w) {
		return false
	}
	if w == "null" || w == "true" || w == "false" {
		return p.t.text == w
	}
	return strings.EqualFold(p.t.text, w)
}

// keyword takes a keyword. An error in what follows shows at the next token.
func (p *parser) keyword(w string) bool {
	if !p.isWord(w) {
		return false
	}
	p.take()
	return true
}

func (p *parser) isOp(o string) bool { return p.t.kind == 'o' && p.t.text == o }

func (p *parser) op(o string) bool {
	if !p.isOp(o) {
		return false
	}
	p.take()
	return true
}

// take moves to the next token; one that cannot be read is kind 'x', which no
// rule accepts.
func (p *parser) take() {
	if err := p.advance(); err != nil {
		p.t = token{kind: 'x', at: p.i, end: p.i}
		p.lexErr = err
	}
}

// refuse is the error of the next token.
func (p *parser) refuse() error {
	if p.lexErr != nil {
		return p.lexErr
	}
	return p.fail(p.t)
}

func (p *parser) expect(o string) error {
	if !p.op(o) {
		return p.refuse()
	}
	return nil
}

// or reads a predicate or an expression: what it is, its kind tells.
func (p *parser) or() (*node, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	return p.chain(p.and, kOr, "||")
}

func (p *parser) and() (*node, error) { return p.chain(p.comparison, kAnd, "&&") }

// chain reads predicates joined by an operator.
func (p *parser) chain(next func() (*node, error), k kind, o string) (*node, error) {
	l, err := next()
	for err == nil && p.isOp(o) {
		if !isPredicate(l) {
			return nil, p.refuse()
		}
		p.take()
		var r *node
		if r, err = next(); err != nil {
			break
		}
		if !isPredicate(r) {
			return nil, p.refuse()
		}
		l, err = p.node(node{kind: k, args: []*node{l, r}})
	}
	return l, err
}

func isPredicate(n *node) bool { return n.kind.predicate() && len(n.next) == 0 }

var comparisons = []struct {
	op string
	k  kind
}{{"==", kEqual}, {"!=", kNotEqual}, {"<>", kNotEqual}, {"<=", kLessEqual}, {">=", kGreaterEqual}, {"<", kLess}, {">", kGreater}}

func (p *parser) comparison() (*node, error) {
	if p.isOp("!") {
		p.take()
		return p.not()
	}
	l, err := p.sum()
	if err != nil || isPredicate(l) {
		return l, err
	}
	for _, c := range comparisons {
		if !p.op(c.op) {
			continue
		}
		r, err := p.sum()
		if err != nil {
			return nil, err
		}
		if isPredicate(r) {
			return nil, p.refuse()
		}
		return p.node(node{kind: c.k, args: []*node{l, r}})
	}
	switch {
	case p.keyword("starts"):
		if !p.keyword("with") {
			return nil, p.refuse()
		}
		if p.t.kind != 's' && p.t.kind != 'v' {
			return nil, p.refuse()
		}
		r, err := p.primary()
		if err != nil {
			return nil, err
		}
		return p.node(node{kind: kStartsWith, args: []*node{l, r}})
	case p.keyword("like_regex"):
		return p.likeRegex(l)
	}
	return l, nil
}

// not reads what stands behind !: a predicate in parentheses, or exists.
func (p *parser) not() (*node, error) {
	if !p.isOp("(") && !p.isWord("exists") {
		return nil, p.refuse()
	}
	n, err := p.primary()
	if err != nil {
		return nil, err
	}
	if !isPredicate(n) {
		return nil, p.refuse()
	}
	return p.node(node{kind: kNot, args: []*node{n}})
}

func (p *parser) likeRegex(l *node) (*node, error) {
	if p.t.kind != 's' {
		return nil, p.refuse()
	}
	n := node{kind: kLikeRegex, text: p.t.text, args: []*node{l}}
	p.take()
	if p.keyword("flag") {
		if p.t.kind != 's' {
			return nil, p.refuse()
		}
		for _, f := range p.t.text {
			if !strings.ContainsRune("ismxq", f) {
				return nil, pgerr.New(pgerr.SyntaxError, "invalid input syntax for type jsonpath").
					WithDetailf("Unrecognized flag character \"%c\" in LIKE_REGEX predicate.", f)
			}
		}
		for _, f := range "ismxq" {
			if strings.ContainsRune(p.t.text, f) {
				n.flags += string(f)
			}
		}
		p.take()
	}
	if strings.Contains(n.flags, "x") && !strings.Contains(n.flags, "q") {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "XQuery \"x\" flag (expanded regular expressions) is not implemented")
	}
	if _, err := regex.Compile(n.text, regexFlags(n.flags)); err != nil {
		return nil, err
	}
	return p.node(n)
}

// regexFlags turns XQuery's flags into those of an ARE: without s the dot does
// not match a newline.
func regexFlags(flags string) string {
	out := ""
	if strings.Contains(flags, "i") {
		out = "i"
	}
	if strings.Contains(flags, "q") {
		return out + "q"
	}
	if !strings.Contains(flags, "s") {
		out += "p"
	}
	if strings.Contains(flags, "m") {
		out += "w"
	}
	return out
}

func (p *parser) sum() (*node, error) {
	return p.arithmetic(p.product, map[string]kind{"+": kAdd, "-": kSub})
}

func (p *parser) product() (*node, error) {
	return p.arithmetic(p.unary, map[string]kind{"*": kMul, "/": kDiv, "%": kMod})
}

func (p *parser) arithmetic(next func() (*node, error), ops map[string]kind) (*node, error) {
	l, err := next()
	for err == nil && p.t.kind == 'o' {
		k, ok := ops[p.t.text]
		if !ok {
			break
		}
		if isPredicate(l) {
			return nil, p.refuse()
		}
		p.take()
		var r *node
		if r, err = next(); err != nil {
			break
		}
		if isPredicate(r) {
			return nil, p.refuse()
		}
		l, err = p.node(node{kind: k, args: []*node{l, r}})
	}
	return l, err
}

// unary reads signs, the last of which stands next to the operand.
func (p *parser) unary() (*node, error) {
	var signs []kind
	for p.isOp("-") || p.isOp("+") {
		k := kPlus
		if p.t.text == "-" {
			k = kMinus
		}
		if signs = append(signs, k); len(signs) > depthMax {
			return nil, errDepth()
		}
		p.take()
	}
	n, err := p.primary()
	for i := len(signs) - 1; i >= 0 && err == nil; i-- {
		if isPredicate(n) {
			return nil, p.refuse()
		}
		if n.kind == kConst && n.value.Kind == types.JSONNumber && len(n.next) == 0 {
			if signs[i] == kMinus {
				n, err = p.node(node{kind: kConst, value: negated(n.value)})
			}
			continue
		}
		n, err = p.node(node{kind: signs[i], args: []*node{n}})
	}
	return n, err
}

func negated(v *types.JSONValue) *types.JSONValue {
	d, err := types.ParseNumeric(v.Str)
	if err != nil {
		return v
	}
	return number(types.NegNumeric(d))
}

// primary reads a primary with its accessors.
func (p *parser) primary() (*node, error) {
	n, err := p.bare()
	if err != nil {
		return nil, err
	}
	for {
		a, err := p.accessor()
		if err != nil {
			return nil, err
		}
		if a == nil {
			return n, nil
		}
		n.next = append(n.next, a)
		n.height = max(n.height, a.height+1)
	}
}

func (p *parser) bare() (*node, error) {
	t := p.t
	switch {
	case t.kind == 'x':
		return nil, p.refuse()
	case p.op("("):
		return p.parenthesis()
	case p.op("$"):
		return p.node(node{kind: kRoot})
	case p.op("@"):
		if p.filters == 0 {
			return nil, pgerr.New(pgerr.SyntaxError, "@ is not allowed in root expressions")
		}
		return p.node(node{kind: kCurrent})
	case t.kind == 'v':
		p.take()
		return p.node(node{kind: kVariable, text: t.text})
	case t.kind == 's':
		p.take()
		return p.node(node{kind: kConst, value: &types.JSONValue{Kind: types.JSONString, Str: t.text}})
	case t.kind == 'n':
		p.take()
		d, err := types.ParseNumeric(t.text)
		if err != nil {
			return nil, err
		}
		return p.node(node{kind: kConst, value: number(d)})
	}
	return p.bareWord()
}

func (p *parser) bareWord() (*node, error) {
	switch {
	case p.keyword("last"):
		if p.subscripts == 0 {
			return nil, pgerr.New(pgerr.SyntaxError, "LAST is allowed only in array subscripts")
		}
		return p.node(node{kind: kLast})
	case p.keyword("null"):
		return p.node(node{kind: kConst, value: &types.JSONValue{Kind: types.JSONNull}})
	case p.keyword("true"):
		return p.node(node{kind: kConst, value: &types.JSONValue{Kind: types.JSONBool, Bool: true}})
	case p.keyword("false"):
		return p.node(node{kind: kConst, value: &types.JSONValue{Kind: types.JSONBool}})
	case p.keyword("exists"):
		if err := p.expect("("); err != nil {
			return nil, err
		}
		n, err := p.or()
		if err != nil {
			return nil, err
		}
		if isPredicate(n) {
			return nil, p.refuse()
		}
		if err := p.expect(")"); err != nil {
			return nil, err
		}
		return p.node(node{kind: kExists, args: []*node{n}})
	}
	return nil, p.refuse()
}

// parenthesis reads what stands in parentheses; a predicate may be asked whether
// it is unknown.
func (p *parser) parenthesis() (*node, error) {
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	if isPredicate(n) && p.keyword("is") {
		if !p.keyword("unknown") {
			return nil, p.refuse()
		}
		return p.node(node{kind: kIsUnknown, args: []*node{n}})
	}
	return n, nil
}

// accessor reads one accessor; nil for none.
func (p *parser) accessor() (*node, error) {
	switch {
	case p.op("."):
		return p.dotted()
	case p.op("["):
		return p.subscript()
	case p.op("?"):
		if err := p.expect("("); err != nil {
			return nil, err
		}
		p.filters++
		defer func() { p.filters-- }()
		cond, err := p.or()
		if err != nil {
			return nil, err
		}
		if !isPredicate(cond) {
			return nil, p.refuse()
		}
		if err := p.expect(")"); err != nil {
			return nil, err
		}
		return p.node(node{kind: kFilter, args: []*node{cond}})
	}
	return nil, nil
}

var methods = map[string]bool{"type": true, "size": true, "abs": true, "floor": true, "ceiling": true, "double": true, "keyvalue": true, "datetime": true}

func (p *parser) dotted() (*node, error) {
	t := p.t
	switch {
	case p.op("*"):
		return p.node(node{kind: kAnyKey})
	case p.op("**"):
		return p.anyLevel()
	case t.kind == 's':
		p.take()
		return p.node(node{kind: kKey, text: t.text})
	case t.kind != 'w':
		return nil, p.refuse()
	}
	p.take()
	name := strings.ToLower(t.text)
	if !methods[name] || !p.op("(") {
		return p.node(node{kind: kKey, text: t.text})
	}
	n := node{kind: kMethod, text: name}
	if name == "datetime" && p.t.kind == 's' {
		arg, err := p.bare()
		if err != nil {
			return nil, err
		}
		n.args = []*node{arg}
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	return p.node(n)
}

// anyLevel reads the levels behind .**.
func (p *parser) anyLevel() (*node, error) {
	n := node{kind: kAny, last: levelLast}
	if !p.op("{") {
		return p.node(n)
	}
	level := func() (int, error) {
		if p.keyword("last") {
			return levelLast, nil
		}
		v, err := strconv.ParseUint(p.t.text, 10, 31)
		if p.t.kind != 'n' || err != nil {
			return 0, p.refuse()
		}
		p.take()
		return int(v), nil
	}
	var err error
	if n.first, err = level(); err != nil {
		return nil, err
	}
	n.last = n.first
	if p.keyword("to") {
		if n.last, err = level(); err != nil {
			return nil, err
		}
	}
	if err := p.expect("}"); err != nil {
		return nil, err
	}
	return p.node(n)
}

func (p *parser) subscript() (*node, error) {
	if p.op("*") {
		if err := p.expect("]"); err != nil {
			return nil, err
		}
		return p.node(node{kind: kAnyArray})
	}
	p.subscripts++
	defer func() { p.subscripts-- }()
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	n := node{kind: kIndex}
	for {
		from, err := p.sum()
		if err != nil {
			return nil, err
		}
		var to *node
		if p.keyword("to") {
			if to, err = p.sum(); err != nil {
				return nil, err
			}
		}
		if isPredicate(from) || to != nil && isPredicate(to) {
			return nil, p.refuse()
		}
		n.ranges = append(n.ranges, [2]*node{from, to})
		if p.op("]") {
			return p.node(n)
		}
		if err := p.expect(","); err != nil {
			return nil, err
		}
	}
}
