package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// AggCall is a compiled aggregate call.
type AggCall struct {
	Call     *expr.AggCall
	Args     []*Expr
	ArgTypes []*types.T
	Filter   *Expr
	// OrderBy is the order in which rows are added; for ordered-set aggregates
	// the WITHIN GROUP keys. Direct arguments come before Args in Add.
	OrderBy []SortKey
	Direct  []*Expr
}

// Fast forms of the commonest aggregates, over column slices. The general form
// beside them is the expr.Agg of the definition.
const (
	fastNone   = 0
	fastCount  = 'c'
	fastSumInt = 's' // sum(int2), sum(int4): int8
	fastSumF   = 'f' // sum(float8)
	fastMinInt = 'm'
	fastMaxInt = 'M'
)

func (c *AggCall) fast() byte {
	if c.Call.Distinct || len(c.OrderBy) > 0 || c.Call.Def.Kind == 'o' || len(c.Args) > 1 {
		return fastNone
	}
	name := c.Call.Def.Name
	if name == "count" {
		return fastCount
	}
	if len(c.Args) != 1 {
		return fastNone
	}
	t := c.ArgTypes[0].Underlying()
	switch {
	case name == "sum" && (t.Name == "int2" || t.Name == "int4") && c.Call.T.Kind == types.KindInt:
		return fastSumInt
	case name == "sum" && t.Name == "float8":
		return fastSumF
	case name == "min" && t.Kind == types.KindInt && ordinalInt(t):
		return fastMinInt
	case name == "max" && t.Kind == types.KindInt && ordinalInt(t):
		return fastMaxInt
	}
	return fastNone
}

func (c *AggCall) newState() aggState {
	st := aggState{call: c, fast: c.fast(), args: states(c.Args), filter: stateOf(c.Filter), order: newKeyStates(c.OrderBy), direct: states(c.Direct)}
	st.row = make([]Datum, len(c.Direct)+len(c.Args))
	st.distinct = c.Call.Distinct
	if st.distinct && len(c.OrderBy) == 0 && orderless[c.Call.Def.Name] {
		ts := append([]*types.T{types.Int8}, c.ArgTypes...)
		st.seen = newKeyTable(ts, true)
	}
	if st.distinct || len(c.OrderBy) > 0 {
		st.sorted = c.newSorter()
		st.sorts = st.seen == nil
	}
	_, st.sized = c.sizedState()
	return st
}

// orderless names the aggregates whose result does not depend on the order of
// their rows: DISTINCT rows are found by hashing. For all others they are sorted,
// which is the order that PostgreSQL gives them in.
var orderless = map[string]bool{"count": true, "sum": true, "avg": true, "min": true, "max": true,
	"bool_and": true, "bool_or": true, "every": true, "bit_and": true, "bit_or": true, "bit_xor": true,
	"stddev": true, "stddev_pop": true, "stddev_samp": true, "variance": true, "var_pop": true, "var_samp": true}

// newSorter makes the sorter of the rows of a call: the arguments, the group, the
// keys of ORDER BY. It sorts by group, ORDER BY and, for DISTINCT, the arguments.
func (c *AggCall) newSorter() *aggSorter {
	s := &aggSorter{}
	for _, a := range c.Args {
		s.kinds = append(s.kinds, a.Kind)
	}
	s.kinds = append(s.kinds, types.KindInt)
	s.keys, s.keysAt = append(s.keys, keyState{SortKey: SortKey{T: types.Int8}}), append(s.keysAt, len(c.Args))
	for _, k := range c.OrderBy {
		s.keys, s.keysAt = append(s.keys, keyState{SortKey: k}), append(s.keysAt, len(s.kinds))
		s.kinds = append(s.kinds, k.Expr.Kind)
	}
	if c.Call.Distinct {
		for i := range c.Args {
			s.keys, s.keysAt = append(s.keys, keyState{SortKey: SortKey{T: c.ArgTypes[i]}}), append(s.keysAt, i)
		}
	}
	return s
}

// aggSorter sorts rows of a call that are put aside.
type aggSorter struct {
	sorter
	kinds  Kinds
	keys   []keyState
	keysAt []int
	vecs   []*chunk.Vec
}

