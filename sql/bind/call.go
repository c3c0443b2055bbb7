package bind

import (
	"slices"
	"strings"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// call binds f(…): a window call, an aggregate, a set-returning function, a
// plain function, an SQL function of the user, or a cast written as a call.
func (s *scope) call(e *ast.FuncCall) expr.Expr {
	system := systemFunction(e.Name)
	name := e.Name.Name
	switch {
	case e.Over != nil:
		return s.windowCall(e, system)
	case system && len(builtin.Aggregates("", name)) > 0:
		if !onlyWindow(name) || e.WithinGroup {
			return s.aggregate(e)
		}
		if len(builtin.Functions("", name)) == 0 {
			s.b.failf(e.At, pgerr.WrongObjectType, "window function %s requires an OVER clause", name)
		}
	}
	if e.WithinGroup {
		s.b.failf(e.At, pgerr.WrongObjectType, "%s is not an ordered-set aggregate, so it cannot have WITHIN GROUP", name)
	}
	s.b.plainOnly(e)
	args, at := s.callArgs(e)
	if system {
		if len(builtin.SetReturning("", name)) > 0 {
			return s.setCall(e, args, at)
		}
		if x := s.systemCall(e, args, at); x != nil {
			return x
		}
	}
	return s.userCall(e, args, at)
}

// systemFunction tells a name that may mean a built-in function. Of those in
// information_schema, drivers call one.
func systemFunction(n ast.ObjectName) bool {
	return n.Schema == "" || n.Schema == "pg_catalog" || n.Schema == "information_schema" && n.Name == "_pg_expandarray"
}

// onlyWindow tells a name that only window functions proper have.
func onlyWindow(name string) bool {
	for _, a := range builtin.Aggregates("", name) {
		if a.Kind != 'w' {
			return false
		}
	}
	return true
}

// plainOnly refuses the decorations that only aggregates take.
func (b *binder) plainOnly(e *ast.FuncCall) {
	bad := func(what string) {
		b.failf(e.At, pgerr.WrongObjectType, "%s specified, but %s is not an aggregate function", what, e.Name.Name)
	}
	switch {
	case e.Star:
		b.failf(e.At, pgerr.WrongObjectType, "%s(*) specified, but %s is not an aggregate function", e.Name.Name, e.Name.Name)
	case e.Distinct:
		bad("DISTINCT")
	case len(e.OrderBy) > 0:
		bad("ORDER BY")
	case e.Filter != nil:
		bad("FILTER")
	}
}

// callArgs binds the arguments; those written name => value come at the end.
func (s *scope) callArgs(e *ast.FuncCall) ([]expr.Expr, []ast.At) {
	args := make([]expr.Expr, 0, len(e.Args))
	at := make([]ast.At, 0, len(e.Args))
	for _, a := range e.Args {
		if n, ok := a.(*ast.NamedArg); ok {
			a = n.Value
		}
		if star, ok := a.(*ast.Star); ok && len(star.Qualifier) > 0 {
			a = &ast.ColumnRef{At: star.At, Names: star.Qualifier} // f(t.*) is f(t)
		}
		if cols := s.starred(a); cols != nil {
			for _, c := range cols {
				args, at = append(args, c.e), append(at, ast.At(a.Position()))
			}
			continue
		}
		args, at = append(args, s.expr(a)), append(at, start(a))
	}
	return args, at
}

// argTypes are the types that resolution sees.
func argTypes(args []expr.Expr) []*types.T {
	ts := make([]*types.T, len(args))
	for i, a := range args {
		ts[i] = a.Type()
	}
	return ts
}

// systemCall resolves a built-in function; nil where no function has the name
// and the user's may be tried.
func (s *scope) systemCall(e *ast.FuncCall, args []expr.Expr, at []ast.At) expr.Expr {
	b := s.b
	name := e.Name.Name
	overloads := builtin.Functions("", name)
	if len(overloads) == 0 {
		return b.castCall(e, args)
	}
	names := make([][]string, len(overloads))
	for i, f := range overloads {
		names[i] = f.Names
	}
	args, given := b.orderNamed(e, args, names)
	if given != nil {
		return b.namedCall(e, overloads, args, given)
	}
	m, err := builtin.ResolveFunction("", name, argTypes(args), e.Variadic)
	if err != nil {
		if x := b.castCall(e, args); x != nil {
			return x
		}
		if b.hasUserFunction(e) {
			return nil
		}
		b.must(e.At, err)
	}
	return &expr.Func{Def: b.asOwner(m.Func), Args: b.finishCall(m, args, at, e.At), T: m.Ret}
}

// castCall is typename(x), which PostgreSQL reads as a cast where no function of
// the name fits.
func (b *binder) castCall(e *ast.FuncCall, args []expr.Expr) expr.Expr {
	if len(args) != 1 || e.Variadic {
		return nil
	}
	t := b.findType(&ast.TypeName{At: e.At, Name: ast.ObjectName{At: e.At, Name: e.Name.Name}})
	if t == nil || t.Typtype == 'p' {
		return nil
	}
	from := args[0].Type()
	if !from.Is(types.Unknown) && !b.canCoerce(from, t, explicit) {
		return nil
	}
	return b.coerce(args[0], t, -1, explicit, e.At)
}

// orderNamed puts name => value arguments in the order of the first overload
// that has all the names. given is nil where none were named, else the names of
// that overload; parameters without a value are nil.
func (b *binder) orderNamed(e *ast.FuncCall, args []expr.Expr, overloads [][]string) (ordered []expr.Expr, given []string) {
	first := -1
	for i, a := range e.Args {
		if _, ok := a.(*ast.NamedArg); ok {
			first = i
			break
		}
	}
	if first < 0 || len(args) != len(e.Args) {
		return args, nil
	}
	for _, names := range overloads {
		if out := placeNamed(e, args, names, first); out != nil {
			return out, names
		}
	}
	b.failNoFunction(e, namedText(e, args))
	return nil, nil
}

func (b *binder) failNoFunction(e *ast.FuncCall, args string) {
	b.fail(e.At, pgerr.Newf(pgerr.UndefinedFunction, "function %s(%s) does not exist", joinParts(e.Name), args).
		WithHint("No function matches the given name and argument types. You might need to add explicit type casts."))
}

// placeNamed gives one entry per parameter, nil for those not given; nil where a
// name is none of the parameters' or comes twice.
func placeNamed(e *ast.FuncCall, args []expr.Expr, names []string, first int) []expr.Expr {
	if len(args) > len(names) {
		return nil
	}
	out := make([]expr.Expr, len(names))
	copy(out, args[:first])
	for i := first; i < len(args); i++ {
		n, ok := e.Args[i].(*ast.NamedArg)
		if !ok {
			return nil
		}
		k := indexOf(names, n.Name)
		if k < 0 || out[k] != nil {
			return nil
		}
		out[k] = args[i]
	}
	return out
}

// namedCall finishes a call with named arguments: parameters without a value
// take their defaults.
func (b *binder) namedCall(e *ast.FuncCall, overloads []*expr.FuncDef, args []expr.Expr, names []string) expr.Expr {
	for _, f := range overloads {
		if len(f.Args) != len(args) || len(f.Names) != len(names) {
			continue
		}
		out := make([]expr.Expr, len(args))
		fits := true
		for i, a := range args {
			d := i - (len(f.Args) - len(f.Defaults))
			switch {
			case a == nil && d >= 0:
				out[i] = &expr.Const{Value: f.Defaults[d], T: f.Args[i], Mod: -1}
			case a == nil || !isUnknown(a) && !b.canCoerce(a.Type(), f.Args[i], implicit):
				fits = false
			default:
				out[i] = b.coerce(a, f.Args[i], -1, implicit, e.At)
			}
		}
		if fits {
			return &expr.Func{Def: b.asOwner(f), Args: out, T: f.Ret}
		}
	}
	var have []expr.Expr
	for _, a := range args {
		if a != nil {
			have = append(have, a)
		}
	}
	b.failNoFunction(e, namedText(e, have))
	return nil
}

func namedText(e *ast.FuncCall, args []expr.Expr) string {
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = types.FormatType(a.Type(), -1)
		if i < len(e.Args) {
			if n, ok := e.Args[i].(*ast.NamedArg); ok {
				parts[i] = n.Name + " => " + parts[i]
			}
		}
	}
	return strings.Join(parts, ", ")
}

