package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
)

// Window adds one column for each call to its input's columns. It sorts its
// input by partition and order and gives it out so, one partition at a time. Past
// work_mem, both the sort and the rows of the partition lie in files; what stays
// in memory of a large partition is four bytes for each group of peers.
type Window struct {
	In             Spec
	Partition      []*Expr
	PartitionTypes []*types.T
	Order          []SortKey
	Calls          []*WindowCall
	InKinds        Kinds
	Kinds          Kinds
}

// New implements Spec.
func (s *Window) New() Operator {
	op := &windowOp{spec: s, in: s.In.New()}
	var keys []SortKey
	for i, e := range s.Partition {
		keys = append(keys, SortKey{Expr: e, T: s.PartitionTypes[i]})
	}
	op.parts = len(keys)
	op.kinds = append(op.kinds, s.InKinds...)
	for _, c := range s.Calls {
		st := c.newState()
		st.base = len(op.kinds)
		op.kinds = append(op.kinds, st.argKinds()...)
		op.calls = append(op.calls, st)
	}
	all := append(keys, s.Order...)
	op.keys = newKeyStates(all)
	op.kinds, op.keysAt, op.extra = keyColumns(op.kinds, all)
	op.out.Cols = newCols(s.Kinds)
	op.part.op = op
	op.part.rows.random = true
	return op
}

type windowOp struct {
	spec   *Window
	in     Operator
	run    *Run
	keys   []keyState
	parts  int // leading keys that make the partition
	calls  []*windowState
	kinds  Kinds // the input's columns, then the calls' arguments, then other keys
	keysAt []int // columns of the keys
	extra  []int // keys to evaluate
	vecs   []*chunk.Vec
	sorter sorter
	loaded bool
	// sorted are rows of the sorter of which those from at on are in no partition;
	// where the sort was in memory, all of them, to be taken in its order.
	sorted *chunk.Chunk
	at     int
	part   partition
	acct   account // of peer groups and of the calls' states
	// Rows of part from row on have no results yet; of a stored partition they are
	// those of emitted from next on.
	row     int
	read    cursor
	emitted *chunk.Chunk
	next    int
	out     chunk.Chunk
}

func (op *windowOp) Open(run *Run) error {
	op.run, op.loaded, op.sorted, op.emitted = run, false, nil, nil
	op.at, op.row = 0, 0
	resetKeys(op.keys)
	op.sorter.open(run, op.kinds, op.keys, op.keysAt)
	op.part.open(run, op.kinds)
	op.acct.open(run.Mem)
	for _, c := range op.calls {
		c.open()
	}
	return op.in.Open(run)
}

func (op *windowOp) Close() {
	op.in.Close()
	op.sorter.close()
	op.part.rows.close()
	op.acct.close()
	for _, c := range op.calls {
		c.state, c.last = nil, types.Null
	}
}