// sizedState tells whether the states of a call want to know how many rows come.
func (c *AggCall) sizedState() (expr.SizedAgg, bool) {
	if c.Call.Def.Kind != 'o' {
		return nil, false
	}
	a, err := c.Call.Def.New(c.Call)
	if err != nil {
		return nil, false
	}
	sized, ok := a.(expr.SizedAgg)
	return sized, ok
}

// aggState is the run state of one call over all groups.
type aggState struct {
	call   *AggCall
	fast   byte
	args   []evalState
	filter evalState
	order  []keyState
	direct []evalState

	ints   []int64 // fast forms, by group
	floats []float64
	has    []bool
	states []expr.Agg // general form, by group

	row      []Datum
	argVecs  []*chunk.Vec
	keyVecs  []*chunk.Vec
	sel      []int32
	ids      []int32
	filtered chunk.Chunk
	gids     chunk.Vec
	// deep is what the first asked states held when they were asked last.
	deep  int64
	asked int

	// Rows of a DISTINCT call are new where seen has them not. Once there is no
	// room for more (frozen), those it does not know are put aside and sorted.
	distinct bool
	seen     *keyTable
	seenIDs  []int32
	frozen   bool
	// sorted takes all rows of a call with an order (sorts), else what seen does
	// not know.
	sorted *aggSorter
	sorts  bool
	// counts has, by group, how many rows a state that wants to know will get.
	sized  bool
	counts []int64
}

// open begins an execution.
func (st *aggState) open(run *Run) {
	resetAll(st.args)
	st.filter.reset()
	resetKeys(st.order)
	resetAll(st.direct)
	if st.sorted != nil {
		st.sorted.open(run, st.sorted.kinds, st.sorted.keys, st.sorted.keysAt)
	}
}

// clear forgets all groups.
func (st *aggState) clear() {
	clear(st.states)
	st.ints, st.floats, st.has, st.states, st.deep = st.ints[:0], st.floats[:0], st.has[:0], st.states[:0], 0
	st.asked = 0
	st.counts, st.frozen = st.counts[:0], false
	if st.seen != nil {
		st.seen.reset()
	}
	if st.sorted != nil {
		st.sorted.clear()
	}
}

func (st *aggState) close() {
	clear(st.states)
	st.states = st.states[:0]
	if st.sorted != nil {
		st.sorted.close()
	}
}

// freeze ends the growth of seen.
func (st *aggState) freeze() { st.frozen = true }

func (st *aggState) newGroup(*Run) error {
	switch st.fast {
	case fastNone:
		a, err := st.call.Call.Def.New(st.call.Call)
		if err != nil {
			return err
		}
		st.states = append(st.states, a)
		if st.sized {
			st.counts = append(st.counts, 0)
		}
	case fastSumF:
		st.floats, st.has = append(st.floats, 0), append(st.has, false)
	default:
		st.ints, st.has = append(st.ints, 0), append(st.has, false)
	}
	return nil
}

// stateBytes is what a state takes at least.
const stateBytes = 64

// bytes is about the memory held, sorters aside; deep asks each state.
func (st *aggState) bytes(deep bool) int64 {
	n := int64(9*len(st.ints)+9*len(st.floats)+8*len(st.counts)) * 3 / 2
	n += int64(len(st.states)-st.asked)*stateBytes + 24*int64(len(st.states))
	if deep {
		st.deep, st.asked = 0, len(st.states)
		for _, s := range st.states {
			st.deep += stateBytes + int64(s.Bytes())
		}
	}
	if st.seen != nil {
		n += st.seen.bytes()
	}
	return n + st.deep
}

// add takes the rows of c; ids are their groups.
func (st *aggState) add(run *Run, c *chunk.Chunk, ids []int32) error {
	if st.filter.expr != nil {
		sel, err := st.filter.truths(run, c, st.sel[:0])
		st.sel = sel
		if err != nil {
			return err
		}
		if len(sel) < c.Rows {
			c, ids = st.passed(c, ids, sel)
		}
	}
	var err error
	if st.argVecs, err = evalVecs(run, st.args, c, st.argVecs); err != nil {
		return err
	}
	switch st.fast {
	case fastNone:
	case fastSumInt:
		return st.addSumInt(ids, nil)
	default:
		st.addFast(ids, nil)
		return nil
	}
	switch {
	case st.sorts:
		return st.putAside(run, c, ids, nil)
	case st.seen != nil:
		return st.addDistinct(run, c, ids)
	}
	return st.addRows(run, ids, nil)
}

