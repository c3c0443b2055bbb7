package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
)

// Distinct passes the first row of each group of rows that are equal on Keys, as
// they come. Past work_mem, rows of groups not seen yet are spread over files and
// passed afterwards.
type Distinct struct {
	In       Spec
	Keys     []*Expr
	KeyTypes []*types.T
	Kinds    Kinds
}

// New implements Spec.
func (s *Distinct) New() Operator {
	op := &distinctOp{spec: s, in: s.In.New(), keys: states(s.Keys), table: newKeyTable(s.KeyTypes, true)}
	op.out.Cols = newCols(s.Kinds)
	return op
}

type distinctOp struct {
	spec    *Distinct
	in      Operator
	run     *Run
	keys    []evalState
	keyVecs []*chunk.Vec
	table   *keyTable
	ids     []int32
	sel     []int32
	out     chunk.Chunk
	acct    account
	parts   *partitions
	pending []spilledPart
	part    spilledPart  // being read; the zero one: the input
	source  *spillReader // of part
	batches int
	spilled int64
}

// spilledPart is a file with the rows of some keys, spread depth times.
type spilledPart struct {
	file  *spillFile
	depth int
}

func (op *distinctOp) Open(run *Run) error {
	op.run, op.part, op.source = run, spilledPart{}, nil
	op.batches, op.spilled = 1, 0
	op.table.reset()
	resetAll(op.keys)
	op.acct.open(run.Mem)
	return op.in.Open(run)
}

func (op *distinctOp) Close() {
	op.in.Close()
	op.acct.close()
	op.parts.close()
	op.parts = nil
	op.part.file.close()
	for _, p := range op.pending {
		p.file.close()
	}
	op.pending = nil
}

func (op *distinctOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c, err := op.input(ctx)
		if err != nil || c == nil {
			return nil, err
		}
		if err := op.pick(c); err != nil {
			return nil, err
		}
		switch len(op.sel) {
		case 0:
			continue
		case c.Rows:
			return c, nil
		}
		op.out.Reset()
		gatherChunk(&op.out, 0, c, op.sel)
		op.out.Rows = len(op.sel)
		return &op.out, nil
	}
}

// input gives the next chunk of the input, then those of spilled partitions.
func (op *distinctOp) input(ctx context.Context) (*chunk.Chunk, error) {
	for {
		var c *chunk.Chunk
		var err error
		if op.source == nil {
			c, err = op.in.Next(ctx)
		} else {
			c, err = op.source.next()
		}
		if err != nil || c != nil {
			return c, err
		}
		if !op.nextPart() {
			return nil, nil
		}
	}
}

// nextPart goes on to the next spilled partition; false where there is none.
func (op *distinctOp) nextPart() bool {
	if op.parts != nil {
		for _, f := range op.parts.take() {
			op.spilled += f.off
			op.pending = append(op.pending, spilledPart{f, op.parts.depth + 1})
		}
		op.parts = nil
	}
	op.run.Stats.use(Usage{Batches: op.batches, Memory: op.acct.peak, Disk: op.spilled})
	op.part.file.close()
	op.part = spilledPart{}
	if len(op.pending) == 0 {
		return false
	}
	last := len(op.pending) - 1
	op.part, op.pending = op.pending[last], op.pending[:last]
	op.source = op.part.file.reader(op.spec.Kinds, 0, -1)
	op.batches++
	op.table.reset()
	op.acct.set(0)
	return true
}

// pick sets sel to the rows of c that are the first of their group.
func (op *distinctOp) pick(c *chunk.Chunk) error {
	var err error
	if op.keyVecs, err = evalVecs(op.run, op.keys, c, op.keyVecs); err != nil {
		return err
	}
	if err := op.account(); err != nil {
		return err
	}
	op.ids = growSlice(op.ids[:0], c.Rows)
	next := int32(op.table.len())
	if err := op.table.lookup(op.keyVecs, c.Rows, op.ids, op.parts == nil); err != nil {
		return err
	}
	op.sel = op.sel[:0]
	for i, id := range op.ids {
		switch {
		case id == next:
			next++
			op.sel = append(op.sel, int32(i))
		case id < 0:
			h, _, err := op.table.hashRow(op.keyVecs, i)
			if err != nil {
				return err
			}
			if err := op.parts.add(op.run, c, i, h); err != nil {
				return err
			}
		}
	}
	return nil
}

// account settles what the table holds; where that is too much, keys not seen are
// spilled from here on. At least one chunk is taken, so that every pass gets on.
func (op *distinctOp) account() error {
	if op.parts != nil || op.table.len() == 0 || op.acct.tryGrow(op.table.bytes()) {
		return nil
	}
	if canSplit(op.part.depth) {
		op.parts = newPartitions(op.part.depth)
	}
	return op.acct.set(op.table.bytes())
}
