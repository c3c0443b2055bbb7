package bind

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// expr binds an expression. Literals and parameters whose type nothing has
// given yet come out as unknown.
func (s *scope) bindExpr(e ast.Expr) expr.Expr {
	b := s.b
	b.enter(ast.At(e.Position()))
	defer b.leave()
	switch e := e.(type) {
	case *ast.Literal:
		return b.literal(e)
	case *ast.ColumnRef:
		return s.columnRef(e)
	case *ast.Param:
		return s.param(e)
	case *ast.Unary:
		return b.unary(e.At, e.Op, s.expr(e.Operand))
	case *ast.Binary:
		return s.binary(e)
	case *ast.Logical:
		return s.logical(e)
	case *ast.Not:
		return &expr.Not{Arg: s.boolean(e.Operand, "NOT")}
	case *ast.FuncCall:
		return s.call(e)
	case *ast.ValueFuncCall:
		return s.valueFunc(e)
	case *ast.Case:
		return s.caseExpr(e)
	case *ast.Cast:
		return s.cast(e)
	case *ast.InList:
		return s.inList(e)
	case *ast.InSubquery:
		return s.inSubquery(e)
	case *ast.Between:
		return s.between(e)
	case *ast.Like:
		return s.like(e)
	case *ast.Is:
		return s.is(e)
	case *ast.IsDistinct:
		return s.isDistinct(e)
	case *ast.Quantified:
		return s.quantified(e)
	case *ast.Exists:
		return s.exists(e)
	case *ast.Subquery:
		return s.scalarSubquery(e)
	case *ast.ArraySubquery:
		return s.arraySubquery(e)
	}
	return s.constructor(e)
}

// constructor continues expr: values made of values, and what may not stand in
// an expression.
func (s *scope) constructor(e ast.Expr) expr.Expr {
	b := s.b
	pos := ast.At(e.Position())
	switch e := e.(type) {
	case *ast.Row:
		return s.row(e)
	case *ast.Array:
		return s.array(e, nil)
	case *ast.Subscript:
		return s.subscript(e)
	case *ast.FieldSelect:
		return s.fieldSelect(e)
	case *ast.Collate:
		return s.collate(e)
	case *ast.Coalesce:
		args, t := s.unify(e.Args, "COALESCE")
		return &expr.Coalesce{Args: args, T: t}
	case *ast.NullIf:
		return s.nullIf(e)
	case *ast.MinMax:
		word := "GREATEST"
		if e.Least {
			word = "LEAST"
		}
		args, t := s.unify(e.Args, word)
		b.operatorFor(pos, "<", t)
		return &expr.MinMax{Greatest: !e.Least, Args: args, T: t}
	case *ast.Grouping:
		return s.grouping(e)
	case *ast.Default:
		b.failf(pos, pgerr.SyntaxError, "DEFAULT is not allowed in this context")
	case *ast.Star:
		b.failf(pos, pgerr.SyntaxError, "row expansion via \"*\" is not supported here")
	case *ast.FieldStar:
		b.failf(pos, pgerr.FeatureNotSupported, "row expansion via \"*\" is not supported here")
	case *ast.NamedArg:
		b.failf(pos, pgerr.SyntaxError, "named argument is not allowed here")
	case *ast.GroupingSet:
		b.failf(pos, pgerr.SyntaxError, "grouping sets are not allowed here")
	}
	b.fail(pos, pgerr.NotSupported("this expression"))
	return nil
}

// columnRef finds what a dotted name means: a column, a column of a table, or a
// whole row.
func (s *scope) columnRef(e *ast.ColumnRef) expr.Expr {
	b := s.b
	n := e.Names
	switch len(n) {
	case 1:
		if s.value != nil && n[0] == "value" {
			return s.value
		}
		if f := s.lookup(n[0], e.At); f.c != nil {
			return s.use(f, e.At)
		}
		if x := s.fn.named(n[0]); x != nil {
			return x
		}
		if x := s.bareSystemColumn(n[0], e.At); x != nil {
			return x
		}
		if r, at := s.relation("", n[0], e.At); r != nil {
			return s.wholeRow(r, at, e.At)
		}
		s.failNoColumn(e.At, "", n[0])
	case 2:
		return s.qualified("", n[0], n[1], e)
	case 3:
		return s.qualified(n[0], n[1], n[2], e)
	case 4:
		return s.qualified(n[1], n[2], n[3], e)
	}
	b.failf(e.At, pgerr.SyntaxError, "improper qualified name (too many dotted names): %s", strings.Join(n, "."))
	return nil
}

func (s *scope) qualified(schema, table, column string, e *ast.ColumnRef) expr.Expr {
	r, at := s.relation(schema, table, e.At)
	if r == nil {
		if s.fn != nil && schema == "" && s.fn.name == table {
			if x := s.fn.named(column); x != nil {
				return x
			}
		}
		s.failNoRelation(e.At, []string{table})
	}
	return s.member(r, at, column, e.At)
}

