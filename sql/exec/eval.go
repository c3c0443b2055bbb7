package exec

import (
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// Expr is a compiled expression over the columns of a chunk. Immutable. A nil
// *Expr is an absent one.
type Expr struct {
	Source expr.Expr
	Kind   types.Kind
	// col is the input column that the expression merely passes on, -1 for none;
	// param the index of a plain parameter, from 1; konst a plain constant.
	col   int
	param int
	konst *Datum
	prog  *expr.Program
	// stateful expressions keep hashed lists or subquery rows over one execution.
	stateful bool
}

// Compile compiles e over chunks whose columns are layout. Columns that layout
// does not have are outer ones.
func Compile(e expr.Expr, layout []expr.ColID) (*Expr, error) {
	if e == nil {
		return nil, nil
	}
	c := &Expr{Source: e, Kind: e.Type().Kind, col: -1}
	switch e := e.(type) {
	case *expr.Const:
		v := e.Value
		c.konst = &v
		return c, nil
	case *expr.Param:
		c.param = e.Index
		return c, nil
	case *expr.Col:
		for i, id := range layout {
			if id == e.ID {
				c.col = i
				return c, nil
			}
		}
	}
	positions := make(expr.Layout, len(layout))
	for i, id := range layout {
		if _, ok := positions[id]; !ok {
			positions[id] = i
		}
	}
	expr.Walk(e, func(x expr.Expr) bool {
		switch x.(type) {
		case *expr.Subquery, *expr.InList, *expr.AnyAll:
			c.stateful = true
		}
		return !c.stateful
	})
	var err error
	c.prog, err = expr.Compile(e, positions)
	return c, err
}

// Constant is the compiled form of a value.
func Constant(d Datum, t *types.T) *Expr {
	return &Expr{Source: &expr.Const{Value: d, T: t, Mod: -1}, Kind: t.Kind, col: -1, konst: &d}
}

// Col is the input column that e merely passes on, or -1.
func (e *Expr) Col() int { return e.col }

// state makes run state; for a nil *Expr the zero evalState.
func (e *Expr) state() evalState {
	if e == nil {
		return evalState{}
	}
	st := evalState{expr: e}
	if e.prog != nil {
		st.ev = e.prog.NewEvaluator()
	}
	return st
}

func states(es []*Expr) []evalState {
	out := make([]evalState, len(es))
	for i, e := range es {
		out[i] = e.state()
	}
	return out
}

// evalState is the run state of an Expr.
type evalState struct {
	expr *Expr
	ev   *expr.Evaluator
	buf  chunk.Vec
}

// reset forgets what was kept from an earlier execution; operators call it in Open.
func (st *evalState) reset() {
	if st.expr != nil && st.expr.stateful {
		st.ev.Reset()
	}
}

func resetAll(es []evalState) {
	for i := range es {
		es[i].reset()
	}
}

func resetKeys(ks []keyState) {
	for i := range ks {
		ks[i].eval.reset()
	}
}

// oneRow is the input of expressions without columns.
var oneRow = &chunk.Chunk{Rows: 1}

// scalar evaluates an expression that reads no column of a chunk.
func (st *evalState) scalar(run *Run) (Datum, error) {
	switch e := st.expr; {
	case e.konst != nil:
		return *e.konst, nil
	case e.param > 0:
		return run.Eval.Params[e.param-1], nil
	}
	return st.ev.EvalRow(run.Eval, oneRow, 0)
}

// vec evaluates over all rows of c. The vector is valid until the next call, or
// as long as c is.
func (st *evalState) vec(run *Run, c *chunk.Chunk) (*chunk.Vec, error) {
	e := st.expr
	switch {
	case e.col >= 0:
		return &c.Cols[e.col], nil
	case e.konst != nil:
		return st.constant(*e.konst, c.Rows), nil
	case e.param > 0:
		return st.constant(run.Eval.Params[e.param-1], c.Rows), nil
	}
	return st.ev.Eval(run.Eval, c, nil)
}

func (st *evalState) constant(d Datum, n int) *chunk.Vec {
	st.buf.Init(st.expr.Kind)
	for range n {
		st.buf.Append(d)
	}
	return &st.buf
}

// truths appends to sel the rows of c for which the expression is true.
func (st *evalState) truths(run *Run, c *chunk.Chunk, sel []int32) ([]int32, error) {
	if st.ev != nil && st.expr.Kind == types.KindBool {
		return st.ev.FilterInto(run.Eval, c, nil, sel)
	}
	v, err := st.vec(run, c)
	if err != nil {
		return sel, err
	}
	if v.Kind != types.KindBool {
		for i := range c.Rows {
			if d := v.Datum(i); !d.IsNull() && d.Bool() {
				sel = append(sel, int32(i))
			}
		}
		return sel, nil
	}
	for i, b := range v.Ints[:c.Rows] {
		if b != 0 && !v.Nulls[i] {
			sel = append(sel, int32(i))
		}
	}
	return sel, nil
}

// apply gives the rows of in that pass: in itself, out filled with them, or nil
// where none does.
func (st *evalState) apply(run *Run, in, out *chunk.Chunk, sel *[]int32) (*chunk.Chunk, error) {
	s, err := st.truths(run, in, (*sel)[:0])
	*sel = s
	switch {
	case err != nil || len(s) == 0:
		return nil, err
	case len(s) == in.Rows:
		return in, nil
	}
	out.Reset()
	gatherChunk(out, 0, in, s)
	out.Rows = len(s)
	return out, nil
}
