package exec

import (
	"context"
	"slices"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
)

const (
	// mergeFanMin and mergeFanMax bound how many runs are merged at once; between
	// them, as many as have their buffers within work_mem.
	mergeFanMin = 6
	mergeFanMax = 64
	// mergeRows is how many rows of a run are read at a time.
	mergeRows = 64
	// sortCheckCompares is how often a sort in memory looks at cancellation.
	sortCheckCompares = 1 << 14
	// sortTopSlack: a top-N sort cuts its rows back when it holds this many times
	// N and at least sortTopRowsMin.
	sortTopSlack   = 4
	sortTopRowsMin = 4 * chunk.RowsMax
)

// sorter orders rows by some of their columns; equal rows keep the order they
// were added in. Past work_mem it writes sorted runs to a file and merges
// them, over several passes where there are many (Knuth, TAOCP 3, 5.4).
type sorter struct {
	run   *Run
	kinds Kinds
	keys  []keyState
	at    []int // the column of each key
	limit int64 // how many rows are wanted; < 0: all

	rows  chunk.Chunk
	arena rowcodec.Arena
	order []int32
	acct  account
	file  *spillFile
	runs  []sortedRun
	merge *merger
	taken int // of order
	given int64
	out   chunk.Chunk
	// compares counts towards the next look at cancellation; top tells that rows
	// were cut back.
	compares int
	top      bool
}

// sortedRun is a part of the sorter's file.
type sortedRun struct{ from, to int64 }

// open begins a sort of rows of these kinds; column at[i] is keys[i].
func (s *sorter) open(run *Run, kinds Kinds, keys []keyState, at []int) {
	s.run, s.kinds, s.keys, s.at, s.limit = run, kinds, keys, at, -1
	if len(s.rows.Cols) != len(kinds) {
		s.rows.Cols = newCols(kinds)
		s.out.Cols = newCols(kinds)
	}
	s.acct.open(run.Mem)
	s.clear()
}

// clear forgets all rows.
func (s *sorter) clear() {
	s.rows.Reset()
	s.arena = rowcodec.Arena{}
	s.acct.set(0)
	s.file.close()
	s.file, s.runs, s.merge = nil, nil, nil
	s.taken, s.given, s.top = 0, 0, false
}

func (s *sorter) close() {
	if s.run == nil {
		return
	}
	s.acct.close()
	s.file.close()
	s.file, s.runs, s.merge = nil, nil, nil
	s.arena = rowcodec.Arena{}
	if s.rows.Rows > 8*chunk.RowsMax {
		s.rows.Cols, s.order = newCols(s.kinds), nil
	} else {
		clearDatums(&s.rows)
	}
}

// len is how many rows are in memory.
func (s *sorter) len() int { return s.rows.Rows }

// add takes rows sel (nil: all) of the vectors, one for each column.
func (s *sorter) add(vecs []*chunk.Vec, rows int, sel []int32) error {
	at := s.rows.Rows
	var bytes int64
	for j, v := range vecs {
		dst := &s.rows.Cols[j]
		if sel == nil {
			dst.AppendRange(v, 0, rows)
		} else {
			dst.Gather(v, sel)
		}
		own(dst, at, &s.arena)
		for i := at; i < len(dst.Datums); i++ {
			bytes += types.Size(dst.Datums[i])
		}
	}
	if sel != nil {
		rows = len(sel)
	}
	s.rows.Rows += rows
	for _, k := range s.kinds {
		bytes += slotBytes(k) * int64(rows)
	}
	if s.limit >= 0 && int64(s.rows.Rows) > max(sortTopSlack*s.limit, sortTopRowsMin) {
		if err := s.cut(); err != nil {
			return err
		}
		return s.acct.set(chunkSize(&s.rows))
	}
	if s.acct.trySet(s.acct.held + bytes + 4*int64(rows)) {
		return nil
	}
	return s.spill()
}