func (op *windowOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	if !op.loaded {
		op.loaded = true
		if err := op.load(ctx); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if op.row == op.part.n {
		if err := op.nextPartition(ctx); err != nil || op.part.n == 0 {
			return nil, err
		}
	}
	return &op.out, op.emit(ctx)
}

// load sorts the input.
func (op *windowOp) load(ctx context.Context) error {
	err := drain(ctx, op.in, func(c *chunk.Chunk) error {
		vecs := op.vecs[:0]
		for j := range c.Cols {
			vecs = append(vecs, &c.Cols[j])
		}
		for _, w := range op.calls {
			var err error
			if vecs, err = w.args(op.run, c, vecs); err != nil {
				return err
			}
		}
		for _, i := range op.extra {
			v, err := op.keys[i].eval.vec(op.run, c)
			if err != nil {
				return err
			}
			vecs = append(vecs, v)
		}
		op.vecs = vecs
		return op.sorter.add(vecs, c.Rows, nil)
	})
	if err != nil {
		return err
	}
	if err := op.sorter.finish(ctx); err != nil {
		return err
	}
	if f := op.sorter.file; f != nil {
		op.run.Stats.use(Usage{Memory: op.sorter.acct.peak, Disk: f.off})
	}
	return nil
}

// nextPartition makes part of the sorter's next rows that are of one partition;
// an empty one at the end.
func (op *windowOp) nextPartition(ctx context.Context) error {
	p := &op.part
	p.clear()
	op.row, op.emitted = 0, nil
	op.acct.set(0)
	var err error
	if op.sorter.merge == nil {
		p.order = op.sorter.order[op.at:]
		for _, i := range p.order {
			if p.follow(&op.sorter.rows, int(i)) {
				break
			}
		}
		op.at += p.n
		err = op.acct.set(4 * int64(cap(p.starts)))
	} else {
		err = op.gather(ctx)
	}
	if err != nil || p.n == 0 {
		return err
	}
	op.read.from(&p.rows, storeMark{})
	for _, c := range op.calls {
		if err := c.begin(op.run, p); err != nil {
			return err
		}
	}
	return nil
}

// gather puts a partition's rows into its store.
func (op *windowOp) gather(ctx context.Context) error {
	p := &op.part
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if op.sorted == nil {
			c, err := op.sorter.next()
			if err != nil || c == nil {
				return err
			}
			op.sorted, op.at = c, 0
		}
		c, from := op.sorted, op.at
		whole := false
		for ; op.at < c.Rows && !whole; op.at++ {
			whole = p.follow(c, op.at)
		}
		if whole {
			op.at--
		}
		if op.at == c.Rows {
			op.sorted = nil
		}
		if op.at > from {
			p.in.View(c, from, op.at)
			if err := p.rows.add(&p.in); err != nil {
				return err
			}
			if err := op.acct.set(4 * int64(cap(p.starts))); err != nil {
				return err
			}
		}
		if whole {
			return nil
		}
	}
}

// emit fills out with rows of the partition and their results.
func (op *windowOp) emit(ctx context.Context) error {
	op.out.Reset()
	want := min(op.run.rows(), op.part.n-op.row)
	if op.part.order == nil {
		if op.emitted == nil {
			c, err := op.read.next(-1)
			if err != nil {
				return err
			}
			op.emitted, op.next = c, 0
		}
		want = min(want, op.emitted.Rows-op.next)
	}
	first := op.row
	width := len(op.spec.InKinds)
	var bytes int64
	for op.row < first+want && bytes < chunkBytesMax {
		if err := ctx.Err(); err != nil {
			return err
		}
		for k, call := range op.calls {
			d, err := call.at(op.run, &op.part, op.row)
			if err != nil {
				return err
			}
			op.out.Cols[width+k].Append(d)
			bytes += types.Size(d)
		}
		op.row++
	}
	op.passOn(first)
	held := 4 * int64(cap(op.part.starts))
	for _, call := range op.calls {
		held += call.bytes()
	}
	return op.acct.set(held)
}

// passOn fills the input's columns of out with the rows of the partition from
// first to row.
func (op *windowOp) passOn(first int) {
	width := len(op.spec.InKinds)
	op.out.Rows = op.row - first
	if order := op.part.order; order != nil {
		for j := range width {
			op.out.Cols[j].Gather(&op.sorter.rows.Cols[j], order[first:op.row])
		}
		return
	}
	from := op.next
	op.next += op.out.Rows
	for j := range width {
		op.out.Cols[j].AppendRange(&op.emitted.Cols[j], from, op.next)
	}
	if op.next == op.emitted.Rows {
		op.emitted = nil
	}
}

// partition implements expr.Partition for the call at hand.
type partition struct {
	op *windowOp
	n  int
	// order has the places of the rows in the sorter, where it has them all in
	// memory; else nil, and rows has a copy of the rows.
	order []int32
	rows  rowStore
	in    chunk.Chunk
	// starts[g] is the first row of peer group g; last the keys of the last row.
	starts []int32
	last   chunk.Chunk
	call   *windowState
	// err is the first error of reading rows, which Arg cannot return.
	err error
	// group of row groupOf, remembered since rows are asked for in order.
	groupOf, group int
}