// member is rel.column.
func (s *scope) member(r *rel, at *scope, column string, pos ast.At) expr.Expr {
	if c := s.column(r, column, pos); c != nil {
		return s.use(found{r: r, c: c, level: at}, pos)
	}
	if x := s.systemColumn(r, column, pos); x != nil {
		return x
	}
	if r.pat != nil && openable(column) {
		return s.use(found{r: r, c: s.b.field(r, column), level: at}, pos)
	}
	s.failNoColumn(pos, r.name, column)
	return nil
}

// use reads a found column and notes the reference for the checks of GROUP BY.
func (s *scope) use(f found, pos ast.At) expr.Expr {
	f.c.note()
	e := f.c.read(s.b)
	s.b.traceColumn(f, e)
	if f.level.q != nil {
		f.level.q.noteRef(e, pos, f.r, f.c, f.level != s)
	}
	return e
}

// wholeRow is a rel used as a value.
func (s *scope) wholeRow(r *rel, at *scope, pos ast.At) expr.Expr {
	if r.scalar && len(r.cols) == 1 {
		return s.use(found{r: r, c: r.cols[0], level: at}, pos)
	}
	t := r.rowType
	if t == nil && r.table != nil {
		t = s.b.rowType(r.table)
	}
	row := &expr.RowCtor{}
	var fields []types.Field
	for _, c := range r.cols {
		if c.hidden {
			continue
		}
		x := s.use(found{r: r, c: c, level: at}, pos)
		row.Fields = append(row.Fields, x)
		fields = append(fields, types.Field{Name: c.name, Type: x.Type(), Mod: c.col.Mod})
	}
	if t == nil || len(t.Fields) != len(fields) {
		t = recordOf(fields)
	}
	row.T = t
	return row
}

// recordOf is an anonymous row type.
func recordOf(fields []types.Field) *types.T {
	t := *types.RecordT
	t.Fields = fields
	return &t
}

func (s *scope) param(e *ast.Param) expr.Expr {
	b := s.b
	if s.fn != nil {
		if x := s.fn.numbered(e.Number); x != nil {
			return x
		}
		b.failf(e.At, pgerr.UndefinedParameter, "there is no parameter $%d", e.Number)
	}
	if e.Number < 1 || e.Number > paramsMax || b.cfg.FixedParams && e.Number > len(b.cfg.Params) {
		b.failf(e.At, pgerr.UndefinedParameter, "there is no parameter $%d", e.Number)
	}
	for len(b.params) < e.Number {
		b.params = append(b.params, nil)
	}
	for len(b.paramPos) < e.Number {
		b.paramPos = append(b.paramPos, ast.NoPosition)
	}
	if b.paramPos[e.Number-1] < 0 {
		b.paramPos[e.Number-1] = e.At
	}
	t := b.params[e.Number-1]
	if t == nil {
		t = types.Unknown
	}
	return &expr.Param{Index: e.Number, T: t}
}

// paramTypes gives the type of every parameter at the end of a bind.
func (b *binder) paramTypes() []*types.T {
	for i, t := range b.params {
		if t == nil || t.Is(types.Unknown) {
			b.failf(ast.NoPosition, pgerr.IndeterminateDatatype, "could not determine data type of parameter $%d", i+1)
		}
	}
	return b.params
}

func (s *scope) logical(e *ast.Logical) expr.Expr {
	args := make([]expr.Expr, len(e.Args))
	word := "AND"
	if e.Op == ast.Or {
		word = "OR"
	}
	for i, a := range e.Args {
		args[i] = s.boolean(a, word)
	}
	if e.Op == ast.Or {
		return &expr.Or{Args: args}
	}
	return &expr.And{Args: args}
}

// boolean binds an argument that must be boolean.
func (s *scope) boolean(e ast.Expr, construct string) expr.Expr {
	return s.b.toBoolean(s.expr(e), construct, start(e))
}

// condition binds WHERE, ON, HAVING and their like.
func (b *binder) condition(s *scope, e ast.Expr, construct string) expr.Expr {
	return s.boolean(e, construct)
}

func (b *binder) toBoolean(x expr.Expr, construct string, pos ast.At) expr.Expr {
	t := x.Type().Underlying()
	if t.Is(types.Bool) {
		return x
	}
	if t.Is(types.Unknown) || t.Is(types.Dyn) {
		return b.coerce(x, types.Bool, -1, implicit, pos)
	}
	b.failf(pos, pgerr.DatatypeMismatch, "argument of %s must be type boolean, not type %s", construct, types.FormatType(x.Type(), -1))
	return nil
}

