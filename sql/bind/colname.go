package bind

import "github.com/ferritedb/ferrite/sql/ast"

// columnName is the name of a result column without an alias (FigureColname).
func columnName(e ast.Expr) string {
	if name, _ := figureName(e); name != "" {
		return name
	}
	return "?column?"
}

// figureName gives a name and how good it is: 2 for a name that was written, 1
// for one made up.
func figureName(e ast.Expr) (string, int) {
	switch e := e.(type) {
	case *ast.ColumnRef:
		return e.Names[len(e.Names)-1], 2
	case *ast.FuncCall:
		return funcColumnName(e), 2
	case *ast.ValueFuncCall:
		return e.Func.String(), 2
	case *ast.Cast:
		if name, strength := figureName(e.Operand); strength > 1 {
			return name, strength
		}
		return e.Type.Name.Name, 1
	case *ast.Collate:
		return figureName(e.Operand)
	case *ast.Case:
		if e.Else != nil {
			if name, strength := figureName(e.Else); strength > 1 {
				return name, strength
			}
		}
		return "case", 1
	case *ast.Subscript:
		return figureName(e.Operand)
	case *ast.FieldSelect:
		return e.Field, 2
	case *ast.Exists:
		return "exists", 2
	case *ast.ArraySubquery:
		return "array", 2
	case *ast.Subquery:
		return subqueryName(e.Query)
	}
	return constructorName(e)
}

func constructorName(e ast.Expr) (string, int) {
	switch e := e.(type) {
	case *ast.Coalesce:
		return "coalesce", 2
	case *ast.NullIf:
		return "nullif", 2
	case *ast.MinMax:
		if e.Least {
			return "least", 2
		}
		return "greatest", 2
	case *ast.Array:
		return "array", 2
	case *ast.Row:
		return "row", 2
	case *ast.Grouping:
		return "grouping", 2
	}
	return "", 0
}

func subqueryName(q *ast.Select) (string, int) {
	c, ok := q.Body.(*ast.SelectClause)
	if !ok || len(c.Targets) == 0 {
		return "", 0
	}
	if c.Targets[0].Alias != "" {
		return c.Targets[0].Alias, 2
	}
	return figureName(c.Targets[0].Expr)
}

func funcColumnName(e *ast.FuncCall) string { return e.Name.Name }
