package pgcatalog

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/parse"
	"github.com/ferritedb/ferrite/sql/types"
)

// ruleText words stored expressions and queries as PostgreSQL's ruleutils.c
// does. The stored text is parsed and printed anew: with pretty, parentheses
// stand only where ruleutils would put them with PRETTYFLAG_PAREN; without,
// around every operator.
type ruleText struct {
	pretty bool
	indent int
	// domain tells the check of a domain, whose value is VALUE.
	domain bool
	// ctx is the call's: names that its search path finds lose their schema. nil
	// keeps the schemas.
	ctx *expr.Ctx
}

// exprText words a stored expression; the text itself where it does not parse.
func exprText(ctx *expr.Ctx, stored string, pretty bool) string {
	if stored == "" {
		return ""
	}
	e, err := parse.Expr(stored)
	if err != nil {
		return stored
	}
	r := &ruleText{pretty: pretty, ctx: ctx}
	return r.words(e)
}

// relation is a stored relation name as the session's search path needs it.
func (r *ruleText) relation(n ast.ObjectName) string {
	if n.Schema == "" {
		return quoteIdent(n.Name)
	}
	if r.ctx != nil {
		if cat := reader(r.ctx); cat != nil {
			if s := cat.SchemaByName(n.Schema); s != nil && tableVisible(cat, r.ctx, s.OID, n.Name) {
				return quoteIdent(n.Name)
			}
		}
	}
	return quoteIdent(n.Schema) + "." + quoteIdent(n.Name)
}

// typeWords are type names that only the parser needs quoted.
var typeWords = strings.NewReplacer(`"numeric"`, "numeric", `"interval"`, "interval")

// typeText is a stored type name as the session's search path needs it.
func (r *ruleText) typeText(t *ast.TypeName) string {
	if t.Name.Schema == "pg_catalog" {
		// The standard's words where there are some: character varying.
		return strings.ReplaceAll(strings.TrimPrefix(ast.Print(t), "pg_catalog."), ", ", ",")
	}
	if t.Name.Schema != "" && r.ctx != nil {
		if cat := reader(r.ctx); cat != nil {
			if s := cat.SchemaByName(t.Name.Schema); s != nil && inPath(cat, r.ctx, s.OID) {
				bare := *t
				bare.Name.Schema = ""
				t = &bare
			}
		}
	}
	return typeWords.Replace(ast.Print(t))
}

// regclassText is the literal of a regclass constant.
func (r *ruleText) regclassText(text string) string {
	e, err := parse.Expr(text)
	if c, ok := e.(*ast.ColumnRef); err == nil && ok && len(c.Names) == 2 {
		return types.QuoteLiteral(r.relation(ast.ObjectName{Schema: c.Names[0], Name: c.Names[1]}))
	}
	return types.QuoteLiteral(text)
}

// within words e as an operand of parent: in parentheses unless simple there.
func (r *ruleText) within(e, parent ast.Expr) string {
	if !r.pretty || r.simple(e, parent) {
		return r.words(e)
	}
	return "(" + r.words(e) + ")"
}

// enclosed puts what ruleutils encloses without pretty printing in parentheses.
func (r *ruleText) enclosed(s string) string {
	if r.pretty {
		return s
	}
	return "(" + s + ")"
}

// simple is isSimpleNode of ruleutils.c: whether e needs no parentheses as an
// operand of parent.
func (r *ruleText) simple(e, parent ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Binary:
		if p, ok := parent.(*ast.Binary); ok {
			return simpleArithmetic(e, p)
		}
		return ownParentheses(parent)
	case *ast.Unary:
		if _, ok := parent.(*ast.Binary); ok {
			return false
		}
		return ownParentheses(parent)
	case *ast.Is, *ast.IsDistinct, *ast.Exists, *ast.InSubquery, *ast.NullIf:
		return ownParentheses(parent)
	case *ast.Quantified:
		return e.Query != nil && ownParentheses(parent)
	case *ast.Logical:
		if p, ok := parent.(*ast.Logical); ok {
			return e.Op == ast.And || p.Op == ast.Or
		}
		return ownCommas(parent)
	case *ast.Not:
		if _, ok := parent.(*ast.Logical); ok {
			return true
		}
		return ownCommas(parent)
	case *ast.Cast:
		return r.simple(e.Operand, e)
	}
	return true
}