// passed copies the rows sel of c.
func (st *aggState) passed(c *chunk.Chunk, ids, sel []int32) (*chunk.Chunk, []int32) {
	if len(st.filtered.Cols) != len(c.Cols) {
		st.filtered.Cols = make([]chunk.Vec, len(c.Cols))
	}
	for j := range c.Cols {
		st.filtered.Cols[j].Init(c.Cols[j].Kind)
	}
	gatherChunk(&st.filtered, 0, c, sel)
	st.filtered.Rows = len(sel)
	st.ids = st.ids[:0]
	for _, i := range sel {
		st.ids = append(st.ids, ids[i])
	}
	return &st.filtered, st.ids
}

// rowOf is the k-th of the rows sel, or of all where sel is nil.
func rowOf(sel []int32, k int) int {
	if sel != nil {
		return int(sel[k])
	}
	return k
}

// count is how many rows are selected of those that ids is for.
func count(ids, sel []int32) int {
	if sel != nil {
		return len(sel)
	}
	return len(ids)
}

func (st *aggState) addSumInt(ids, sel []int32) error {
	v := st.argVecs[0]
	for k := range count(ids, sel) {
		i := rowOf(sel, k)
		if v.Null(i) {
			continue
		}
		g := ids[i]
		a, b := st.ints[g], v.Int(i)
		s := a + b
		if (s > a) != (b > 0) && b != 0 {
			return pgerr.New(pgerr.NumericValueOutOfRange, "bigint out of range")
		}
		st.ints[g], st.has[g] = s, true
	}
	return nil
}

func (st *aggState) addFast(ids, sel []int32) {
	n := count(ids, sel)
	if st.fast == fastCount && len(st.argVecs) == 0 {
		for k := range n {
			st.ints[ids[rowOf(sel, k)]]++
		}
		return
	}
	v := st.argVecs[0]
	for k := range n {
		i := rowOf(sel, k)
		if v.Null(i) {
			continue
		}
		g := ids[i]
		switch st.fast {
		case fastCount:
			st.ints[g]++
		case fastSumF:
			st.floats[g] += v.Float(i)
		case fastMinInt:
			if !st.has[g] || v.Int(i) < st.ints[g] {
				st.ints[g] = v.Int(i)
			}
		case fastMaxInt:
			if !st.has[g] || v.Int(i) > st.ints[g] {
				st.ints[g] = v.Int(i)
			}
		}
		st.has[g] = true
	}
}

// addDistinct adds the rows whose arguments their group has not seen.
func (st *aggState) addDistinct(run *Run, c *chunk.Chunk, ids []int32) error {
	st.setGroups(ids)
	keys := append([]*chunk.Vec{&st.gids}, st.argVecs...)
	st.seenIDs = growSlice(st.seenIDs[:0], len(ids))
	expected := int32(st.seen.len())
	if err := st.seen.lookup(keys, len(ids), st.seenIDs, !st.frozen); err != nil {
		return err
	}
	st.sel = st.sel[:0]
	for i, id := range st.seenIDs {
		if id == expected || st.frozen && id < 0 {
			expected++
			st.sel = append(st.sel, int32(i))
		}
	}
	if st.frozen {
		return st.putAside(run, c, ids, st.sel)
	}
	return st.addRows(run, ids, st.sel)
}

func (st *aggState) setGroups(ids []int32) {
	st.gids.Init(types.KindInt)
	for _, g := range ids {
		st.gids.AppendInt(int64(g))
	}
}

// addRows adds the rows sel (nil: all) through the general form.
func (st *aggState) addRows(run *Run, ids, sel []int32) error {
	if st.addNumbers(ids, sel) {
		return nil
	}
	for k := range count(ids, sel) {
		i := rowOf(sel, k)
		if err := st.addRow(run, i, ids[i]); err != nil {
			return err
		}
	}
	return nil
}

