package expr

import (
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
)

// Layout says which position of the input chunk holds which column. A column it
// does not have is an outer one.
type Layout map[ColID]int

// Program is a compiled expression: immutable, shared between executions.
type Program struct {
	root   node
	expr   Expr
	layout Layout
	slots  int // scratch vectors that an Evaluator needs
}

// node computes its value for the selected rows of a chunk.
type node interface {
	// eval gives a vector aligned with the rows of in; rows outside sel (nil: all)
	// are unset. It is valid until the node's next eval; the caller does not
	// change it.
	eval(ev *Evaluator, in *chunk.Chunk, sel []int32) (*chunk.Vec, error)
}

// Compile prepares e for evaluation over chunks of this layout.
func Compile(e Expr, layout Layout) (*Program, error) {
	c := &compiler{layout: layout}
	p := &Program{expr: e, layout: layout}
	p.root = c.compile(e)
	p.slots = c.slots
	return p, nil
}

// Expr is what was compiled.
func (p *Program) Expr() Expr { return p.expr }

// Type is the type of the result.
func (p *Program) Type() *types.T { return p.expr.Type() }

// Evaluator runs a program. It holds scratch space: one per execution, not safe
// for concurrent use.
type Evaluator struct {
	p     *Program
	ctx   *Ctx
	vecs  []chunk.Vec
	sels  [][]int32
	state []any // per-execution state of nodes: hashed lists, cached subqueries

	// For EvalRow and for nodes evaluated row by row.
	in     *chunk.Chunk
	row    int
	lookup Lookup
}

// NewEvaluator makes an evaluator of p.
func (p *Program) NewEvaluator() *Evaluator {
	ev := &Evaluator{p: p, vecs: make([]chunk.Vec, p.slots), sels: make([][]int32, p.slots), state: make([]any, p.slots)}
	ev.lookup = func(id ColID) (types.Datum, bool) {
		pos, ok := p.layout[id]
		if !ok {
			return types.Null, false
		}
		return ev.in.Cols[pos].Datum(ev.row), true
	}
	return ev
}

// Reset forgets what was kept from earlier rows of the same execution: call it
// when the parameters or outer columns changed.
func (ev *Evaluator) Reset() { clear(ev.state) }

// Eval computes the rows sel of in (nil: all). The vector is aligned with the
// rows of in, belongs to the evaluator and is valid until its next call; rows
// outside sel are unset.
func (ev *Evaluator) Eval(ctx *Ctx, in *chunk.Chunk, sel []int32) (*chunk.Vec, error) {
	ev.ctx = ctx
	return ev.p.root.eval(ev, in, sel)
}

// EvalRow computes one row, by the reference form.
func (ev *Evaluator) EvalRow(ctx *Ctx, in *chunk.Chunk, row int) (types.Datum, error) {
	ev.ctx, ev.in, ev.row = ctx, in, row
	d, err := EvalOne(ctx, ev.p.expr, ev.lookup)
	return d, ev.describe(err)
}

// Filter appends to out[:0] the rows of sel (nil: all) for which the predicate
// is true. The result may share memory with neither sel nor the evaluator.
func (ev *Evaluator) Filter(ctx *Ctx, in *chunk.Chunk, sel []int32) ([]int32, error) {
	return ev.FilterInto(ctx, in, sel, nil)
}

// FilterInto is Filter that appends to out, which must not be sel.
func (ev *Evaluator) FilterInto(ctx *Ctx, in *chunk.Chunk, sel, out []int32) ([]int32, error) {
	ev.ctx = ctx
	return ev.filter(ev.p.root, in, sel, out)
}

func (ev *Evaluator) filter(n node, in *chunk.Chunk, sel, out []int32) ([]int32, error) {
	if and, ok := n.(*chainNode); ok && !and.stop {
		return and.filter(ev, in, sel, out)
	}
	v, err := n.eval(ev, in, sel)
	if err != nil {
		return nil, err
	}
	return appendTrue(v, in.Rows, sel, out), nil
}