func (p *partition) open(run *Run, kinds Kinds) {
	p.rows.open(run, kinds)
	if p.last.Cols == nil {
		for _, col := range p.op.keysAt {
			p.last.Cols = append(p.last.Cols, chunk.Vec{Kind: kinds[col]})
		}
	}
	p.clear()
}

func (p *partition) clear() {
	p.rows.clear()
	p.n, p.order, p.starts, p.err = 0, nil, p.starts[:0], nil
	p.groupOf, p.group = 0, 0
}

// follow adds row i of c, which comes next in the order; true, and it is not
// added, where it begins another partition.
func (p *partition) follow(c *chunk.Chunk, i int) bool {
	if p.n > 0 && !p.equal(c, i, 0, p.op.parts) {
		return true
	}
	if p.n == 0 || !p.equal(c, i, p.op.parts, len(p.op.keys)) {
		p.starts = append(p.starts, int32(p.n))
		p.last.Reset()
		for j, col := range p.op.keysAt {
			p.last.Cols[j].Append(c.Cols[col].Datum(i))
		}
		p.last.Rows = 1
	}
	p.n++
	return false
}

// equal compares keys [from, to) of a row with those of the last group.
func (p *partition) equal(c *chunk.Chunk, i, from, to int) bool {
	for j := from; j < to; j++ {
		if p.op.keys[j].compareVec(p.op.run, &c.Cols[p.op.keysAt[j]], i, &p.last.Cols[j], 0) != 0 {
			return false
		}
	}
	return true
}

// Len implements expr.Partition.
func (p *partition) Len() int { return p.n }

// Arg implements expr.Partition.
func (p *partition) Arg(row, i int) Datum { return p.datum(row, p.call.base+i) }

func (p *partition) datum(row, col int) Datum {
	if p.order != nil {
		return p.op.sorter.rows.Cols[col].Datum(int(p.order[row]))
	}
	c, at, err := p.rows.at(int64(row))
	if err != nil {
		if p.err == nil {
			p.err = err
		}
		return types.Null
	}
	return c.Cols[col].Datum(at)
}

// Group implements expr.Partition.
func (p *partition) Group(row int) int {
	lo, hi := 0, len(p.starts)
	if row >= p.groupOf { // most often the same group, or the next one
		lo = p.group
		hi = min(hi, lo+2)
		if hi < len(p.starts) && row >= int(p.starts[hi]) {
			hi = len(p.starts)
		}
	}
	for hi-lo > 1 { // starts[lo] <= row < starts[hi]
		if m := (lo + hi) / 2; int(p.starts[m]) <= row {
			lo = m
		} else {
			hi = m
		}
	}
	p.groupOf, p.group = row, lo
	return lo
}

// Peers implements expr.Partition.
func (p *partition) Peers(row int) (start, end int) {
	g := p.Group(row)
	return int(p.starts[g]), p.groupEnd(g)
}

// groupEnd is the row after the last one of a group.
func (p *partition) groupEnd(g int) int {
	if g+1 < len(p.starts) {
		return int(p.starts[g+1])
	}
	return p.n
}

// Frame implements expr.Partition. REQUIRES: row is the row at hand.
func (p *partition) Frame(int) (start, end int) { return p.call.lower, p.call.upper }

// InFrame implements expr.Partition. REQUIRES: row is the row at hand.
func (p *partition) InFrame(row, r int) bool {
	return r >= p.call.lower && r < p.call.upper && !p.call.excluded(p, row, r)
}

// orderKey is the single ordering column of a RANGE frame with offset, at row.
func (p *partition) orderKey(row int) Datum { return p.datum(row, p.op.keysAt[p.op.parts]) }
