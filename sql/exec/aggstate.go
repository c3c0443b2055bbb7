package exec

import (
	"slices"

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
	if c.Call.Distinct {
		ts := append([]*types.T{int8Type}, c.ArgTypes...)
		st.seen = newKeyTable(ts, true)
	}
	if len(c.OrderBy) > 0 {
		kinds := Kinds{types.KindInt}
		for _, a := range c.Args {
			kinds = append(kinds, a.Kind)
		}
		st.sorted = &chunk.Chunk{Cols: newCols(append(kinds, keyKinds(c.OrderBy)...))}
	}
	return st
}

var int8Type = types.Int8

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
	seen     *keyTable
	seenIDs  []int32
	gids     chunk.Vec
	sorted   *chunk.Chunk // group, arguments, sort keys
	deep     int64
}

func (st *aggState) reset() {
	st.ints, st.floats, st.has, st.states, st.deep = st.ints[:0], st.floats[:0], st.has[:0], st.states[:0], 0
	if st.seen != nil {
		st.seen.reset()
	}
	if st.sorted != nil {
		st.sorted.Reset()
	}
}

func (st *aggState) resetExprs() {
	resetAll(st.args)
	st.filter.reset()
	resetKeys(st.order)
	resetAll(st.direct)
}

func (st *aggState) newGroup(*Run) error {
	switch st.fast {
	case fastNone:
		a, err := st.call.Call.Def.New(st.call.Call)
		if err != nil {
			return err
		}
		st.states = append(st.states, a)
	case fastSumF:
		st.floats, st.has = append(st.floats, 0), append(st.has, false)
	default:
		st.ints, st.has = append(st.ints, 0), append(st.has, false)
	}
	return nil
}

// bytes is about the memory held; deep asks each state.
func (st *aggState) bytes(deep bool) int64 {
	n := int64(9*len(st.ints) + 9*len(st.floats) + 64*len(st.states))
	if deep {
		st.deep = 0
		for _, s := range st.states {
			st.deep += int64(s.Bytes())
		}
		if st.sorted != nil {
			st.deep += chunkSize(st.sorted)
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
		return st.addSumInt(ids)
	default:
		st.addFast(ids)
		return nil
	}
	if st.seen != nil {
		return st.addDistinct(run, c, ids)
	}
	return st.addRows(run, c, ids, nil)
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

func (st *aggState) addSumInt(ids []int32) error {
	v := st.argVecs[0]
	for i, g := range ids {
		if v.Null(i) {
			continue
		}
		a, b := st.ints[g], v.Int(i)
		s := a + b
		if (s > a) != (b > 0) && b != 0 {
			return pgerr.New(pgerr.NumericValueOutOfRange, "bigint out of range")
		}
		st.ints[g], st.has[g] = s, true
	}
	return nil
}

func (st *aggState) addFast(ids []int32) {
	if st.fast == fastCount && len(st.argVecs) == 0 {
		for _, g := range ids {
			st.ints[g]++
		}
		return
	}
	v := st.argVecs[0]
	for i, g := range ids {
		if v.Null(i) {
			continue
		}
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
	st.gids.Init(types.KindInt)
	for _, g := range ids {
		st.gids.AppendInt(int64(g))
	}
	keys := append([]*chunk.Vec{&st.gids}, st.argVecs...)
	st.seenIDs = growSlice(st.seenIDs[:0], len(ids))
	expected := int32(st.seen.len())
	if err := st.seen.lookup(keys, len(ids), st.seenIDs, true); err != nil {
		return err
	}
	st.sel = st.sel[:0]
	for i, id := range st.seenIDs {
		if id == expected {
			expected++
			st.sel = append(st.sel, int32(i))
		}
	}
	return st.addRows(run, c, ids, st.sel)
}

// addRows adds the rows sel (nil: all) through the general form, or puts them
// aside to be sorted.
func (st *aggState) addRows(run *Run, c *chunk.Chunk, ids, sel []int32) error {
	if st.sorted != nil {
		return st.putAside(run, c, ids, sel)
	}
	if st.addNumbers(ids, sel) {
		return nil
	}
	if sel != nil {
		for _, i := range sel {
			if err := st.addRow(run, int(i), ids[i]); err != nil {
				return err
			}
		}
		return nil
	}
	for i := range ids {
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

func (st *aggState) putAside(run *Run, c *chunk.Chunk, ids, sel []int32) error {
	var err error
	if st.keyVecs, err = evalKeys(run, st.order, c, st.keyVecs); err != nil {
		return err
	}
	if sel == nil {
		sel = growSlice(sel, len(ids))
		for i := range sel {
			sel[i] = int32(i)
		}
	}
	for _, i := range sel {
		st.sorted.Cols[0].AppendInt(int64(ids[i]))
	}
	vecs := append(append([]*chunk.Vec{}, st.argVecs...), st.keyVecs...)
	for j, v := range vecs {
		st.sorted.Cols[1+j].Gather(v, sel)
	}
	st.sorted.Rows += len(sel)
	return nil
}

// finish adds what was put aside, in order, and the direct arguments.
func (st *aggState) finish(run *Run) error {
	for j := range st.direct {
		d, err := st.direct[j].scalar(run)
		if err != nil {
			return err
		}
		st.row[j] = d
	}
	if st.sorted == nil {
		return nil
	}
	c := st.sorted
	order := make([]int32, c.Rows)
	for i := range order {
		order[i] = int32(i)
	}
	nargs := len(st.args)
	slices.SortFunc(order, func(a, b int32) int {
		if d := c.Cols[0].Ints[a] - c.Cols[0].Ints[b]; d != 0 {
			return int(d)
		}
		for j := range st.order {
			v := &c.Cols[1+nargs+j]
			if d := st.order[j].compareVec(run, v, int(a), v, int(b)); d != 0 {
				return d
			}
		}
		return int(a - b)
	})
	at := len(st.direct)
	for _, i := range order {
		for j := range nargs {
			st.row[at+j] = c.Cols[1+j].Datum(int(i))
		}
		if err := st.states[c.Cols[0].Ints[i]].Add(run.Eval, st.row); err != nil {
			return err
		}
	}
	return nil
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
