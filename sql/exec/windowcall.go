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
	results     []Datum // by position in the window's order

	// of the partition at hand: frames by row, computed once
	frames   [][2]int32
	frameFor *partition
}

func (st *windowState) open() {
	resetAll(st.exprs)
	st.filter.reset()
	st.start.reset()
	st.end.reset()
	st.offsetsRead, st.frameFor = false, nil
	st.results = st.results[:0]
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

// compute appends the results of one partition.
func (st *windowState) compute(run *Run, p *partition) error {
	if err := st.readOffsets(run); err != nil {
		return err
	}
	if err := st.frameAll(run, p); err != nil {
		return err
	}
	def := st.call.Call.Def
	if def.Kind == 'w' {
		for row := range p.rows {
			d, err := def.Window.Eval(run.Eval, p, row)
			if err != nil {
				return err
			}
			st.results = append(st.results, d)
		}
		return nil
	}
	return st.aggregate(run, p)
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

// aggregate computes an aggregate over the frame of each row: by adding rows as
// the frame grows, by taking back those it leaves where the state can, or anew.
func (st *windowState) aggregate(run *Run, p *partition) error {
	state, err := st.call.Call.Def.New(st.call.Call)
	if err != nil {
		return err
	}
	remover, canRemove := state.(expr.AggRemover)
	lo, hi := 0, 0 // rows in state
	var last Datum
	args := make([]Datum, len(st.call.Args))
	for row := range p.rows {
		start, end := st.frame(p, row)
		if start > end {
			end = start
		}
		if row > 0 && start == lo && end == hi && st.call.Frame.Exclude == 0 {
			st.results = append(st.results, last)
			continue
		}
		switch {
		case st.call.Frame.Exclude == 0 && start == lo && end >= hi:
			err = st.addRows(run, p, state.Add, args, hi, end)
		case st.call.Frame.Exclude == 0 && canRemove && start >= lo && start <= hi && end >= hi:
			if err = st.addRows(run, p, remover.Remove, args, lo, start); err == nil {
				err = st.addRows(run, p, state.Add, args, hi, end)
			}
		default:
			if state, err = st.call.Call.Def.New(st.call.Call); err == nil {
				remover, canRemove = state.(expr.AggRemover)
				err = st.addFrame(run, p, state, args, row, start, end)
			}
		}
		if err != nil {
			return err
		}
		lo, hi = start, end
		if last, err = state.Result(run.Eval); err != nil {
			return err
		}
		st.results = append(st.results, last)
	}
	return nil
}

func (st *windowState) addFrame(run *Run, p *partition, state expr.Agg, args []Datum, row, start, end int) error {
	if st.call.Frame.Exclude == 0 {
		return st.addRows(run, p, state.Add, args, start, end)
	}
	for r := start; r < end; r++ {
		if st.excluded(p, row, r) {
			continue
		}
		if err := st.addRows(run, p, state.Add, args, r, r+1); err != nil {
			return err
		}
	}
	return nil
}

// addRows calls f with the arguments of the rows [from, to) that pass the filter.
func (st *windowState) addRows(run *Run, p *partition, f func(*expr.Ctx, []Datum) error, args []Datum, from, to int) error {
	for r := from; r < to; r++ {
		if st.filter.expr != nil {
			if d := p.Arg(r, len(args)); d.IsNull() || !d.Bool() {
				continue
			}
		}
		for i := range args {
			args[i] = p.Arg(r, i)
		}
		if err := f(run.Eval, args); err != nil {
			return err
		}
	}
	return nil
}

// excluded tells whether EXCLUDE takes r out of the frame of row.
func (st *windowState) excluded(p *partition, row, r int) bool {
	switch st.call.Frame.Exclude {
	case 'c':
		return r == row
	case 'g':
		return p.group[r] == p.group[row]
	case 't':
		return p.group[r] == p.group[row] && r != row
	}
	return false
}
