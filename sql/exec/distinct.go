package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
)

// Distinct passes the first row of each group of rows that are equal on Keys, as
// they come. Past the memory budget, rows of groups not seen yet are spread over
// files and passed afterwards.
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
	pending []*spillFile
	source  *spillSource
	shift   uint
}

func (op *distinctOp) Open(run *Run) error {
	op.run, op.shift, op.source = run, 0, nil
	op.table.reset()
	resetAll(op.keys)
	op.acct.open(run.Mem, "DISTINCT")
	return op.in.Open(run)
}

func (op *distinctOp) Close() {
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
		if op.source != nil {
			op.source.file.close()
		}
		if op.parts != nil {
			for _, f := range op.parts.files {
				if f != nil {
					op.pending = append(op.pending, f)
				}
			}
			op.parts = nil
		}
		if len(op.pending) == 0 {
			return nil, nil
		}
		f := op.pending[0]
		op.pending = op.pending[1:]
		if err := f.rewind(); err != nil {
			return nil, err
		}
		op.source = &spillSource{file: f, rows: op.run.rows()}
		op.source.out.Cols = newCols(op.spec.Kinds)
		op.shift += 5
		op.table.reset()
		op.acct.set(0)
	}
}

// pick sets sel to the rows of c that are the first of their group.
func (op *distinctOp) pick(c *chunk.Chunk) error {
	var err error
	if op.keyVecs, err = evalVecs(op.run, op.keys, c, op.keyVecs); err != nil {
		return err
	}
	if op.parts == nil && !op.acct.trySet(op.table.bytes()) {
		if op.shift > 55 {
			return op.acct.set(op.table.bytes())
		}
		op.parts = &partitions{shift: op.shift}
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
