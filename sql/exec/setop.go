package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// Append gives the rows of its inputs one after the other: UNION ALL. UNION is a
// Distinct over it.
type Append struct {
	Inputs []Spec
}

// New implements Spec.
func (s *Append) New() Operator {
	op := &appendOp{}
	for _, in := range s.Inputs {
		op.inputs = append(op.inputs, in.New())
	}
	return op
}

type appendOp struct {
	inputs []Operator
	run    *Run
	at     int
	open   bool
}

func (op *appendOp) Open(run *Run) error {
	op.run, op.at, op.open = run, 0, false
	return nil
}

func (op *appendOp) Close() {
	if op.open {
		op.inputs[op.at].Close()
		op.open = false
	}
}

func (op *appendOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	for op.at < len(op.inputs) {
		in := op.inputs[op.at]
		if !op.open {
			op.open = true
			if err := in.Open(op.run); err != nil {
				return nil, err
			}
		}
		c, err := in.Next(ctx)
		if err != nil || c != nil {
			return c, err
		}
		in.Close()
		op.open = false
		op.at++
	}
	return nil, nil
}

// SetOp is INTERSECT or EXCEPT. It counts the right input's rows by value, then
// streams the left one. Past work_mem, rows of values not seen yet are spread over
// files, those of both inputs alike, and dealt with part by part afterwards.
type SetOp struct {
	Kind  plan.SetOpKind
	All   bool
	L, R  Spec
	Types []*types.T
	Kinds Kinds
}

// New implements Spec.
func (s *SetOp) New() Operator {
	op := &setOp{spec: s, l: s.L.New(), r: s.R.New(), table: newKeyTable(s.Types, true)}
	op.out.Cols = newCols(s.Kinds)
	return op
}

type setOp struct {
	spec   *SetOp
	l, r   Operator
	run    *Run
	table  *keyTable
	counts []int64 // of the right input by key; -1 where the value went out already
	keys   []*chunk.Vec
	ids    []int32
	sel    []int32
	out    chunk.Chunk
	acct   account
	loaded bool

	part           setOpPart // being dealt with; the zero one: the inputs
	source         *spillReader
	lparts, rparts *partitions
	pending        []setOpPart
	batches        int
	spilled        int64
}

// setOpPart has the rows of some values of both inputs; a file may be nil.
type setOpPart struct {
	l, r  *spillFile
	depth int
}

func (p *setOpPart) close() {
	p.l.close()
	p.r.close()
}

func (op *setOp) Open(run *Run) error {
	op.run, op.loaded = run, false
	op.part, op.source = setOpPart{}, nil
	op.batches, op.spilled = 1, 0
	op.acct.open(run.Mem)
	op.clear()
	if err := op.l.Open(run); err != nil {
		return err
	}
	return op.r.Open(run)
}

func (op *setOp) clear() {
	op.table.reset()
	op.counts = op.counts[:0]
	op.acct.set(0)
}

func (op *setOp) Close() {
	op.l.Close()
	op.r.Close()
	op.acct.close()
	op.lparts.close()
	op.rparts.close()
	op.lparts, op.rparts = nil, nil
	op.part.close()
	for i := range op.pending {
		op.pending[i].close()
	}
	op.pending = nil
}

// number sets ids to the numbers of the rows' values; rows of values that are not
// known go to parts once there is no room for more, and have noRow.
func (op *setOp) number(c *chunk.Chunk, left bool) error {
	op.keys = op.keys[:0]
	for j := range c.Cols {
		op.keys = append(op.keys, &c.Cols[j])
	}
	if err := op.account(); err != nil {
		return err
	}
	op.ids = growSlice(op.ids[:0], c.Rows)
	if err := op.table.lookup(op.keys, c.Rows, op.ids, op.lparts == nil); err != nil {
		return err
	}
	for len(op.counts) < op.table.len() {
		op.counts = append(op.counts, 0)
	}
	if op.lparts == nil {
		return nil
	}
	parts := op.rparts
	if left {
		parts = op.lparts
	}
	for i, id := range op.ids {
		if id >= 0 {
			continue
		}
		h, _, err := op.table.hashRow(op.keys, i)
		if err != nil {
			return err
		}
		if err := parts.add(op.run, c, i, h); err != nil {
			return err
		}
	}
	return nil
}

