package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
)

// Aggregate groups its input by hashing. Output: one column per key, one per
// call, then where GroupingID the bitmask of keys that are not in the row's
// grouping set. Groups come out in order of first sight. Past the memory budget,
// rows of groups not yet known are spread over files and grouped afterwards.
type Aggregate struct {
	In       Spec
	Keys     []*Expr
	KeyTypes []*types.T
	Calls    []*AggCall
	// Sets are grouping sets as lists of key positions; nil: one set of all keys.
	Sets       [][]int
	GroupingID bool
	// Scalar: no GROUP BY; one row even for no input.
	Scalar  bool
	InKinds Kinds
	Kinds   Kinds
}

// New implements Spec.
func (s *Aggregate) New() Operator {
	op := &aggregateOp{spec: s, in: s.In.New(), keys: states(s.Keys)}
	for _, c := range s.Calls {
		op.calls = append(op.calls, c.newState())
	}
	sets := s.Sets
	if sets == nil {
		all := make([]int, len(s.Keys))
		for i := range all {
			all[i] = i
		}
		sets = [][]int{all}
	}
	for _, cols := range sets {
		g := &groupSet{cols: cols}
		in := make([]bool, len(s.Keys))
		var ts []*types.T
		for _, c := range cols {
			ts = append(ts, s.KeyTypes[c])
			in[c] = true
		}
		for i, has := range in {
			if !has {
				g.mask |= 1 << i
			}
		}
		g.in = in
		g.table = newKeyTable(ts, true)
		op.sets = append(op.sets, g)
	}
	op.groups.Cols = newCols(s.Kinds[:len(s.Keys)])
	op.out.Cols = newCols(s.Kinds)
	return op
}

// groupSet is one grouping set with its own hash table.
type groupSet struct {
	cols   []int
	in     []bool // by key
	mask   int64
	table  *keyTable
	global []int32 // group number by key number of table
}

type aggregateOp struct {
	spec  *Aggregate
	in    Operator
	run   *Run
	keys  []evalState
	calls []aggState
	sets  []*groupSet
	// groups holds the key values by group number, masks the grouping ids.
	groups   chunk.Chunk
	masks    []int64
	keyVecs  []*chunk.Vec
	setVecs  []*chunk.Vec
	ids      []int32
	loaded   bool
	next     int
	out      chunk.Chunk
	acct     account
	chunks   int
	parts    *partitions
	pending  []*spillFile // partitions still to group
	shift    uint
	spillSel []int32
	kept     chunk.Chunk
}

// aggCheckChunks is how often the states of groups are asked for their memory.
const aggCheckChunks = 64

func (op *aggregateOp) Open(run *Run) error {
	op.run, op.loaded, op.shift = run, false, 0
	op.acct.open(run.Mem, "an aggregation")
	op.clear()
	resetAll(op.keys)
	for i := range op.calls {
		op.calls[i].resetExprs()
	}
	return op.in.Open(run)
}

// clear forgets all groups.
func (op *aggregateOp) clear() {
	op.next, op.chunks = 0, 0
	op.groups.Reset()
	op.masks = op.masks[:0]
	for _, g := range op.sets {
		g.table.reset()
		g.global = g.global[:0]
	}
	for i := range op.calls {
		op.calls[i].reset()
	}
}

func (op *aggregateOp) Close() {
	op.in.Close()
	op.acct.close()
	if op.parts != nil {
		op.parts.close()
		op.parts = nil
	}
	for _, f := range op.pending {
		f.close()
	}
	op.pending = nil
}

func (op *aggregateOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	if !op.loaded {
		op.loaded = true
		if err := drain(ctx, op.in, op.add); err != nil {
			return nil, err
		}
		if err := op.complete(); err != nil {
			return nil, err
		}
	}
	for op.next >= op.groups.Rows {
		more, err := op.nextPartition(ctx)
		if err != nil || !more {
			return nil, err
		}
	}
	return op.emit()
}

// complete ends a pass over the input.
func (op *aggregateOp) complete() error {
	for _, g := range op.sets {
		if len(g.cols) == 0 && len(g.global) == 0 && (op.spec.Scalar || op.spec.Sets != nil) {
			if _, err := op.newGroup(g, nil, 0); err != nil {
				return err
			}
		}
	}
	if op.parts != nil {
		for _, f := range op.parts.files {
			if f != nil {
				op.pending = append(op.pending, f)
			}
		}
		op.parts = nil
	}
	for i := range op.calls {
		if err := op.calls[i].finish(op.run); err != nil {
			return err
		}
	}
	return nil
}

// nextPartition groups the rows of one spilled partition.
func (op *aggregateOp) nextPartition(ctx context.Context) (bool, error) {
	if len(op.pending) == 0 {
		return false, nil
	}
	f := op.pending[0]
	op.pending = op.pending[1:]
	defer f.close()
	op.clear()
	op.acct.set(0)
	op.shift += 5
	if err := f.rewind(); err != nil {
		return false, err
	}
	src := spillSource{file: f, rows: op.run.rows()}
	src.out.Cols = newCols(op.spec.InKinds)
	for {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		c, err := src.next()
		if err != nil {
			return false, err
		}
		if c == nil {
			return true, op.complete()
		}
		if err := op.add(c); err != nil {
			return false, err
		}
	}
}

