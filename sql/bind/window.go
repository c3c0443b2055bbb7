package bind

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// windowRef is a window call of a query and the column it becomes.
type windowRef struct {
	call      *expr.AggCall
	partition []expr.Expr
	order     []expr.SortKey
	frame     plan.Frame
	col       *expr.Col
}

// rewrite replaces the expressions by f of them.
func (w *windowRef) rewrite(f func(expr.Expr) expr.Expr) {
	c := *w.call
	c.Args = mapExprs(c.Args, f)
	c.Filter = f(c.Filter)
	w.call = &c
	w.partition = mapExprs(w.partition, f)
	w.order = append([]expr.SortKey(nil), w.order...)
	for i := range w.order {
		w.order[i].Expr = f(w.order[i].Expr)
	}
}

func mapExprs(es []expr.Expr, f func(expr.Expr) expr.Expr) []expr.Expr {
	out := make([]expr.Expr, len(es))
	for i, e := range es {
		out[i] = f(e)
	}
	return out
}

// namedWindow is an entry of the WINDOW clause.
type namedWindow struct {
	name string
	spec *ast.WindowSpec
	pos  ast.At
}

func declareWindows(list []*ast.NamedWindow) []*namedWindow {
	var out []*namedWindow
	for _, w := range list {
		out = append(out, &namedWindow{w.Name, w.Spec, w.At})
	}
	return out
}

func (q *query) namedWindow(name string, pos ast.At) *ast.WindowSpec {
	var hit *ast.WindowSpec
	for _, w := range q.named {
		if w.name == name {
			if hit != nil {
				q.s.b.failf(w.pos, pgerr.WindowingError, "window %q is already defined", name)
			}
			hit = w.spec
		}
	}
	if hit == nil {
		q.s.b.failf(pos, pgerr.UndefinedObject, "window %q does not exist", name)
	}
	return hit
}

// windowSpec resolves OVER … into partition, order and frame.
func (s *scope) windowSpec(spec *ast.WindowSpec, w *windowRef) {
	s.resolveWindow(spec, w, 0)
}

// windowDepthMax bounds chains of windows that build on each other.
const windowDepthMax = 100

func (s *scope) resolveWindow(spec *ast.WindowSpec, w *windowRef, depth int) {
	b, q := s.b, s.q
	if depth > windowDepthMax {
		b.failf(spec.At, pgerr.StatementTooComplex, "too many window definitions refer to each other")
	}
	if spec.Name != "" {
		s.resolveWindow(q.namedWindow(spec.Name, spec.At), w, depth+1)
		return
	}
	if spec.Base != "" {
		base := q.namedWindow(spec.Base, spec.At)
		s.resolveWindow(base, w, depth+1)
		if len(spec.PartitionBy) > 0 {
			b.failf(spec.At, pgerr.WindowingError, "cannot override PARTITION BY clause of window %q", spec.Base)
		}
		if len(spec.OrderBy) > 0 && len(w.order) > 0 {
			b.failf(spec.At, pgerr.WindowingError, "cannot override ORDER BY clause of window %q", spec.Base)
		}
		if base.Frame != nil {
			b.failf(spec.At, pgerr.WindowingError, "cannot copy window %q because it has a frame clause", spec.Base)
		}
	}
	saved := s.clause
	s.clause = inWindowPartition
	for _, e := range spec.PartitionBy {
		x := b.known(s.expr(e), start(e))
		b.equatable(x.Type(), start(e))
		w.partition = append(w.partition, x)
	}
	s.clause = inWindowOrder
	for _, it := range spec.OrderBy {
		x := b.known(s.expr(it.Expr), start(it.Expr))
		k := b.orderKey(it, 0, x.Type())
		w.order = append(w.order, expr.SortKey{Expr: x, Desc: k.desc, NullsFirst: k.first})
	}
	s.clause = inWindowFrame
	w.frame = plan.Frame{Mode: plan.Range, StartKind: plan.UnboundedPreceding, EndKind: plan.CurrentRow}
	if spec.Frame != nil {
		s.frame(spec.Frame, w)
	}
	s.clause = saved
}

var frameModes = map[ast.FrameMode]plan.FrameMode{ast.FrameRange: plan.Range, ast.FrameRows: plan.Rows, ast.FrameGroups: plan.Groups}

var frameBounds = map[ast.FrameBoundKind]plan.BoundKind{
	ast.UnboundedPreceding: plan.UnboundedPreceding, ast.OffsetPreceding: plan.Preceding,
	ast.CurrentRow: plan.CurrentRow, ast.OffsetFollowing: plan.Following, ast.UnboundedFollowing: plan.UnboundedFollowing,
}

