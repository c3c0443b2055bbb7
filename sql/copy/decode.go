package copy

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// lineBytesMax bounds one line or tuple.
const lineBytesMax = 1 << 30

// Source gives the data in pieces, each valid until the next call; io.EOF at
// its end.
type Source interface{ Next() ([]byte, error) }

// Field is one value of a line. Bytes are valid until the next line.
type Field struct {
	Bytes []byte
	Null  bool
}

// Decoder cuts data into lines and lines into fields.
type Decoder struct {
	o     *Options
	names []string
	src   Source
	buf   []byte
	// buf[pos:] is not yet used.
	pos    int
	eof    bool
	ended  bool // an end marker was read
	first  bool // nothing was read yet
	line   int64
	fields []Field
	// text is where unescaped values of the line lie.
	text []byte
	// lineBytes is the last line, for error contexts.
	lineText []byte
}

// NewDecoder reads src. names are the columns that each line must have.
func NewDecoder(o *Options, names []string, src Source) *Decoder {
	return &Decoder{o: o, names: names, src: src, first: true}
}

// Line is the number of the last line, from 1; for binary data that of the tuple.
func (d *Decoder) Line() int64 { return d.line }

// LineText is the last line as it was read.
func (d *Decoder) LineText() []byte { return d.lineText }

// more reads another piece; false at the end of the data.
func (d *Decoder) more() (bool, error) {
	if d.eof {
		return false, nil
	}
	if d.pos > 0 {
		d.buf = d.buf[:copy(d.buf, d.buf[d.pos:])]
		d.pos = 0
	}
	if len(d.buf) > lineBytesMax {
		return false, pgerr.Newf(pgerr.ProgramLimitExceeded, "COPY line exceeds %d bytes", lineBytesMax)
	}
	b, err := d.src.Next()
	if err == io.EOF {
		d.eof = true
		return false, nil
	}
	if err != nil {
		return false, err
	}
	d.buf = append(d.buf, b...)
	return true, nil
}

// Next gives the fields of the next line, one for each name; nil at the end.
func (d *Decoder) Next() ([]Field, error) {
	if d.o.Format == Binary {
		return d.tuple()
	}
	if d.first {
		d.first = false
		if d.o.Header != NoHeader {
			if err := d.header(); err != nil {
				return nil, err
			}
		}
	}
	ok, err := d.readLine()
	if err != nil || !ok {
		return nil, err
	}
	if len(d.fields) > len(d.names) {
		return nil, pgerr.New(pgerr.BadCopyFileFormat, "extra data after last expected column")
	}
	if len(d.fields) < len(d.names) {
		if len(d.names) == 1 && len(d.fields) == 0 {
			return d.fields, nil
		}
		return nil, pgerr.Newf(pgerr.BadCopyFileFormat, "missing data for column \"%s\"", d.names[len(d.fields)])
	}
	return d.fields, nil
}

func (d *Decoder) header() error {
	ok, err := d.readLine()
	if err != nil || !ok || d.o.Header == SkipHeader {
		return err
	}
	if len(d.fields) != len(d.names) {
		return pgerr.Newf(pgerr.BadCopyFileFormat, "wrong number of fields in header line: got %d, expected %d",
			len(d.fields), len(d.names))
	}
	for i, f := range d.fields {
		if f.Null || string(f.Bytes) != d.names[i] {
			got := "\"" + string(f.Bytes) + "\""
			if f.Null {
				return pgerr.Newf(pgerr.BadCopyFileFormat, "column name mismatch in header line field %d: got null value (\"%s\"), expected \"%s\"",
					i+1, d.o.Null, d.names[i])
			}
			return pgerr.Newf(pgerr.BadCopyFileFormat, "column name mismatch in header line field %d: got %s, expected \"%s\"",
				i+1, got, d.names[i])
		}
	}
	return nil
}

// readLine cuts the next line into fields.
func (d *Decoder) readLine() (bool, error) {
	if d.ended {
		return false, d.drain()
	}
	d.line++
	end, next, err := d.findLine()
	if err != nil {
		return false, err
	}
	line := d.buf[d.pos:end]
	if next == d.pos && len(line) == 0 {
		return false, nil
	}
	d.pos = next
	d.lineText = line
	if len(line) == 2 && line[0] == '\\' && line[1] == '.' {
		d.ended = true
		return false, d.drain()
	}
	d.fields, d.text = d.fields[:0], d.text[:0]
	if d.o.Format == CSV {
		// As PostgreSQL, count lines of text, those within quotes too.
		d.line += int64(bytes.Count(line, []byte("\n")))
		return true, d.splitCSV(line)
	}
	return true, d.splitText(line)
}

