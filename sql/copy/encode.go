package copy

import (
	"bytes"
	"encoding/binary"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
)

// Encoder writes rows.
type Encoder struct {
	o       *Options
	names   []string
	types   []*types.T
	io      *types.IOContext
	scratch []byte
}

// NewEncoder writes rows of these columns.
func NewEncoder(o *Options, names []string, ts []*types.T, io *types.IOContext) *Encoder {
	return &Encoder{o: o, names: names, types: ts, io: io}
}

// Header appends what stands before the rows; nothing for most.
func (e *Encoder) Header(dst []byte) []byte {
	if e.o.Format == Binary {
		dst = append(dst, signature...)
		return append(dst, 0, 0, 0, 0, 0, 0, 0, 0)
	}
	if e.o.Header == NoHeader {
		return dst
	}
	for i, n := range e.names {
		if i > 0 {
			dst = append(dst, e.o.Delimiter)
		}
		dst = e.value(dst, []byte(n), i, false)
	}
	return append(dst, '\n')
}

// Trailer appends what stands after them.
func (e *Encoder) Trailer(dst []byte) []byte {
	if e.o.Format == Binary {
		return append(dst, 0xff, 0xff)
	}
	return dst
}

// Row appends row r of c.
func (e *Encoder) Row(dst []byte, c *chunk.Chunk, r int) []byte {
	if e.o.Format == Binary {
		return e.tuple(dst, c, r)
	}
	for i := range c.Cols {
		if i > 0 {
			dst = append(dst, e.o.Delimiter)
		}
		v := &c.Cols[i]
		if v.Null(r) {
			dst = append(dst, e.o.Null...)
			continue
		}
		e.scratch = types.AppendText(e.scratch[:0], v.Datum(r), e.types[i], e.io)
		dst = e.value(dst, e.scratch, i, i < len(e.o.ForceQuote) && e.o.ForceQuote[i])
	}
	return append(dst, '\n')
}

func (e *Encoder) tuple(dst []byte, c *chunk.Chunk, r int) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(c.Cols)))
	for i := range c.Cols {
		v := &c.Cols[i]
		if v.Null(r) {
			dst = append(dst, 0xff, 0xff, 0xff, 0xff)
			continue
		}
		at := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		dst = types.AppendBinary(dst, v.Datum(r), e.types[i])
		binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	}
	return dst
}

func (e *Encoder) value(dst, text []byte, i int, force bool) []byte {
	if e.o.Format == CSV {
		return e.valueCSV(dst, text, force)
	}
	for _, c := range text {
		if k := bytes.IndexByte([]byte("\b\f\n\r\t\v"), c); k >= 0 {
			dst = append(dst, '\\', "bfnrtv"[k])
			continue
		}
		if c == '\\' || c == e.o.Delimiter {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return dst
}

func (e *Encoder) valueCSV(dst, text []byte, force bool) []byte {
	o := e.o
	if !force && string(text) != o.Null && !(len(e.names) == 1 && string(text) == `\.`) {
		plain := true
		for _, c := range text {
			if c == o.Delimiter || c == o.Quote || c == '\n' || c == '\r' {
				plain = false
				break
			}
		}
		if plain {
			return append(dst, text...)
		}
	}
	dst = append(dst, o.Quote)
	for _, c := range text {
		if c == o.Quote || c == o.Escape {
			dst = append(dst, o.Escape)
		}
		dst = append(dst, c)
	}
	return append(dst, o.Quote)
}
