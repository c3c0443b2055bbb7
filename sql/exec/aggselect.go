package exec

import "github.com/ferritedb/ferrite/sql/chunk"

// takesSelection tells whether the input may leave rows that do not pass where
// they are: every call takes its rows as they come.
func (s *Aggregate) takesSelection() bool {
	for _, k := range s.Keys {
		if k.Wide() {
			return false
		}
	}
	for _, c := range s.Calls {
		if c.Filter != nil || c.Call.Distinct || len(c.OrderBy) > 0 || len(c.Direct) > 0 {
			return false
		}
		for _, a := range c.Args {
			if a.Wide() {
				return false
			}
		}
	}
	return true
}

// spilling tells whether some rows may have to go to files.
func (op *aggregateOp) spilling() bool {
	for _, g := range op.sets {
		if g.parts != nil {
			return true
		}
	}
	return op.part.file != nil
}

// gathered copies the selected rows of c.
func (op *aggregateOp) gathered(c *chunk.Chunk) *chunk.Chunk {
	if len(op.dense.Cols) == 0 {
		op.dense.Cols = newCols(op.spec.InKinds)
	}
	op.dense.Reset()
	gatherChunk(&op.dense, 0, c, c.Sel)
	op.dense.Rows = len(c.Sel)
	return &op.dense
}

// addSelected is add of the selected rows of c. ids are set for those alone.
// REQUIRES: nothing spills.
func (op *aggregateOp) addSelected(c *chunk.Chunk) error {
	var err error
	if op.keyVecs, err = evalVecsOf(op.run, op.keys, c, op.keyVecs); err != nil {
		return err
	}
	op.ids = growSlice(op.ids[:0], c.Rows)
	for _, g := range op.sets {
		if err := op.assignSelected(g, c.Sel); err != nil {
			return err
		}
		for i := range op.calls {
			if err := op.calls[i].addSelected(op.run, c, op.ids); err != nil {
				return err
			}
		}
	}
	return nil
}

func (op *aggregateOp) assignSelected(g *groupSet, sel []int32) error {
	if len(g.cols) == 0 {
		if len(g.global) == 0 {
			if _, err := op.newGroup(g, nil, 0); err != nil {
				return err
			}
		}
		for _, i := range sel {
			op.ids[i] = g.global[0]
		}
		return nil
	}
	if err := g.table.lookupOf(op.vecsOf(g), sel, op.ids, true); err != nil {
		return err
	}
	for _, i := range sel {
		id := op.ids[i]
		if int(id) == len(g.global) {
			if _, err := op.newGroup(g, op.keyVecs, int(i)); err != nil {
				return err
			}
		}
		op.ids[i] = g.global[id]
	}
	return nil
}

// evalVecsOf evaluates over the selected rows of c.
func evalVecsOf(run *Run, es []evalState, c *chunk.Chunk, dst []*chunk.Vec) ([]*chunk.Vec, error) {
	dst = dst[:0]
	for i := range es {
		v, err := es[i].state.VecOf(run.Eval, c, c.Sel)
		if err != nil {
			return dst, err
		}
		dst = append(dst, v)
	}
	return dst, nil
}

// addSelected is add of the selected rows of c, for a call that takesSelection.
func (st *aggState) addSelected(run *Run, c *chunk.Chunk, ids []int32) error {
	var err error
	if st.argVecs, err = evalVecsOf(run, st.args, c, st.argVecs); err != nil {
		return err
	}
	switch st.fast {
	case fastNone:
		return st.addRows(run, ids, c.Sel)
	case fastSumInt:
		return st.addSumInt(ids, c.Sel)
	}
	st.addFast(ids, c.Sel)
	return nil
}
