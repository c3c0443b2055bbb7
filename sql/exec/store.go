package exec

import (
	"context"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/rowcodec"
)

// rowStore keeps rows in the order they are added: the first in memory (the
// head), those past work_mem in a file (the tail). Cursors read it from the start
// or from a mark, any number at once, also while rows are being added; at reads
// at random.
type rowStore struct {
	run   *Run
	kinds Kinds
	head  chunk.Chunk
	file  *spillFile
	acct  account
	arena rowcodec.Arena
	// random makes the tail readable at random; to be set before open.
	random bool
	blocks blockCache
}

func (s *rowStore) open(run *Run, kinds Kinds) {
	s.run, s.kinds = run, kinds
	if len(s.head.Cols) != len(kinds) || s.head.Rows > 8*chunk.RowsMax {
		s.head = chunk.Chunk{Cols: newCols(kinds)}
	}
	s.acct.open(run.Mem)
	s.clear()
}

// clear forgets all rows. Cursors must not be used afterwards.
func (s *rowStore) clear() {
	s.head.Reset()
	s.acct.set(0)
	s.file.close()
	s.file = nil
	s.arena = rowcodec.Arena{}
	s.blocks.clear()
}

func (s *rowStore) close() {
	if s.run == nil {
		return
	}
	s.acct.close()
	s.file.close()
	s.file = nil
	s.blocks.clear()
	if s.head.Rows > 8*chunk.RowsMax {
		s.head = chunk.Chunk{}
	} else {
		clearDatums(&s.head)
	}
}

// rows is how many rows were added.
func (s *rowStore) rows() int64 {
	n := int64(s.head.Rows)
	if s.file != nil {
		n += s.file.rows
	}
	return n
}

// spilled is the bytes of the tail.
func (s *rowStore) spilled() int64 {
	if s.file == nil {
		return 0
	}
	return s.file.off
}

// add appends the rows of c.
func (s *rowStore) add(c *chunk.Chunk) error {
	if s.file == nil && s.acct.trySet(s.acct.held+chunkSize(c)) {
		at := s.head.Rows
		appendRows(&s.head, c, 0, c.Rows)
		for j := range s.head.Cols {
			own(&s.head.Cols[j], at, &s.arena)
		}
		return nil
	}
	if s.file == nil {
		s.file = newSpillFile(s.run)
		s.file.indexed = s.random
	}
	return s.file.addAll(c)
}

func (s *rowStore) load(ctx context.Context, in Operator) error { return drain(ctx, in, s.add) }

// storeMark is a place between two rows of a store.
type storeMark struct {
	row int64
	off int64 // in the tail
}

// end is the mark after the last row so far.
func (s *rowStore) end() storeMark {
	m := storeMark{row: s.rows()}
	if s.file != nil {
		m.off = s.file.off
	}
	return m
}

// cursor reads a store.
type cursor struct {
	store  *rowStore
	row    int64 // next
	off    int64 // of row in the tail, before reader is made
	reader *spillReader
	out    chunk.Chunk
}

// from begins to read s at m; the zero mark is the start.
func (c *cursor) from(s *rowStore, m storeMark) {
	c.store, c.row, c.off, c.reader = s, m.row, m.off, nil
}

// next gives the rows after those given, up to the row end (<0: the last one
// there is); nil where none is there yet. The chunk is valid until the next call.
func (c *cursor) next(end int64) (*chunk.Chunk, error) {
	s := c.store
	if end < 0 {
		end = s.rows()
	}
	if c.row >= end {
		return nil, nil
	}
	if at := int(min(c.row, int64(s.head.Rows))); at < s.head.Rows {
		to := int(min(int64(s.head.Rows), end, c.row+int64(s.run.rows())))
		c.out.View(&s.head, at, to)
		c.row = int64(to)
		return &c.out, nil
	}
	if c.reader == nil {
		c.reader = s.file.reader(s.kinds, c.off, -1)
	}
	c.reader.out.Reset()
	rows := int(min(int64(s.run.rows()), end-c.row))
	if err := c.reader.fill(&c.reader.out, rows); err != nil {
		return nil, err
	}
	if c.reader.out.Rows == 0 {
		return nil, errSpillDamaged
	}
	c.row += int64(c.reader.out.Rows)
	return &c.reader.out, nil
}

// chunkAt is c.next, but gives the whole head at once.
func (s *rowStore) chunkAt(c *cursor) (*chunk.Chunk, error) {
	if c.row == 0 && s.head.Rows > 0 {
		c.row = int64(s.head.Rows)
		return &s.head, nil
	}
	return c.next(-1)
}

// at gives the chunk that row lies in and its place there. The chunk is valid
// until blockCacheMax other blocks were asked for. REQUIRES: random.
func (s *rowStore) at(row int64) (*chunk.Chunk, int, error) {
	if row < int64(s.head.Rows) {
		return &s.head, int(row), nil
	}
	row -= int64(s.head.Rows)
	c, err := s.blocks.get(s, row/spillIndexRows)
	return c, int(row % spillIndexRows), err
}

// blockCacheMax is how many blocks of spillIndexRows rows are kept of a tail that
// is read at random: the two ends of a moving frame, and the row itself.
const blockCacheMax = 4

// blockCache keeps the blocks asked for last.
type blockCache struct {
	blocks [blockCacheMax]struct {
		number int64
		used   int64
		c      chunk.Chunk
	}
	clock  int64
	reader *spillReader
}

func (b *blockCache) clear() {
	for i := range b.blocks {
		b.blocks[i].c = chunk.Chunk{}
	}
	b.reader, b.clock = nil, 0
}

func (b *blockCache) get(s *rowStore, number int64) (*chunk.Chunk, error) {
	b.clock++
	oldest := &b.blocks[0]
	for i := range b.blocks {
		x := &b.blocks[i]
		if len(x.c.Cols) > 0 && x.number == number {
			x.used = b.clock
			return &x.c, nil
		}
		if len(x.c.Cols) == 0 || len(oldest.c.Cols) > 0 && x.used < oldest.used {
			oldest = x
		}
	}
	if b.reader == nil {
		b.reader = s.file.reader(s.kinds, 0, -1)
	}
	b.reader.seek(s.file.index[number])
	oldest.c = chunk.Chunk{Cols: newCols(s.kinds)}
	oldest.number, oldest.used = number, b.clock
	want := int(min(spillIndexRows, s.file.rows-number*spillIndexRows))
	for oldest.c.Rows < want {
		had := oldest.c.Rows
		err := b.reader.fill(&oldest.c, want)
		if err == nil && oldest.c.Rows == had {
			err = errSpillDamaged
		}
		if err != nil {
			oldest.c = chunk.Chunk{} // half a block is none
			return nil, err
		}
	}
	return &oldest.c, nil
}
