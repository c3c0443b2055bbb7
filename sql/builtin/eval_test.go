package builtin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/parse"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// testBinder binds expressions without columns: just enough to test functions
// through the parser and the resolution rules.
type testBinder struct{ io *types.IOContext }

func (b *testBinder) coerce(e expr.Expr, to *types.T, explicit bool, mod int32) expr.Expr {
	from := e.Type()
	if c, ok := e.(*expr.Const); ok && from.Is(types.Unknown) && !to.IsPolymorphic() && !to.Is(types.Any) {
		if c.Value.IsNull() {
			return &expr.Const{T: to, Mod: -1}
		}
		m := mod
		if explicit {
			m = -1
		}
		d, err := types.Parse(to, m, c.Value.Str(), b.io)
		if err == nil && explicit {
			d, err = types.ApplyTypmod(d, to, mod, true)
		}
		if err != nil {
			panic(err)
		}
		return &expr.Const{Value: d, T: to, Mod: mod}
	}
	if from.Is(to) && mod < 0 || to.IsPolymorphic() || to.Is(types.Any) {
		return e
	}
	if from.Is(types.Unknown) {
		return e
	}
	return &expr.Cast{Arg: e, T: to, Mod: mod, Explicit: explicit}
}

func (b *testBinder) args(list []ast.Expr) (out []expr.Expr, ts []*types.T) {
	for _, a := range list {
		if n, ok := a.(*ast.NamedArg); ok {
			a = n.Value
		}
		e := b.bind(a)
		out, ts = append(out, e), append(ts, e.Type())
	}
	return out, ts
}

func (b *testBinder) typeName(n *ast.TypeName) (*types.T, int32) {
	t, ok := types.ByName(n.Name.Name)
	if !ok {
		panic(pgerr.Newf(pgerr.UndefinedObject, "type \"%s\" does not exist", n.Name.Name))
	}
	var mods []int64
	for _, m := range n.Typmods {
		v, _ := m.(*ast.Literal).Int64()
		mods = append(mods, v)
	}
	mod, err := types.EncodeTypmod(t, mods)
	if t.Is(types.IntervalT) {
		p := -1
		if len(mods) > 0 {
			p = int(mods[0])
		}
		mod, err = types.IntervalTypmod(n.Interval.String(), p)
	}
	if err != nil {
		panic(err)
	}
	if len(n.ArrayBounds) > 0 {
		t = types.ArrayOf(t)
	}
	return t, mod
}

func (b *testBinder) bind(e ast.Expr) expr.Expr {
	switch e := e.(type) {
	case *ast.Literal:
		return b.literal(e)
	case *ast.Binary:
		return b.operator(e.Op.Name, e.Left, e.Right)
	case *ast.Unary:
		return b.operator(e.Op.Name, nil, e.Operand)
	case *ast.Not:
		return &expr.Not{Arg: b.coerce(b.bind(e.Operand), types.Bool, false, -1)}
	case *ast.FuncCall:
		return b.call(e)
	case *ast.Cast:
		t, mod := b.typeName(e.Type)
		return b.coerce(b.bind(e.Operand), t, true, mod)
	case *ast.Array:
		return b.array(e)
	case *ast.Row:
		args, ts := b.args(e.Args)
		t := *types.RecordT
		for i := range ts {
			if ts[i].Is(types.Unknown) {
				args[i], ts[i] = b.coerce(args[i], types.Text, false, -1), types.Text
			}
			t.Fields = append(t.Fields, types.Field{Name: fmt.Sprintf("f%d", i+1), Type: ts[i], Mod: -1})
		}
		return &expr.RowCtor{Fields: args, T: &t}
	case *ast.Like:
		op := map[ast.LikeKind]string{ast.LikeMatch: "~~", ast.ILikeMatch: "~~*", ast.SimilarToMatch: "~"}[e.Kind]
		if e.Not {
			op = "!" + op
		}
		pattern := e.Pattern
		switch {
		case e.Kind == ast.SimilarToMatch && e.Escape == nil:
			pattern = &ast.FuncCall{Name: ast.ObjectName{Name: "similar_to_escape"}, Args: []ast.Expr{pattern}}
		case e.Kind == ast.SimilarToMatch:
			pattern = &ast.FuncCall{Name: ast.ObjectName{Name: "similar_to_escape"}, Args: []ast.Expr{pattern, e.Escape}}
		case e.Escape != nil:
			pattern = &ast.FuncCall{Name: ast.ObjectName{Name: "like_escape"}, Args: []ast.Expr{pattern, e.Escape}}
		}
		return b.operator(op, e.Operand, pattern)
	}
	panic(fmt.Sprintf("test binder: %T", e))
}