func indexOf(list []string, s string) int {
	for i, x := range list {
		if x == s {
			return i
		}
	}
	return -1
}

// setCall is a set-returning function in an expression: it becomes a column of a
// ProjectSet below.
func (s *scope) setCall(e *ast.FuncCall, args []expr.Expr, at []ast.At) expr.Expr {
	b := s.b
	if s.q == nil || !s.clause.sets() {
		b.failf(e.At, pgerr.FeatureNotSupported, "%s", s.clause.badSet())
	}
	if s.q.inAgg > 0 {
		b.fail(e.At, pgerr.New(pgerr.FeatureNotSupported, "aggregate function calls cannot contain set-returning function calls").
			WithHint("You might be able to move the set-returning function into a LATERAL FROM item."))
	}
	if s.clause != inSelect && s.clause != inOrderBy && s.clause != inDistinctOn {
		b.failf(e.At, pgerr.FeatureNotSupported, "%s", s.clause.badSet())
	}
	c, _ := b.srf(e, args, at)
	x := &setRef{call: c}
	x.col = &expr.Col{ID: b.newCol(), T: c.T, Mod: -1, Name: e.Name.Name}
	s.q.sets = append(s.q.sets, x)
	return x.col
}

// setRef is a set-returning call of a select list and the column it becomes.
type setRef struct {
	call *plan.SRFCall
	col  *expr.Col
}