// finish ends adding. Rows then come from next.
func (s *sorter) finish(ctx context.Context) error {
	if len(s.runs) == 0 {
		return s.sortRows()
	}
	if err := s.spill(); err != nil {
		return err
	}
	s.rows.Cols, s.order = newCols(s.kinds), nil
	fan := s.fan()
	for len(s.runs) > fan {
		if err := s.pass(ctx, fan); err != nil {
			return err
		}
	}
	var err error
	s.merge, err = s.newMerger(s.runs)
	return err
}

// fan is how many runs are merged at once.
func (s *sorter) fan() int {
	return int(min(max(s.run.Mem.workBytes()/(2*spillBufferBytes), mergeFanMin), mergeFanMax))
}

// next gives the next rows; nil at the end.
func (s *sorter) next() (*chunk.Chunk, error) {
	rows := s.run.rows()
	if s.limit >= 0 {
		rows = int(min(int64(rows), s.limit-s.given))
	}
	s.out.Reset()
	if s.merge != nil {
		if err := s.merge.fill(&s.out, rows); err != nil {
			return nil, err
		}
	} else {
		s.take(rows)
	}
	if s.out.Rows == 0 {
		return nil, nil
	}
	s.given += int64(s.out.Rows)
	return &s.out, nil
}

// take gives rows that were sorted in memory.
func (s *sorter) take(rows int) {
	n := min(rows, len(s.order)-s.taken)
	idx := s.order[s.taken : s.taken+n]
	for j := range s.out.Cols {
		s.out.Cols[j].Gather(&s.rows.Cols[j], idx)
	}
	s.out.Rows = n
	s.taken += n
}

// cut keeps the first limit rows only.
func (s *sorter) cut() error {
	if err := s.sortRows(); err != nil {
		return err
	}
	keep := s.order[:min(s.limit, int64(len(s.order)))]
	kept := chunk.Chunk{Cols: newCols(s.kinds), Rows: len(keep)}
	s.arena = rowcodec.Arena{}
	for j := range s.rows.Cols {
		kept.Cols[j].Gather(&s.rows.Cols[j], keep)
		own(&kept.Cols[j], 0, &s.arena)
	}
	s.rows, s.top = kept, true
	return nil
}

// compare orders row i of a against row j of b.
func (s *sorter) compare(a *chunk.Chunk, i int, b *chunk.Chunk, j int) int {
	for k, col := range s.at {
		if c := s.keys[k].compareVec(s.run, &a.Cols[col], i, &b.Cols[col], j); c != 0 {
			return c
		}
	}
	return 0
}

// sortCancelled unwinds a sort whose statement was cancelled.
type sortCancelled struct{ err error }

// sortRows fills order.
func (s *sorter) sortRows() (err error) {
	s.order = growSlice(s.order[:0], s.rows.Rows)
	for i := range s.order {
		s.order[i] = int32(i)
	}
	defer func() {
		switch p := recover().(type) {
		case nil:
		case sortCancelled:
			err = p.err
		default:
			panic(p)
		}
	}()
	if len(s.at) == 1 {
		key, k := &s.rows.Cols[s.at[0]], &s.keys[0]
		if !key.HasNulls() && key.Kind == types.KindInt && k.Compare == nil && ordinalInt(k.T) {
			s.sortInts(key.Ints, k.Desc)
			return nil
		}
	}
	slices.SortFunc(s.order, func(a, b int32) int {
		s.checkCancel()
		if c := s.compare(&s.rows, int(a), &s.rows, int(b)); c != 0 {
			return c
		}
		return int(a - b)
	})
	return nil
}

func (s *sorter) checkCancel() {
	if s.compares++; s.compares%sortCheckCompares != 0 || s.run.Eval == nil || s.run.Eval.Context == nil {
		return
	}
	if err := s.run.Eval.Context.Err(); err != nil {
		panic(sortCancelled{err})
	}
}

func (s *sorter) sortInts(k []int64, desc bool) {
	slices.SortFunc(s.order, func(a, b int32) int {
		s.checkCancel()
		x, y := k[a], k[b]
		if desc {
			x, y = y, x
		}
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return int(a - b)
	})
}

