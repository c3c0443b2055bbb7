package bind

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// binary binds an infix operator; rows are compared field by field.
func (s *scope) binary(e *ast.Binary) expr.Expr {
	b := s.b
	if lr, ok := e.Left.(*ast.Row); ok {
		switch rr := e.Right.(type) {
		case *ast.Row:
			return s.rowCompare(e.At, e.Op.Name, lr, rr)
		case *ast.Subquery:
			return s.rowSubquery(e, lr, rr)
		}
	}
	// x = NULL is not x IS NULL; both sides stay as they are.
	l := s.expr(e.Left)
	r := s.expr(e.Right)
	return b.operator(s, e.At, e.Op.Schema, e.Op.Name, l, r)
}

// comparisons are the operators whose dyn arguments take the other side's type.
var comparisons = map[string]bool{"=": true, "<>": true, "<": true, "<=": true, ">": true, ">=": true}

var arithmetic = map[string]bool{"+": true, "-": true, "*": true, "/": true, "%": true, "^": true}

var jsonOperators = map[string]bool{"->": true, "->>": true, "#>": true, "#>>": true, "@>": true, "?": true, "?|": true, "?&": true, "#-": true, "@?": true, "@@": true}

// operator resolves l op r (PostgreSQL manual, section 10.2) and coerces the
// arguments.
func (b *binder) operator(s *scope, pos ast.At, schema, name string, l, r expr.Expr) expr.Expr {
	if schema != "" && schema != "pg_catalog" {
		b.failf(pos, pgerr.UndefinedFunction, "operator does not exist: %s", operatorText(schema+"."+name, l, r))
	}
	l, r = b.dynOperands(name, l, r, pos)
	lt, rt := l.Type(), r.Type()
	if lt.IsComposite() && rt.IsComposite() && comparisons[name] {
		if x := b.recordCompare(pos, name, l, r); x != nil {
			return x
		}
	}
	def, err := resolveBinary(name, lt, rt)
	b.must(pos, err)
	return b.applyOperator(pos, name, def, l, r)
}

// applyOperator coerces the arguments to what the chosen operator takes.
func (b *binder) applyOperator(pos ast.At, name string, m match, args ...expr.Expr) expr.Expr {
	for i := range args {
		args[i] = b.coerce(args[i], m.args[i], -1, implicit, pos)
	}
	return &expr.Func{Def: m.def, Args: args, T: m.ret, Op: name}
}

// operatorFor finds the operator t op t for the implicit uses of equality and
// order (IN, DISTINCT, GREATEST …).
func (b *binder) operatorFor(pos ast.At, name string, t *types.T) match {
	if t.Is(types.Dyn) || t.Is(types.Unknown) {
		t = types.Text
	}
	m, err := resolveBinary(name, t, t)
	b.must(pos, err)
	return m
}

func operatorText(name string, l, r expr.Expr) string {
	return types.FormatType(l.Type(), -1) + " " + name + " " + types.FormatType(r.Type(), -1)
}

// dynOperands gives dyn operands the type that the other side asks.
func (b *binder) dynOperands(name string, l, r expr.Expr, pos ast.At) (expr.Expr, expr.Expr) {
	ld, rd := l.Type().Is(types.Dyn), r.Type().Is(types.Dyn)
	if !ld && !rd {
		return l, r
	}
	to := func(x expr.Expr, t *types.T) expr.Expr { return b.coerce(x, t, -1, implicit, pos) }
	switch {
	case jsonOperators[name] && ld:
		return b.operandAs(l, types.JSONB, pos), r
	case arithmetic[name] && (ld || isUnknown(l)) && (rd || isUnknown(r)):
		return to(l, types.Numeric), to(r, types.Numeric)
	case ld && rd || ld && isUnknown(r) || rd && isUnknown(l):
		return to(l, types.Text), to(r, types.Text)
	case ld:
		return to(l, dynAsked(name, r.Type())), r
	}
	return l, to(r, dynAsked(name, l.Type()))
}

func (b *binder) operandAs(x expr.Expr, t *types.T, pos ast.At) expr.Expr {
	return b.coerce(x, t, -1, implicit, pos)
}

// dynAsked is the type that a dyn takes beside an operand of type t: integers ask
// numeric, so that "19.99" > 10 works and large numbers keep their digits.
func dynAsked(op string, t *types.T) *types.T {
	t = t.Underlying()
	switch {
	case t.IsInteger(), t.Is(types.Numeric), t.IsReg():
		return types.Numeric
	case t.Is(types.Float4), t.Is(types.Float8):
		return types.Float8
	case t.Is(types.IntervalT) && arithmetic[op]:
		if op == "+" || op == "-" {
			return types.Timestamptz
		}
		return types.Float8
	case t.IsString():
		return types.Text
	case arithmetic[op] && t.Is(types.Date):
		return types.Int4
	case arithmetic[op] && (t.Is(types.Timestamp) || t.Is(types.Timestamptz)) && op == "-":
		return t
	case arithmetic[op] && (t.Is(types.Timestamp) || t.Is(types.Timestamptz)):
		return types.IntervalT
	case op == "||" && !t.IsArray() && !t.Is(types.JSONB):
		return types.Text
	}
	return t
}

// unary resolves a prefix operator.
func (b *binder) unary(pos ast.At, op ast.Operator, x expr.Expr) expr.Expr {
	if x.Type().Is(types.Dyn) {
		x = b.coerce(x, types.Numeric, -1, implicit, pos)
	}
	if op.Name == "+" || op.Name == "-" {
		if c, ok := x.(*expr.Const); ok && op.Name == "+" && c.T.Category == 'N' {
			return x
		}
	}
	m, err := resolveUnary(op.Name, x.Type())
	b.must(pos, err)
	return b.applyOperator(pos, op.Name, m, x)
}

// callByName resolves a call of a built-in function that a syntax stands for.
func (b *binder) callByName(pos ast.At, name string, args ...expr.Expr) expr.Expr {
	m, err := builtin.ResolveFunction("", name, argTypes(args), false)
	b.must(pos, err)
	return &expr.Func{Def: b.asOwner(m.Func), Args: b.finishCall(m, args, nil, pos), T: m.Ret}
}
