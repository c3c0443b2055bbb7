package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

// VirtualScan reads a table that Run.Virtual computes. The rows are made at the
// first Next and held within the memory budget.
type VirtualScan struct {
	Table   *catalog.Table
	Attnums []int16
	Eq      map[int16]*Expr
	Filter  *Expr
	Kinds   Kinds
}

// New implements Spec.
func (s *VirtualScan) New() Operator {
	op := &virtualScanOp{spec: s, filter: stateOf(s.Filter), eq: map[int16]*evalState{}}
	for a, e := range s.Eq {
		st := stateOf(e)
		op.eq[a] = &st
	}
	op.out.Cols = newCols(s.Kinds)
	return op
}

type virtualScanOp struct {
	spec   *VirtualScan
	run    *Run
	filter evalState
	eq     map[int16]*evalState
	rows   rowBuffer
	loaded bool
	at     int
	view   chunk.Chunk
	out    chunk.Chunk
	sel    []int32
}

func (op *virtualScanOp) Open(run *Run) error {
	op.run, op.loaded, op.at = run, false, 0
	op.filter.reset()
	op.rows.open(run, op.spec.Kinds, "a catalog table")
	if run.Virtual == nil {
		return pgerr.NotSupported("reading " + op.spec.Table.Name + " here")
	}
	return nil
}

func (op *virtualScanOp) Close() { op.rows.close() }

func (op *virtualScanOp) load() error {
	eq := make(map[int16]Datum, len(op.eq))
	for a, st := range op.eq {
		st.reset()
		d, err := st.scalar(op.run)
		if err != nil {
			return err
		}
		eq[a] = d
	}
	return op.run.Virtual.Generate(op.run.Eval, op.spec.Table, op.spec.Attnums, eq, func(row []Datum) error {
		for j := range op.rows.Cols {
			op.rows.Cols[j].Append(row[j])
			if err := op.rows.acct.add(datumBytes + datumSize(row[j])); err != nil {
				return err
			}
		}
		op.rows.Rows++
		return nil
	})
}

func (op *virtualScanOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	if !op.loaded {
		op.loaded = true
		if err := op.load(); err != nil {
			return nil, err
		}
	}
	for op.at < op.rows.Rows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		to := min(op.rows.Rows, op.at+op.run.rows())
		op.view.View(&op.rows.Chunk, op.at, to)
		op.at = to
		if op.filter.expr == nil {
			return &op.view, nil
		}
		c, err := op.filter.apply(op.run, &op.view, &op.out, &op.sel)
		if err != nil || c != nil {
			return c, err
		}
	}
	return nil, nil
}
