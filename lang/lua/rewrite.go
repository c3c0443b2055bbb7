package lua

import (
	"errors"
	"fmt"

	"github.com/yuin/gopher-lua/ast"
)

// Bounds of a script's text. Compiling cannot be interrupted, and takes time that
// grows with the square of some of these.
const (
	// ScriptBytesMax bounds a script.
	ScriptBytesMax = 256 << 10
	// nestingMax bounds how deep expressions and blocks nest.
	nestingMax = 200
	// chainMax bounds the links of one chain: of an operator, of elseif, of indexes.
	chainMax = 1000
	// constantsMax bounds the names, numbers and strings of one function.
	constantsMax = 1 << 14
	// labelsMax bounds the labels and gotos of a script.
	labelsMax = 1000
)

var (
	errNesting   = errors.New("chunk has too many syntax levels")
	errConstants = errors.New("constant table overflow")
	errLabels    = errors.New("too many labels")
)

// Functions that scripts call without naming them: no identifier is spelt so.
const (
	concatName = "\x00concat"
	assignName = "\x00assign"
	indexName  = "\x00index"
)

// rewriter checks a script's tree against the bounds and has what may take much
// memory at once done by functions that charge for it: a..b becomes concat(a, b),
// t[k] = v becomes assign(t, k, v) unless k is a name. What is left takes memory
// in proportion to the instructions run.
type rewriter struct {
	depth     int // nesting
	chain     int // links of chains around here, not counted as nesting
	constants int // of the function at hand
	labels    int
}

func (r *rewriter) enter() error {
	if r.depth++; r.depth > nestingMax {
		return errNesting
	}
	return nil
}

func (r *rewriter) leave() { r.depth-- }

func (r *rewriter) constant() error {
	if r.constants++; r.constants > constantsMax {
		return errConstants
	}
	return nil
}

// block rewrites statements in place.
func (r *rewriter) block(stmts []ast.Stmt) error {
	if err := r.enter(); err != nil {
		return err
	}
	defer r.leave()
	for i, s := range stmts {
		out, err := r.stmt(s)
		if err != nil {
			return err
		}
		stmts[i] = out
	}
	return nil
}

func (r *rewriter) stmt(s ast.Stmt) (ast.Stmt, error) {
	switch s := s.(type) {
	case *ast.AssignStmt:
		return r.assign(s)
	case *ast.LocalAssignStmt:
		return s, r.exprs(s.Exprs)
	case *ast.FuncCallStmt:
		return s, r.expr(&s.Expr)
	case *ast.DoBlockStmt:
		return s, r.block(s.Stmts)
	case *ast.WhileStmt:
		return s, r.loop(s.Stmts, &s.Condition)
	case *ast.RepeatStmt:
		return s, r.loop(s.Stmts, &s.Condition)
	case *ast.IfStmt:
		return s, r.ifs(s)
	case *ast.NumberForStmt:
		return s, r.loop(s.Stmts, &s.Init, &s.Limit, &s.Step)
	case *ast.GenericForStmt:
		if err := r.exprs(s.Exprs); err != nil {
			return nil, err
		}
		return s, r.loop(s.Stmts)
	case *ast.FuncDefStmt:
		if err := r.expr(&s.Name.Func); err != nil {
			return nil, err
		}
		if err := r.expr(&s.Name.Receiver); err != nil {
			return nil, err
		}
		return s, r.function(s.Func)
	case *ast.ReturnStmt:
		return s, r.exprs(s.Exprs)
	case *ast.LabelStmt, *ast.GotoStmt:
		if r.labels++; r.labels > labelsMax {
			return nil, errLabels
		}
	}
	return s, nil
}

func (r *rewriter) loop(body []ast.Stmt, heads ...*ast.Expr) error {
	for _, h := range heads {
		if err := r.expr(h); err != nil {
			return err
		}
	}
	return r.block(body)
}

// ifs follows the chain of elseif, which the parser nests.
func (r *rewriter) ifs(s *ast.IfStmt) error {
	for links := 0; ; links++ {
		if links > chainMax {
			return errNesting
		}
		if err := r.loop(s.Then, &s.Condition); err != nil {
			return err
		}
		next, ok := elseIf(s)
		if !ok {
			return r.block(s.Else)
		}
		s = next
	}
}

