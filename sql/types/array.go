package types

import (
	"encoding/binary"
	"strings"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// Limits of arrays, as in PostgreSQL.
const (
	arrayDimsMax     = 6
	arrayElementsMax = 134217727
)

// NewArray makes a one-dimensional array with lower bound 1; an empty one has
// no dimensions.
func NewArray(elem *T, elems []Datum) *Array {
	if len(elems) == 0 {
		return &Array{Elem: elem}
	}
	return &Array{Elem: elem, Dims: []int32{int32(len(elems))}, Lower: []int32{1}, Elems: elems}
}

type arrayParser struct {
	t    *T
	mod  int32
	s    string
	i    int
	c    *IOContext
	out  *Array
	dims []int32 // -1 where the size is not known yet
}

func (p *arrayParser) fail(detail string) error {
	e := pgerr.Newf(pgerr.InvalidTextRepresentation, "malformed array literal: \"%s\"", p.s)
	if detail != "" {
		e = e.WithDetail(detail)
	}
	return e
}

func parseArray(t *T, mod int32, s string, c *IOContext) (Datum, error) {
	p := &arrayParser{t: t, mod: mod, s: s, c: c, out: &Array{Elem: t.Elem}}
	p.space()
	bounds, err := p.bounds()
	if err != nil {
		return Null, err
	}
	if p.i >= len(s) || s[p.i] != '{' {
		if bounds == nil {
			return Null, p.fail("Array value must start with \"{\" or dimension information.")
		}
		return Null, p.fail("Array contents must start with \"{\".")
	}
	if err := p.level(0); err != nil {
		return Null, err
	}
	p.space()
	if p.i < len(s) {
		return Null, p.fail("Junk after closing right brace.")
	}
	if len(p.out.Elems) == 0 {
		if bounds != nil && len(p.dims) > 0 {
			return Null, p.fail("Specified array dimensions do not match array contents.")
		}
		return MakeArray(p.out), nil
	}
	p.out.Dims = p.dims
	p.out.Lower = make([]int32, len(p.dims))
	for i := range p.dims {
		p.out.Lower[i] = 1
	}
	if bounds != nil {
		if len(bounds) != len(p.dims) {
			return Null, p.fail("Specified array dimensions do not match array contents.")
		}
		for i, b := range bounds {
			if b[1]-b[0]+1 != int64(p.dims[i]) {
				return Null, p.fail("Specified array dimensions do not match array contents.")
			}
			p.out.Lower[i] = int32(b[0])
		}
	}
	return MakeArray(p.out), nil
}

func (p *arrayParser) space() {
	for p.i < len(p.s) && isSpace(p.s[p.i]) {
		p.i++
	}
}

// bounds reads [1:2][0:1]= before the contents.
func (p *arrayParser) bounds() ([][2]int64, error) {
	var out [][2]int64
	for p.i < len(p.s) && p.s[p.i] == '[' {
		end := strings.IndexByte(p.s[p.i:], ']')
		if end < 0 {
			return nil, p.fail("Missing \"]\" after array dimensions.")
		}
		lo, hi, ranged := strings.Cut(p.s[p.i+1:p.i+end], ":")
		if !ranged {
			lo, hi = "1", lo
		}
		l, ok1, _ := ParseInt(lo)
		h, ok2, _ := ParseInt(hi)
		if !ok1 || !ok2 {
			return nil, p.fail("\"[\" must introduce explicitly-specified array dimensions.")
		}
		if h < l {
			return nil, pgerr.New(pgerr.ArraySubscriptError, "upper bound cannot be less than lower bound")
		}
		out = append(out, [2]int64{l, h})
		p.i += end + 1
		p.space()
	}
	if out != nil {
		if p.i >= len(p.s) || p.s[p.i] != '=' {
			return nil, p.fail("Missing \"=\" after array dimensions.")
		}
		p.i++
		p.space()
	}
	return out, nil
}

// level reads {…} at a depth.
func (p *arrayParser) level(depth int) error {
	if depth >= arrayDimsMax {
		return pgerr.Newf(pgerr.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", depth+1, arrayDimsMax)
	}
	p.i++
	first := len(p.dims) == depth
	if first {
		if len(p.out.Elems) > 0 {
			return p.fail("Multidimensional arrays must have sub-arrays with matching dimensions.")
		}
		p.dims = append(p.dims, -1)
	}
	count := int32(0)
	p.space()
	if p.i < len(p.s) && p.s[p.i] == '}' {
		p.i++
		if !(depth == 0 || first) {
			return p.fail("Multidimensional arrays must have sub-arrays with matching dimensions.")
		}
		if depth > 0 {
			return p.fail("Unexpected \"}\" character.")
		}
		p.dims[depth] = 0
		return nil
	}
	for {
		p.space()
		if p.i >= len(p.s) {
			return p.fail("Unexpected end of input.")
		}
		if p.s[p.i] == '{' {
			if err := p.level(depth + 1); err != nil {
				return err
			}
		} else {
			if len(p.dims) > depth+1 {
				return p.fail("Unexpected array element.")
			}
			if err := p.element(); err != nil {
				return err
			}
		}
		count++
		p.space()
		if p.i >= len(p.s) {
			return p.fail("Unexpected end of input.")
		}
		c := p.s[p.i]
		p.i++
		if c == p.t.Elem.Delim() {
			continue
		}
		if c != '}' {
			return p.fail("Unexpected array element.")
		}
		break
	}
	if p.dims[depth] >= 0 && p.dims[depth] != count {
		return p.fail("Multidimensional arrays must have sub-arrays with matching dimensions.")
	}
	p.dims[depth] = count
	return nil
}

func (p *arrayParser) element() error {
	text, quoted, err := p.elementText()
	if err != nil {
		return err
	}
	if !quoted && strings.EqualFold(text, "null") {
		p.out.Elems = append(p.out.Elems, Null)
		return nil
	}
	d, err := Parse(p.t.Elem, p.mod, text, p.c)
	if err != nil {
		return err
	}
	p.out.Elems = append(p.out.Elems, d)
	return nil
}

func (p *arrayParser) elementText() (string, bool, error) {
	delim := p.t.Elem.Delim()
	var b []byte
	quoted, inQuotes, closed, keep := false, false, false, 0 // keep: bytes that trailing-space cutting leaves
	for ; p.i < len(p.s); p.i++ {
		c := p.s[p.i]
		switch {
		case c == '\\':
			if p.i++; p.i >= len(p.s) {
				return "", false, p.fail("Unexpected end of input.")
			}
			b = append(b, p.s[p.i])
			keep = len(b)
			quoted = true
		case c == '"':
			if !inQuotes && quoted || !inQuotes && len(b) > 0 {
				return "", false, p.fail("Unexpected array element.")
			}
			inQuotes, quoted = !inQuotes, true
			closed = !inQuotes
			keep = len(b)
		case inQuotes:
			b = append(b, c)
			keep = len(b)
		case c == delim || c == '}':
			end := len(b)
			for end > keep && isSpace(b[end-1]) {
				end--
			}
			if b = b[:end]; len(b) == 0 && !quoted {
				return "", false, p.fail("Unexpected \"" + string(c) + "\" character.")
			}
			return string(b), quoted, nil
		case c == '{':
			return "", false, p.fail("Unexpected \"{\" character.")
		default:
			if quoted && closed && !isSpace(c) {
				return "", false, p.fail("Unexpected array element.")
			}
			b = append(b, c)
		}
	}
	return "", false, p.fail("Unexpected end of input.")
}

func textArray(dst []byte, d Datum, t *T, c *IOContext) []byte {
	a := d.Array()
	if len(a.Elems) == 0 {
		return append(dst, "{}"...)
	}
	for _, l := range a.Lower {
		if l != 1 {
			for i := range a.Dims {
				dst = append(dst, '[')
				dst = append(dst, itoa(int(a.Lower[i]))...)
				dst = append(dst, ':')
				dst = append(dst, itoa(int(a.Lower[i]+a.Dims[i]-1))...)
				dst = append(dst, ']')
			}
			dst = append(dst, '=')
			break
		}
	}
	elem := t.Elem
	if elem == nil {
		elem = a.Elem
	}
	dst, _ = appendLevel(dst, a.Elems, a.Dims, elem, c)
	return dst
}

func appendLevel(dst []byte, elems []Datum, dims []int32, t *T, c *IOContext) ([]byte, []Datum) {
	dst = append(dst, '{')
	for i := range dims[0] {
		if i > 0 {
			dst = append(dst, t.Delim())
		}
		if len(dims) > 1 {
			dst, elems = appendLevel(dst, elems, dims[1:], t, c)
			continue
		}
		dst = appendElement(dst, elems[0], t, c)
		elems = elems[1:]
	}
	return append(dst, '}'), elems
}

func appendElement(dst []byte, d Datum, t *T, c *IOContext) []byte {
	if d.IsNull() {
		return append(dst, "NULL"...)
	}
	start := len(dst)
	dst = AppendText(dst, d, t, c)
	text := dst[start:]
	quote := len(text) == 0 || strings.EqualFold(string(text), "null")
	for _, b := range text {
		if b == '"' || b == '\\' || b == '{' || b == '}' || b == t.Delim() || isSpace(b) {
			quote = true
			break
		}
	}
	if !quote {
		return dst
	}
	return appendQuoted(dst[:start], string(text), '\\')
}

// appendQuoted writes s in double quotes; quotes are escaped by esc ('\\') or
// doubled ('"'), backslashes doubled.
func appendQuoted(dst []byte, s string, esc byte) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		switch s[i] {
		case '"':
			dst = append(dst, esc, '"')
		case '\\':
			dst = append(dst, '\\', '\\')
		default:
			dst = append(dst, s[i])
		}
	}
	return append(dst, '"')
}