// simpleArithmetic knows only + - and * / %, as ruleutils does.
func simpleArithmetic(e, p *ast.Binary) bool {
	const low, high = "+-", "*/%"
	is := func(op, set string) bool { return len(op) == 1 && strings.Contains(set, op) }
	switch {
	case !is(e.Op.Name, low+high), !is(p.Op.Name, low+high):
		return false
	case is(e.Op.Name, high) && is(p.Op.Name, low):
		return true
	case is(e.Op.Name, low) && is(p.Op.Name, high):
		return false
	}
	return e == p.Left
}

// ownParentheses tells a parent that encloses its operands itself or binds
// looser than any operator.
func ownParentheses(parent ast.Expr) bool {
	switch parent.(type) {
	case *ast.Logical, *ast.Not:
		return true
	}
	return ownCommas(parent)
}

func ownCommas(parent ast.Expr) bool {
	switch p := parent.(type) {
	case *ast.FuncCall:
		return p.Syntax == ast.SyntaxPlain
	case *ast.Array, *ast.Row, *ast.Coalesce, *ast.MinMax, *ast.Case, *ast.Grouping:
		return true
	}
	return false
}

func (r *ruleText) words(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Binary:
		return r.enclosed(r.within(e.Left, e) + " " + operatorText(e.Op) + " " + r.within(e.Right, e))
	case *ast.Unary:
		return r.enclosed(operatorText(e.Op) + " " + r.within(e.Operand, e))
	case *ast.Logical:
		return r.enclosed(r.joined(e.Args, e, map[ast.LogicalOp]string{ast.And: " AND ", ast.Or: " OR "}[e.Op]))
	case *ast.Not:
		return r.enclosed("NOT " + r.within(e.Operand, e))
	case *ast.Is:
		word := [...]string{"NULL", "TRUE", "FALSE", "UNKNOWN"}[e.Kind]
		return r.enclosed(r.within(e.Operand, e) + " IS " + notWord(e.Not) + word)
	case *ast.IsDistinct:
		return r.enclosed(r.within(e.Left, e) + " IS " + notWord(e.Not) + "DISTINCT FROM " + r.within(e.Right, e))
	case *ast.Quantified:
		return r.quantified(e)
	case *ast.Cast:
		return r.cast(e)
	case *ast.FuncCall:
		return r.call(e)
	case *ast.Case:
		return r.caseOf(e)
	}
	return r.container(e)
}

func notWord(not bool) string {
	if not {
		return "NOT "
	}
	return ""
}

func operatorText(op ast.Operator) string {
	if op.Schema != "" && op.Schema != "pg_catalog" {
		return "OPERATOR(" + quoteIdent(op.Schema) + "." + op.Name + ")"
	}
	return op.Name
}

func (r *ruleText) joined(args []ast.Expr, parent ast.Expr, sep string) string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = r.within(a, parent)
	}
	return strings.Join(out, sep)
}

func (r *ruleText) quantified(e *ast.Quantified) string {
	word := " ANY ("
	if e.All {
		word = " ALL ("
	}
	head := r.within(e.Left, e) + " " + operatorText(e.Op)
	if e.Query == nil {
		return r.enclosed(head + word + r.words(e.Array) + ")")
	}
	if e.Op.Name == "=" && !e.All {
		return "(" + r.within(e.Left, e) + " IN (" + r.subquery(e.Query) + "))"
	}
	return "(" + head + word + r.subquery(e.Query) + "))"
}

func (r *ruleText) cast(e *ast.Cast) string {
	typ := r.typeText(e.Type)
	if l, ok := e.Operand.(*ast.Literal); ok && l.Kind == ast.LiteralString && typ == "regclass" {
		return r.regclassText(l.Text) + "::regclass"
	}
	if l, ok := e.Operand.(*ast.Literal); ok && l.Kind == ast.LiteralString || ok && l.Kind == ast.LiteralNull {
		return ast.Print(e.Operand) + "::" + typ
	}
	if r.pretty {
		return r.within(e.Operand, e) + "::" + typ
	}
	return "(" + r.words(e.Operand) + ")::" + typ
}