func elseIf(s *ast.IfStmt) (*ast.IfStmt, bool) {
	if len(s.Else) != 1 {
		return nil, false
	}
	next, ok := s.Else[0].(*ast.IfStmt)
	return next, ok
}

func (r *rewriter) function(f *ast.FunctionExpr) error {
	outer := r.constants
	r.constants = 0
	err := r.block(f.Stmts)
	r.constants = outer
	return err
}

func (r *rewriter) exprs(es []ast.Expr) error {
	for i := range es {
		if err := r.expr(&es[i]); err != nil {
			return err
		}
	}
	return nil
}

// expr rewrites an expression where it stands.
func (r *rewriter) expr(at *ast.Expr) error {
	if err := r.enter(); err != nil {
		return err
	}
	defer r.leave()
	switch e := (*at).(type) {
	case *ast.NumberExpr, *ast.StringExpr, *ast.IdentExpr:
		return r.constant()
	case *ast.TableExpr:
		return r.table(e)
	case *ast.FuncCallExpr, *ast.AttrGetExpr:
		return r.suffixes(*at)
	case *ast.LogicalOpExpr, *ast.RelationalOpExpr, *ast.ArithmeticOpExpr:
		return r.operators(*at)
	case *ast.StringConcatOpExpr:
		call, err := r.concat(e)
		*at = call
		return err
	case *ast.UnaryMinusOpExpr:
		return r.expr(&e.Expr)
	case *ast.UnaryNotOpExpr:
		return r.expr(&e.Expr)
	case *ast.UnaryLenOpExpr:
		return r.expr(&e.Expr)
	case *ast.FunctionExpr:
		return r.function(e)
	}
	return nil
}

func (r *rewriter) table(e *ast.TableExpr) error {
	for _, f := range e.Fields {
		if f.Key != nil {
			if err := r.expr(&f.Key); err != nil {
				return err
			}
			if _, ok := f.Key.(*ast.StringExpr); !ok {
				f.Key = hidden(indexName, f.Key, f.Key)
			}
		}
		if err := r.expr(&f.Value); err != nil {
			return err
		}
	}
	return nil
}

// link counts one link of a chain: the compiler recurses along it.
func (r *rewriter) link() error {
	if r.chain++; r.chain > chainMax {
		return errNesting
	}
	return nil
}

// suffixes follows a.b[c](d):e(f) from its end to its start.
func (r *rewriter) suffixes(e ast.Expr) error {
	outer := r.chain
	defer func() { r.chain = outer }()
	for {
		if err := r.link(); err != nil {
			return err
		}
		var inner *ast.Expr
		switch x := e.(type) {
		case *ast.FuncCallExpr:
			if err := r.exprs(x.Args); err != nil {
				return err
			}
			if inner = &x.Func; x.Func == nil {
				inner = &x.Receiver
			}
		case *ast.AttrGetExpr:
			if err := r.expr(&x.Key); err != nil {
				return err
			}
			inner = &x.Object
		}
		switch (*inner).(type) {
		case *ast.FuncCallExpr, *ast.AttrGetExpr:
			e = *inner
		default:
			return r.expr(inner)
		}
	}
}

// operators follows a chain of operators that associate to the left.
func (r *rewriter) operators(e ast.Expr) error {
	outer := r.chain
	defer func() { r.chain = outer }()
	for {
		if err := r.link(); err != nil {
			return err
		}
		var l, rhs *ast.Expr
		switch x := e.(type) {
		case *ast.LogicalOpExpr:
			l, rhs = &x.Lhs, &x.Rhs
		case *ast.RelationalOpExpr:
			l, rhs = &x.Lhs, &x.Rhs
		case *ast.ArithmeticOpExpr:
			l, rhs = &x.Lhs, &x.Rhs
		}
		if err := r.expr(rhs); err != nil {
			return err
		}
		switch (*l).(type) {
		case *ast.LogicalOpExpr, *ast.RelationalOpExpr, *ast.ArithmeticOpExpr:
			e = *l
		default:
			return r.expr(l)
		}
	}
}

