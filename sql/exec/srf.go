package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// SetCall is a compiled call of a set-returning function, or of a scalar one
// that counts as one row.
type SetCall struct {
	Def    *builtin.SRF
	Args   []*Expr
	Types  builtin.SRFTypes
	Scalar *Expr // instead of Def
	// Width is the number of output columns. A wider row becomes one record of
	// type T where Width is 1; a record is spread where Width is more.
	Width int
	T     *types.T
}

// setCallState runs a SetCall for one input row at a time.
type setCallState struct {
	call   *SetCall
	args   []evalState
	scalar evalState
	vecs   []*chunk.Vec
	one    *chunk.Vec
	rows   builtin.Rows
	row    []Datum
	values []Datum
	given  bool
	done   bool
	at     int // input row
}

func (c *SetCall) state() *setCallState {
	return &setCallState{call: c, args: states(c.Args), scalar: stateOf(c.Scalar), values: make([]Datum, len(c.Args))}
}

func (st *setCallState) reset() {
	resetAll(st.args)
	st.scalar.reset()
	st.rows, st.done = nil, true
}

// load evaluates the arguments over an input chunk.
func (st *setCallState) load(run *Run, c *chunk.Chunk) error {
	var err error
	if st.call.Def == nil {
		st.one, err = st.scalar.vec(run, c)
		return err
	}
	st.vecs, err = evalVecs(run, st.args, c, st.vecs)
	return err
}

// start opens the set of input row i.
func (st *setCallState) start(run *Run, i int) error {
	st.at, st.given, st.done, st.rows = i, false, false, nil
	if st.call.Def == nil {
		return nil
	}
	for j, v := range st.vecs {
		st.values[j] = v.Datum(i)
		if st.values[j].IsNull() && st.call.Def.Strict {
			st.done = true
			return nil
		}
	}
	var err error
	st.rows, err = st.call.Def.Open(run.Eval, st.values, st.call.Types)
	return err
}

// next gives the next row of the set, Width datums; false at the end.
func (st *setCallState) next(run *Run) ([]Datum, bool, error) {
	if st.done {
		return nil, false, nil
	}
	if st.call.Def == nil {
		st.done = true
		st.row = append(st.row[:0], st.one.Datum(st.at))
		out, err := st.shaped(st.row)
		return out, err == nil, err
	}
	row, ok, err := st.rows.Next(run.Eval)
	if err != nil || !ok {
		st.done = true
		return nil, false, err
	}
	out, err := st.shaped(row)
	return out, err == nil, err
}

// shaped makes row Width datums wide.
func (st *setCallState) shaped(row []Datum) ([]Datum, error) {
	w := st.call.Width
	switch {
	case len(row) == w:
		return row, nil
	case w == 1:
		r := &types.Record{Fields: append([]Datum(nil), row...)}
		for i := range row {
			r.Types = append(r.Types, fieldType(st.call.T, i))
		}
		st.row = append(st.row[:0], types.MakeRecord(r))
		return st.row, nil
	}
	out := make([]Datum, w)
	if len(row) == 1 && row[0].Kind() == types.KindRecord {
		if err := st.sameRow(row[0].Record()); err != nil {
			return nil, err
		}
		copy(out, row[0].Record().Fields)
	} else if len(row) > 1 {
		copy(out, row)
	}
	return out, nil
}

func errOtherRow() *pgerr.Error {
	return pgerr.New(pgerr.DatatypeMismatch, "function return row and query-specified return row do not match")
}

// sameRow refuses a record that is not of the columns that the query defines.
func (st *setCallState) sameRow(r *types.Record) error {
	if len(r.Fields) != st.call.Width {
		return errOtherRow().WithDetailf("Returned row contains %d attributes, but query expects %d.", len(r.Fields), st.call.Width)
	}
	for i, t := range r.Types {
		want := fieldType(st.call.T, i).Underlying()
		if t = t.Underlying(); !t.Is(want) && !(t.IsString() && want.IsString()) && want.Kind != types.KindNull {
			return errOtherRow().WithDetailf("Returned type %s at ordinal position %d, but query expects %s.", types.FormatType(t, -1), i+1, types.FormatType(want, -1))
		}
	}
	return nil
}

func fieldType(t *types.T, i int) *types.T {
	if t != nil && i < len(t.Underlying().Fields) {
		return t.Underlying().Fields[i].Type
	}
	return types.Text
}

// FuncScan calls functions in FROM side by side; shorter sets are filled with NULL.
type FuncScan struct {
	Calls      []*SetCall
	Ordinality bool
	Kinds      Kinds
}

// New implements Spec.
func (s *FuncScan) New() Operator {
	op := &funcScanOp{spec: s}
	for _, c := range s.Calls {
		op.calls = append(op.calls, c.state())
	}
	op.out.Cols = newCols(s.Kinds)
	return op
}

type funcScanOp struct {
	spec    *FuncScan
	run     *Run
	calls   []*setCallState
	started bool
	done    bool
	n       int64
	bytes   int64 // of the values in out
	batch   int
	out     chunk.Chunk
}

func (op *funcScanOp) Open(run *Run) error {
	op.run, op.started, op.done, op.n = run, false, false, 0
	op.batch = min(scanRowsFirst, run.rows())
	for _, c := range op.calls {
		c.reset()
	}
	return nil
}

