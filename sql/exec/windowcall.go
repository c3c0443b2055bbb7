package exec

import (
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// WindowCall is a compiled call over a frame.
type WindowCall struct {
	Call       *expr.AggCall
	Args       []*Expr
	Filter     *Expr
	Frame      plan.Frame
	Start, End *Expr // offsets
	// Desc and NullsFirst of the single ordering column, for RANGE with offset.
	Desc, NullsFirst bool
	KeyType          *types.T
}

func (c *WindowCall) newState() *windowState {
	return &windowState{call: c, exprs: states(c.Args), filter: stateOf(c.Filter), start: stateOf(c.Start), end: stateOf(c.End)}
}

// windowState is the run state of a WindowCall.
type windowState struct {
	call        *WindowCall
	exprs       []evalState
	filter      evalState
	start, end  evalState
	offsetsRead bool
	startOffset Datum
	endOffset   Datum
	base        int // column of the first argument

	// of the partition at hand:
	ranges       rangeBounds
	lower, upper int // frame of the row at hand; upper may be below lower
	// state has the rows [lo, hi) added, last is its result.
	state   expr.Agg
	remover expr.AggRemover // state, where it can take rows back
	lo, hi  int
	last    Datum
	datums  []Datum
}

func (st *windowState) open() {
	resetAll(st.exprs)
	st.filter.reset()
	st.start.reset()
	st.end.reset()
	st.offsetsRead = false
}

// bytes is about the memory that the state holds.
func (st *windowState) bytes() int64 {
	if st.state == nil {
		return 0
	}
	return int64(st.state.Bytes())
}

func (st *windowState) argKinds() Kinds {
	var k Kinds
	for _, a := range st.call.Args {
		k = append(k, a.Kind)
	}
	if st.call.Filter != nil {
		k = append(k, types.KindBool)
	}
	return k
}

// args appends the vectors of the arguments, then of the filter.
func (st *windowState) args(run *Run, c *chunk.Chunk, dst []*chunk.Vec) ([]*chunk.Vec, error) {
	for i := range st.exprs {
		v, err := st.exprs[i].vec(run, c)
		if err != nil {
			return dst, err
		}
		dst = append(dst, v)
	}
	if st.filter.expr != nil {
		v, err := st.filter.vec(run, c)
		if err != nil {
			return dst, err
		}
		dst = append(dst, v)
	}
	return dst, nil
}

// begin starts a partition.
func (st *windowState) begin(run *Run, p *partition) error {
	if err := st.readOffsets(run); err != nil {
		return err
	}
	st.ranges = rangeBounds{run: run, p: p, st: st}
	st.lo, st.hi, st.last = 0, 0, types.Null
	if st.call.Call.Def.Kind == 'w' {
		return nil
	}
	return st.renew()
}

// renew begins a new, empty state.
func (st *windowState) renew() (err error) {
	if st.state, err = st.call.Call.Def.New(st.call.Call); err != nil {
		return err
	}
	st.remover, _ = st.state.(expr.AggRemover)
	return nil
}

// at is the result at row; rows come in order.
func (st *windowState) at(run *Run, p *partition, row int) (d Datum, err error) {
	p.call = st
	if err := st.frame(p, row); err != nil {
		return types.Null, err
	}
	if def := st.call.Call.Def; def.Kind == 'w' {
		d, err = def.Window.Eval(run.Eval, p, row)
	} else {
		d, err = st.aggregate(run, p, row)
	}
	if p.err != nil {
		err = p.err
	}
	return d, err
}

// readOffsets evaluates the frame's offsets, once per execution.
func (st *windowState) readOffsets(run *Run) error {
	if st.offsetsRead {
		return nil
	}
	st.offsetsRead = true
	read := func(e *evalState, which string) (Datum, error) {
		if e.expr == nil {
			return types.Null, nil
		}
		d, err := e.scalar(run)
		switch {
		case err != nil:
			return d, err
		case d.IsNull():
			return d, pgerr.Newf(pgerr.NullValueNotAllowed, "frame %s offset must not be null", which)
		case st.call.Frame.Mode == plan.Range && negative(d):
			return d, pgerr.New(pgerr.InvalidPrecedingOrFollowingSize, "invalid preceding or following size in window function")
		case negative(d):
			return d, pgerr.Newf(pgerr.InvalidPrecedingOrFollowingSize, "frame %s offset must not be negative", which)
		}
		return d, nil
	}
	var err error
	if st.startOffset, err = read(&st.start, "starting"); err != nil {
		return err
	}
	st.endOffset, err = read(&st.end, "ending")
	return err
}

// aggregate computes an aggregate over the frame of a row: by adding rows as the
// frame grows, by taking back those it leaves where the state can, or anew.
func (st *windowState) aggregate(run *Run, p *partition, row int) (Datum, error) {
	start, end := st.lower, max(st.lower, st.upper)
	whole := st.call.Frame.Exclude == 0
	if row > 0 && start == st.lo && end == st.hi && whole {
		return st.last, nil
	}
	var err error
	switch {
	case whole && start == st.lo && end >= st.hi:
		err = st.addRows(run, p, st.state.Add, st.hi, end)
	case whole && st.remover != nil && start >= st.lo && start <= st.hi && end >= st.hi:
		if err = st.addRows(run, p, st.remover.Remove, st.lo, start); err == nil {
			err = st.addRows(run, p, st.state.Add, st.hi, end)
		}
	default:
		if err = st.renew(); err == nil {
			err = st.addFrame(run, p, row, start, end)
		}
	}
	if err != nil {
		return types.Null, err
	}
	st.lo, st.hi = start, end
	st.last, err = st.state.Result(run.Eval)
	return st.last, err
}

func (st *windowState) addFrame(run *Run, p *partition, row, start, end int) error {
	if st.call.Frame.Exclude == 0 {
		return st.addRows(run, p, st.state.Add, start, end)
	}
	for r := start; r < end; r++ {
		if st.excluded(p, row, r) {
			continue
		}
		if err := st.addRows(run, p, st.state.Add, r, r+1); err != nil {
			return err
		}
	}
	return nil
}

// addRows calls f with the arguments of the rows [from, to) that pass the filter.
func (st *windowState) addRows(run *Run, p *partition, f func(*expr.Ctx, []Datum) error, from, to int) error {
	n := len(st.call.Args)
	st.datums = growSlice(st.datums[:0], n)
	for r := from; r < to; r++ {
		if err := run.Eval.Budget.Step(windowRowSteps); err != nil {
			return err
		}
		if st.filter.expr != nil {
			if d := p.Arg(r, n); d.IsNull() || !d.Bool() {
				continue
			}
		}
		for i := range n {
			st.datums[i] = p.Arg(r, i)
		}
		if err := f(run.Eval, st.datums); err != nil {
			return err
		}
	}
	return nil
}

// windowRowSteps is the work of adding a row to a state, in steps of a budget.
const windowRowSteps = 8

// excluded tells whether EXCLUDE takes r out of the frame of row.
func (st *windowState) excluded(p *partition, row, r int) bool {
	switch st.call.Frame.Exclude {
	case 'c':
		return r == row
	case 'g':
		return p.Group(r) == p.Group(row)
	case 't':
		return r != row && p.Group(r) == p.Group(row)
	}
	return false
}
