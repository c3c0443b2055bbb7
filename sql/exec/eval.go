package exec

import (
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// Expr is a compiled expression over the columns of a chunk. Immutable. A nil
// *Expr is an absent one.
type Expr = expr.Compiled

// Compile compiles e over chunks whose columns are layout. Columns that layout
// does not have are outer ones.
func Compile(e expr.Expr, layout []expr.ColID) (*Expr, error) { return expr.CompileOver(e, layout) }

// Constant is the compiled form of a value.
func Constant(d Datum, t *types.T) *Expr { return expr.Constant(d, t) }

// evalState is the run state of an Expr within a Run.
type evalState struct {
	expr  *Expr
	state expr.State
}

// stateOf makes run state; for a nil *Expr the zero evalState.
func stateOf(e *Expr) evalState { return evalState{expr: e, state: e.NewState()} }

func states(es []*Expr) []evalState {
	out := make([]evalState, len(es))
	for i, e := range es {
		out[i] = stateOf(e)
	}
	return out
}

// reset forgets what was kept from an earlier execution; operators call it in Open.
func (st *evalState) reset() { st.state.Reset() }

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

// scalar evaluates an expression that reads no column of a chunk.
func (st *evalState) scalar(run *Run) (Datum, error) { return st.state.Scalar(run.Eval) }

// vec evaluates over all rows of c. The vector is valid until the next call, or
// as long as c is.
func (st *evalState) vec(run *Run, c *chunk.Chunk) (*chunk.Vec, error) {
	return st.state.Vec(run.Eval, c)
}

// truths appends to sel the rows of c for which the expression is true.
func (st *evalState) truths(run *Run, c *chunk.Chunk, sel []int32) ([]int32, error) {
	return st.state.Truths(run.Eval, c, sel)
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
