package exec

import (
	"bytes"
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/sql/write"
	"github.com/ferritedb/ferrite/txn"
)

// rowSource gives the rows that an Update or Delete is to change, each locked
// and in its newest version.
type rowSource struct {
	in      Operator
	scan    *scanOp // the source itself where it may lock points
	kinds   Kinds
	rowID   int
	old     []int
	target  *write.Target
	recheck evalState
	again   recheckState // where the whole condition is more than recheck
	point   bool
	once    bool
	mode    txn.RowMode

	run     *Run
	spool   spool
	loaded  bool
	seen    keySet // where once
	sel     []int32
	changed []int32 // rows whose version in patch counts, not the source's
	patch   chunk.Chunk
	work    chunk.Chunk
	arena   rowcodec.Arena
	keys    [][]byte // of changed
	row     newestRow
}

func newRowSource(in Spec, kinds Kinds, rowID int, old []int, t *write.Target, recheck evalState, again *Recheck) rowSource {
	s := rowSource{again: newRecheck(again), in: in.New(), kinds: kinds, rowID: rowID, old: old, target: t, recheck: recheck}
	s.scan, _ = s.in.(*scanOp)
	s.work.Cols = newCols(kinds)
	s.patch = t.NewRows()
	return s
}

func (s *rowSource) open(run *Run) error {
	s.run, s.loaded = run, false
	s.recheck.reset()
	if s.once {
		s.seen.open(run)
	}
	if !s.point {
		s.spool.open(run, s.kinds)
	}
	return s.in.Open(run)
}

// Close implements Operator for those that embed a rowSource.
func (s *rowSource) Close() {
	s.again.close()
	s.in.Close()
	s.seen.close()
	if !s.point {
		s.spool.close()
	}
}

// next gives locked rows; a chunk may be empty, nil is the end.
func (s *rowSource) next(ctx context.Context) (*chunk.Chunk, error) {
	if s.point {
		c, err := s.in.Next(ctx)
		if err != nil || c == nil || s.scan != nil && s.scan.locked && s.run.touched == nil {
			return c, err
		}
		return s.lock(ctx, c)
	}
	if !s.loaded {
		s.loaded = true
		if err := s.spool.load(ctx, s.in); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c, err := s.spool.next()
	if err != nil || c == nil {
		return c, err
	}
	return s.lock(ctx, c)
}

// lock locks the rows of c and passes over those that are gone or do not match
// any more.
func (s *rowSource) lock(ctx context.Context, c *chunk.Chunk) (*chunk.Chunk, error) {
	s.sel, s.changed, s.keys = s.sel[:0], s.changed[:0], s.keys[:0]
	s.patch.Reset()
	keys := &c.Cols[s.rowID]
	for i := range c.Rows {
		if keys.Null(i) {
			continue // the nullable side of an outer join
		}
		key := keys.Raw(i)
		if s.once {
			if fresh, err := s.seen.add(key); err != nil {
				return nil, err
			} else if !fresh {
				continue
			}
		}
		if s.run.touched != nil && s.run.touched.has(key) {
			continue // another part of the statement changed it already
		}
		out, err := s.row.lock(ctx, s.run, key, txn.LockOptions{Mode: s.mode})
		if err != nil {
			return nil, wrapTxn(err, s.target.Desc.Name)
		}
		switch out {
		case txn.Gone, txn.Absent, txn.Skipped:
			continue
		case txn.Changed:
			key = s.row.key
			if err := s.target.Decode(&s.patch, key, s.row.value, &s.arena); err != nil {
				return nil, err
			}
			s.keys = append(s.keys, bytes.Clone(key))
			s.changed = append(s.changed, int32(len(s.sel)))
		}
		s.sel = append(s.sel, int32(i))
		if s.run.touched != nil {
			if _, err := s.run.touched.add(key); err != nil {
				return nil, err
			}
		}
	}
	if len(s.sel) == c.Rows && len(s.changed) == 0 {
		return c, nil
	}
	s.work.Reset()
	gatherChunk(&s.work, 0, c, s.sel)
	s.work.Rows = len(s.sel)
	if len(s.changed) == 0 {
		return &s.work, nil
	}
	return s.newest(ctx)
}

// newest puts the newest versions of changed rows into work and drops those that
// the condition does not take any more.
func (s *rowSource) newest(ctx context.Context) (*chunk.Chunk, error) {
	for n, row := range s.changed {
		s.work.Cols[s.rowID].Set(int(row), types.MakeBytes(s.keys[n]))
		for j, at := range s.old {
			s.work.Cols[at].Set(int(row), s.patch.Cols[j].Datum(n))
		}
	}
	var gone []int32
	var err error
	if s.again.spec != nil {
		gone, err = s.computeAgain(ctx)
	} else {
		gone, err = s.checkAgain()
	}
	if err != nil || len(gone) == 0 {
		return &s.work, err
	}
	s.sel = s.sel[:0]
	for i := range int32(s.work.Rows) {
		if len(gone) > 0 && gone[0] == i {
			gone = gone[1:]
			continue
		}
		s.sel = append(s.sel, i)
	}
	kept := chunk.Chunk{Cols: newCols(s.kinds)}
	gatherChunk(&kept, 0, &s.work, s.sel)
	kept.Rows = len(s.sel)
	s.work = kept
	return &s.work, nil
}

// checkAgain lists the changed rows that recheck does not take.
func (s *rowSource) checkAgain() ([]int32, error) {
	if s.recheck.expr == nil {
		return nil, nil
	}
	pass, err := s.recheck.truths(s.run, &s.work, nil)
	if err != nil {
		return nil, err
	}
	holds := make([]bool, s.work.Rows)
	for _, i := range pass {
		holds[i] = true
	}
	var gone []int32
	for _, i := range s.changed {
		if !holds[i] {
			gone = append(gone, i)
		}
	}
	return gone, nil
}

// computeAgain computes the changed rows again and lists those that are no more.
func (s *rowSource) computeAgain(ctx context.Context) ([]int32, error) {
	var gone []int32
	one := chunk.Chunk{Cols: newCols(s.kinds)}
	for _, i := range s.changed {
		one.Reset()
		appendRows(&one, &s.work, int(i), int(i)+1)
		ok, err := s.again.holds(ctx, s.run, &one)
		if err != nil {
			return nil, err
		}
		if !ok {
			gone = append(gone, i)
			continue
		}
		for j := range one.Cols {
			s.work.Cols[j].Set(int(i), one.Cols[j].Datum(0))
		}
	}
	return gone, nil
}