func (s *scope) caseExpr(e *ast.Case) expr.Expr {
	b := s.b
	var operand expr.Expr
	if e.Operand != nil {
		operand = s.expr(e.Operand)
		if isUnknown(operand) {
			operand = b.coerce(operand, types.Text, -1, implicit, start(e.Operand))
		}
	}
	out := &expr.Case{}
	var results []expr.Expr
	var at []ast.At
	for _, w := range e.Whens {
		var cond expr.Expr
		if operand != nil {
			cond = b.operator(s, w.At, "", "=", operand, s.expr(w.Condition))
			cond = b.toBoolean(cond, "CASE/WHEN", start(w.Condition))
		} else {
			cond = s.boolean(w.Condition, "CASE/WHEN")
		}
		results = append(results, s.expr(w.Result))
		at = append(at, start(w.Result))
		out.Whens = append(out.Whens, expr.When{Cond: cond})
	}
	if e.Else != nil {
		// PostgreSQL puts ELSE first when it looks for the common type.
		results = append([]expr.Expr{s.expr(e.Else)}, results...)
		at = append([]ast.At{start(e.Else)}, at...)
	}
	t, mod := b.commonType("CASE", results, at)
	for i := range results {
		results[i] = b.coerce(results[i], t, mod, implicit, at[i])
	}
	out.T = t
	if e.Else != nil {
		out.Else, results = results[0], results[1:]
	}
	for i := range out.Whens {
		out.Whens[i].Then = results[i]
	}
	return out
}

// unify binds expressions and gives them their common type.
func (s *scope) unify(list []ast.Expr, construct string) ([]expr.Expr, *types.T) {
	args := make([]expr.Expr, len(list))
	at := make([]ast.At, len(list))
	for i, a := range list {
		args[i], at[i] = s.expr(a), start(a)
	}
	t, mod := s.b.commonType(construct, args, at)
	for i := range args {
		args[i] = s.b.coerce(args[i], t, mod, implicit, at[i])
	}
	return args, t
}

func (s *scope) nullIf(e *ast.NullIf) expr.Expr {
	b := s.b
	l, r := s.expr(e.Left), s.expr(e.Right)
	eq := b.operator(s, e.At, "", "=", l, r)
	then := l
	if f, ok := eq.(*expr.Func); ok && len(f.Args) == 2 && isUnknown(l) {
		then = f.Args[0]
	}
	t := then.Type()
	return &expr.Case{T: t, Whens: []expr.When{{Cond: eq, Then: &expr.Const{T: t, Mod: -1}}}, Else: then}
}

func (s *scope) is(e *ast.Is) expr.Expr {
	if e.Kind == ast.IsNull {
		x := s.expr(e.Operand)
		if _, isParam := x.(*expr.Param); isUnknown(x) && !isParam {
			x = s.b.coerce(x, types.Text, -1, implicit, start(e.Operand))
		}
		return &expr.NullTest{Arg: x, Not: e.Not}
	}
	word := map[ast.IsKind]string{ast.IsTrue: "TRUE", ast.IsFalse: "FALSE", ast.IsUnknown: "UNKNOWN"}[e.Kind]
	want := map[ast.IsKind]byte{ast.IsTrue: 't', ast.IsFalse: 'f', ast.IsUnknown: 'u'}[e.Kind]
	construct := "IS " + word
	if e.Not {
		construct = "IS NOT " + word
	}
	return &expr.BoolTest{Arg: s.boolean(e.Operand, construct), Want: want, Not: e.Not}
}

func (s *scope) between(e *ast.Between) expr.Expr {
	b := s.b
	x, lo, hi := s.expr(e.Operand), s.expr(e.Low), s.expr(e.High)
	ge := func(l expr.Expr) expr.Expr { return b.operator(s, e.At, "", ">=", x, l) }
	le := func(h expr.Expr) expr.Expr { return b.operator(s, e.At, "", "<=", x, h) }
	lt := func(l expr.Expr) expr.Expr { return b.operator(s, e.At, "", "<", x, l) }
	gt := func(h expr.Expr) expr.Expr { return b.operator(s, e.At, "", ">", x, h) }
	in := func(l, h expr.Expr) expr.Expr { return &expr.And{Args: []expr.Expr{ge(l), le(h)}} }
	out := func(l, h expr.Expr) expr.Expr { return &expr.Or{Args: []expr.Expr{lt(l), gt(h)}} }
	switch {
	case e.Symmetric && e.Not:
		return &expr.And{Args: []expr.Expr{out(lo, hi), out(hi, lo)}}
	case e.Symmetric:
		return &expr.Or{Args: []expr.Expr{in(lo, hi), in(hi, lo)}}
	case e.Not:
		return out(lo, hi)
	}
	return in(lo, hi)
}

