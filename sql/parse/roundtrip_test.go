package parse

import (
	"math/rand"
	"strconv"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/sql/ast"
)

// generator makes random trees of the shapes that the parser makes.
type generator struct {
	*rand.Rand
	depth int
}

func (g *generator) pick(list ...string) string { return list[g.Intn(len(list))] }

// name returns identifiers that need quotes and ones that do not.
func (g *generator) name() string {
	return g.pick("a", "b", "t1", "Mixed", "we ird", `q"uote`, "select", "left", "name", "date",
		"interval", "rows", "set", "over", "ünï", "coalesce", "materialize", "keys", "subscribe",
		"partition", "double", "timestamp", "e", "u", "of", "9x", "current_date", "all", "x$y")
}

func (g *generator) objectName() ast.ObjectName {
	n := ast.ObjectName{Name: g.name()}
	if g.Intn(3) == 0 {
		n.Schema = g.name()
		if g.Intn(3) == 0 {
			n.Catalog = g.name()
		}
	}
	return n
}

func (g *generator) names() []string {
	list := []string{g.name()}
	for len(list) < 4 && g.Intn(2) == 0 {
		list = append(list, g.name())
	}
	return list
}

func (g *generator) typeName() *ast.TypeName {
	t := &ast.TypeName{}
	switch g.Intn(5) {
	case 0:
		t.Name = g.objectName()
	case 1:
		t.Name = ast.ObjectName{Schema: "pg_catalog", Name: g.pick("bpchar", "varchar", "timestamptz", "time", "bit", "varbit")}
		t.Typmods = []ast.Expr{integerLiteral(g.Intn(5))}
	case 2:
		t.Name = ast.ObjectName{Schema: "pg_catalog", Name: "interval"}
		t.Interval = ast.IntervalFields(g.Intn(14))
	default:
		t.Name = ast.ObjectName{Schema: "pg_catalog", Name: g.pick("int4", "int8", "float8", "bool",
			"numeric", "varchar", "bpchar", "bit", "timestamp", "timetz", "char", "name", "text")}
	}
	if g.Intn(4) == 0 {
		t.ArrayBounds = append(t.ArrayBounds, int32(g.Intn(4)-1))
	}
	return t
}

func (g *generator) literal() *ast.Literal {
	switch g.Intn(8) {
	case 0:
		return &ast.Literal{Kind: ast.LiteralNull}
	case 1:
		return &ast.Literal{Kind: ast.LiteralBool, Text: g.pick("true", "false")}
	case 2:
		return &ast.Literal{Kind: ast.LiteralNumeric, Text: g.pick("1.5", ".5", "2.", "1e10", "-1.25", "-3.e2")}
	case 3:
		return &ast.Literal{Kind: ast.LiteralString, Text: g.pick("", "a", "it's", `b\n`, "x\ny", "--", "/*", "ü")}
	case 4:
		return &ast.Literal{Kind: ast.LiteralBits, Text: g.pick("", "0101")}
	default:
		return &ast.Literal{Kind: ast.LiteralInteger, Text: strconv.Itoa(g.Intn(2000) - 1000)}
	}
}

func (g *generator) operator(prefix bool) ast.Operator {
	op := ast.Operator{Name: g.pick("@", "!!", "||", "->", "~", "&&", "#>>", "?", "<->", "@-")}
	if g.Intn(6) == 0 {
		op.Schema = g.name()
	}
	if !prefix && op.Schema == "" && g.Intn(2) == 0 {
		op.Name = g.pick("+", "-", "*", "/", "%", "^", "<", ">", "=", "<=", ">=", "<>")
	}
	return op
}

func (g *generator) exprs(min int) []ast.Expr {
	var list []ast.Expr
	for len(list) < min || g.Intn(3) == 0 {
		list = append(list, g.expr())
	}
	return list
}

// expr returns a random expression; beyond a depth only leaves.
func (g *generator) expr() ast.Expr {
	g.depth++
	defer func() { g.depth-- }()
	if g.depth > 5 || g.Intn(4) == 0 {
		return g.leaf()
	}
	switch g.Intn(4) {
	case 0:
		return g.predicate()
	case 1:
		return g.constructor()
	case 2:
		return g.call()
	}
	switch g.Intn(5) {
	case 0:
		op := g.operator(true)
		if g.Intn(2) == 0 {
			op = ast.Operator{Name: "-"}
		}
		operand := g.expr()
		if l, ok := operand.(*ast.Literal); ok && op.Name == "-" && isNumber(l) {
			operand = &ast.ColumnRef{Names: g.names()} // the parser folds the sign
		}
		return &ast.Unary{Op: op, Operand: operand}
	case 1:
		return g.logical()
	case 2:
		return &ast.Not{Operand: g.expr()}
	}
	return &ast.Binary{Op: g.operator(false), Left: g.expr(), Right: g.expr()}
}