func (x *setRef) rewrite(f func(expr.Expr) expr.Expr) {
	c := *x.call
	c.Args = mapExprs(c.Args, f)
	c.Scalar = f(c.Scalar)
	x.call = &c
}

// srf resolves a set-returning function; fields are its output columns.
func (b *binder) srf(e *ast.FuncCall, args []expr.Expr, at []ast.At) (*plan.SRFCall, []types.Field) {
	m, err := builtin.ResolveFunction("", e.Name.Name, argTypes(args), e.Variadic)
	b.must(e.At, err)
	if m.SRF == nil {
		b.failNoFunction(e, namedText(e, args))
	}
	fields := m.SRF.Columns
	c := &plan.SRFCall{Def: m.SRF, Args: b.finishCall(m, args, at, e.At), Name: e.Name.Name, T: m.Ret}
	if len(fields) == 0 {
		fields = []types.Field{{Name: e.Name.Name, Type: m.Ret, Mod: -1}}
	} else if len(fields) > 1 {
		c.T = recordOf(fields)
	}
	c.Cols = len(fields)
	if len(fields) == 1 {
		c.T = fields[0].Type
	}
	return c, fields
}

// groupedSets takes the calls that GROUP BY groups by out of q.sets, with those
// whose columns they read: their rows are there before they are grouped.
func (st *selectState) groupedSets() []*setRef {
	wanted := map[expr.ColID]bool{}
	note := func(c *expr.Col) { wanted[c.ID] = true }
	for _, k := range st.group.keys {
		expr.WalkCols(k.e, note)
	}
	var grouped, others []*setRef
	for i := len(st.q.sets) - 1; i >= 0; i-- { // a call reads only those before it
		x := st.q.sets[i]
		if !wanted[x.col.ID] {
			others = append(others, x)
			continue
		}
		grouped = append(grouped, x)
		for _, a := range x.call.Args {
			expr.WalkCols(a, note)
		}
	}
	slices.Reverse(grouped)
	slices.Reverse(others)
	st.q.sets = others
	return grouped
}

// applySets puts ProjectSet nodes on top: calls whose arguments read other calls
// stand in a node above theirs.
func (st *selectState) applySets(sets []*setRef) {
	left := append([]*setRef(nil), sets...)
	for len(left) > 0 {
		pending := map[expr.ColID]bool{}
		for _, x := range left {
			pending[x.col.ID] = true
		}
		var now, later []*setRef
		for _, x := range left {
			waits := false
			for _, a := range x.call.Args {
				expr.WalkCols(a, func(c *expr.Col) { waits = waits || pending[c.ID] })
			}
			if waits {
				later = append(later, x)
			} else {
				now = append(now, x)
			}
		}
		n := &plan.ProjectSet{In: st.node}
		for _, c := range refit(st.node).Columns() {
			n.Cols, n.Out, n.Calls = append(n.Cols, c), append(n.Out, colExpr(c)), append(n.Calls, nil)
		}
		for _, x := range now {
			n.Cols = append(n.Cols, plan.Col{ID: x.col.ID, Name: x.col.Name, T: x.col.T, Mod: -1})
			n.Out, n.Calls = append(n.Out, nil), append(n.Calls, x.call)
		}
		st.node, left = n, later
	}
}

// userFunction finds an SQL function of the user by name and argument count.
func (b *binder) userFunctions(name ast.ObjectName) []*catalog.Function {
	if name.Schema != "" {
		sc := b.schemaNamed(name.Schema, name.At)
		if sc == nil {
			b.failf(name.At, pgerr.InvalidSchemaName, "schema %q does not exist", name.Schema)
		}
		fs, err := b.cat.Functions(sc.OID, name.Name)
		b.must(name.At, err)
		return fs
	}
	var out []*catalog.Function
	b.eachSchema(func(sc *catalog.Schema) bool {
		fs, err := b.cat.Functions(sc.OID, name.Name)
		b.must(name.At, err)
		out = append(out, fs...)
		return false
	})
	return out
}

func (b *binder) hasUserFunction(e *ast.FuncCall) bool { return len(b.userFunctions(e.Name)) > 0 }
