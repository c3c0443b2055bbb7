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
	// Of a wide expression: how many rows are evaluated at once, and room for
	// their results.
	batch int
	slice chunk.Chunk
	buf   chunk.Vec
}

// wideRowsFirst is how many rows a wide expression is evaluated over at first.
// How large its values are decides how many then: those of one evaluation,
// intermediate ones included, are to stay below chunkBytesMax.
const wideRowsFirst = 16

// stateOf makes run state; for a nil *Expr the zero evalState.
func stateOf(e *Expr) evalState { return evalState{expr: e, state: e.NewState(), batch: wideRowsFirst} }

func states(es []*Expr) []evalState {
	out := make([]evalState, len(es))
	for i, e := range es {
		out[i] = stateOf(e)
	}
	return out
}

// reset forgets what was kept from an earlier execution; operators call it in Open.
func (st *evalState) reset() {
	st.state.Reset()
	st.batch = wideRowsFirst
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

// scalar evaluates an expression that reads no column of a chunk.
func (st *evalState) scalar(run *Run) (Datum, error) { return st.state.Scalar(run.Eval) }

// vec evaluates over all rows of c. The vector is valid until the next call, or
// as long as c is.
func (st *evalState) vec(run *Run, c *chunk.Chunk) (*chunk.Vec, error) {
	if !st.expr.Wide() {
		return st.state.Vec(run.Eval, c)
	}
	if c.Rows <= st.batch {
		return st.wideVec(run, c)
	}
	st.buf.Init(st.expr.Kind)
	for from := 0; from < c.Rows; {
		to := min(from+st.batch, c.Rows)
		st.slice.View(c, from, to)
		v, err := st.wideVec(run, &st.slice)
		if err != nil {
			return nil, err
		}
		st.buf.AppendRange(v, 0, to-from)
		from = to
	}
	return &st.buf, nil
}

func (st *evalState) wideVec(run *Run, c *chunk.Chunk) (*chunk.Vec, error) {
	v, err := st.state.Vec(run.Eval, c)
	st.learn(c.Rows)
	return v, err
}

// learn sets batch by the size of what the last evaluation over rows rows made.
func (st *evalState) learn(rows int) {
	var bytes int64
	for i, vs := 0, st.state.Buffers(); i < len(vs); i++ {
		bytes += vecBytes(&vs[i])
	}
	switch {
	case bytes > chunkBytesMax:
		st.batch = max(1, int(int64(rows)*chunkBytesMax/bytes))
	case rows >= st.batch && bytes < chunkBytesMax/16:
		st.batch = min(8*st.batch, chunk.RowsMax)
	}
}

// truths appends to sel the rows of c for which the expression is true.
func (st *evalState) truths(run *Run, c *chunk.Chunk, sel []int32) ([]int32, error) {
	if !st.expr.Wide() {
		return st.state.Truths(run.Eval, c, sel)
	}
	for from := 0; from < c.Rows; {
		to, in := min(from+st.batch, c.Rows), c
		if from > 0 || to < c.Rows {
			st.slice.View(c, from, to)
			in = &st.slice
		}
		had := len(sel)
		var err error
		if sel, err = st.state.Truths(run.Eval, in, sel); err != nil {
			return sel, err
		}
		for i := had; i < len(sel); i++ {
			sel[i] += int32(from)
		}
		st.learn(to - from)
		from = to
	}
	return sel, nil
}

// passing is where the rows that pass a condition go.
type passing struct {
	cond evalState
	out  chunk.Chunk
	sel  []int32
	// selecting: they stay where they are, and out has a selection.
	selecting bool
}

func newPassing(cond *Expr, k Kinds) passing {
	p := passing{cond: stateOf(cond)}
	p.out.Cols = newCols(k)
	return p
}

// apply gives the rows of in that pass: in itself, a chunk with them, or nil
// where none does.
func (p *passing) apply(run *Run, in *chunk.Chunk) (*chunk.Chunk, error) {
	s, err := p.cond.truths(run, in, p.sel[:0])
	p.sel = s
	switch {
	case err != nil || len(s) == 0:
		return nil, err
	case len(s) == in.Rows:
		return in, nil
	case p.selecting:
		p.out = chunk.Chunk{Cols: in.Cols, Rows: in.Rows, Sel: s}
		return &p.out, nil
	}
	p.out.Reset()
	gatherChunk(&p.out, 0, in, s)
	p.out.Rows = len(s)
	return &p.out, nil
}