// logical is flattened, as the parser does it: the first argument is no chain
// of the same kind.
func (g *generator) logical() ast.Expr {
	l := &ast.Logical{Op: ast.LogicalOp(g.Intn(2)), Args: g.exprs(2)}
	if first, ok := l.Args[0].(*ast.Logical); ok && first.Op == l.Op {
		l.Args[0] = g.leaf()
	}
	return l
}

func (g *generator) leaf() ast.Expr {
	switch g.Intn(5) {
	case 0:
		return &ast.Param{Number: 1 + g.Intn(9)}
	case 1, 2:
		return g.literal()
	case 3:
		f := ast.ValueFunc(g.Intn(11))
		v := &ast.ValueFuncCall{Func: f, Precision: -1}
		if (f == ast.CurrentTime || f == ast.LocalTimestamp) && g.Intn(2) == 0 {
			v.Precision = g.Intn(7)
		}
		return v
	}
	return &ast.ColumnRef{Names: g.names()}
}

func (g *generator) predicate() ast.Expr {
	not := g.Intn(2) == 0
	switch g.Intn(8) {
	case 0:
		list := g.exprs(1)
		if _, ok := list[0].(*ast.Subquery); ok && len(list) == 1 {
			list = append(list, g.leaf()) // IN ((query)) is IN (query)
		}
		return &ast.InList{Operand: g.expr(), Not: not, List: list}
	case 1:
		return &ast.InSubquery{Operand: g.expr(), Not: not, Query: g.query()}
	case 2:
		return &ast.Between{Operand: g.expr(), Low: g.expr(), High: g.expr(), Not: not, Symmetric: g.Intn(3) == 0}
	case 3:
		l := &ast.Like{Kind: ast.LikeKind(g.Intn(3)), Operand: g.expr(), Pattern: g.expr(), Not: not}
		if g.Intn(2) == 0 {
			l.Escape = g.expr()
		}
		return l
	case 4:
		return &ast.Is{Kind: ast.IsKind(g.Intn(4)), Operand: g.expr(), Not: not}
	case 5:
		return &ast.IsDistinct{Left: g.expr(), Right: g.expr(), Not: not}
	case 6:
		return &ast.Quantified{Op: g.operator(false), Left: g.expr(), All: not, Query: g.query()}
	}
	q := &ast.Quantified{Op: g.operator(false), Left: g.expr(), All: not, Array: g.expr()}
	if _, ok := q.Array.(*ast.Subquery); ok {
		q.Array = g.leaf() // ANY ((query)) is ANY (query)
	}
	return q
}

func (g *generator) constructor() ast.Expr {
	switch g.Intn(12) {
	case 0:
		return &ast.Exists{Query: g.query()}
	case 1:
		return &ast.Subquery{Query: g.query()}
	case 2:
		return &ast.ArraySubquery{Query: g.query()}
	case 3:
		return &ast.Row{Args: g.exprs(2)}
	case 4:
		return &ast.Row{Args: g.exprs(0), Explicit: true}
	case 5:
		return &ast.Array{Elems: append(g.exprs(0), &ast.Array{Elems: g.exprs(0)})}
	case 6:
		operand := g.expr()
		return &ast.Subscript{Operand: operand, Items: []ast.SubscriptItem{{Index: g.expr()},
			{Slice: true, Low: g.expr()}, {Slice: true, High: g.expr()}}}
	case 7:
		return &ast.FieldSelect{Operand: g.expr(), Field: g.name()}
	case 8:
		c := &ast.Case{Whens: []*ast.When{{Condition: g.expr(), Result: g.expr()}}}
		if g.Intn(2) == 0 {
			c.Operand, c.Else = g.expr(), g.expr()
		}
		return c
	case 9:
		return &ast.Cast{Operand: g.expr(), Type: g.typeName(), Form: ast.CastForm(g.Intn(2))}
	case 10:
		return &ast.Collate{Operand: g.expr(), Collation: g.objectName()}
	}
	t := g.typeName()
	t.ArrayBounds = nil
	return &ast.Cast{Operand: &ast.Literal{Kind: ast.LiteralString, Text: g.pick("", "x'y")}, Type: t, Form: ast.CastTypedLiteral}
}