// account settles what the table holds; where that is too much, unknown values
// are spilled from here on.
func (op *setOp) account() error {
	n := op.table.bytes() + 12*int64(len(op.counts))
	if op.lparts != nil || op.table.len() == 0 || op.acct.tryGrow(n) {
		return nil
	}
	if canSplit(op.part.depth) {
		op.lparts, op.rparts = newPartitions(op.part.depth), newPartitions(op.part.depth)
	}
	return op.acct.set(n)
}

// load counts the rows of the right input of the part at hand.
func (op *setOp) load(ctx context.Context) error {
	count := func(c *chunk.Chunk) error {
		if err := op.number(c, false); err != nil {
			return err
		}
		for _, id := range op.ids {
			if id >= 0 {
				op.counts[id]++
			}
		}
		return nil
	}
	if op.part == (setOpPart{}) {
		return drain(ctx, op.r, count)
	}
	if op.part.r == nil {
		return nil
	}
	return drainFile(ctx, op.part.r.reader(op.spec.Kinds, 0, -1), count)
}

// left gives the next rows of the left input of the part at hand.
func (op *setOp) left(ctx context.Context) (*chunk.Chunk, error) {
	if op.part == (setOpPart{}) {
		return op.l.Next(ctx)
	}
	if op.part.l == nil {
		return nil, nil
	}
	if op.source == nil {
		op.source = op.part.l.reader(op.spec.Kinds, 0, -1)
	}
	return op.source.next()
}

func (op *setOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !op.loaded {
			op.loaded = true
			if err := op.load(ctx); err != nil {
				return nil, err
			}
		}
		c, err := op.left(ctx)
		if err != nil {
			return nil, err
		}
		if c == nil {
			if !op.nextPart() {
				return nil, nil
			}
			continue
		}
		if err := op.number(c, true); err != nil {
			return nil, err
		}
		op.sel = op.sel[:0]
		for i, id := range op.ids {
			if id >= 0 && op.passes(&op.counts[id]) {
				op.sel = append(op.sel, int32(i))
			}
		}
		if len(op.sel) == 0 {
			continue
		}
		op.out.Reset()
		gatherChunk(&op.out, 0, c, op.sel)
		op.out.Rows = len(op.sel)
		return &op.out, nil
	}
}

// nextPart goes on to the next part; false where there is none.
func (op *setOp) nextPart() bool {
	if op.lparts != nil {
		for i, l := range op.lparts.files {
			r := op.rparts.files[i]
			if l == nil && r == nil {
				continue
			}
			op.pending = append(op.pending, setOpPart{l, r, op.lparts.depth + 1})
			for _, f := range []*spillFile{l, r} {
				if f != nil {
					op.spilled += f.off
				}
			}
		}
		op.lparts, op.rparts = nil, nil
	}
	op.run.Stats.use(Usage{Batches: op.batches, Memory: op.acct.peak, Disk: op.spilled})
	op.part.close()
	op.part, op.source = setOpPart{}, nil
	for len(op.pending) > 0 {
		last := len(op.pending) - 1
		op.part, op.pending = op.pending[last], op.pending[:last]
		if op.part.l != nil { // else nothing comes out of it
			op.batches++
			op.loaded = false
			op.clear()
			return true
		}
		op.part.close()
		op.part = setOpPart{}
	}
	return false
}

// passes decides on one left row whose value the right input has n times more.
func (op *setOp) passes(n *int64) bool {
	intersect := op.spec.Kind == plan.Intersect
	if op.spec.All {
		had := *n > 0
		if had {
			*n--
		}
		return had == intersect
	}
	ok := intersect && *n > 0 || !intersect && *n == 0
	*n = -1
	return ok
}
