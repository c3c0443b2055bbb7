package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

// Limit passes Count rows after Offset; with Ties, also the rows that are equal
// to the last one on them.
type Limit struct {
	In            Spec
	Count, Offset *Expr
	Ties          []SortKey
	Kinds         Kinds
}

// New implements Spec.
func (s *Limit) New() Operator {
	op := &limitOp{spec: s, in: s.In.New(), count: stateOf(s.Count), offset: stateOf(s.Offset), ties: newKeyStates(s.Ties)}
	op.last.Cols = newCols(keyKinds(s.Ties))
	return op
}

type limitOp struct {
	spec          *Limit
	in            Operator
	run           *Run
	count, offset evalState
	ties          []keyState
	skip, left    int64 // left < 0: no bound
	tying         bool
	last          chunk.Chunk // tie keys of the last counted row
	keys          []*chunk.Vec
	out           chunk.Chunk
}

func (op *limitOp) Open(run *Run) error {
	op.run, op.skip, op.left, op.tying = run, 0, -1, false
	op.count.reset()
	op.offset.reset()
	resetKeys(op.ties)
	n, ok, err := limitValue(&op.offset, run, pgerr.InvalidRowCountInResultOffsetClause, "OFFSET")
	if err != nil {
		return err
	}
	if ok {
		op.skip = n
	}
	if n, ok, err = limitValue(&op.count, run, pgerr.InvalidRowCountInLimitClause, "LIMIT"); err != nil {
		return err
	}
	if ok {
		op.left = n
	}
	return op.in.Open(run)
}

func limitValue(st *evalState, run *Run, code, word string) (n int64, ok bool, err error) {
	if st.expr == nil {
		return 0, false, nil
	}
	d, err := st.scalar(run)
	if err != nil || d.IsNull() {
		return 0, false, err
	}
	if d.Int() < 0 {
		return 0, false, pgerr.New(code, word+" must not be negative")
	}
	return d.Int(), true, nil
}

func (op *limitOp) Close() { op.in.Close() }

func (op *limitOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	for op.left != 0 || op.tying {
		c, err := op.in.Next(ctx)
		if err != nil || c == nil {
			return nil, err
		}
		if op.skip >= int64(c.Rows) {
			op.skip -= int64(c.Rows)
			continue
		}
		from, to := int(op.skip), c.Rows
		op.skip = 0
		if op.tying {
			from = 0
		}
		if to, err = op.end(c, from); err != nil {
			return nil, err
		}
		if to == from {
			return nil, nil
		}
		if from == 0 && to == c.Rows {
			return c, nil
		}
		op.out.View(c, from, to)
		return &op.out, nil
	}
	return nil, nil
}

// end is the row of c after the last one to pass.
func (op *limitOp) end(c *chunk.Chunk, from int) (int, error) {
	if op.left < 0 {
		return c.Rows, nil
	}
	to := min(c.Rows, from+int(min(op.left, int64(c.Rows))))
	op.left -= int64(to - from)
	if op.left > 0 || len(op.ties) == 0 {
		return to, nil
	}
	var err error
	if op.keys, err = evalKeys(op.run, op.ties, c, op.keys); err != nil {
		return 0, err
	}
	if !op.tying {
		op.tying = true
		op.last.Reset()
		for j, v := range op.keys {
			op.last.Cols[j].Append(v.Datum(to - 1))
		}
	}
	for ; to < c.Rows; to++ {
		for j, v := range op.keys {
			if op.ties[j].compareVec(op.run, v, to, &op.last.Cols[j], 0) != 0 {
				op.tying = false
				return to, nil
			}
		}
	}
	return to, nil
}
