package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/plan"
)

// LookupJoin runs the right input once for each left row, which it reads as
// outer columns: lateral joins and joins through an index of the right table.
type LookupJoin struct {
	Kind           plan.JoinKind // Inner, Left, Semi, Anti or Cross
	L, R           Spec
	Outer          []OuterColumn
	On             *Expr // over the columns of L, then R
	LKinds, RKinds Kinds
}

// OuterColumn says which input column an outer column takes its value from.
type OuterColumn struct {
	ID  expr.ColID
	Col int
}

// New implements Spec.
func (s *LookupJoin) New() Operator {
	return &lookupJoinOp{spec: s, l: s.L.New(), r: s.R.New(), joinCore: newJoinCore(s.Kind, false, s.On, s.LKinds, s.RKinds)}
}

type lookupJoinOp struct {
	joinCore
	spec *LookupJoin
	l, r Operator
	row  int
	open bool // the right input is open for row
	acc  chunk.Chunk
	done bool
}

func (op *lookupJoinOp) Open(run *Run) error {
	op.joinCore.open(run)
	op.open, op.done = false, false
	if len(op.acc.Cols) == 0 {
		op.acc.Cols = newCols(op.spec.RKinds)
	}
	return op.l.Open(run)
}

func (op *lookupJoinOp) Close() {
	op.l.Close()
	if op.open {
		op.r.Close()
		op.open = false
	}
}

func (op *lookupJoinOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	for !op.done {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if op.outer == nil {
			c, err := op.l.Next(ctx)
			if err != nil {
				return nil, err
			}
			if c == nil {
				op.done = true
				return nil, nil
			}
			op.setOuter(c)
			op.row = 0
		}
		if op.row < op.outer.Rows {
			if err := op.collect(ctx); err != nil {
				return nil, err
			}
			c, err := op.take()
			if err != nil || c != nil {
				return c, err
			}
			continue
		}
		rest := op.outerRest()
		op.outer = nil
		if rest != nil {
			return rest, nil
		}
	}
	return nil, nil
}

// collect gathers right rows for outer rows from row on until a chunk of pairs
// is full or the outer chunk is through.
func (op *lookupJoinOp) collect(ctx context.Context) error {
	op.acc.Reset()
	op.outerIdx, op.innerIdx = op.outerIdx[:0], op.innerIdx[:0]
	rows := op.run.rows()
	var bytes int64
	for op.row < op.outer.Rows && op.acc.Rows < rows && bytes < chunkBytesMax {
		if !op.open {
			op.bind()
			op.open = true
			if err := op.r.Open(op.run); err != nil {
				return err
			}
		}
		c, err := op.r.Next(ctx)
		if err != nil {
			return err
		}
		if c == nil {
			op.nextRow()
			continue
		}
		for i := range c.Rows {
			op.outerIdx = append(op.outerIdx, int32(op.row))
			op.innerIdx = append(op.innerIdx, int32(op.acc.Rows+i))
		}
		appendRows(&op.acc, c, 0, c.Rows)
		bytes += valueBytes(c)
		if !op.emitsPairs() && op.on.expr == nil {
			op.nextRow() // one match tells all
		}
	}
	op.inner = &op.acc
	return nil
}

func (op *lookupJoinOp) nextRow() {
	op.r.Close()
	op.open = false
	op.row++
}

// bind makes the left row the outer columns of the right input.
func (op *lookupJoinOp) bind() {
	if op.run.Eval.Outer == nil {
		op.run.Eval.Outer = map[expr.ColID]Datum{}
	}
	for _, o := range op.spec.Outer {
		op.run.Eval.Outer[o.ID] = op.outer.Cols[o.Col].Datum(op.row)
	}
}