var likeOperators = map[ast.LikeKind][2]string{
	ast.LikeMatch: {"~~", "!~~"}, ast.ILikeMatch: {"~~*", "!~~*"}, ast.SimilarToMatch: {"~", "!~"},
}

func (s *scope) like(e *ast.Like) expr.Expr {
	b := s.b
	x, p := s.expr(e.Operand), s.expr(e.Pattern)
	op := likeOperators[e.Kind][0]
	if e.Not {
		op = likeOperators[e.Kind][1]
	}
	switch {
	case e.Kind == ast.SimilarToMatch && e.Escape != nil:
		p = b.callByName(e.At, "similar_to_escape", p, s.expr(e.Escape))
	case e.Kind == ast.SimilarToMatch:
		p = b.callByName(e.At, "similar_to_escape", p)
	case e.Escape != nil:
		p = b.callByName(e.At, "like_escape", p, s.expr(e.Escape))
	}
	return b.operator(s, e.At, "", op, x, p)
}

func (s *scope) isDistinct(e *ast.IsDistinct) expr.Expr {
	b := s.b
	if lr, ok := e.Left.(*ast.Row); ok {
		if rr, ok := e.Right.(*ast.Row); ok {
			return s.rowsDistinct(e, lr, rr)
		}
	}
	l, r := s.expr(e.Left), s.expr(e.Right)
	if isNullConst(r) {
		return &expr.NullTest{Arg: b.known(l, start(e.Left)), Not: !e.Not}
	}
	if isNullConst(l) {
		return &expr.NullTest{Arg: b.known(r, start(e.Right)), Not: !e.Not}
	}
	return b.distinct(e.At, l, r, e.Not)
}

// distinct is l IS [NOT] DISTINCT FROM r.
func (b *binder) distinct(pos ast.At, l, r expr.Expr, not bool) expr.Expr {
	eq, ok := b.operator(nil, pos, "", "=", l, r).(*expr.Func)
	if !ok || len(eq.Args) != 2 {
		b.fail(pos, pgerr.NotSupported("IS DISTINCT FROM for these types"))
	}
	if !eq.T.Is(types.Bool) {
		b.failf(pos, pgerr.DatatypeMismatch, "IS DISTINCT FROM requires = operator to yield boolean")
	}
	return &expr.Distinct{Eq: eq, Not: not, Name: "="}
}

// known gives an unknown expression the type text.
func (b *binder) known(x expr.Expr, pos ast.At) expr.Expr {
	if isUnknown(x) {
		return b.coerce(x, types.Text, -1, implicit, pos)
	}
	return x
}

func isUnknown(x expr.Expr) bool { return x.Type().Is(types.Unknown) }

func isNullConst(x expr.Expr) bool {
	c, ok := x.(*expr.Const)
	return ok && c.Value.IsNull()
}

// collations that sort as C.UTF-8 does, which is the one order there is.
var collations = map[string]bool{"C": true, "POSIX": true, "default": true, "C.utf8": true, "C.UTF-8": true, "ucs_basic": true}

func (s *scope) collate(e *ast.Collate) expr.Expr {
	b := s.b
	x := b.known(s.expr(e.Operand), start(e.Operand))
	if t := x.Type().Underlying(); t.Category != 'S' && !(t.IsArray() && t.Elem.Category == 'S') {
		b.failf(e.At, pgerr.DatatypeMismatch, "collations are not supported by type %s", types.FormatType(x.Type(), -1))
	}
	if !collations[e.Collation.Name] {
		b.failf(e.At, pgerr.UndefinedObject, "collation %q for encoding \"UTF8\" does not exist", joinParts(e.Collation))
	}
	return x
}

func joinParts(n ast.ObjectName) string { return strings.Join(n.Parts(), ".") }

func (s *scope) valueFunc(e *ast.ValueFuncCall) expr.Expr {
	b := s.b
	cast := func(x expr.Expr, t *types.T) expr.Expr {
		return &expr.Cast{Arg: x, T: t, Mod: int32(e.Precision), Explicit: true}
	}
	now := func() expr.Expr { return b.callByName(e.At, "now") }
	switch e.Func {
	case ast.CurrentDate:
		return &expr.Cast{Arg: now(), T: types.Date, Mod: -1, Explicit: true}
	case ast.CurrentTime:
		return cast(now(), types.Timetz)
	case ast.CurrentTimestamp:
		if e.Precision < 0 {
			return now()
		}
		return cast(now(), types.Timestamptz)
	case ast.LocalTime:
		return cast(now(), types.Time)
	case ast.LocalTimestamp:
		return cast(now(), types.Timestamp)
	case ast.SessionUserFunc:
		return b.callByName(e.At, "session_user")
	case ast.CurrentCatalog:
		return b.callByName(e.At, "current_database")
	case ast.CurrentSchema:
		return b.callByName(e.At, "current_schema")
	}
	return b.callByName(e.At, "current_user")
}
