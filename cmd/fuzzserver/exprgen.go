package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// exprGen writes random expressions of a wanted type. Not safe for concurrent use.
type exprGen struct {
	r   *rand.Rand
	cat *catalog
	// scope: the columns that may be named, qualified.
	scope []column
	depth int
	// query writes a scalar subquery of a type; nil: none.
	query func(typ string) string
}

const exprDepthMax = 4

// commonTypes are wanted where any type will do.
var commonTypes = []string{"int4", "int8", "text", "numeric", "bool", "float8", "jsonb", "timestamptz", "date", "interval", "bytea", "_int4", "_text", "int4range", "uuid", "varbit", "inet", "json", "time"}

func (g *exprGen) anyType() string { return pick(g.r, commonTypes) }

// concrete picks a type for a polymorphic one; the same for all of one call.
func concrete(typ, elem string) string {
	switch typ {
	case "anyelement", "any", "anynonarray", "anycompatible", "anycompatiblenonarray":
		return elem
	case "anyarray", "anycompatiblearray":
		return "_" + strings.TrimPrefix(elem, "_")
	case "anyrange", "anycompatiblerange":
		return "int4range"
	case "anymultirange", "anycompatiblemultirange":
		return "int4multirange"
	case "anyenum":
		return "text"
	}
	return typ
}

// expr is an expression of the type, by luck: literals of types that it does not
// know become NULL.
func (g *exprGen) expr(typ string) string {
	if g.depth >= exprDepthMax || g.r.IntN(4) == 0 {
		return g.leaf(typ)
	}
	g.depth++
	defer func() { g.depth-- }()
	switch g.r.IntN(12) {
	case 0, 1, 2:
		if list := g.cat.functionsBy[typ]; len(list) > 0 {
			return g.call(&g.cat.functions[pick(g.r, list)])
		}
	case 3, 4, 5:
		if list := g.cat.operatorsBy[typ]; len(list) > 0 {
			return g.operator(&g.cat.operators[pick(g.r, list)])
		}
	case 6:
		return fmt.Sprintf("CASE WHEN %s THEN %s ELSE %s END", g.expr("bool"), g.expr(typ), g.expr(typ))
	case 7:
		return fmt.Sprintf("coalesce(%s, %s)", g.expr(typ), g.expr(typ))
	case 8:
		return fmt.Sprintf("(%s)::%s", g.expr(g.anyType()), ident(typ))
	case 9:
		if g.query != nil {
			return "(" + g.query(typ) + ")"
		}
	case 10:
		if typ == "bool" {
			return g.boolean()
		}
		return fmt.Sprintf("nullif(%s, %s)", g.expr(typ), g.expr(typ))
	}
	return g.leaf(typ)
}

func (g *exprGen) boolean() string {
	typ := g.anyType()
	switch g.r.IntN(10) {
	case 0:
		return fmt.Sprintf("(%s IN (%s, %s))", g.expr(typ), g.expr(typ), g.expr(typ))
	case 1:
		return fmt.Sprintf("(%s BETWEEN %s AND %s)", g.expr(typ), g.expr(typ), g.expr(typ))
	case 2:
		return fmt.Sprintf("(%s IS DISTINCT FROM %s)", g.expr(typ), g.expr(typ))
	case 3:
		return fmt.Sprintf("(%s LIKE %s)", g.expr("text"), g.expr("text"))
	case 4:
		return fmt.Sprintf("(%s ~ %s)", g.expr("text"), quote(pick(g.r, texts)))
	case 5:
		return fmt.Sprintf("(%s = ANY (%s))", g.expr("int4"), g.expr("_int4"))
	case 6:
		if g.query != nil {
			return fmt.Sprintf("(%s IN (%s))", g.expr(typ), g.query(typ))
		}
	case 7:
		if g.query != nil {
			return "EXISTS (" + g.query(typ) + ")"
		}
	case 8:
		return "random() < 0.5"
	}
	return fmt.Sprintf("(%s AND NOT %s OR %s IS NULL)", g.expr("bool"), g.expr("bool"), g.expr(typ))
}

func (g *exprGen) leaf(typ string) string {
	if len(g.scope) > 0 && g.r.IntN(3) > 0 {
		start := g.r.IntN(len(g.scope))
		for i := range g.scope {
			if c := g.scope[(start+i)%len(g.scope)]; c.typ == typ {
				return c.name
			}
		}
	}
	if v, ok := literal(g.r, typ); ok {
		return v
	}
	if typ == "" || typ == "void" || typ == "record" || strings.HasPrefix(typ, "any") {
		v, _ := literal(g.r, "int4")
		return v
	}
	return "NULL::" + ident(typ)
}

func (g *exprGen) args(f *function) []string {
	elem := g.anyType()
	var out []string
	for _, typ := range f.args {
		out = append(out, g.expr(concrete(typ, elem)))
	}
	return out
}

func (g *exprGen) call(f *function) string {
	return funcName(f.name) + "(" + strings.Join(g.args(f), ", ") + ")"
}

// funcName quotes what the grammar treats as words of its own.
func funcName(name string) string { return `"` + name + `"` }

func (g *exprGen) operator(o *operatorInfo) string {
	elem := g.anyType()
	right := g.expr(concrete(o.right, elem))
	if o.left == "" {
		return "(" + o.name + " " + right + ")"
	}
	return "(" + g.expr(concrete(o.left, elem)) + " " + o.name + " " + right + ")"
}

// aggregate is a call of an aggregate, also as a window function.
func (g *exprGen) aggregate(f *function, over string) string {
	args := g.args(f)
	if f.ordered {
		direct := args
		if f.name != "mode" && len(args) > 1 {
			direct = args[:1]
		} else if f.name == "mode" {
			direct = nil
		}
		return fmt.Sprintf("%s(%s) WITHIN GROUP (ORDER BY %s)", funcName(f.name), strings.Join(direct, ", "), g.expr(g.anyType()))
	}
	list := strings.Join(args, ", ")
	if len(args) == 0 && f.name == "count" {
		list = "*"
	}
	if over == "" && len(args) > 0 {
		switch g.r.IntN(5) {
		case 0:
			list = "DISTINCT " + list
		case 1:
			list += " ORDER BY " + g.expr(g.anyType())
		}
	}
	text := funcName(f.name) + "(" + list + ")"
	if g.r.IntN(6) == 0 {
		text += " FILTER (WHERE " + g.expr("bool") + ")"
	}
	return text + over
}

// over is a window.
func (g *exprGen) over() string {
	var b strings.Builder
	b.WriteString(" OVER (")
	if g.r.IntN(2) == 0 {
		b.WriteString("PARTITION BY " + g.expr(g.anyType()) + " ")
	}
	typ := pick(g.r, []string{"int4", "numeric", "date", "text"})
	b.WriteString("ORDER BY " + g.expr(typ))
	bound := func() string {
		return pick(g.r, []string{"UNBOUNDED PRECEDING", "CURRENT ROW", "UNBOUNDED FOLLOWING", pick(g.r, integers) + " PRECEDING", pick(g.r, integers) + " FOLLOWING", "'1 day'::interval FOLLOWING"})
	}
	if g.r.IntN(2) == 0 {
		fmt.Fprintf(&b, " %s BETWEEN %s AND %s%s", pick(g.r, []string{"ROWS", "RANGE", "GROUPS"}), bound(), bound(), pick(g.r, []string{"", " EXCLUDE TIES", " EXCLUDE CURRENT ROW"}))
	}
	return b.String() + ")"
}
