package ast

import "fmt"

// Precedences as the parser has them, loosest first. precAtom needs no
// parentheses anywhere.
const (
	precLowest = iota
	precOr
	precAnd
	precNot
	precIs
	precComparison
	precBetween
	precOperator
	precAdd
	precMultiply
	precPower
	precAt
	precCollate
	precSign
	precTypecast
	precAtom
)

func operatorPrecedence(op Operator) int {
	if op.Schema != "" {
		return precOperator
	}
	switch op.Name {
	case "<", ">", "=", "<=", ">=", "<>":
		return precComparison
	case "+", "-":
		return precAdd
	case "*", "/", "%":
		return precMultiply
	case "^":
		return precPower
	}
	return precOperator
}

// precedence is that of an expression's outermost operator.
func precedence(e Expr) int {
	switch e := e.(type) {
	case *Literal:
		if (e.Kind == LiteralInteger || e.Kind == LiteralNumeric) && e.Text != "" && e.Text[0] == '-' {
			return precSign
		}
	case *Unary:
		if e.Op.Schema == "" && (e.Op.Name == "-" || e.Op.Name == "+") {
			return precSign
		}
		return precOperator
	case *Binary:
		return operatorPrecedence(e.Op)
	case *Quantified:
		return operatorPrecedence(e.Op)
	case *Logical:
		if e.Op == And {
			return precAnd
		}
		return precOr
	case *Not:
		return precNot
	case *Is, *IsDistinct:
		return precIs
	case *InList, *InSubquery, *Between, *Like:
		return precBetween
	case *Cast:
		if e.Form == CastColons {
			return precTypecast
		}
	case *Collate:
		return precCollate
	case *FuncCall:
		switch e.Syntax {
		case SyntaxAtTimeZone:
			return precAt
		case SyntaxIsNormalized:
			return precIs
		case SyntaxOverlaps:
			return precLowest
		}
	case *NamedArg, *GroupingSet:
		return precLowest
	}
	return precAtom
}

// operand writes e, in parentheses if it binds looser than min.
func (p *printer) operand(e Expr, min int) {
	if precedence(e) >= min {
		p.expr(e)
		return
	}
	p.str("(")
	p.expr(e)
	p.str(")")
}

// restricted writes e where the grammar has b_expr.
func (p *printer) restricted(e Expr) {
	min := precAtom
	switch e := e.(type) {
	case *Literal:
		min = precSign
	case *Cast:
		if precedence(e.Operand) == precAtom {
			min = precTypecast
		}
	}
	p.operand(e, min)
}

func (p *printer) exprs(list []Expr) {
	for i, e := range list {
		p.sep(i)
		p.expr(e)
	}
}

func (p *printer) expr(e Expr) {
	switch e := e.(type) {
	case *Literal:
		p.literal(e)
	case *ColumnRef:
		p.path(e.Names)
	case *Star:
		p.path(e.Qualifier)
		p.opt(len(e.Qualifier) > 0, ".")
		p.str("*")
	case *Param:
		p.str("$")
		p.int(e.Number)
	case *Unary, *Binary, *Logical, *Not:
		p.operatorExpr(e)
	case *InList, *InSubquery, *Between, *Like, *Is, *IsDistinct, *Quantified:
		p.predicate(e)
	case *FuncCall:
		p.funcCall(e)
	case *NamedArg:
		p.strictName(e.Name)
		p.str(" => ")
		p.expr(e.Value)
	case *ValueFuncCall:
		p.str(upperASCII(e.Func.String()))
		if e.Precision >= 0 {
			p.str("(")
			p.int(e.Precision)
			p.str(")")
		}
	case *Case:
		p.caseExpr(e)
	case *Cast:
		p.cast(e)
	case *Collate:
		p.operand(e.Operand, precCollate)
		p.str(" COLLATE ")
		p.objectName(e.Collation)
	default:
		p.constructor(e)
	}
}

// constructor writes the expressions that enclose their parts.
func (p *printer) constructor(e Expr) {
	switch e := e.(type) {
	case *Exists:
		p.str("EXISTS ")
		p.parenQuery(e.Query)
	case *Subquery:
		p.parenQuery(e.Query)
	case *ArraySubquery:
		p.str("ARRAY")
		p.parenQuery(e.Query)
	case *Row:
		p.opt(e.Explicit || len(e.Args) < 2, "ROW")
		p.list("(", e.Args, ")")
	case *Array:
		p.str("ARRAY")
		p.arrayElems(e)
	case *Subscript:
		p.subscripted(e.Operand)
		for _, item := range e.Items {
			p.subscriptItem(item)
		}
	case *FieldSelect:
		p.str("(")
		p.expr(e.Operand)
		p.str(").")
		p.name(e.Field)
	case *FieldStar:
		p.str("(")
		p.expr(e.Operand)
		p.str(").*")
	case *Coalesce:
		p.list("COALESCE(", e.Args, ")")
	case *NullIf:
		p.list("NULLIF(", []Expr{e.Left, e.Right}, ")")
	case *MinMax:
		if e.Least {
			p.list("LEAST(", e.Args, ")")
		} else {
			p.list("GREATEST(", e.Args, ")")
		}
	case *Grouping:
		p.list("GROUPING(", e.Args, ")")
	case *Default:
		p.str("DEFAULT")
	case *GroupingSet:
		p.str([...]string{"", "ROLLUP ", "CUBE ", "GROUPING SETS "}[e.Kind])
		p.list("(", e.Items, ")")
	default:
		panic(fmt.Sprintf("ast: no printed form for %T", e))
	}
}