func (s *scope) frame(f *ast.Frame, w *windowRef) {
	b := s.b
	w.frame = plan.Frame{Mode: frameModes[f.Mode], StartKind: frameBounds[f.Start.Kind], EndKind: frameBounds[f.End.Kind]}
	w.frame.Exclude = map[ast.FrameExclusion]byte{ast.ExcludeCurrentRow: 'c', ast.ExcludeGroup: 'g', ast.ExcludeTies: 't'}[f.Exclude]
	if f.Mode == ast.FrameGroups && len(w.order) == 0 {
		b.failf(f.At, pgerr.WindowingError, "GROUPS mode requires an ORDER BY clause")
	}
	offset := f.Start.Offset != nil || f.End.Offset != nil
	if f.Mode == ast.FrameRange && offset && len(w.order) != 1 {
		b.failf(f.At, pgerr.WindowingError, "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column")
	}
	w.frame.Start, w.frame.StartFn = s.frameOffset(f.Start, f.Mode, w, true)
	w.frame.End, w.frame.EndFn = s.frameOffset(f.End, f.Mode, w, false)
}

// frameOffset binds an offset. For ROWS and GROUPS it counts (int8); for RANGE it
// is added to or taken from the sort key by the function that comes with it.
func (s *scope) frameOffset(fb ast.FrameBound, mode ast.FrameMode, w *windowRef, isStart bool) (expr.Expr, *expr.FuncDef) {
	b := s.b
	if fb.Offset == nil {
		return nil, nil
	}
	at := start(fb.Offset)
	x := s.expr(fb.Offset)
	hasCol := false
	expr.WalkCols(x, func(*expr.Col) { hasCol = true })
	if mode != ast.FrameRange {
		word := "ROWS"
		if mode == ast.FrameGroups {
			word = "GROUPS"
		}
		if hasCol {
			b.failf(at, pgerr.InvalidColumnReference, "argument of %s must not contain variables", word)
		}
		if !b.canCoerce(x.Type(), types.Int8, assignment) {
			b.failf(at, pgerr.DatatypeMismatch, "argument of %s must be type bigint, not type %s", word, types.FormatType(x.Type(), -1))
		}
		return b.coerce(x, types.Int8, -1, assignment, at), nil
	}
	if hasCol {
		b.failf(at, pgerr.InvalidColumnReference, "argument of RANGE must not contain variables")
	}
	key := w.order[0]
	t := key.Expr.Type()
	op := "+"
	if (fb.Kind == ast.OffsetPreceding) != key.Desc {
		op = "-"
	}
	want := x.Type()
	if want.Is(types.Unknown) {
		want = t
		switch t.Underlying().OID {
		case types.Date.OID, types.Timestamp.OID, types.Timestamptz.OID, types.Time.OID, types.Timetz.OID:
			want = types.IntervalT
		}
		x = b.coerce(x, want, -1, implicit, at)
	}
	m, err := resolveBinary(op, t, x.Type())
	if err != nil {
		b.fail(at, pgerr.Newf(pgerr.FeatureNotSupported, "RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s and offset type %s",
			types.FormatType(t, -1), types.FormatType(want, -1)).WithHint("Cast the offset value to an appropriate type."))
	}
	if !m.args[0].Is(t) {
		b.fail(at, pgerr.Newf(pgerr.FeatureNotSupported, "RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s and offset type %s",
			types.FormatType(t, -1), types.FormatType(want, -1)).WithHint("Cast the offset value to an appropriate type."))
	}
	return b.coerce(x, m.args[1], -1, implicit, at), m.def
}

// applyWindows puts one Window node per partitioning and ordering.
func (st *selectState) applyWindows() {
	ws := append([]*windowRef(nil), st.q.windows...)
	for len(ws) > 0 {
		first := ws[0]
		n := &plan.Window{In: st.node, Partition: first.partition, Order: first.order}
		n.Cols = append(n.Cols, refit(st.node).Columns()...)
		var rest []*windowRef
		for _, w := range ws {
			if !sameWindow(first, w) {
				rest = append(rest, w)
				continue
			}
			n.Calls = append(n.Calls, plan.WindowCall{Call: w.call, Frame: w.frame})
			n.Cols = append(n.Cols, plan.Col{ID: w.col.ID, Name: w.col.Name, T: w.col.T, Mod: -1})
		}
		st.node, ws = n, rest
	}
}

func sameWindow(a, b *windowRef) bool {
	if len(a.partition) != len(b.partition) || len(a.order) != len(b.order) {
		return false
	}
	for i := range a.partition {
		if !expr.Equal(a.partition[i], b.partition[i]) {
			return false
		}
	}
	for i := range a.order {
		x, y := a.order[i], b.order[i]
		if x.Desc != y.Desc || x.NullsFirst != y.NullsFirst || !expr.Equal(x.Expr, y.Expr) {
			return false
		}
	}
	return true
}