// spill writes the rows at hand, sorted, as one run.
func (s *sorter) spill() error {
	if s.rows.Rows == 0 {
		return nil
	}
	if err := s.sortRows(); err != nil {
		return err
	}
	if s.file == nil {
		s.file = newSpillFile(s.run)
	}
	from := s.file.off
	for n, i := range s.order {
		if s.limit >= 0 && int64(n) >= s.limit {
			break
		}
		if err := s.file.add(&s.rows, int(i)); err != nil {
			return err
		}
	}
	s.runs = append(s.runs, sortedRun{from, s.file.off})
	s.rows.Reset()
	clearDatums(&s.rows)
	s.arena = rowcodec.Arena{}
	return s.acct.set(0)
}

// pass merges neighbouring runs, fan at a time, into a new file.
func (s *sorter) pass(ctx context.Context, fan int) error {
	old := s.file
	defer old.close()
	s.file = nil
	into := newSpillFile(s.run)
	var runs []sortedRun
	out := chunk.Chunk{Cols: newCols(s.kinds)}
	for group := range slices.Chunk(s.runs, fan) {
		m, err := s.mergerOf(old, group)
		from := into.off
		for err == nil {
			if err = ctx.Err(); err != nil {
				break
			}
			out.Reset()
			if err = m.fill(&out, s.run.rows()); err != nil || out.Rows == 0 {
				break
			}
			err = into.addAll(&out)
		}
		if err != nil {
			into.close()
			return err
		}
		runs = append(runs, sortedRun{from, into.off})
	}
	s.file, s.runs = into, runs
	return nil
}

func (s *sorter) newMerger(runs []sortedRun) (*merger, error) { return s.mergerOf(s.file, runs) }

func (s *sorter) mergerOf(f *spillFile, runs []sortedRun) (*merger, error) {
	m := &merger{sorter: s}
	for i, r := range runs {
		h := &mergeHead{number: i, reader: f.reader(s.kinds, r.from, r.to)}
		h.reader.bytesMax = min(max(s.run.Mem.workBytes()/int64(2*len(runs)), spillBufferBytes), chunkBytesMax)
		if ok, err := h.read(); err != nil {
			return nil, err
		} else if ok {
			m.heads = append(m.heads, h)
		}
	}
	for i := len(m.heads)/2 - 1; i >= 0; i-- {
		m.down(i)
	}
	return m, nil
}

// merger merges sorted runs: a heap of their heads. Earlier runs win ties, so
// that the order stays stable.
type merger struct {
	sorter *sorter
	heads  []*mergeHead
}

type mergeHead struct {
	number int // of the run
	reader *spillReader
	at     int
}

// read makes the next rows of the run the head; false at its end.
func (h *mergeHead) read() (bool, error) {
	h.at = 0
	h.reader.out.Reset()
	err := h.reader.fill(&h.reader.out, mergeRows)
	return h.reader.out.Rows > 0, err
}

// fill appends the next rows to out, up to rows and chunkBytesMax.
func (m *merger) fill(out *chunk.Chunk, rows int) error {
	var bytes int64
	for out.Rows < rows && len(m.heads) > 0 && bytes < chunkBytesMax {
		h := m.heads[0]
		for j := range out.Cols {
			out.Cols[j].AppendRange(&h.reader.out.Cols[j], h.at, h.at+1)
		}
		out.Rows++
		bytes += lastRowBytes(out)
		if h.at++; h.at >= h.reader.out.Rows {
			ok, err := h.read()
			if err != nil {
				return err
			}
			if !ok {
				last := len(m.heads) - 1
				m.heads[0] = m.heads[last]
				m.heads = m.heads[:last]
			}
		}
		m.down(0)
	}
	return nil
}

// down restores the heap below i.
func (m *merger) down(i int) {
	for {
		least := i
		for k := 2*i + 1; k <= 2*i+2 && k < len(m.heads); k++ {
			if m.less(m.heads[k], m.heads[least]) {
				least = k
			}
		}
		if least == i {
			return
		}
		m.heads[i], m.heads[least] = m.heads[least], m.heads[i]
		i = least
	}
}

func (m *merger) less(a, b *mergeHead) bool {
	if c := m.sorter.compare(&a.reader.out, a.at, &b.reader.out, b.at); c != 0 {
		return c < 0
	}
	return a.number < b.number
}
