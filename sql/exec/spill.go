package exec

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
)

const (
	spillBufferBytes = 64 << 10
	// spillPartitions is how many files a hash operator spreads its rows over.
	spillPartitions  = 32
	spillRowBytesMax = 1 << 30
)

// spillFile holds rows on disk: each a length (u32 le), then per column a tag
// and the value. Arrays, records and values without a short form stay in memory
// in side; the tag then names their place. The file is unlinked at once, so that
// nothing is left behind however the process ends.
type spillFile struct {
	f    *os.File
	w    *bufio.Writer
	r    *bufio.Reader
	row  []byte
	side []Datum
	rows int64
}

const (
	spillValue = 0
	spillNull  = 1
	spillSide  = 2
)

func newSpillFile(run *Run) (*spillFile, error) {
	f, err := os.CreateTemp(run.TempDir, "ferrite-spill-*")
	if err != nil {
		return nil, spillError(err)
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, spillError(err)
	}
	return &spillFile{f: f, w: bufio.NewWriterSize(f, spillBufferBytes)}, nil
}

func spillError(err error) error {
	return pgerr.Newf(pgerr.IOError, "could not write to a temporary file: %v", err).WithCause(err)
}

// add appends row i of c.
func (s *spillFile) add(c *chunk.Chunk, i int) error {
	b := append(s.row[:0], 0, 0, 0, 0)
	for j := range c.Cols {
		d := c.Cols[j].Datum(i)
		switch d.Kind() {
		case types.KindNull:
			b = append(b, spillNull)
		case types.KindArray, types.KindRecord, types.KindOther:
			b = binary.AppendUvarint(append(b, spillSide), uint64(len(s.side)))
			s.side = append(s.side, d)
		default:
			var err error
			if b, err = rowcodec.AppendDatum(append(b, spillValue), d); err != nil {
				return err
			}
		}
	}
	binary.LittleEndian.PutUint32(b, uint32(len(b)-4))
	s.row = b
	s.rows++
	if _, err := s.w.Write(b); err != nil {
		return spillError(err)
	}
	return nil
}

// rewind ends writing and starts reading from the first row.
func (s *spillFile) rewind() error {
	if err := s.w.Flush(); err != nil {
		return spillError(err)
	}
	if _, err := s.f.Seek(0, io.SeekStart); err != nil {
		return spillError(err)
	}
	if s.r == nil {
		s.r = bufio.NewReaderSize(s.f, spillBufferBytes)
	} else {
		s.r.Reset(s.f)
	}
	return nil
}

// read appends up to max rows to c; false at the end.
func (s *spillFile) read(c *chunk.Chunk, max int, a *rowcodec.Arena) (bool, error) {
	for c.Rows < max {
		var head [4]byte
		if _, err := io.ReadFull(s.r, head[:]); err != nil {
			if errors.Is(err, io.EOF) {
				return c.Rows > 0, nil
			}
			return false, spillError(err)
		}
		n := int(binary.LittleEndian.Uint32(head[:]))
		if n > spillRowBytesMax {
			return false, pgerr.New(pgerr.DataCorrupted, "temporary file is damaged")
		}
		s.row = growSlice(s.row[:0], n)
		if _, err := io.ReadFull(s.r, s.row); err != nil {
			return false, spillError(err)
		}
		if err := s.decode(c, s.row, a); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (s *spillFile) decode(c *chunk.Chunk, b []byte, a *rowcodec.Arena) error {
	for j := range c.Cols {
		if len(b) == 0 {
			return pgerr.New(pgerr.DataCorrupted, "temporary file is damaged")
		}
		tag := b[0]
		b = b[1:]
		switch tag {
		case spillNull:
			c.Cols[j].AppendNull()
		case spillSide:
			i, w := binary.Uvarint(b)
			if w <= 0 || i >= uint64(len(s.side)) {
				return pgerr.New(pgerr.DataCorrupted, "temporary file is damaged")
			}
			c.Cols[j].Append(s.side[i])
			b = b[w:]
		default:
			d, rest, err := rowcodec.ReadDatum(b, c.Cols[j].Kind, a)
			if err != nil {
				return err
			}
			c.Cols[j].Append(d)
			b = rest
		}
	}
	c.Rows++
	return nil
}

func (s *spillFile) close() {
	if s != nil {
		s.f.Close()
	}
}

// partitions spreads rows over files by the high bits of a hash.
type partitions struct {
	files [spillPartitions]*spillFile
	// shift takes other bits at each depth of recursion.
	shift uint
}

func (p *partitions) add(run *Run, c *chunk.Chunk, i int, hash uint64) error {
	n := hash >> (64 - 5 - p.shift) % spillPartitions
	if p.files[n] == nil {
		f, err := newSpillFile(run)
		if err != nil {
			return err
		}
		p.files[n] = f
	}
	return p.files[n].add(c, i)
}

func (p *partitions) close() {
	for i, f := range p.files {
		f.close()
		p.files[i] = nil
	}
}

// spillSource is an Operator over a spilled file.
type spillSource struct {
	file  *spillFile
	out   chunk.Chunk
	arena rowcodec.Arena
	rows  int
}

func (s *spillSource) next() (*chunk.Chunk, error) {
	s.out.Reset()
	ok, err := s.file.read(&s.out, s.rows, &s.arena)
	if err != nil || !ok {
		return nil, err
	}
	return &s.out, nil
}
