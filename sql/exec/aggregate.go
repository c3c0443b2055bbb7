package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
)

// Aggregate groups its input by hashing. Output: one column per key, one per
// call, then where GroupingID the bitmask of keys that are not in the row's
// grouping set. Groups come out in order of first sight. Past work_mem, rows of
// groups not yet known are spread over files, those of each grouping set on their
// own, and grouped afterwards. The states of known groups are charged to the
// statement's budget as they grow.
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
	if in, ok := op.in.(Selecting); ok && s.takesSelection() {
		in.Select()
	}
	return op
}

// groupSet is one grouping set with its own hash table.
type groupSet struct {
	cols   []int
	in     []bool // by key
	mask   int64
	table  *keyTable
	global []int32     // group number by key number of table
	parts  *partitions // rows of unknown groups, once there is no room for more
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
	keyBytes int64 // of the values in groups
	arena    rowcodec.Arena
	masks    []int64
	keyVecs  []*chunk.Vec
	setVecs  []*chunk.Vec
	ids      []int32
	loaded   bool
	next     int
	out      chunk.Chunk
	acct     account
	chunks   int
	taken    int64     // bytes of values since the states were asked
	part     groupPart // being grouped; without a file: the input, for all sets
	pending  []groupPart
	batches  int
	spilled  int64
	spillSel []int32
	kept     chunk.Chunk
	dense    chunk.Chunk
}

// groupPart has the rows of some groups of one grouping set.
type groupPart struct {
	spilledPart
	set *groupSet
}

// The states of groups are asked for their memory after aggCheckChunks chunks, or
// as many bytes of values as aggCheckBytes.
const (
	aggCheckChunks = 64
	aggCheckBytes  = 16 << 20
)

// aggEmitGroups is how many results are made between two looks at their size.
const aggEmitGroups = 64

func (op *aggregateOp) Open(run *Run) error {
	op.run, op.loaded, op.part = run, false, groupPart{}
	op.batches, op.spilled = 1, 0
	op.acct.open(run.Mem)
	for i := range op.calls {
		op.calls[i].open(run)
	}
	op.clear()
	resetAll(op.keys)
	return op.in.Open(run)
}

// clear forgets all groups.
func (op *aggregateOp) clear() {
	op.next, op.chunks, op.taken, op.keyBytes = 0, 0, 0, 0
	clearDatums(&op.groups)
	op.arena = rowcodec.Arena{}
	op.masks = op.masks[:0]
	for _, g := range op.sets {
		g.table.reset()
		g.global = g.global[:0]
	}
	for i := range op.calls {
		op.calls[i].clear()
	}
	op.acct.set(0)
}

func (op *aggregateOp) Close() {
	op.in.Close()
	op.acct.close()
	for i := range op.calls {
		op.calls[i].close()
	}
	if op.groups.Rows > 8*chunk.RowsMax {
		op.groups.Cols = newCols(op.spec.Kinds[:len(op.spec.Keys)])
	} else {
		clearDatums(&op.groups)
	}
	for _, g := range op.sets {
		g.parts.close()
		g.parts = nil
	}
	op.part.file.close()
	for _, p := range op.pending {
		p.file.close()
	}
	op.pending = nil
}

