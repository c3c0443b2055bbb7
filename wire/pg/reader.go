package pg

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
)

// reader cuts the client's bytes into frames. One read(2) takes as much as is
// there; frames that arrived together cost one.
type reader struct {
	nc  net.Conn
	buf []byte
	// buf[r:w] holds what was read and not yet used.
	r, w int
	max  int
	// onWake is called when a wake interrupted a read; an error ends the read.
	onWake func() error
}

var (
	errFrameTooLarge = errors.New("frame exceeds its limit")
	errFrameLength   = errors.New("invalid message length")
)

func newReader(nc net.Conn) *reader {
	return &reader{nc: nc, buf: make([]byte, readBytesMin), max: startupBytesMax}
}

// need makes n bytes available at buf[r:]; the buffer grows as they arrive, so
// that a header's promise takes no memory.
func (rd *reader) need(n int) error {
	for rd.w-rd.r < n {
		if rd.r > 0 {
			copy(rd.buf, rd.buf[rd.r:rd.w])
			rd.w -= rd.r
			rd.r = 0
		}
		if rd.w == len(rd.buf) {
			grown := make([]byte, min(2*len(rd.buf), max(n, readBytesMin)))
			copy(grown, rd.buf[:rd.w])
			rd.buf = grown
		}
		k, err := rd.nc.Read(rd.buf[rd.w:])
		rd.w += k
		if k > 0 {
			continue
		}
		if err != nil && errors.Is(err, os.ErrDeadlineExceeded) && rd.onWake != nil {
			if err := rd.onWake(); err != nil {
				return err
			}
			continue
		}
		if err == io.EOF && rd.w > rd.r {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// buffered tells that at least one byte of a next frame is there already.
func (rd *reader) buffered() bool { return rd.w > rd.r }

// frame reads one frame. The body is valid until the next call.
func (rd *reader) frame() (typ byte, body []byte, err error) {
	if rd.r == rd.w && len(rd.buf) > readBytesKeep {
		rd.buf, rd.r, rd.w = make([]byte, readBytesMin), 0, 0
	}
	if err := rd.need(5); err != nil {
		return 0, nil, err
	}
	typ = rd.buf[rd.r]
	n := int64(binary.BigEndian.Uint32(rd.buf[rd.r+1:]))
	if n < 4 {
		return typ, nil, errFrameLength
	}
	if n > int64(rd.max) {
		return typ, nil, errFrameTooLarge
	}
	if err := rd.need(1 + int(n)); err != nil {
		return typ, nil, err
	}
	body = rd.buf[rd.r+5 : rd.r+1+int(n)]
	rd.r += 1 + int(n)
	return typ, body, nil
}

// startup reads a start-up packet, which has no type.
func (rd *reader) startup() ([]byte, error) {
	if err := rd.need(4); err != nil {
		return nil, err
	}
	n := int64(binary.BigEndian.Uint32(rd.buf[rd.r:]))
	if n < 8 || n > startupBytesMax {
		return nil, errFrameLength
	}
	if err := rd.need(int(n)); err != nil {
		return nil, err
	}
	body := rd.buf[rd.r+4 : rd.r+int(n)]
	rd.r += int(n)
	return body, nil
}

// cursor reads the fields of a body. A field that is not there sets bad.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) byte() byte {
	if len(c.b) < 1 {
		c.bad = true
		return 0
	}
	v := c.b[0]
	c.b = c.b[1:]
	return v
}

func (c *cursor) int16() int16 {
	if len(c.b) < 2 {
		c.bad = true
		return 0
	}
	v := int16(binary.BigEndian.Uint16(c.b))
	c.b = c.b[2:]
	return v
}

func (c *cursor) int32() int32 {
	if len(c.b) < 4 {
		c.bad = true
		return 0
	}
	v := int32(binary.BigEndian.Uint32(c.b))
	c.b = c.b[4:]
	return v
}

// string is a zero-terminated string, aliasing the body.
func (c *cursor) string() []byte {
	for i, x := range c.b {
		if x == 0 {
			v := c.b[:i]
			c.b = c.b[i+1:]
			return v
		}
	}
	c.bad = true
	return nil
}

// bytes takes n bytes, aliasing the body.
func (c *cursor) bytes(n int) []byte {
	if n < 0 || len(c.b) < n {
		c.bad = true
		return nil
	}
	v := c.b[:n:n]
	c.b = c.b[n:]
	return v
}

// end tells that the body was read whole and well.
func (c *cursor) end() bool { return !c.bad && len(c.b) == 0 }
