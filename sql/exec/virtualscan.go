package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// VirtualScan reads a table that Run.Virtual computes. The rows are made at the
// first Next; past work_mem they are held in a file.
type VirtualScan struct {
	Table   *catalog.Table
	Attnums []int16
	Eq      map[int16]*Expr
	Filter  *Expr
	Kinds   Kinds
}

// New implements Spec.
func (s *VirtualScan) New() Operator {
	op := &virtualScanOp{spec: s, filter: newPassing(s.Filter, s.Kinds), eq: map[int16]*evalState{}}
	for a, e := range s.Eq {
		st := stateOf(e)
		op.eq[a] = &st
	}
	return op
}

type virtualScanOp struct {
	spec   *VirtualScan
	run    *Run
	filter passing
	eq     map[int16]*evalState
	rows   rowStore
	read   cursor
	made   chunk.Chunk // rows on their way to the store
	loaded bool
}

func (op *virtualScanOp) Open(run *Run) error {
	op.run, op.loaded = run, false
	op.filter.cond.reset()
	op.rows.open(run, op.spec.Kinds)
	op.read.from(&op.rows, storeMark{})
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
	if len(op.made.Cols) == 0 {
		op.made.Cols = newCols(op.spec.Kinds)
	}
	op.made.Reset()
	var bytes int64
	err := op.run.Virtual.Generate(op.run.Eval, op.spec.Table, op.spec.Attnums, eq, func(row []Datum) error {
		for j := range op.made.Cols {
			op.made.Cols[j].Append(row[j])
			bytes += types.Size(row[j])
		}
		if op.made.Rows++; op.made.Rows < op.run.rows() && bytes < chunkBytesMax {
			return nil
		}
		bytes = 0
		err := op.rows.add(&op.made)
		op.made.Reset()
		return err
	})
	if err != nil {
		return err
	}
	return op.rows.add(&op.made)
}

func (op *virtualScanOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	if !op.loaded {
		op.loaded = true
		if err := op.load(); err != nil {
			return nil, err
		}
	}
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c, err := op.read.next(-1)
		if err != nil || c == nil || op.filter.cond.expr == nil {
			return c, err
		}
		if c, err = op.filter.apply(op.run, c); err != nil || c != nil {
			return c, err
		}
	}
}