// add takes the rows of one input chunk.
func (op *aggregateOp) add(c *chunk.Chunk) error {
	if err := op.account(); err != nil {
		return err
	}
	var err error
	if op.keyVecs, err = evalVecs(op.run, op.keys, c, op.keyVecs); err != nil {
		return err
	}
	op.ids = growSlice(op.ids[:0], c.Rows)
	for _, g := range op.sets {
		in := c
		if err := op.assign(g, c.Rows); err != nil {
			return err
		}
		if op.parts != nil {
			if in, err = op.spillUnknown(c); err != nil {
				return err
			}
			if in == nil {
				return nil
			}
		}
		for i := range op.calls {
			if err := op.calls[i].add(op.run, in, op.ids[:in.Rows]); err != nil {
				return err
			}
		}
	}
	return nil
}

// assign fills ids with the group numbers of n rows in g; noRow for groups that
// are not known once rows are being spilled.
func (op *aggregateOp) assign(g *groupSet, n int) error {
	if len(g.cols) == 0 {
		if len(g.global) == 0 {
			if _, err := op.newGroup(g, nil, 0); err != nil {
				return err
			}
		}
		for i := range op.ids {
			op.ids[i] = g.global[0]
		}
		return nil
	}
	op.setVecs = op.setVecs[:0]
	for _, col := range g.cols {
		op.setVecs = append(op.setVecs, op.keyVecs[col])
	}
	if err := g.table.lookup(op.setVecs, n, op.ids, op.parts == nil); err != nil {
		return err
	}
	for i, id := range op.ids {
		if id < 0 {
			continue
		}
		if int(id) == len(g.global) {
			if _, err := op.newGroup(g, op.keyVecs, i); err != nil {
				return err
			}
		}
		op.ids[i] = g.global[id]
	}
	return nil
}

// newGroup adds the group of row i to g.
func (op *aggregateOp) newGroup(g *groupSet, keys []*chunk.Vec, i int) (int32, error) {
	id := int32(op.groups.Rows)
	for j := range op.groups.Cols {
		if keys != nil && g.in[j] {
			op.groups.Cols[j].AppendRange(keys[j], i, i+1)
		} else {
			op.groups.Cols[j].AppendNull()
		}
	}
	op.groups.Rows++
	op.masks = append(op.masks, g.mask)
	g.global = append(g.global, id)
	for k := range op.calls {
		if err := op.calls[k].newGroup(op.run); err != nil {
			return 0, err
		}
	}
	return id, nil
}

// account settles the memory held; where it is too much, new groups are spilled
// from here on.
func (op *aggregateOp) account() error {
	n := int64(op.groups.Rows) * int64(16+datumBytes*len(op.groups.Cols))
	for _, g := range op.sets {
		n += g.table.bytes() + int64(4*len(g.global))
	}
	op.chunks++
	deep := op.chunks%aggCheckChunks == 0
	for i := range op.calls {
		n += op.calls[i].bytes(deep)
	}
	if op.acct.trySet(n) {
		return nil
	}
	if op.groups.Rows == 0 {
		return nil // at least one chunk is taken, so that every pass gets on
	}
	if op.spec.Sets != nil || op.spec.Scalar || op.shift > 55 {
		return op.acct.set(n)
	}
	if op.parts == nil {
		op.parts = &partitions{shift: op.shift}
	}
	return nil
}

// spillUnknown writes the rows without a group to partition files and gives the others.
func (op *aggregateOp) spillUnknown(c *chunk.Chunk) (*chunk.Chunk, error) {
	table := op.sets[0].table
	op.spillSel = op.spillSel[:0]
	for i, id := range op.ids {
		if id >= 0 {
			op.ids[len(op.spillSel)] = id
			op.spillSel = append(op.spillSel, int32(i))
			continue
		}
		h, _, err := table.hashRow(op.keyVecs, i)
		if err != nil {
			return nil, err
		}
		if err := op.parts.add(op.run, c, i, h); err != nil {
			return nil, err
		}
	}
	switch len(op.spillSel) {
	case 0:
		return nil, nil
	case c.Rows:
		return c, nil
	}
	if len(op.kept.Cols) == 0 {
		op.kept.Cols = newCols(op.spec.InKinds)
	}
	op.kept.Reset()
	gatherChunk(&op.kept, 0, c, op.spillSel)
	op.kept.Rows = len(op.spillSel)
	return &op.kept, nil
}

func (op *aggregateOp) emit() (*chunk.Chunk, error) {
	from, to := op.next, min(op.next+op.run.rows(), op.groups.Rows)
	op.next = to
	op.out.Reset()
	nk := len(op.groups.Cols)
	for j := range op.groups.Cols {
		op.out.Cols[j].AppendRange(&op.groups.Cols[j], from, to)
	}
	for k := range op.calls {
		if err := op.calls[k].results(op.run, &op.out.Cols[nk+k], from, to); err != nil {
			return nil, err
		}
	}
	if op.spec.GroupingID {
		for _, m := range op.masks[from:to] {
			op.out.Cols[nk+len(op.calls)].AppendInt(m)
		}
	}
	op.out.Rows = to - from
	return &op.out, nil
}