func (op *funcScanOp) Close() {
	for _, c := range op.calls {
		c.rows = nil
	}
}

func (op *funcScanOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	if op.done {
		return nil, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !op.started {
		op.started = true
		for _, c := range op.calls {
			if err := c.load(op.run, oneRow); err != nil {
				return nil, err
			}
			if err := c.start(op.run, 0); err != nil {
				return nil, err
			}
		}
	}
	op.out.Reset()
	op.bytes = 0
	for op.out.Rows < op.batch && op.bytes < chunkBytesMax {
		any, err := op.appendRow()
		if err != nil {
			return nil, err
		}
		if !any {
			op.done = true
			break
		}
	}
	op.batch = min(4*op.batch, op.run.rows())
	if op.out.Rows == 0 {
		return nil, nil
	}
	return &op.out, nil
}

// appendRow appends one row of all calls; false where all are at their end.
func (op *funcScanOp) appendRow() (bool, error) {
	at, any := 0, false
	for _, c := range op.calls {
		row, ok, err := c.next(op.run)
		if err != nil {
			return false, err
		}
		for j := range c.call.Width {
			if ok {
				op.out.Cols[at+j].Append(row[j])
				op.bytes += types.Size(row[j])
			} else {
				op.out.Cols[at+j].AppendNull()
			}
		}
		any = any || ok
		at += c.call.Width
	}
	if !any {
		for j := range at { // take the NULLs back
			v := op.out.Cols[j]
			op.out.Cols[j].Init(v.Kind)
			op.out.Cols[j].AppendRange(&v, 0, op.out.Rows)
		}
		return false, nil
	}
	op.n++
	if op.spec.Ordinality {
		op.out.Cols[at].AppendInt(op.n)
	}
	op.out.Rows++
	return true, nil
}

// ProjectSet computes columns some of which are sets: each input row gives as
// many rows as its longest set.
type ProjectSet struct {
	In Spec
	// Out[i] is nil where Calls[i] is a set.
	Out   []*Expr
	Calls []*SetCall
	Kinds Kinds
}

// New implements Spec.
func (s *ProjectSet) New() Operator {
	op := &projectSetOp{spec: s, in: s.In.New(), exprs: make([]evalState, len(s.Out)), calls: make([]*setCallState, len(s.Out))}
	for i := range s.Out {
		if s.Calls[i] != nil {
			op.calls[i] = s.Calls[i].state()
		} else {
			op.exprs[i] = stateOf(s.Out[i])
		}
	}
	op.vecs = make([]*chunk.Vec, len(s.Out))
	op.row = make([]Datum, len(s.Out))
	op.out.Cols = newCols(s.Kinds)
	return op
}

type projectSetOp struct {
	spec  *ProjectSet
	in    Operator
	run   *Run
	exprs []evalState
	calls []*setCallState
	vecs  []*chunk.Vec
	row   []Datum
	c     *chunk.Chunk
	bytes int64 // of the sets' values in out
	at    int   // input row
	open  bool  // the sets of row at are open
	out   chunk.Chunk
}

func (op *projectSetOp) Open(run *Run) error {
	op.run, op.c, op.open = run, nil, false
	resetAll(op.exprs)
	for _, c := range op.calls {
		if c != nil {
			c.reset()
		}
	}
	return op.in.Open(run)
}

func (op *projectSetOp) Close() { op.in.Close() }

func (op *projectSetOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	op.out.Reset()
	op.bytes = 0
	for op.out.Rows < op.run.rows() && op.bytes < chunkBytesMax {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if op.c == nil {
			c, err := op.in.Next(ctx)
			if err != nil {
				return nil, err
			}
			if c == nil {
				break
			}
			if err := op.load(c); err != nil {
				return nil, err
			}
		}
		if err := op.expand(); err != nil {
			return nil, err
		}
	}
	if op.out.Rows == 0 {
		return nil, nil
	}
	return &op.out, nil
}

func (op *projectSetOp) load(c *chunk.Chunk) error {
	op.c, op.at, op.open = c, 0, false
	for i := range op.calls {
		var err error
		if op.calls[i] != nil {
			err = op.calls[i].load(op.run, c)
		} else {
			op.vecs[i], err = op.exprs[i].vec(op.run, c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// expand appends rows until the output is full or the input chunk is through.
func (op *projectSetOp) expand() error {
	for op.at < op.c.Rows && op.out.Rows < op.run.rows() && op.bytes < chunkBytesMax {
		if !op.open {
			op.open = true
			for _, c := range op.calls {
				if c == nil {
					continue
				}
				if err := c.start(op.run, op.at); err != nil {
					return err
				}
			}
		}
		any := false
		for i, c := range op.calls {
			if c == nil {
				op.row[i] = op.vecs[i].Datum(op.at)
				continue
			}
			row, ok, err := c.next(op.run)
			if err != nil {
				return err
			}
			op.row[i] = types.Null
			if ok {
				op.row[i] = row[0]
				op.bytes += types.Size(row[0])
			}
			any = any || ok
		}
		if !any {
			op.open = false
			op.at++
			continue
		}
		op.out.AppendRow(op.row)
	}
	if op.at >= op.c.Rows {
		op.c = nil
	}
	return nil
}

// oneRow is the input of expressions without columns.
var oneRow = &chunk.Chunk{Rows: 1}
