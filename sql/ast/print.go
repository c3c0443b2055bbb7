package ast

import (
	"fmt"
	"strconv"
	"strings"
)

// Print returns the canonical text of a node: one line, key words in upper
// case, names quoted where they must be, parentheses only where the grammar
// needs them. Parsing the text gives a tree that prints the same.
func Print(n Node) string {
	var p printer
	p.node(n)
	return p.buf.String()
}

// printer writes a tree as text. Its methods are spread over print_*.go, one
// file per family of nodes.
type printer struct{ buf strings.Builder }

func (p *printer) str(s ...string) {
	for _, x := range s {
		p.buf.WriteString(x)
	}
}

func (p *printer) int(n int) { p.str(strconv.Itoa(n)) }

// opt writes s if on.
func (p *printer) opt(on bool, s string) {
	if on {
		p.str(s)
	}
}

// sep writes ", " before all items but the first.
func (p *printer) sep(i int) {
	if i > 0 {
		p.str(", ")
	}
}

func (p *printer) node(n Node) {
	switch n := n.(type) {
	case Statement:
		p.statement(n)
	case Expr:
		p.expr(n)
	case TableRef:
		p.tableRef(n)
	case SelectBody:
		p.selectBody(n)
	case TableElement:
		p.tableElement(n)
	case *TypeName:
		p.typeName(n)
	case ObjectName:
		p.objectName(n)
	case *Target:
		p.target(n)
	case *OrderItem:
		p.orderItem(n)
	case *WindowSpec:
		p.windowSpec(n)
	case *With:
		p.with(n)
	case *IndexElement:
		p.indexElement(n)
	case *FunctionSignature:
		p.functionSignature(n)
	default:
		panic(fmt.Sprintf("ast: %T has no printed form of its own", n))
	}
}

// QuoteIdentifier returns name as it must be written in SQL: in double quotes
// unless it is a lower-case word that is no key word, or an unreserved one.
func QuoteIdentifier(name string) string {
	if isPlainName(name) && LookupKeyword(name).Category() == Unreserved {
		return name
	}
	return quoted(name)
}

func quoted(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

func isPlainName(name string) bool {
	if name == "" || '0' <= name[0] && name[0] <= '9' {
		return false
	}
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// QuoteString returns s as a string constant.
func QuoteString(s string) string {
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

func (p *printer) name(s string) { p.str(QuoteIdentifier(s)) }

// strictName quotes every key word: for places where an unreserved one could
// be taken as a part of the grammar.
func (p *printer) strictName(s string) {
	if isPlainName(s) && LookupKeyword(s) == NoKeyword {
		p.str(s)
		return
	}
	p.str(quoted(s))
}

func (p *printer) names(list []string) {
	for i, s := range list {
		p.sep(i)
		p.name(s)
	}
}

// parenNames writes " (a, b)" after what stands before it, if there are names.
func (p *printer) parenNames(list []string) {
	if len(list) > 0 {
		p.str(" (")
		p.names(list)
		p.str(")")
	}
}

func (p *printer) path(parts []string) {
	for i, s := range parts {
		if i > 0 {
			p.str(".")
		}
		p.name(s)
	}
}

func (p *printer) objectName(n ObjectName) {
	if n.Catalog != "" {
		p.name(n.Catalog)
		p.str(".")
	}
	if n.Schema != "" {
		p.name(n.Schema)
		p.str(".")
	}
	p.name(n.Name)
}

func (p *printer) objectNames(list []ObjectName) {
	for i, n := range list {
		p.sep(i)
		p.objectName(n)
	}
}

func (p *printer) operator(op Operator) {
	if op.Schema == "" {
		p.str(op.Name)
		return
	}
	p.str("OPERATOR(")
	p.name(op.Schema)
	p.str(".", op.Name, ")")
}

func (p *printer) behavior(b DropBehavior) {
	switch b {
	case DropRestrict:
		p.str(" RESTRICT")
	case DropCascade:
		p.str(" CASCADE")
	}
}

func (p *printer) persistence(x Persistence) {
	switch x {
	case Temporary:
		p.str("TEMPORARY ")
	case Unlogged:
		p.str("UNLOGGED ")
	}
}

func (p *printer) role(r RoleSpec) {
	switch r.Kind {
	case RoleCurrentUser:
		p.str("CURRENT_USER")
	case RoleCurrentRole:
		p.str("CURRENT_ROLE")
	case RoleSessionUser:
		p.str("SESSION_USER")
	case RolePublic:
		p.str("PUBLIC")
	default:
		p.strictName(r.Name)
	}
}

func (p *printer) roles(list []RoleSpec) {
	for i, r := range list {
		p.sep(i)
		p.role(r)
	}
}

// storageOptions writes (name = value, …).
func (p *printer) storageOptions(list []*Option) { p.options(list, " = ") }

// wordOptions writes (name value, …).
func (p *printer) wordOptions(list []*Option) { p.options(list, " ") }

func (p *printer) options(list []*Option, assign string) {
	p.str("(")
	for i, o := range list {
		p.sep(i)
		p.path(strings.Split(o.Name, "."))
		if o.Kind != OptionNone {
			p.str(assign)
			p.optionValue(o)
		}
	}
	p.str(")")
}

func (p *printer) optionValue(o *Option) {
	switch o.Kind {
	case OptionWord:
		// Any word may stand here, key words too.
		if isPlainName(o.Value) {
			p.str(o.Value)
		} else {
			p.str(quoted(o.Value))
		}
	case OptionString:
		p.str(QuoteString(o.Value))
	case OptionNumber:
		p.str(o.Value)
	case OptionStar:
		p.str("*")
	case OptionList:
		p.str("(")
		p.names(o.List)
		p.str(")")
	}
}

// with options, if any: " WITH (…)".
func (p *printer) withStorage(list []*Option) {
	if len(list) > 0 {
		p.str(" WITH ")
		p.storageOptions(list)
	}
}

func (p *printer) tablespace(name string) {
	if name != "" {
		p.str(" TABLESPACE ")
		p.name(name)
	}
}