func (st *aggState) addRow(run *Run, i int, group int32) error {
	at := len(st.direct)
	for j, v := range st.argVecs {
		st.row[at+j] = v.Datum(i)
	}
	return st.states[group].Add(run.Eval, st.row)
}

// putAside gives the rows sel (nil: all) to the sorter.
func (st *aggState) putAside(run *Run, c *chunk.Chunk, ids, sel []int32) error {
	if sel != nil && len(sel) == 0 {
		return nil
	}
	var err error
	if st.keyVecs, err = evalKeys(run, st.order, c, st.keyVecs); err != nil {
		return err
	}
	st.setGroups(ids)
	s := st.sorted
	s.vecs = append(append(append(s.vecs[:0], st.argVecs...), &st.gids), st.keyVecs...)
	if st.sized {
		arg := st.argVecs[0]
		for i, g := range ids {
			if !arg.Null(i) {
				st.counts[g]++
			}
		}
	}
	return s.add(s.vecs, c.Rows, sel)
}

// finish adds what was put aside, in order, and tells the bytes it had on disk.
func (st *aggState) finish(ctx context.Context, run *Run) (disk int64, err error) {
	for j := range st.direct {
		if st.row[j], err = st.direct[j].scalar(run); err != nil {
			return 0, err
		}
	}
	s := st.sorted
	if s == nil {
		return 0, nil
	}
	if err := s.finish(ctx); err != nil {
		return 0, err
	}
	defer s.clear()
	if s.file != nil {
		disk = s.file.off
	}
	var growth account // of the states, until the operator settles
	growth.open(run.Mem)
	defer growth.close()
	var whole int64 // of the groups that have all their rows
	last := chunk.Chunk{Cols: newCols(s.kinds)}
	group := int64(noRow)
	for g, n := range st.counts {
		if n == 0 {
			st.states[g].(expr.SizedAgg).Begin(0, st.row[:len(st.direct)])
		}
	}
	for {
		if err := ctx.Err(); err != nil {
			return disk, err
		}
		c, err := s.next()
		if err != nil || c == nil {
			return disk, err
		}
		for i := range c.Rows {
			g := c.Cols[len(st.args)].Int(i)
			if g != group && group >= 0 {
				whole += int64(st.states[group].Bytes())
			}
			if g != group && st.sized {
				st.states[g].(expr.SizedAgg).Begin(st.counts[g], st.row[:len(st.direct)])
			}
			if g == group && st.distinct && st.repeats(run, c, i, &last) {
				continue
			}
			group = g
			if err := st.addSorted(run, c, i, g); err != nil {
				return disk, err
			}
			if st.distinct {
				last.Reset()
				appendRows(&last, c, i, i+1)
			}
		}
		if err := growth.set(whole + int64(st.states[group].Bytes())); err != nil {
			return disk, err
		}
	}
}

func (st *aggState) addSorted(run *Run, c *chunk.Chunk, i int, group int64) error {
	at := len(st.direct)
	for j := range st.args {
		st.row[at+j] = c.Cols[j].Datum(i)
	}
	return st.states[group].Add(run.Eval, st.row)
}

// repeats tells whether a row of DISTINCT equals the last one of its group.
func (st *aggState) repeats(run *Run, c *chunk.Chunk, i int, last *chunk.Chunk) bool {
	keys := st.sorted.keys[len(st.sorted.keys)-len(st.args):]
	for j := range st.args {
		if keys[j].compareVec(run, &c.Cols[j], i, &last.Cols[j], 0) != 0 {
			return false
		}
	}
	return true
}

// results appends the results of the groups [from, to) to v.
func (st *aggState) results(run *Run, v *chunk.Vec, from, to int) error {
	for g := from; g < to; g++ {
		switch {
		case st.fast == fastNone:
			d, err := st.states[g].Result(run.Eval)
			if err != nil {
				return err
			}
			v.Append(d)
		case st.fast == fastCount:
			v.Append(types.MakeInt(st.ints[g]))
		case !st.has[g]:
			v.AppendNull()
		case st.fast == fastSumF:
			v.Append(types.MakeFloat(st.floats[g]))
		default:
			v.Append(types.MakeInt(st.ints[g]))
		}
	}
	return nil
}