func (op *aggregateOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	if !op.loaded {
		op.loaded = true
		if err := drain(ctx, op.in, op.add); err != nil {
			return nil, err
		}
		if err := op.complete(ctx); err != nil {
			return nil, err
		}
	}
	for op.next >= op.groups.Rows {
		more, err := op.nextPartition(ctx)
		if err != nil || !more {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return op.emit()
}

// complete ends a pass over the input or a part of it.
func (op *aggregateOp) complete(ctx context.Context) error {
	for _, g := range op.sets {
		if op.part.file == nil && len(g.cols) == 0 && len(g.global) == 0 && (op.spec.Scalar || op.spec.Sets != nil) {
			if _, err := op.newGroup(g, nil, 0); err != nil {
				return err
			}
		}
		if g.parts == nil {
			continue
		}
		for _, f := range g.parts.take() {
			op.spilled += f.off
			op.pending = append(op.pending, groupPart{spilledPart{f, g.parts.depth + 1}, g})
		}
		g.parts = nil
	}
	for i := range op.calls {
		disk, err := op.calls[i].finish(ctx, op.run)
		if err != nil {
			return err
		}
		op.spilled += disk
	}
	if err := op.acct.set(op.held(true)); err != nil {
		return err
	}
	use := Usage{Batches: op.batches, Memory: op.acct.peak, Disk: op.spilled}
	if op.spec.Scalar {
		use.Batches = 0
	}
	if use.Batches > 0 || use.Disk > 0 {
		op.run.Stats.use(use)
	}
	return nil
}

// nextPartition groups the rows of one spilled part; false after the last one.
func (op *aggregateOp) nextPartition(ctx context.Context) (bool, error) {
	op.part.file.close()
	if len(op.pending) == 0 {
		return false, nil
	}
	last := len(op.pending) - 1
	op.part, op.pending = op.pending[last], op.pending[:last]
	op.batches++
	op.clear()
	if err := drainFile(ctx, op.part.file.reader(op.spec.InKinds, 0, -1), op.add); err != nil {
		return false, err
	}
	return true, op.complete(ctx)
}

// add takes the rows of one input chunk.
func (op *aggregateOp) add(c *chunk.Chunk) error {
	if err := op.account(); err != nil {
		return err
	}
	if c.Sel != nil {
		if !op.spilling() {
			return op.addSelected(c)
		}
		c = op.gathered(c)
	}
	var err error
	if op.keyVecs, err = evalVecs(op.run, op.keys, c, op.keyVecs); err != nil {
		return err
	}
	for _, g := range op.sets {
		if op.part.file != nil && op.part.set != g {
			continue
		}
		in := c
		op.ids = growSlice(op.ids[:0], c.Rows)
		if err := op.assign(g, c.Rows); err != nil {
			return err
		}
		if g.parts != nil {
			if in, err = op.spillUnknown(g, c); err != nil {
				return err
			}
			if in == nil {
				continue
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
	if err := g.table.lookup(op.vecsOf(g), n, op.ids, g.parts == nil); err != nil {
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

// vecsOf are the key columns of a grouping set.
func (op *aggregateOp) vecsOf(g *groupSet) []*chunk.Vec {
	op.setVecs = op.setVecs[:0]
	for _, col := range g.cols {
		op.setVecs = append(op.setVecs, op.keyVecs[col])
	}
	return op.setVecs
}

// newGroup adds the group of row i to g.
func (op *aggregateOp) newGroup(g *groupSet, keys []*chunk.Vec, i int) (int32, error) {
	id := int32(op.groups.Rows)
	for j := range op.groups.Cols {
		v := &op.groups.Cols[j]
		if keys == nil || !g.in[j] {
			v.AppendNull()
			continue
		}
		v.AppendRange(keys[j], i, i+1)
		own(v, int(id), &op.arena)
	}
	op.groups.Rows++
	op.keyBytes += lastRowBytes(&op.groups)
	op.masks = append(op.masks, g.mask)
	g.global = append(g.global, id)
	for k := range op.calls {
		if err := op.calls[k].newGroup(op.run); err != nil {
			return 0, err
		}
	}
	return id, nil
}

// account settles the memory held; where it is past work_mem, new groups are
// spilled from here on. At least one chunk is taken, so that every pass gets on.
func (op *aggregateOp) account() error {
	op.chunks++
	deep := op.chunks >= aggCheckChunks
	if deep {
		op.chunks, op.taken = 0, 0
	}
	n := op.held(deep)
	if op.groups.Rows == 0 || op.acct.tryGrow(n) {
		return nil
	}
	for _, g := range op.sets {
		if len(g.cols) > 0 && g.parts == nil && canSplit(op.part.depth) && (op.part.file == nil || op.part.set == g) {
			g.parts = newPartitions(op.part.depth)
		}
	}
	for i := range op.calls {
		op.calls[i].freeze()
	}
	return op.acct.set(n)
}

// held is about the memory of all groups; deep asks every state.
func (op *aggregateOp) held(deep bool) int64 {
	rows := int64(op.groups.Rows)
	n := op.keyBytes + rows*groupBytes
	for i := range op.groups.Cols {
		n += rows * slotBytes(op.groups.Cols[i].Kind)
	}
	for _, g := range op.sets {
		n += g.table.bytes() + int64(6*len(g.global))
	}
	for i := range op.calls {
		n += op.calls[i].bytes(deep)
	}
	return n
}

// groupBytes is what a group takes beside its keys and states.
const groupBytes = 12

// spillUnknown writes the rows without a group to g's files and gives the others.
func (op *aggregateOp) spillUnknown(g *groupSet, c *chunk.Chunk) (*chunk.Chunk, error) {
	vecs := op.vecsOf(g)
	op.spillSel = op.spillSel[:0]
	for i, id := range op.ids {
		if id >= 0 {
			op.ids[len(op.spillSel)] = id
			op.spillSel = append(op.spillSel, int32(i))
			continue
		}
		h, _, err := g.table.hashRow(vecs, i)
		if err != nil {
			return nil, err
		}
		if err := g.parts.add(op.run, c, i, h); err != nil {
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
	first, end := op.next, min(op.next+op.run.rows(), op.groups.Rows)
	op.out.Reset()
	nk := len(op.groups.Cols)
	for bytes := int64(0); op.next < end && bytes < chunkBytesMax; {
		to := min(op.next+aggEmitGroups, end)
		for k := range op.calls {
			v := &op.out.Cols[nk+k]
			had := len(v.Datums)
			if err := op.calls[k].results(op.run, v, op.next, to); err != nil {
				return nil, err
			}
			for _, d := range v.Datums[had:] {
				bytes += types.Size(d)
			}
		}
		op.next = to
	}
	for j := range op.groups.Cols {
		op.out.Cols[j].AppendRange(&op.groups.Cols[j], first, op.next)
	}
	if op.spec.GroupingID {
		for _, m := range op.masks[first:op.next] {
			op.out.Cols[nk+len(op.calls)].AppendInt(m)
		}
	}
	op.out.Rows = op.next - first
	return &op.out, nil
}