func (b *testBinder) literal(e *ast.Literal) expr.Expr {
	c := &expr.Const{T: types.Unknown, Mod: -1, Value: types.MakeStr(e.Text)}
	switch e.Kind {
	case ast.LiteralNull:
		c.Value = types.Null
		return c
	case ast.LiteralBool:
		return b.coerce(c, types.Bool, false, -1)
	case ast.LiteralInteger:
		n, ok := e.Int64()
		switch {
		case !ok:
			return b.coerce(c, types.Numeric, false, -1)
		case n == int64(int32(n)):
			return b.coerce(c, types.Int4, false, -1)
		}
		return b.coerce(c, types.Int8, false, -1)
	case ast.LiteralNumeric:
		return b.coerce(c, types.Numeric, false, -1)
	case ast.LiteralBits:
		return b.coerce(c, types.Bit, false, -1)
	}
	return c
}

func (b *testBinder) operator(name string, left, right ast.Expr) expr.Expr {
	var l expr.Expr
	var lt *types.T
	if left != nil {
		l = b.bind(left)
		lt = l.Type()
	}
	r := b.bind(right)
	o, err := ResolveOperator(name, lt, r.Type())
	if err != nil {
		panic(err)
	}
	ltt, rtt, ret, err := SettleOperator(o, lt, r.Type())
	if err != nil {
		panic(err)
	}
	f := &expr.Func{Def: o.Fn, T: ret, Op: name}
	if l != nil {
		f.Args = append(f.Args, b.coerce(l, ltt, false, -1))
	}
	f.Args = append(f.Args, b.coerce(r, rtt, false, -1))
	return f
}

// srfExpr marks a set-returning call at the top of an expression.
type srfExpr struct {
	expr.Const
	def  *SRF
	args []expr.Expr
	call SRFTypes
}

func (b *testBinder) call(e *ast.FuncCall) expr.Expr {
	args, ts := b.args(e.Args)
	m, err := ResolveFunction("", e.Name.Name, ts, e.Variadic)
	if err != nil {
		panic(err)
	}
	for i := range args {
		if i < len(m.ArgTypes) {
			args[i] = b.coerce(args[i], m.ArgTypes[i], false, -1)
		}
	}
	if m.Collect >= 0 {
		tail := args[m.Collect:]
		elem := m.ArgTypes[m.Collect]
		args = append(args[:m.Collect:m.Collect], &expr.ArrayCtor{Elems: tail, T: types.ArrayOf(elem)})
	}
	if m.Func != nil {
		skip := len(args) + len(m.Defaults) - len(m.Func.Args)
		for i, d := range m.Defaults {
			_ = skip
			args = append(args, &expr.Const{Value: d, T: m.Func.Args[len(m.Func.Args)-len(m.Defaults)+i], Mod: -1})
		}
		return &expr.Func{Def: m.Func, Args: args, T: m.Ret}
	}
	if m.SRF != nil {
		s := &srfExpr{def: m.SRF, args: args, call: SRFTypes{Ret: m.Ret, Columns: nil}}
		for i, d := range m.Defaults {
			s.args = append(s.args, &expr.Const{Value: d, T: m.SRF.Args[len(m.SRF.Args)-len(m.Defaults)+i], Mod: -1})
		}
		for _, a := range s.args {
			s.call.Args = append(s.call.Args, a.Type())
		}
		s.T = m.Ret
		return s
	}
	panic(pgerr.New(pgerr.FeatureNotSupported, "aggregate in a test"))
}

func (b *testBinder) array(e *ast.Array) expr.Expr {
	elems, ts := b.args(e.Elems)
	t := types.Text
	if len(ts) > 0 {
		var err error
		if t, err = CommonType("ARRAY", ts); err != nil {
			panic(err)
		}
	}
	for i := range elems {
		elems[i] = b.coerce(elems[i], t, false, -1)
	}
	return &expr.ArrayCtor{Elems: elems, T: types.ArrayOf(t)}
}

// fakeSession has settings and little else.
type fakeSession struct {
	expr.Session
	settings map[string]string
	loc      *time.Location
	rand     uint64
}

func (s *fakeSession) Setting(name string) (string, bool) {
	v, ok := s.settings[strings.ToLower(name)]
	return v, ok
}
func (s *fakeSession) SetSetting(name, value string, _ bool) error {
	s.settings[strings.ToLower(name)] = value
	return nil
}
func (s *fakeSession) Location() *time.Location { return s.loc }
func (s *fakeSession) Now() time.Time           { return testNow }
func (s *fakeSession) User() string             { return "postgres" }
func (s *fakeSession) SessionUser() string      { return "postgres" }
func (s *fakeSession) Database() string         { return "postgres" }
func (s *fakeSession) SearchPath() []string     { return []string{"public"} }
func (s *fakeSession) BackendPID() int32        { return 42 }
func (s *fakeSession) TxnID() uint64            { return 7 }
func (s *fakeSession) Random() uint64           { s.rand += 0x9e3779b97f4a7c15; return s.rand }
func (s *fakeSession) Catalog() any             { return nil }

var testNow = time.Date(2024, 2, 29, 13, 14, 15, 123456000, time.UTC)

