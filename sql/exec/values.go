package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
)

// Values gives a list of rows of expressions without columns.
type Values struct {
	Rows  [][]*Expr
	Kinds Kinds
}

// New implements Spec.
func (s *Values) New() Operator {
	op := &valuesOp{spec: s}
	for _, r := range s.Rows {
		op.rows = append(op.rows, states(r))
	}
	op.out.Cols = newCols(s.Kinds)
	return op
}

type valuesOp struct {
	spec *Values
	run  *Run
	rows [][]evalState
	next int
	out  chunk.Chunk
}

func (op *valuesOp) Open(run *Run) error {
	op.run, op.next = run, 0
	for _, r := range op.rows {
		resetAll(r)
	}
	return nil
}

func (op *valuesOp) Close() {}

func (op *valuesOp) Next(context.Context) (*chunk.Chunk, error) {
	op.out.Reset()
	var bytes int64
	for ; op.next < len(op.rows) && op.out.Rows < op.run.rows() && bytes < chunkBytesMax; op.next++ {
		row := op.rows[op.next]
		for i := range row {
			d, err := row[i].scalar(op.run)
			if err != nil {
				return nil, err
			}
			op.out.Cols[i].Append(d)
			bytes += types.Size(d)
		}
		op.out.Rows++
	}
	if op.out.Rows == 0 {
		return nil, nil
	}
	return &op.out, nil
}
