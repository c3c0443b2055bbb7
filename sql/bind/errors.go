package bind

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

// failure carries an error up the recursion of one bind.
type failure struct{ err error }

// recovered is deferred by the exported functions.
func (b *binder) recovered(err *error) {
	switch f := recover().(type) {
	case nil:
	case *failure:
		*err = f.err
	default:
		panic(f)
	}
}

// fail ends the bind with the user's error standing at pos.
func (b *binder) fail(pos ast.At, e *pgerr.Error) {
	if b.sql != "" && pos >= 0 {
		e = e.At(pgerr.Position(b.sql, pos.Position()))
	}
	panic(&failure{e})
}

// failf is fail with a code and a message.
func (b *binder) failf(pos ast.At, code, format string, args ...any) {
	b.fail(pos, pgerr.Newf(code, format, args...))
}

// must ends the bind on an error of the environment or of another package; the
// user's errors get the position.
func (b *binder) must(pos ast.At, err error) {
	if err == nil {
		return
	}
	if e, ok := err.(*pgerr.Error); ok {
		b.fail(pos, e)
	}
	panic(&failure{err})
}

// start is where the text of an expression begins: PostgreSQL's exprLocation.
// An infix operator's own position is that of the operator.
func start(e ast.Expr) ast.At {
	pos := ast.At(e.Position())
	least := func(c ast.Expr) {
		if c == nil {
			return
		}
		if p := start(c); p >= 0 && (pos < 0 || p < pos) {
			pos = p
		}
	}
	switch e := e.(type) {
	case *ast.Binary:
		least(e.Left)
	case *ast.Logical:
		least(e.Args[0])
	case *ast.Cast:
		if e.Form == ast.CastColons {
			least(e.Operand)
		}
	case *ast.InList:
		least(e.Operand)
	case *ast.InSubquery:
		least(e.Operand)
	case *ast.Between:
		least(e.Operand)
	case *ast.Like:
		least(e.Operand)
	case *ast.Is:
		least(e.Operand)
	case *ast.IsDistinct:
		least(e.Left)
	case *ast.Quantified:
		least(e.Left)
	case *ast.Subscript:
		least(e.Operand)
	case *ast.FieldSelect:
		least(e.Operand)
	case *ast.Collate:
		least(e.Operand)
	}
	return pos
}