// encodeArray writes dimensions, a null flag, the element OID, then size and
// lower bound of each dimension and the elements with their lengths.
func encodeArray(dst []byte, d Datum, t *T) []byte {
	a := d.Array()
	put := binary.BigEndian.AppendUint32
	elem := t.Elem
	if elem == nil {
		elem = a.Elem
	}
	flag := uint32(0)
	for _, e := range a.Elems {
		if e.IsNull() {
			flag = 1
		}
	}
	dst = put(put(put(dst, uint32(len(a.Dims))), flag), uint32(elem.WireOID()))
	for i := range a.Dims {
		dst = put(put(dst, uint32(a.Dims[i])), uint32(a.Lower[i]))
	}
	for _, e := range a.Elems {
		dst = appendField(dst, e, elem)
	}
	return dst
}

// appendField writes a 32-bit length (-1 for NULL) and the value.
func appendField(dst []byte, d Datum, t *T) []byte {
	start := len(dst)
	if d.IsNull() {
		return binary.BigEndian.AppendUint32(dst, 0xffffffff)
	}
	dst = AppendBinary(append(dst, 0, 0, 0, 0), d, t)
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}

func decodeArray(t *T, b []byte) (Datum, error) {
	get := binary.BigEndian.Uint32
	if len(b) < 12 {
		return Null, errBinaryLength()
	}
	n, oid := int(int32(get(b))), OID(get(b[8:]))
	b = b[12:]
	if n < 0 || n > arrayDimsMax || len(b) < 8*n {
		return Null, errBinary("invalid number of dimensions: %d", n)
	}
	if oid != t.Elem.OID && oid != t.Elem.WireOID() {
		return Null, pgerr.Newf(pgerr.DatatypeMismatch, "binary data has array element type %d (%s) instead of expected %d (%s)",
			oid, oidName(oid), t.Elem.OID, FormatType(t.Elem, -1))
	}
	a := &Array{Elem: t.Elem}
	total := int64(1)
	for i := range n {
		a.Dims = append(a.Dims, int32(get(b[8*i:])))
		a.Lower = append(a.Lower, int32(get(b[8*i+4:])))
		if total *= int64(a.Dims[i]); a.Dims[i] < 0 || total > arrayElementsMax {
			return Null, pgerr.Newf(pgerr.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", arrayElementsMax)
		}
	}
	b = b[8*n:]
	if n == 0 || total == 0 {
		return MakeArray(&Array{Elem: t.Elem}), nil
	}
	for range total {
		d, rest, err := takeField(b, t.Elem)
		if err != nil {
			return Null, err
		}
		a.Elems, b = append(a.Elems, d), rest
	}
	return MakeArray(a), nil
}

func oidName(oid OID) string {
	if t, ok := ByOID(oid); ok {
		return FormatType(t, -1)
	}
	return "???"
}

func takeField(b []byte, t *T) (Datum, []byte, error) {
	if len(b) < 4 {
		return Null, nil, errBinaryLength()
	}
	n := int(int32(binary.BigEndian.Uint32(b)))
	b = b[4:]
	if n == -1 {
		return Null, b, nil
	}
	if n < 0 || n > len(b) {
		return Null, nil, errBinaryLength()
	}
	d, err := DecodeBinary(t, b[:n])
	return d, b[n:], err
}

// compareArray orders element by element, then by number of elements, then by
// dimensions and lower bounds.
func compareArray(_ *T, x, y Datum) int {
	a, b := x.Array(), y.Array()
	for i := range min(len(a.Elems), len(b.Elems)) {
		if c := Compare(a.Elem, a.Elems[i], b.Elems[i]); c != 0 {
			return c
		}
	}
	if c := cmpInt(int64(len(a.Elems)), int64(len(b.Elems))); c != 0 {
		return c
	}
	if c := cmpInt(int64(len(a.Dims)), int64(len(b.Dims))); c != 0 {
		return c
	}
	for i := range a.Dims {
		if c := cmpInt(int64(a.Dims[i]), int64(b.Dims[i])); c != 0 {
			return c
		}
	}
	for i := range a.Lower {
		if c := cmpInt(int64(a.Lower[i]), int64(b.Lower[i])); c != 0 {
			return c
		}
	}
	return 0
}

// int2vector and oidvector: numbers between spaces, lower bound 0.
func parseVector(t *T, _ int32, s string, c *IOContext) (Datum, error) {
	a := &Array{Elem: t.Elem}
	for _, w := range strings.Fields(s) {
		d, err := Parse(t.Elem, -1, w, c)
		if err != nil {
			return Null, err
		}
		a.Elems = append(a.Elems, d)
	}
	return MakeArray(VectorOf(t, a.Elems)), nil
}

// VectorOf makes an int2vector or oidvector value.
func VectorOf(t *T, elems []Datum) *Array {
	if len(elems) == 0 {
		return &Array{Elem: t.Elem}
	}
	return &Array{Elem: t.Elem, Dims: []int32{int32(len(elems))}, Lower: []int32{0}, Elems: elems}
}

func textVector(dst []byte, d Datum, t *T, c *IOContext) []byte {
	for i, e := range d.Array().Elems {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = AppendText(dst, e, t.Elem, c)
	}
	return dst
}