// appendTrue appends the selected rows where v is true.
func appendTrue(v *chunk.Vec, n int, sel, out []int32) []int32 {
	switch {
	case v.Const && (v.Null(0) || v.Ints[0] == 0):
		return out
	case v.Const && sel != nil:
		return append(out, sel...)
	case sel != nil:
		for _, i := range sel {
			if v.Int(int(i)) != 0 && !v.Null(int(i)) {
				out = append(out, i)
			}
		}
		return out
	}
	nulls := v.HasNulls() && !v.Const
	for i := range n {
		if v.Int(i) != 0 && !(nulls && v.Nulls.Has(i)) {
			out = append(out, int32(i))
		}
	}
	return out
}

type compiler struct {
	layout Layout
	slots  int
}

func (c *compiler) slot() int {
	c.slots++
	return c.slots - 1
}

func (c *compiler) compile(e Expr) node {
	switch e := e.(type) {
	case *Const:
		return &constNode{c.slot(), e.T.Kind, func(*Ctx) (types.Datum, error) { return e.Value, nil }}
	case *Param:
		return &constNode{c.slot(), e.T.Kind, func(ctx *Ctx) (types.Datum, error) { return EvalOne(ctx, e, nil) }}
	case *Col:
		if pos, ok := c.layout[e.ID]; ok {
			return colNode(pos)
		}
		return &constNode{c.slot(), e.T.Kind, func(ctx *Ctx) (types.Datum, error) { return EvalOne(ctx, e, nil) }}
	case *Func:
		return c.compileFunc(e)
	case *And:
		return c.compileChain(e.Args, false)
	case *Or:
		return c.compileChain(e.Args, true)
	case *Not:
		return &notNode{c.slot(), c.compile(e.Arg)}
	case *NullTest:
		if e.Arg.Type().Kind != types.KindRecord {
			return &nullTestNode{c.slot(), c.compile(e.Arg), e.Not}
		}
	case *BoolTest:
		return &boolTestNode{c.slot(), c.compile(e.Arg), e.Want, e.Not}
	case *Cast:
		return c.compileCast(e)
	case *Case:
		n := &caseNode{slot: c.slot(), condSlot: c.slot(), kind: e.T.Kind}
		for _, w := range e.Whens {
			n.conds, n.thens = append(n.conds, c.compile(w.Cond)), append(n.thens, c.compile(w.Then))
		}
		if e.Else != nil {
			n.els = c.compile(e.Else)
		}
		return n
	case *Coalesce:
		n := &coalesceNode{slot: c.slot(), kind: e.T.Kind}
		for _, a := range e.Args {
			n.args = append(n.args, c.compile(a))
		}
		return n
	case *InList:
		return c.compileInList(e)
	case *AnyAll:
		return c.compileAny(e)
	case *Subquery:
		if len(e.Outer) == 0 {
			return &subqueryNode{c.slot(), e}
		}
	}
	return &rowNode{c.slot(), e}
}

func (c *compiler) compileFunc(e *Func) node {
	if n := c.compileDynCompare(e); n != nil {
		return n
	}
	n := &funcNode{slot: c.slot(), e: e}
	for _, a := range e.Args {
		n.args = append(n.args, c.compile(a))
	}
	return n
}

func (c *compiler) compileChain(args []Expr, stop bool) node {
	n := &chainNode{slot: c.slot(), selSlot: c.slot(), tmpSlot: c.slot(), stop: stop}
	for _, a := range args {
		n.args = append(n.args, c.compile(a))
	}
	return n
}

// compileCast passes over casts that change no datum.
func (c *compiler) compileCast(e *Cast) node {
	from := e.Arg.Type().Underlying()
	arg := c.compile(e.Arg)
	if e.Mod < 0 && e.T.Typtype != 'd' && from.Kind == e.T.Kind {
		switch {
		case from.Is(e.T):
			return arg
		case from.IsString() && from.OID != types.Bpchar.OID && e.T.IsString() && e.T.OID != types.Name.OID:
			return arg
		case from.OID == types.Int2.OID && (e.T.OID == types.Int4.OID || e.T.OID == types.Int8.OID),
			from.OID == types.Int4.OID && e.T.OID == types.Int8.OID,
			from.OID == types.Float4.OID && e.T.OID == types.Float8.OID,
			from.IsReg() && e.T.IsReg():
			return arg
		}
	}
	if from.IsInteger() && e.T.OID == types.Float8.OID {
		return &intToFloatNode{c.slot(), arg}
	}
	return &castNode{c.slot(), e, arg}
}