func (g *generator) call() ast.Expr {
	switch g.Intn(12) {
	case 0:
		return &ast.Coalesce{Args: g.exprs(1)}
	case 1:
		return &ast.NullIf{Left: g.expr(), Right: g.expr()}
	case 2:
		return &ast.MinMax{Least: g.Intn(2) == 0, Args: g.exprs(1)}
	case 3:
		return systemCall(0, "extract", ast.SyntaxExtract, &ast.Literal{Kind: ast.LiteralString, Text: g.name()}, g.expr())
	case 4:
		return systemCall(0, "timezone", ast.SyntaxAtTimeZone, g.expr(), g.expr())
	case 5:
		return systemCall(0, "position", ast.SyntaxPosition, g.expr(), g.expr())
	case 6:
		return systemCall(0, "substring", ast.SyntaxSubstring, g.expr(), g.expr(), g.expr())
	case 7:
		return systemCall(0, "overlaps", ast.SyntaxOverlaps, g.expr(), g.expr(), g.expr(), g.expr())
	case 8:
		return systemCall(0, "ltrim", ast.SyntaxTrimLeading, g.exprs(1)...)
	case 9:
		return systemCall(0, "substring", ast.SyntaxSubstringSimilar, g.expr(), g.expr(), g.expr())
	}
	f := &ast.FuncCall{Name: g.objectName(), Args: g.exprs(0)}
	if len(f.Args) > 0 {
		switch g.Intn(4) {
		case 0:
			f.Distinct = true
		case 1:
			f.Variadic = true
		case 2:
			f.Args[0] = &ast.NamedArg{Name: g.name(), Value: f.Args[0]}
		}
		if g.Intn(3) == 0 {
			f.OrderBy = g.orderBy()
		}
	}
	if g.Intn(4) == 0 {
		f.Filter = g.expr()
	}
	if g.Intn(4) == 0 {
		f.Over = g.window()
	}
	return f
}

func (g *generator) window() *ast.WindowSpec {
	if g.Intn(3) == 0 {
		return &ast.WindowSpec{Name: g.name()}
	}
	w := &ast.WindowSpec{}
	if g.Intn(2) == 0 {
		w.Base = g.name()
	}
	if g.Intn(2) == 0 {
		w.PartitionBy = g.exprs(1)
	}
	if g.Intn(2) == 0 {
		w.OrderBy = g.orderBy()
	}
	if g.Intn(2) == 0 {
		w.Frame = &ast.Frame{Mode: ast.FrameMode(g.Intn(3)), Exclude: ast.FrameExclusion(g.Intn(4)),
			Start: ast.FrameBound{Kind: ast.OffsetPreceding, Offset: g.expr()},
			End:   ast.FrameBound{Kind: ast.OffsetFollowing, Offset: g.expr()}}
	}
	return w
}

func (g *generator) orderBy() []*ast.OrderItem {
	var list []*ast.OrderItem
	for len(list) == 0 || g.Intn(3) == 0 {
		o := &ast.OrderItem{Expr: g.expr(), Direction: ast.SortDirection(g.Intn(3)), Nulls: ast.NullsOrder(g.Intn(3))}
		if g.Intn(5) == 0 {
			op := g.operator(false)
			o.Using, o.Direction = &op, ast.SortDefault
		}
		list = append(list, o)
	}
	return list
}

func (g *generator) alias() *ast.Alias {
	if g.Intn(2) == 0 {
		return nil
	}
	a := &ast.Alias{Name: g.name()}
	if g.Intn(2) == 0 {
		a.Columns = g.names()
	}
	return a
}

func (g *generator) tableRef() ast.TableRef {
	g.depth++
	defer func() { g.depth-- }()
	n := g.Intn(6)
	if g.depth > 4 {
		n = g.Intn(2)
	}
	switch n {
	case 0:
		return &ast.KeyPattern{Pattern: g.pick("users:*", "a:{b}:?", "Sess:*:x.y-z", "we ird:*", "*", "a:--", "a:", "it's:[0-9]"), Alias: g.alias()}
	case 1:
		return &ast.TableName{Name: g.objectName(), Only: g.Intn(4) == 0, Alias: g.alias()}
	case 2:
		return &ast.SubqueryRef{Query: g.query(), Lateral: g.Intn(2) == 0, Alias: g.alias()}
	case 3:
		f := &ast.FunctionRef{Functions: []*ast.TableFunction{{Call: &ast.FuncCall{Name: g.objectName(), Args: g.exprs(0)}}}, Lateral: g.Intn(2) == 0}
		f.Ordinality = g.Intn(2) == 0
		f.Alias = g.alias()
		return f
	}
	j := &ast.JoinRef{Kind: ast.JoinKind(g.Intn(5)), Left: g.tableRef(), Right: g.tableRef()}
	if g.Intn(4) == 0 {
		j.Alias = &ast.Alias{Name: g.name()}
	}
	switch {
	case j.Kind == ast.CrossJoin:
	case g.Intn(3) == 0:
		j.Natural = true
	case g.Intn(2) == 0:
		j.Using = g.names()
	default:
		j.On = g.expr()
	}
	return j
}