func (p *printer) list(open string, list []Expr, end string) {
	p.str(open)
	p.exprs(list)
	p.str(end)
}

func (p *printer) literal(l *Literal) {
	switch l.Kind {
	case LiteralNull:
		p.str("NULL")
	case LiteralBool:
		p.str(upperASCII(l.Text))
	case LiteralString:
		p.str(QuoteString(l.Text))
	case LiteralBits:
		p.str("B'", l.Text, "'")
	case LiteralHexBits:
		p.str("X'", l.Text, "'")
	default:
		p.str(l.Text)
	}
}

func upperASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

func (p *printer) operatorExpr(e Expr) {
	switch e := e.(type) {
	case *Unary:
		p.operator(e.Op)
		prec := precedence(e)
		if prec == precOperator {
			p.str(" ")
		}
		p.operand(e.Operand, prec+1)
	case *Binary:
		prec := operatorPrecedence(e.Op)
		left := prec
		if prec == precComparison {
			left++
		}
		p.operand(e.Left, left)
		p.str(" ")
		p.operator(e.Op)
		p.str(" ")
		p.operand(e.Right, prec+1)
	case *Logical:
		prec, word := precAnd, " AND "
		if e.Op == Or {
			prec, word = precOr, " OR "
		}
		for i, arg := range e.Args {
			p.opt(i > 0, word)
			p.operand(arg, prec+1)
		}
	case *Not:
		p.str("NOT ")
		p.operand(e.Operand, precNot)
	}
}

func (p *printer) predicate(e Expr) {
	switch e := e.(type) {
	case *InList:
		p.operand(e.Operand, precBetween+1)
		p.opt(e.Not, " NOT")
		p.list(" IN (", e.List, ")")
	case *InSubquery:
		p.operand(e.Operand, precBetween+1)
		p.opt(e.Not, " NOT")
		p.str(" IN ")
		p.parenQuery(e.Query)
	case *Between:
		p.operand(e.Operand, precBetween+1)
		p.opt(e.Not, " NOT")
		p.str(" BETWEEN ")
		p.opt(e.Symmetric, "SYMMETRIC ")
		p.restricted(e.Low)
		p.str(" AND ")
		p.operand(e.High, precBetween+1)
	case *Like:
		p.operand(e.Operand, precBetween+1)
		p.opt(e.Not, " NOT")
		p.str([...]string{" LIKE ", " ILIKE ", " SIMILAR TO "}[e.Kind])
		p.operand(e.Pattern, precBetween+1)
		if e.Escape != nil {
			p.str(" ESCAPE ")
			p.operand(e.Escape, precBetween+1)
		}
	case *Is:
		p.operand(e.Operand, precIs+1)
		p.str(" IS ")
		p.opt(e.Not, "NOT ")
		p.str([...]string{"NULL", "TRUE", "FALSE", "UNKNOWN"}[e.Kind])
	case *IsDistinct:
		p.operand(e.Left, precIs+1)
		p.str(" IS ")
		p.opt(e.Not, "NOT ")
		p.str("DISTINCT FROM ")
		p.operand(e.Right, precIs+1)
	case *Quantified:
		p.operand(e.Left, operatorPrecedence(e.Op)+1)
		p.str(" ")
		p.operator(e.Op)
		if e.All {
			p.str(" ALL ")
		} else {
			p.str(" ANY ")
		}
		if e.Query != nil {
			p.parenQuery(e.Query)
		} else {
			p.list("(", []Expr{e.Array}, ")")
		}
	}
}

func (p *printer) caseExpr(c *Case) {
	p.str("CASE")
	if c.Operand != nil {
		p.str(" ")
		p.expr(c.Operand)
	}
	for _, w := range c.Whens {
		p.str(" WHEN ")
		p.expr(w.Condition)
		p.str(" THEN ")
		p.expr(w.Result)
	}
	if c.Else != nil {
		p.str(" ELSE ")
		p.expr(c.Else)
	}
	p.str(" END")
}

func (p *printer) cast(c *Cast) {
	switch c.Form {
	case CastColons:
		p.operand(c.Operand, precTypecast)
		p.str("::")
		p.typeName(c.Type)
	case CastTypedLiteral:
		if lit, ok := c.Operand.(*Literal); ok && lit.Kind == LiteralString && len(c.Type.ArrayBounds) == 0 {
			p.typedLiteral(c, lit.Text)
			return
		}
		fallthrough
	default:
		p.str("CAST(")
		p.expr(c.Operand)
		p.str(" AS ")
		p.typeName(c.Type)
		p.str(")")
	}
}

func (p *printer) arrayElems(a *Array) {
	p.str("[")
	for i, e := range a.Elems {
		p.sep(i)
		if inner, ok := e.(*Array); ok {
			p.arrayElems(inner)
		} else {
			p.expr(e)
		}
	}
	p.str("]")
}

// subscripted writes what subscripts follow.
func (p *printer) subscripted(e Expr) {
	switch e.(type) {
	case *ColumnRef, *Param, *Subquery:
		p.expr(e)
	default:
		p.str("(")
		p.expr(e)
		p.str(")")
	}
}

func (p *printer) subscriptItem(item SubscriptItem) {
	p.str("[")
	if item.Slice {
		if item.Low != nil {
			p.expr(item.Low)
		}
		p.str(":")
		if item.High != nil {
			p.expr(item.High)
		}
	} else {
		p.expr(item.Index)
	}
	p.str("]")
}