func (r *ruleText) call(e *ast.FuncCall) string {
	if e.Syntax == ast.SyntaxAtTimeZone && len(e.Args) == 2 {
		return "(" + r.within(e.Args[1], e) + " AT TIME ZONE " + r.within(e.Args[0], e) + ")"
	}
	if e.Syntax == ast.SyntaxExtract && len(e.Args) == 2 {
		if l, ok := e.Args[0].(*ast.Literal); ok {
			return "EXTRACT(" + l.Text + " FROM " + r.within(e.Args[1], e) + ")"
		}
	}
	if e.Syntax != ast.SyntaxPlain {
		return ast.Print(e)
	}
	var b strings.Builder
	if e.Name.Schema != "" {
		b.WriteString(quoteIdent(e.Name.Schema) + ".")
	}
	b.WriteString(quoteIdent(e.Name.Name) + "(")
	if e.Distinct {
		b.WriteString("DISTINCT ")
	}
	if e.Star {
		b.WriteString("*")
	}
	for i, a := range e.Args {
		if i > 0 {
			b.WriteString(", ")
		}
		if e.Variadic && i == len(e.Args)-1 {
			b.WriteString("VARIADIC ")
		}
		b.WriteString(r.within(a, e))
	}
	if e.WithinGroup {
		b.WriteString(") WITHIN GROUP (ORDER BY " + r.order(e.OrderBy))
	} else if len(e.OrderBy) > 0 {
		b.WriteString(" ORDER BY " + r.order(e.OrderBy))
	}
	b.WriteString(")")
	if e.Filter != nil {
		b.WriteString(" FILTER (WHERE " + r.words(e.Filter) + ")")
	}
	if e.Over != nil {
		b.WriteString(" OVER " + r.window(e.Over))
	}
	return b.String()
}

func (r *ruleText) caseOf(e *ast.Case) string {
	// With pretty printing each arm stands on a line of its own.
	start, arm, end := "", " ", " "
	if r.pretty {
		start, arm, end = r.line(0), r.line(4), r.line(0)
	}
	var b strings.Builder
	b.WriteString(start + "CASE")
	if e.Operand != nil {
		b.WriteString(" " + r.within(e.Operand, e))
	}
	for _, w := range e.Whens {
		b.WriteString(arm + "WHEN " + r.words(w.Condition) + " THEN " + r.within(w.Result, e))
	}
	if e.Else != nil {
		b.WriteString(arm + "ELSE " + r.within(e.Else, e))
	}
	b.WriteString(end + "END")
	return b.String()
}

// container words the expressions that enclose their parts; what it does not
// know has the form that the parser's own printer gives it.
func (r *ruleText) container(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Array:
		return "ARRAY[" + r.joined(e.Elems, e, ", ") + "]"
	case *ast.Row:
		return "ROW(" + r.joined(e.Args, e, ", ") + ")"
	case *ast.Coalesce:
		return "COALESCE(" + r.joined(e.Args, e, ", ") + ")"
	case *ast.MinMax:
		word := "GREATEST("
		if e.Least {
			word = "LEAST("
		}
		return word + r.joined(e.Args, e, ", ") + ")"
	case *ast.FieldSelect:
		return "(" + r.words(e.Operand) + ")." + quoteIdent(e.Field)
	case *ast.Exists:
		text := strings.Replace(r.subquery(e.Query), ` AS "?column?"`, "", 1)
		return "(EXISTS (" + text + "))"
	case *ast.Subquery:
		return "(" + r.subquery(e.Query) + ")"
	case *ast.ArraySubquery:
		return "ARRAY(" + r.subquery(e.Query) + ")"
	case *ast.InSubquery:
		in := "(" + r.within(e.Operand, e) + " IN (" + r.subquery(e.Query) + "))"
		if e.Not {
			return "(NOT " + in + ")"
		}
		return in
	case *ast.Literal:
		if e.Kind == ast.LiteralBool {
			return strings.ToLower(e.Text)
		}
	case *ast.ValueFuncCall:
		return ast.Print(e)
	case *ast.ColumnRef:
		names := make([]string, len(e.Names))
		for i, n := range e.Names {
			names[i] = quoteIdent(n)
		}
		if r.domain && len(names) == 1 && names[0] == "value" {
			return "VALUE"
		}
		return strings.Join(names, ".")
	}
	return ast.Print(e)
}

func (r *ruleText) order(items []*ast.OrderItem) string {
	out := make([]string, len(items))
	for i, it := range items {
		s := r.words(it.Expr)
		switch it.Expr.(type) {
		case *ast.ColumnRef, *ast.Literal:
		case *ast.FuncCall, *ast.Cast, *ast.Case:
			s = "(" + s + ")"
		default:
			if r.pretty {
				s = "(" + s + ")"
			}
		}
		if it.Direction == ast.SortDescending {
			s += " DESC"
		}
		switch it.Nulls {
		case ast.NullsFirst:
			s += " NULLS FIRST"
		case ast.NullsLast:
			s += " NULLS LAST"
		}
		out[i] = s
	}
	return strings.Join(out, ", ")
}
