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
// streams the left one.
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
}

func (op *setOp) Open(run *Run) error {
	op.run, op.loaded = run, false
	op.table.reset()
	op.counts = op.counts[:0]
	op.acct.open(run.Mem, "a set operation")
	if err := op.l.Open(run); err != nil {
		return err
	}
	return op.r.Open(run)
}

func (op *setOp) Close() {
	op.l.Close()
	op.r.Close()
	op.acct.close()
}

// number sets ids to the numbers of the rows' values.
func (op *setOp) number(c *chunk.Chunk) error {
	op.keys = op.keys[:0]
	for j := range c.Cols {
		op.keys = append(op.keys, &c.Cols[j])
	}
	op.ids = growSlice(op.ids[:0], c.Rows)
	if err := op.table.lookup(op.keys, c.Rows, op.ids, true); err != nil {
		return err
	}
	for len(op.counts) < op.table.len() {
		op.counts = append(op.counts, 0)
	}
	return op.acct.set(op.table.bytes() + 8*int64(len(op.counts)))
}

func (op *setOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	if !op.loaded {
		op.loaded = true
		err := drain(ctx, op.r, func(c *chunk.Chunk) error {
			if err := op.number(c); err != nil {
				return err
			}
			for _, id := range op.ids {
				op.counts[id]++
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	for {
		c, err := op.l.Next(ctx)
		if err != nil || c == nil {
			return nil, err
		}
		if err := op.number(c); err != nil {
			return nil, err
		}
		op.sel = op.sel[:0]
		for i, id := range op.ids {
			if op.passes(&op.counts[id]) {
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
