package expr

import (
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
)

// Compiled is an expression ready to run over chunks of one layout, with
// shortcuts for what needs no program: a column passed on, a constant, a
// parameter. Immutable. A nil *Compiled is an absent expression.
type Compiled struct {
	Source Expr
	Kind   types.Kind
	// col is the input column that the expression merely passes on, -1 for none;
	// param the index of a plain parameter, from 1; konst a plain constant.
	col   int
	param int
	konst *types.Datum
	prog  *Program
	// stateful expressions keep hashed lists or subquery rows over one execution.
	stateful bool
	wide     bool
}

// CompileOver compiles e over chunks whose columns are layout. Columns that
// layout does not have are outer ones.
func CompileOver(e Expr, layout []ColID) (*Compiled, error) {
	if e == nil {
		return nil, nil
	}
	c := &Compiled{Source: e, Kind: e.Type().Kind, col: -1}
	switch e := e.(type) {
	case *Const:
		v := e.Value
		c.konst = &v
		return c, nil
	case *Param:
		c.param = e.Index
		return c, nil
	case *Col:
		for i, id := range layout {
			if id == e.ID {
				c.col = i
				return c, nil
			}
		}
	}
	positions := make(Layout, len(layout))
	for i, id := range layout {
		if _, ok := positions[id]; !ok {
			positions[id] = i
		}
	}
	Walk(e, func(x Expr) bool {
		switch x.(type) {
		case *Subquery, *InList, *AnyAll:
			c.stateful = true
		}
		return !c.stateful
	})
	c.wide = makesWide(e)
	var err error
	c.prog, err = Compile(e, positions)
	return c, err
}

// makesWide tells whether evaluating e makes values that may be of any size.
func makesWide(e Expr) bool {
	wide := false
	Walk(e, func(x Expr) bool {
		switch x.(type) {
		case *Col, *Const, *Param:
			return false
		}
		switch x.Type().Kind {
		case types.KindStr, types.KindBytes, types.KindArray, types.KindRecord, types.KindOther:
			wide = true
		}
		return !wide
	})
	return wide
}

// Wide tells whether evaluation makes values that may be of any size, so that
// many rows at once may take much memory.
func (c *Compiled) Wide() bool { return c != nil && c.wide }

// Constant is the compiled form of a value.
func Constant(d types.Datum, t *types.T) *Compiled {
	return &Compiled{Source: &Const{Value: d, T: t, Mod: -1}, Kind: t.Kind, col: -1, konst: &d}
}

// Col is the input column that c merely passes on, or -1.
func (c *Compiled) Col() int { return c.col }

// NewState makes run state; for a nil *Compiled the zero State, which must not
// be evaluated.
func (c *Compiled) NewState() State {
	if c == nil {
		return State{}
	}
	st := State{compiled: c}
	if c.prog != nil {
		st.ev = c.prog.NewEvaluator()
	}
	return st
}

// State is the run state of a Compiled. Not safe for concurrent use.
type State struct {
	compiled *Compiled
	ev       *Evaluator
	buf      chunk.Vec
}

// Present tells whether there is an expression.
func (st *State) Present() bool { return st.compiled != nil }

// Reset forgets what was kept from an earlier execution: to be called at the
// start of each.
func (st *State) Reset() {
	if st.compiled != nil && st.compiled.stateful {
		st.ev.Reset()
	}
}

// Buffers are the vectors that the last evaluation filled, for their size.
func (st *State) Buffers() []chunk.Vec {
	if st.ev == nil {
		return nil
	}
	return st.ev.vecs
}

// oneRow is the input of expressions without columns.
var oneRow = &chunk.Chunk{Rows: 1}

// Scalar evaluates an expression that reads no column of a chunk.
func (st *State) Scalar(ctx *Ctx) (types.Datum, error) {
	switch c := st.compiled; {
	case c.konst != nil:
		return *c.konst, nil
	case c.param > 0:
		return ctx.Params[c.param-1], nil
	}
	return st.ev.EvalRow(ctx, oneRow, 0)
}

// Vec evaluates over all rows of in. The vector is valid until the next call, or
// as long as in is.
func (st *State) Vec(ctx *Ctx, in *chunk.Chunk) (*chunk.Vec, error) {
	switch c := st.compiled; {
	case c.col >= 0:
		return &in.Cols[c.col], nil
	case c.konst != nil:
		return st.constant(*c.konst, in.Rows), nil
	case c.param > 0:
		return st.constant(ctx.Params[c.param-1], in.Rows), nil
	}
	return st.ev.Eval(ctx, in, nil)
}

func (st *State) constant(d types.Datum, n int) *chunk.Vec {
	st.buf.Fill(st.compiled.Kind, d, n)
	return &st.buf
}

// VecOf is Vec over the rows sel (nil: all); the others are unset.
func (st *State) VecOf(ctx *Ctx, in *chunk.Chunk, sel []int32) (*chunk.Vec, error) {
	if sel == nil || st.ev == nil {
		return st.Vec(ctx, in)
	}
	return st.ev.Eval(ctx, in, sel)
}

// Truths appends to sel the rows of in for which the expression is true.
func (st *State) Truths(ctx *Ctx, in *chunk.Chunk, sel []int32) ([]int32, error) {
	if st.ev != nil && st.compiled.Kind == types.KindBool {
		return st.ev.FilterInto(ctx, in, nil, sel)
	}
	v, err := st.Vec(ctx, in)
	if err != nil {
		return sel, err
	}
	if v.Kind != types.KindBool {
		for i := range in.Rows {
			if d := v.Datum(i); !d.IsNull() && d.Bool() {
				sel = append(sel, int32(i))
			}
		}
		return sel, nil
	}
	return appendTrue(v, in.Rows, nil, sel), nil
}
