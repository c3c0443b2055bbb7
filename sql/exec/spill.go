package exec

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"sync/atomic"
	"syscall"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/rowcodec"
)

const (
	// spillBufferBytes is the buffer of a file and of a reader of one.
	spillBufferBytes = 32 << 10
	readBufferMin    = 512
	spillRowBytesMax = 1 << 30
	// spillIndexRows: a file that is read at random remembers where every row of
	// this many begins.
	spillIndexRows = 64
)

// TempFile is a file that rows are spilled to.
type TempFile interface {
	io.Writer
	io.ReaderAt
	io.Closer
}

// OpenTemp makes a file in dir that is gone when it is closed, however the
// process ends: it is unlinked at once.
func OpenTemp(dir string) (TempFile, error) {
	f, err := os.CreateTemp(dir, "ferrite-spill-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// temp is what the statement has in temporary files.
type temp struct {
	used   atomic.Int64 // of all workers, at the first
	buffer int          // of a file; 0: spillBufferBytes
}

func (r *Run) spillBuffer() int {
	if r.temp.buffer > 0 {
		return r.temp.buffer
	}
	return spillBufferBytes
}

// spillFile holds rows on disk in the order they were added: each a length
// (u32 le), then its datums (rowcodec.SpillCodec). The file is made when the first
// buffer is full: what is less stays in it. Rows may be read while others are added.
type spillFile struct {
	run   *Run
	f     TempFile // nil: nothing was written yet
	buf   []byte   // the bytes from flushed to off
	codec rowcodec.SpillCodec
	rows  int64
	// Bytes added, and of them those in the file.
	off, flushed int64
	counted      bool // the buffer is taken of the statement's memory
	closed       bool
	// index has the offset of every row of spillIndexRows, where indexed.
	indexed bool
	index   []int64
}

// newSpillFile makes an empty file. Its buffer is counted where there is room for
// it, and never refused: spilling is how memory comes back.
func newSpillFile(run *Run) *spillFile {
	return &spillFile{run: run, counted: run.Mem.Take(spillBufferBytes) == nil}
}

func spillError(what string, err error) error {
	code := pgerr.IOError
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		code = pgerr.DiskFull
	}
	return pgerr.Newf(code, "could not %s temporary file: %v", what, err).WithCause(err)
}

// add appends row i of c.
func (s *spillFile) add(c *chunk.Chunk, i int) error {
	if s.indexed && s.rows%spillIndexRows == 0 {
		s.index = append(s.index, s.off)
	}
	had := len(s.buf)
	b := append(s.buf, 0, 0, 0, 0)
	var err error
	for j := range c.Cols {
		if b, err = s.codec.Append(b, c.Cols[j].Datum(i)); err != nil {
			return err
		}
	}
	n := len(b) - had - 4
	if n > spillRowBytesMax {
		return pgerr.Newf(pgerr.ProgramLimitExceeded, "row of %d bytes exceeds the limit of %d bytes in a temporary file", n, spillRowBytesMax)
	}
	binary.LittleEndian.PutUint32(b[had:], uint32(n))
	if err := s.run.tempTake(int64(n + 4)); err != nil {
		return err
	}
	s.buf = b
	s.rows++
	s.off += int64(n + 4)
	if len(b) >= s.run.spillBuffer() {
		return s.flush()
	}
	return nil
}

// flush writes the buffer to the file.
func (s *spillFile) flush() error {
	if s.f == nil {
		open := s.run.OpenTemp
		if open == nil {
			open = OpenTemp
		}
		f, err := open(s.run.TempDir)
		if err != nil {
			return spillError("create", err)
		}
		s.f = f
	}
	if _, err := s.f.Write(s.buf); err != nil {
		return spillError("write to", err)
	}
	s.flushed = s.off
	s.buf = s.buf[:0]
	if cap(s.buf) > 2*spillBufferBytes {
		s.buf = nil
	}
	return nil
}

// readAt fills p with what was added at off, file and buffer alike.
func (s *spillFile) readAt(p []byte, off int64) (int, error) {
	if off >= s.flushed {
		return copy(p, s.buf[off-s.flushed:]), nil
	}
	if n := s.flushed - off; int64(len(p)) > n {
		p = p[:n]
	}
	n, err := s.f.ReadAt(p, off)
	if n > 0 {
		err = nil
	}
	return n, err
}

// addAll appends the rows of c.
func (s *spillFile) addAll(c *chunk.Chunk) error {
	for i := range c.Rows {
		if err := s.add(c, i); err != nil {
			return err
		}
	}
	return nil
}

// close removes the file; a nil file is closed already.
func (s *spillFile) close() {
	if s == nil || s.closed {
		return
	}
	s.closed = true
	if s.f != nil {
		s.f.Close()
	}
	s.buf = nil
	s.run.lead().temp.used.Add(-s.off)
	if s.counted {
		s.run.Mem.Give(spillBufferBytes)
	}
}

// tempTake counts n bytes written to temporary files: SQLSTATE 53400 past
// temp_file_limit.
func (r *Run) tempTake(n int64) error {
	used := &r.lead().temp.used
	if used.Add(n) > r.TempBytesMax && r.TempBytesMax > 0 {
		used.Add(-n)
		return pgerr.Newf(pgerr.ConfigurationLimitExceeded, "temporary file size exceeds temp_file_limit (%dkB)", r.TempBytesMax>>10)
	}
	return nil
}

// spillReader reads the rows of a file, [off, end) of its bytes; end < 0: to what
// is there when it is asked.
type spillReader struct {
	file     *spillFile
	off, end int64 // of the bytes that buffer has not taken
	buffer   *bufio.Reader
	row      []byte
	arena    rowcodec.Arena
	out      chunk.Chunk
	bytesMax int64 // of the rows of one fill; a row more may be read
}

// reader reads from off; kinds are those of the rows. It is done with when the
// file is closed.
func (s *spillFile) reader(kinds Kinds, off, end int64) *spillReader {
	r := &spillReader{file: s, off: off, end: end, bytesMax: chunkBytesMax}
	size := end - off
	if end < 0 {
		size = s.off - off
	}
	r.buffer = bufio.NewReaderSize(r, int(min(max(size, readBufferMin), spillBufferBytes)))
	r.out.Cols = newCols(kinds)
	return r
}

// Read implements io.Reader over the part of the file.
func (r *spillReader) Read(p []byte) (int, error) {
	end := r.end
	if end < 0 {
		end = r.file.off
	}
	if n := end - r.off; n <= 0 {
		return 0, io.EOF
	} else if int64(len(p)) > n {
		p = p[:n]
	}
	n, err := r.file.readAt(p, r.off)
	r.off += int64(n)
	return n, err
}

// next gives the next rows, as many as fit into a chunk; nil at the end.
func (r *spillReader) next() (*chunk.Chunk, error) {
	r.out.Reset()
	if err := r.fill(&r.out, r.file.run.rows()); err != nil || r.out.Rows == 0 {
		return nil, err
	}
	return &r.out, nil
}

// fill appends up to rows rows to c, fewer where they are long.
func (r *spillReader) fill(c *chunk.Chunk, rows int) error {
	bytes := int64(0)
	for c.Rows < rows && bytes < r.bytesMax {
		var head [4]byte
		if _, err := io.ReadFull(r.buffer, head[:]); err == io.EOF {
			return nil
		} else if err != nil {
			return spillError("read from", err)
		}
		n := int(binary.LittleEndian.Uint32(head[:]))
		if n > spillRowBytesMax {
			return errSpillDamaged
		}
		r.row = growSlice(r.row[:0], n)
		if _, err := io.ReadFull(r.buffer, r.row); err != nil {
			return spillError("read from", err)
		}
		if err := r.decode(c); err != nil {
			return err
		}
		bytes += int64(n)
	}
	if cap(r.row) > spillBufferBytes {
		r.row = nil
	}
	return nil
}

var errSpillDamaged = pgerr.New(pgerr.DataCorrupted, "temporary file is damaged")

func (r *spillReader) decode(c *chunk.Chunk) error {
	b := r.row
	for j := range c.Cols {
		d, rest, err := r.file.codec.Read(b, &r.arena)
		if err != nil {
			return err
		}
		c.Cols[j].Append(d)
		b = rest
	}
	if len(b) != 0 {
		return errSpillDamaged
	}
	c.Rows++
	return nil
}

// seek makes the reader go on at off.
func (r *spillReader) seek(off int64) {
	r.off = off
	r.buffer.Reset(r)
}