func (g *generator) query() *ast.Select {
	g.depth++
	defer func() { g.depth-- }()
	q := &ast.Select{}
	switch n := g.Intn(6); {
	case n == 0 && g.depth < 4:
		q.Body = &ast.SetOperation{Kind: ast.SetOperationKind(g.Intn(3)), All: g.Intn(2) == 0, Left: g.query(), Right: g.query()}
	case n == 1:
		q.Body = &ast.ValuesClause{Rows: [][]ast.Expr{g.exprs(1), g.exprs(1)}}
	default:
		q.Body = g.selectClause()
	}
	if g.depth > 4 {
		return q
	}
	if g.Intn(3) == 0 {
		q.OrderBy = g.orderBy()
	}
	if g.Intn(3) == 0 {
		q.Limit = g.expr()
		q.WithTies = g.Intn(3) == 0 && len(q.OrderBy) > 0
	}
	if g.Intn(3) == 0 {
		q.Offset = g.expr()
	}
	if g.Intn(6) == 0 {
		q.With = &ast.With{CTEs: []*ast.CTE{{Name: g.name(), Columns: g.names(), Query: g.query()}}}
	}
	if g.Intn(8) == 0 && !q.WithTies {
		q.Locking = []*ast.LockingClause{{Strength: ast.LockStrength(g.Intn(4)), Wait: ast.LockWait(g.Intn(3))}}
	}
	return q
}

func (g *generator) selectClause() *ast.SelectClause {
	s := &ast.SelectClause{Distinct: g.Intn(5) == 0}
	for len(s.Targets) == 0 || g.Intn(3) == 0 {
		t := &ast.Target{Expr: g.expr()}
		if g.Intn(2) == 0 {
			t.Alias = g.name()
		}
		s.Targets = append(s.Targets, t)
	}
	for g.Intn(2) == 0 {
		s.From = append(s.From, g.tableRef())
	}
	if g.Intn(8) == 0 {
		s.AsOf = g.expr()
	}
	if g.Intn(2) == 0 {
		s.Where = g.expr()
	}
	if g.Intn(4) == 0 {
		s.GroupBy = append(g.exprs(1), &ast.GroupingSet{Kind: ast.Rollup, Items: g.exprs(1)})
		s.Having = g.expr()
	}
	return s
}

// TestRandomTrees prints random queries, parses the text and prints again.
// A failure names the seed; run it alone by putting it into seeds.
func TestRandomTrees(t *testing.T) {
	const first, count = 1, 8000
	for seed := int64(first); seed < first+count; seed++ {
		g := &generator{Rand: rand.New(rand.NewSource(seed))}
		text := ast.Print(g.query())
		stmt, err := One(text)
		if err != nil {
			t.Fatalf("seed %d: %s\n%s", seed, errorText(err), text)
		}
		if again := ast.Print(stmt); again != text {
			t.Fatalf("seed %d: print is not a fixed point\n%s\n%s", seed, text, again)
		}
	}
}

// TestCorpusIsFixedPoint checks print → parse → print over all of testdata.
func TestCorpusIsFixedPoint(t *testing.T) {
	for _, sql := range corpus(t) {
		if got := parsed(sql); strings.HasPrefix(got, "PRINTED FORM") {
			t.Errorf("%s\n%s", sql, got)
		}
	}
}

// FuzzParse: no input panics; what parses has a printed form that is a fixed
// point.
func FuzzParse(f *testing.F) {
	for _, sql := range corpus(f) {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		list, err := Statements(sql)
		if err != nil {
			if got := errorText(err); strings.HasPrefix(got, "not a") {
				t.Fatal(got)
			}
			return
		}
		for _, s := range list {
			text := ast.Print(s.Node)
			again, err := One(text)
			if err != nil {
				t.Fatalf("%q printed as %q: %s", s.SQL, text, errorText(err))
			}
			if got := ast.Print(again); got != text {
				t.Fatalf("%q printed as %q and then as %q", s.SQL, text, got)
			}
		}
	})
}
