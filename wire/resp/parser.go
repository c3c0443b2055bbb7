package resp

import (
	"bytes"
	"fmt"

	"github.com/ferritedb/ferrite/txn/redis"
)

// ProtocolError is input that breaks the protocol; the connection ends after it.
type ProtocolError struct{ Msg string }

func (e *ProtocolError) Error() string { return "Protocol error: " + e.Msg }

func protocolError(format string, args ...any) error {
	return &ProtocolError{fmt.Sprintf(format, args...)}
}

// ParserLimits bound what a Parser accepts.
type ParserLimits struct {
	BulkBytesMax int64
	CountMax     int64
	// Unauth words the errors as for a client that has not authenticated.
	Unauth bool
}

// Parser cuts commands out of a byte stream. It keeps its place over calls, so
// that a command arriving in pieces is not read again from its start. The zero
// value is ready.
type Parser struct {
	spans []span
	pos   int   // how far the current command has been read
	left  int   // bulks still to come; 0 at the start of a command
	bulk  int64 // length of the bulk in progress, -1: its length line is to come
}

type span struct{ from, to int }

// spansKeep bounds the spans a Parser keeps room for between commands.
const spansKeep = 1 << 6

// Next reads the command at the front of buf, which starts where the last
// complete command ended; on a repeated call it holds the same bytes and more.
// It returns the length of the command, 0 where it is not complete. The
// arguments are appended to args and alias buf (or a copy, for quoted inline
// commands); an empty command has none. Errors are *ProtocolError.
func (p *Parser) Next(buf []byte, args [][]byte, lim *ParserLimits) (int, [][]byte, error) {
	if p.left == 0 {
		if len(buf) == 0 {
			return 0, args, nil
		}
		if buf[0] != '*' {
			return nextInline(buf, args)
		}
		done, err := p.start(buf, lim)
		if err != nil || p.pos == 0 {
			return 0, args, err
		}
		if done {
			n := p.pos
			p.pos = 0
			return n, args, nil
		}
	}
	for p.left > 0 {
		if p.bulk < 0 {
			ok, err := p.bulkLine(buf, lim)
			if err != nil || !ok {
				return 0, args, err
			}
		}
		end := p.pos + int(p.bulk)
		if end+2 > len(buf) {
			return 0, args, nil
		}
		p.spans = append(p.spans, span{p.pos, end})
		p.pos = end + 2
		p.bulk = -1
		p.left--
	}
	for _, s := range p.spans {
		args = append(args, buf[s.from:s.to:s.to])
	}
	n := p.pos
	p.pos = 0
	p.spans = p.spans[:0]
	if cap(p.spans) > spansKeep {
		p.spans = nil
	}
	return n, args, nil
}

// Need is the number of bytes of the current command, from its start, without
// which Next cannot go on.
func (p *Parser) Need() int {
	if p.left > 0 && p.bulk >= 0 {
		return p.pos + int(p.bulk) + 2
	}
	return 0
}

// start reads "*<count>\r\n"; done where the command is empty.
func (p *Parser) start(buf []byte, lim *ParserLimits) (done bool, err error) {
	count, end, ok := fastLength(buf, 1)
	if !ok {
		nl := bytes.IndexByte(buf, '\r')
		if nl < 0 || nl+1 >= len(buf) {
			if len(buf) > inlineBytesMax {
				return false, protocolError("too big mbulk count string")
			}
			return false, nil
		}
		if count, ok = redis.ParseInt(buf[1:nl]); !ok || count > multibulkCountMax {
			return false, protocolError("invalid multibulk length")
		}
		end = nl + 2
	}
	if count > multibulkCountMax {
		return false, protocolError("invalid multibulk length")
	}
	if lim.Unauth && count > unauthMultibulkMax {
		return false, protocolError("unauthenticated multibulk length")
	}
	p.pos = end
	if count <= 0 {
		return true, nil
	}
	p.left, p.bulk = int(count), -1
	p.spans = p.spans[:0]
	return false, nil
}

// bulkLine reads "$<length>\r\n"; false where it is not complete.
func (p *Parser) bulkLine(buf []byte, lim *ParserLimits) (bool, error) {
	if p.pos >= len(buf) {
		return false, nil
	}
	if c := buf[p.pos]; c != '$' {
		return false, protocolError("expected '$', got '%c'", c)
	}
	n, end, ok := fastLength(buf, p.pos+1)
	if !ok {
		line := buf[p.pos:]
		nl := bytes.IndexByte(line, '\r')
		if nl < 0 || nl+1 >= len(line) {
			if len(line) > inlineBytesMax {
				return false, protocolError("too big bulk count string")
			}
			return false, nil
		}
		if n, ok = redis.ParseInt(line[1:nl]); !ok || n < 0 {
			return false, protocolError("invalid bulk length")
		}
		end = p.pos + nl + 2
	}
	if n > lim.BulkBytesMax {
		return false, protocolError("invalid bulk length")
	}
	if lim.Unauth && n > unauthBulkBytesMax {
		return false, protocolError("unauthenticated bulk length")
	}
	p.bulk, p.pos = n, end
	return true, nil
}

// fastLength reads up to nine digits and "\r\n" at buf[at:]; ok is false for
// anything else, and for what is not complete.
func fastLength(buf []byte, at int) (n int64, end int, ok bool) {
	i := at
	for ; i < len(buf) && i < at+9; i++ {
		d := buf[i] - '0'
		if d > 9 {
			break
		}
		n = n*10 + int64(d)
	}
	if i == at || i+1 >= len(buf) || buf[i] != '\r' || buf[at] == '0' && i > at+1 {
		return 0, 0, false
	}
	return n, i + 2, true
}