func testCtx(loc *time.Location) *expr.Ctx {
	return &expr.Ctx{Context: context.Background(), StmtTime: testNow, TxnTime: testNow,
		Session: &fakeSession{settings: map[string]string{"server_version": "15.0"}, loc: loc}}
}

func showErr(err error) string {
	var e *pgerr.Error
	if !errors.As(err, &e) {
		return "ERROR: " + err.Error()
	}
	out := "ERROR " + e.Code + ": " + e.Message
	if e.Detail != "" {
		out += " | " + e.Detail
	}
	if e.Hint != "" {
		out += " | " + e.Hint
	}
	return out
}

// evalText binds and evaluates one expression and gives its text, or the error.
func evalText(ctx *expr.Ctx, sql string) (out string) {
	defer func() {
		if r := recover(); r != nil {
			if err, ok := r.(error); ok {
				var e *pgerr.Error
				if errors.As(err, &e) {
					out = showErr(err)
					return
				}
			}
			panic(fmt.Sprintf("%s: %v", sql, r))
		}
	}()
	tree, err := parse.Expr(sql)
	if err != nil {
		return showErr(err)
	}
	b := &testBinder{io: ctx.IO()}
	e := b.bind(tree)
	if s, ok := e.(*srfExpr); ok {
		return evalRows(ctx, s)
	}
	d, err := expr.EvalOne(ctx, e, nil)
	if err != nil {
		return showErr(err)
	}
	if d.IsNull() {
		return "NULL"
	}
	return types.Format(d, e.Type(), ctx.IO())
}

func evalRows(ctx *expr.Ctx, s *srfExpr) string {
	var args []types.Datum
	for _, a := range s.args {
		d, err := expr.EvalOne(ctx, a, nil)
		if err != nil {
			return showErr(err)
		}
		if d.IsNull() && s.def.Strict {
			return "(no rows)"
		}
		args = append(args, d)
	}
	rows, err := s.def.Open(ctx, args, s.call)
	if err != nil {
		return showErr(err)
	}
	var out []string
	for {
		row, ok, err := rows.Next(ctx)
		if err != nil {
			return showErr(err)
		}
		if !ok {
			break
		}
		var cols []string
		for i, d := range row {
			t := s.call.Ret
			if len(s.def.Columns) > 0 {
				t = s.def.Columns[i].Type
			}
			if t.IsPolymorphic() {
				t = s.call.Args[0].Elem
			}
			if d.IsNull() {
				cols = append(cols, "NULL")
			} else {
				cols = append(cols, types.Format(d, t, ctx.IO()))
			}
		}
		out = append(out, strings.Join(cols, ","))
	}
	if len(out) == 0 {
		return "(no rows)"
	}
	return strings.Join(out, ";")
}

// TestEval runs testdata/eval: every line is an expression; the expected output
// is PostgreSQL 15's. "eval [tz=zone]".
func TestEval(t *testing.T) {
	datadriven.Walk(t, "testdata/eval", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			loc := time.UTC
			if d.HasArg("tz") {
				var zone string
				d.ScanArgs(t, "tz", &zone)
				var err error
				if loc, err = types.LoadZone(zone, true); err != nil {
					t.Fatal(err)
				}
			}
			ctx := testCtx(loc)
			var out strings.Builder
			for _, line := range strings.Split(d.Input, "\n") {
				text := strings.ReplaceAll(evalText(ctx, line), "\n", "\\n")
				if text == "" {
					text = "''"
				}
				out.WriteString(text + "\n")
			}
			return out.String()
		})
	})
}

func errNoSuch() error { return pgerr.New(pgerr.UndefinedObject, "no such object in a test") }

func (s *fakeSession) NextVal(context.Context, types.OID, types.OID) (int64, error) {
	return 0, errNoSuch()
}
func (s *fakeSession) CurrVal(types.OID, types.OID) (int64, error) { return 0, errNoSuch() }
func (s *fakeSession) LastVal(types.OID) (int64, error)            { return 0, errNoSuch() }
func (s *fakeSession) SetVal(context.Context, types.OID, int64, bool, types.OID) error {
	return errNoSuch()
}
func (s *fakeSession) Notify(string, string) error { return nil }
func (s *fakeSession) Advisory(context.Context, int64, bool, bool, bool, bool) (bool, error) {
	return true, nil
}
func (s *fakeSession) AdvisoryUnlock(int64, bool, bool) (bool, error)  { return true, nil }
func (s *fakeSession) AdvisoryUnlockAll()                              {}
func (s *fakeSession) CancelBackend(int32, types.OID) (bool, error)    { return false, nil }
func (s *fakeSession) TerminateBackend(int32, types.OID) (bool, error) { return false, nil }
func (s *fakeSession) RelationBytes(types.OID, string) (int64, error)  { return 0, errNoSuch() }
func (s *fakeSession) Notice(string, string, string)                   {}