// drain reads what follows the end marker and throws it away.
func (d *Decoder) drain() error {
	for {
		d.pos = len(d.buf)
		ok, err := d.more()
		if err != nil || !ok {
			return err
		}
	}
}

// findLine finds the end of the line at pos and the start of the next one.
func (d *Decoder) findLine() (end, next int, err error) {
	quoted := false
	i := 0 // offset from pos
	for {
		for ; d.pos+i < len(d.buf); i++ {
			c := d.buf[d.pos+i]
			if d.o.Format == CSV {
				switch {
				case quoted && c == d.o.Escape && d.o.Escape != d.o.Quote:
					if d.pos+i+1 >= len(d.buf) && !d.eof {
						goto refill
					}
					i++
					continue
				case c == d.o.Quote:
					quoted = !quoted
					continue
				}
				if quoted {
					continue
				}
			} else if c == '\\' {
				if d.pos+i+1 >= len(d.buf) && !d.eof {
					goto refill
				}
				if d.pos+i+1 < len(d.buf) && d.buf[d.pos+i+1] != '\r' {
					i++ // a backslash takes the newline after it
				}
				continue
			}
			if c == '\n' {
				return d.pos + i, d.pos + i + 1, nil
			}
			if c == '\r' {
				if d.pos+i+1 >= len(d.buf) && !d.eof {
					goto refill
				}
				if d.pos+i+1 < len(d.buf) && d.buf[d.pos+i+1] == '\n' {
					return d.pos + i, d.pos + i + 2, nil
				}
				return d.pos + i, d.pos + i + 1, nil
			}
		}
	refill:
		ok, err := d.more()
		if err != nil {
			return 0, 0, err
		}
		if !ok {
			if d.pos+i < len(d.buf) {
				continue // the byte that waited for a follower is the last
			}
			if quoted {
				return 0, 0, pgerr.New(pgerr.BadCopyFileFormat, "unterminated CSV quoted field")
			}
			return len(d.buf), len(d.buf), nil
		}
	}
}

func (d *Decoder) splitText(line []byte) error {
	for {
		end := 0
		escaped := false
		for end < len(line) && line[end] != d.o.Delimiter {
			if line[end] == '\\' && end+1 < len(line) {
				end++
				escaped = true
			}
			end++
		}
		end = min(end, len(line))
		raw := line[:end]
		switch {
		case string(raw) == d.o.Null:
			d.fields = append(d.fields, Field{Null: true})
		case escaped:
			at := len(d.text)
			d.text = unescape(d.text, raw)
			d.fields = append(d.fields, Field{Bytes: d.text[at:len(d.text):len(d.text)]})
		default:
			d.fields = append(d.fields, Field{Bytes: raw})
		}
		if end >= len(line) {
			return nil
		}
		line = line[end+1:]
	}
}

// unescape resolves the backslash sequences of text format.
func unescape(dst, raw []byte) []byte {
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c != '\\' || i+1 == len(raw) {
			dst = append(dst, c)
			continue
		}
		i++
		switch c = raw[i]; {
		case c >= '0' && c <= '7':
			n := c - '0'
			for k := 0; k < 2 && i+1 < len(raw) && raw[i+1] >= '0' && raw[i+1] <= '7'; k++ {
				i++
				n = n<<3 | raw[i] - '0'
			}
			dst = append(dst, n)
		case c == 'x' && i+1 < len(raw) && hexValue(raw[i+1]) >= 0:
			n := 0
			for k := 0; k < 2 && i+1 < len(raw) && hexValue(raw[i+1]) >= 0; k++ {
				i++
				n = n<<4 | hexValue(raw[i])
			}
			dst = append(dst, byte(n))
		default:
			if k := bytes.IndexByte([]byte("bfnrtv"), c); k >= 0 {
				c = "\b\f\n\r\t\v"[k]
			}
			dst = append(dst, c)
		}
	}
	return dst
}

func hexValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

func (d *Decoder) splitCSV(line []byte) error {
	o := d.o
	i := 0
	for {
		at := len(d.text)
		quoted, in := false, false
		for ; i < len(line); i++ {
			c := line[i]
			switch {
			case in && c == o.Escape && i+1 < len(line) && (line[i+1] == o.Escape || line[i+1] == o.Quote):
				i++
				d.text = append(d.text, line[i])
			case c == o.Quote:
				in, quoted = !in, true
			case !in && c == o.Delimiter:
				goto done
			default:
				d.text = append(d.text, c)
			}
		}
		if in {
			return pgerr.New(pgerr.BadCopyFileFormat, "unterminated CSV quoted field")
		}
	done:
		f := Field{Bytes: d.text[at:len(d.text):len(d.text)]}
		n := len(d.fields)
		if string(f.Bytes) == o.Null {
			forceNull := n < len(o.ForceNull) && o.ForceNull[n]
			forceNot := n < len(o.ForceNotNull) && o.ForceNotNull[n]
			f.Null = !quoted && !forceNot || quoted && forceNull
		}
		d.fields = append(d.fields, f)
		if i >= len(line) {
			return nil
		}
		i++
	}
}

// signature starts binary data.
const signature = "PGCOPY\n\xff\r\n\x00"

// take makes n bytes available and consumes them.
func (d *Decoder) take(n int) ([]byte, error) {
	for len(d.buf)-d.pos < n {
		ok, err := d.more()
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, pgerr.New(pgerr.BadCopyFileFormat, "unexpected EOF in COPY data")
		}
	}
	b := d.buf[d.pos : d.pos+n]
	d.pos += n
	return b, nil
}

func (d *Decoder) binaryHeader() error {
	b, err := d.take(len(signature) + 8)
	if err != nil || string(b[:len(signature)]) != signature {
		return pgerr.New(pgerr.BadCopyFileFormat, "COPY file signature not recognized")
	}
	b = b[len(signature):]
	if flags := binary.BigEndian.Uint32(b); flags>>16 != 0 {
		return pgerr.New(pgerr.BadCopyFileFormat, "unrecognized critical flags in COPY file header")
	}
	n := int32(binary.BigEndian.Uint32(b[4:]))
	if n < 0 || n > lineBytesMax {
		return pgerr.New(pgerr.BadCopyFileFormat, "invalid COPY file header (wrong length)")
	}
	_, err = d.take(int(n))
	return err
}

// tuple reads one binary tuple whole before any of its fields is given away:
// growing the buffer would move them.
func (d *Decoder) tuple() ([]Field, error) {
	if d.first {
		d.first = false
		if err := d.binaryHeader(); err != nil {
			return nil, err
		}
	}
	if d.ended {
		return nil, d.drain()
	}
	d.line++
	if len(d.buf) == d.pos {
		if ok, err := d.more(); err != nil || !ok {
			return nil, err
		}
	}
	b, err := d.take(2)
	if err != nil {
		return nil, err
	}
	n := int(int16(binary.BigEndian.Uint16(b)))
	if n == -1 {
		d.ended = true
		return nil, d.drain()
	}
	if n != len(d.names) {
		return nil, pgerr.Newf(pgerr.BadCopyFileFormat, "row field count is %d, expected %d", n, len(d.names))
	}
	d.fields, d.text = d.fields[:0], d.text[:0]
	lens := make([]int, n)
	for i := range n {
		if b, err = d.take(4); err != nil {
			return nil, err
		}
		lens[i] = int(int32(binary.BigEndian.Uint32(b)))
		if lens[i] == -1 {
			continue
		}
		if lens[i] < 0 || lens[i] > lineBytesMax {
			return nil, pgerr.New(pgerr.BadCopyFileFormat, "invalid field size")
		}
		if b, err = d.take(lens[i]); err != nil {
			return nil, err
		}
		d.text = append(d.text, b...)
	}
	at := 0
	for _, l := range lens {
		if l == -1 {
			d.fields = append(d.fields, Field{Null: true})
			continue
		}
		d.fields = append(d.fields, Field{Bytes: d.text[at : at+l : at+l]})
		at += l
	}
	return d.fields, nil
}