// concat makes one call of a chain of "..", which associates to the right.
func (r *rewriter) concat(e *ast.StringConcatOpExpr) (ast.Expr, error) {
	var parts []ast.Expr
	var last ast.Expr = e
	for {
		c, ok := last.(*ast.StringConcatOpExpr)
		if !ok {
			break
		}
		if len(parts) >= nestingMax-1 {
			return e, errNesting
		}
		parts = append(parts, c.Lhs)
		last = c.Rhs
	}
	parts = append(parts, last)
	if err := r.exprs(parts); err != nil {
		return e, err
	}
	return hidden(concatName, e, parts...), nil
}

// hidden is a call of a function of ours, standing where at does. Each argument is
// one value.
func hidden(name string, at ast.PositionHolder, args ...ast.Expr) *ast.FuncCallExpr {
	args[len(args)-1] = oneValue(args[len(args)-1])
	fn := &ast.IdentExpr{Value: name}
	call := &ast.FuncCallExpr{Func: fn, Args: args, AdjustRet: true}
	for _, n := range []ast.PositionHolder{fn, call} {
		n.SetLine(at.Line())
		n.SetLastLine(at.LastLine())
	}
	return call
}

// oneValue cuts what may give several values to one, as parentheses do.
func oneValue(e ast.Expr) ast.Expr {
	switch e := e.(type) {
	case *ast.FuncCallExpr:
		e.AdjustRet = true
	case *ast.Comma3Expr:
		e.AdjustRet = true
	}
	return e
}

// plainTarget is what an assignment may write to without a charge: a variable, or
// a field by its name.
func plainTarget(e ast.Expr) bool {
	get, ok := e.(*ast.AttrGetExpr)
	if !ok {
		return true
	}
	_, named := get.Key.(*ast.StringExpr)
	return named
}

func (r *rewriter) assign(s *ast.AssignStmt) (ast.Stmt, error) {
	if err := r.exprs(s.Lhs); err != nil {
		return nil, err
	}
	if err := r.exprs(s.Rhs); err != nil {
		return nil, err
	}
	plain := true
	for _, l := range s.Lhs {
		plain = plain && plainTarget(l)
	}
	if plain {
		return s, nil
	}
	if get, ok := s.Lhs[0].(*ast.AttrGetExpr); ok && len(s.Lhs) == 1 && len(s.Rhs) == 1 {
		return assignCall(s, get.Object, get.Key, s.Rhs[0]), nil
	}
	return assignMany(s), nil
}

func assignCall(at ast.PositionHolder, t, key, value ast.Expr) ast.Stmt {
	call := &ast.FuncCallStmt{Expr: hidden(assignName, at, t, key, value)}
	call.SetLine(at.Line())
	return call
}

// assignMany evaluates the targets' tables and keys, then the values, into
// variables, and then assigns, the last first, as Lua does.
func assignMany(s *ast.AssignStmt) ast.Stmt {
	local := func(name string) *ast.IdentExpr {
		e := &ast.IdentExpr{Value: name}
		e.SetLine(s.Line())
		return e
	}
	declare := func(names []string, exprs []ast.Expr) ast.Stmt {
		d := &ast.LocalAssignStmt{Names: names, Exprs: exprs}
		d.SetLine(s.Line())
		return d
	}
	var targets, values []string
	var parts []ast.Expr
	for i, l := range s.Lhs {
		values = append(values, fmt.Sprintf("\x00v%d", i))
		if get, ok := l.(*ast.AttrGetExpr); ok {
			targets = append(targets, fmt.Sprintf("\x00t%d", i), fmt.Sprintf("\x00k%d", i))
			parts = append(parts, oneValue(get.Object), oneValue(get.Key))
		}
	}
	out := &ast.DoBlockStmt{Stmts: []ast.Stmt{declare(targets, parts), declare(values, s.Rhs)}}
	out.SetLine(s.Line())
	for i := len(s.Lhs) - 1; i >= 0; i-- {
		if _, ok := s.Lhs[i].(*ast.AttrGetExpr); ok {
			out.Stmts = append(out.Stmts, assignCall(s, local(fmt.Sprintf("\x00t%d", i)), local(fmt.Sprintf("\x00k%d", i)), local(values[i])))
			continue
		}
		one := &ast.AssignStmt{Lhs: []ast.Expr{s.Lhs[i]}, Rhs: []ast.Expr{local(values[i])}}
		one.SetLine(s.Line())
		out.Stmts = append(out.Stmts, one)
	}
	return out
}
