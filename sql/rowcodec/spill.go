package rowcodec

import (
	"encoding/binary"

	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// SpillCodec writes datums of any kind in a form that carries its own kinds, and
// reads them back: rows that a statement puts into a temporary file. Types that
// arrays and records point at are kept by the codec, which reads only what it
// wrote itself. Not safe for concurrent use.
//
//	datum   kind u8, then by kind
//	          scalar    payload (see doc.go) with its code
//	          array     type uvarint, dims uvarint {size, lower}*, datum*
//	          record    type uvarint (a list of types), datum*
//	          other     form u8 and what it holds
type SpillCodec struct {
	elems   []*types.T
	elemAt  map[*types.T]int
	lists   [][]*types.T
	nesting int
}

// spillNestingMax bounds arrays, records and ranges within each other.
const spillNestingMax = 1000

// Forms of KindOther.
const (
	otherTimeTZ = iota
	otherBits
	otherShape
	otherRange
	otherMultirange
)

// Flags of a range.
const (
	rangeLowerInc = 1 << iota
	rangeUpperInc
	rangeLowerInf
	rangeUpperInf
	rangeEmpty
)

// Append appends d, NULL included.
func (s *SpillCodec) Append(dst []byte, d types.Datum) ([]byte, error) {
	dst = append(dst, byte(d.Kind()))
	switch d.Kind() {
	case types.KindNull:
		return dst, nil
	case types.KindArray, types.KindRecord, types.KindOther:
		if s.nesting++; s.nesting > spillNestingMax {
			s.nesting = 0
			return dst, pgerr.Newf(pgerr.StatementTooComplex, "value nests deeper than %d levels", spillNestingMax)
		}
		dst, err := s.appendNested(dst, d)
		s.nesting--
		return dst, err
	}
	return AppendDatum(dst, d)
}

func (s *SpillCodec) appendNested(dst []byte, d types.Datum) ([]byte, error) {
	switch d.Kind() {
	case types.KindArray:
		a := d.Array()
		dst = binary.AppendUvarint(dst, uint64(s.elem(a.Elem)))
		dst = binary.AppendUvarint(dst, uint64(len(a.Dims)))
		for i, n := range a.Dims {
			lower := int32(1)
			if i < len(a.Lower) {
				lower = a.Lower[i]
			}
			dst = binary.AppendVarint(binary.AppendVarint(dst, int64(n)), int64(lower))
		}
		return s.appendAll(dst, a.Elems)
	case types.KindRecord:
		r := d.Record()
		dst = binary.AppendUvarint(dst, uint64(s.list(r.Types)))
		return s.appendAll(dst, r.Fields)
	}
	switch v := d.Other().(type) {
	case types.TimeTZ:
		return binary.AppendVarint(binary.AppendVarint(append(dst, otherTimeTZ), v.Micros), int64(v.West)), nil
	case types.BitString:
		return appendString(append(dst, otherBits), string(v)), nil
	case types.Shape:
		closed := byte(0)
		if v.Closed {
			closed = 1
		}
		return appendString(append(dst, otherShape, closed), v.Coords), nil
	case *types.Range:
		return s.appendRange(append(dst, otherRange), v)
	case types.Multirange:
		dst = binary.AppendUvarint(append(dst, otherMultirange), uint64(len(v)))
		var err error
		for _, r := range v {
			if dst, err = s.appendRange(dst, r); err != nil {
				return dst, err
			}
		}
		return dst, nil
	}
	return dst, pgerr.Newf(pgerr.InternalError, "value of type %T has no form in temporary files", d.Other())
}

func (s *SpillCodec) appendAll(dst []byte, ds []types.Datum) ([]byte, error) {
	dst = binary.AppendUvarint(dst, uint64(len(ds)))
	var err error
	for _, d := range ds {
		if dst, err = s.Append(dst, d); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func (s *SpillCodec) appendRange(dst []byte, r *types.Range) ([]byte, error) {
	flags := byte(0)
	for i, set := range []bool{r.LowerInc, r.UpperInc, r.LowerInf, r.UpperInf, r.Empty} {
		if set {
			flags |= 1 << i
		}
	}
	dst, err := s.Append(append(dst, flags), r.Lower)
	if err != nil {
		return dst, err
	}
	return s.Append(dst, r.Upper)
}

func appendString(dst []byte, v string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(v))), v...)
}

// elem is the number of a type that an array points at.
func (s *SpillCodec) elem(t *types.T) int {
	i, ok := s.elemAt[t]
	if !ok {
		if s.elemAt == nil {
			s.elemAt = map[*types.T]int{}
		}
		i = len(s.elems)
		s.elemAt[t] = i
		s.elems = append(s.elems, t)
	}
	return i
}

// list is the number of a record's list of types. Rows of one source share theirs,
// or have equal ones, so that there are few.
func (s *SpillCodec) list(ts []*types.T) int {
	for i := len(s.lists) - 1; i >= 0; i-- {
		if sameTypes(s.lists[i], ts) {
			return i
		}
	}
	s.lists = append(s.lists, append([]*types.T(nil), ts...))
	return len(s.lists) - 1
}

func sameTypes(a, b []*types.T) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// Read reads a datum and gives what follows it. Strings are copied into a.
func (s *SpillCodec) Read(b []byte, a *Arena) (types.Datum, []byte, error) {
	r := spillReader{codec: s, arena: a, b: b}
	d := r.datum()
	return d, r.b, r.err
}

// spillReader reads until its first error.
type spillReader struct {
	codec *SpillCodec
	arena *Arena
	b     []byte
	depth int
	err   error
}

func (r *spillReader) fail() types.Datum {
	if r.err == nil {
		r.err = errCorrupt("bad value in a temporary file")
	}
	r.b = nil
	return types.Null
}

func (r *spillReader) byte() byte {
	if len(r.b) == 0 {
		r.fail()
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

// count reads a number of things that take a byte or more each.
func (r *spillReader) count() int {
	n, w := binary.Uvarint(r.b)
	if w <= 0 || n > uint64(len(r.b)) {
		r.fail()
		return 0
	}
	r.b = r.b[w:]
	return int(n)
}

// number reads a number below limit.
func (r *spillReader) number(limit int) (int, bool) {
	n, w := binary.Uvarint(r.b)
	if w <= 0 || n >= uint64(limit) {
		r.fail()
		return 0, false
	}
	r.b = r.b[w:]
	return int(n), true
}

func (r *spillReader) varint() int64 {
	n, w := binary.Varint(r.b)
	if w <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[w:]
	return n
}

func (r *spillReader) string() string {
	n := r.count()
	if r.err != nil || n > len(r.b) {
		r.fail()
		return ""
	}
	v := r.arena.String(r.b[:n])
	r.b = r.b[n:]
	return v
}

func (r *spillReader) datum() types.Datum {
	k := types.Kind(r.byte())
	switch {
	case r.err != nil:
		return types.Null
	case k == types.KindNull:
		return types.Null
	case k == types.KindArray || k == types.KindRecord || k == types.KindOther:
		if r.depth++; r.depth > spillNestingMax {
			return r.fail()
		}
		d := r.nested(k)
		r.depth--
		return d
	}
	d, rest, err := ReadDatum(r.b, k, r.arena)
	if err != nil {
		return r.fail()
	}
	r.b = rest
	return d
}

func (r *spillReader) nested(k types.Kind) types.Datum {
	switch k {
	case types.KindArray:
		at, ok := r.number(len(r.codec.elems))
		if !ok {
			return types.Null
		}
		v := &types.Array{Elem: r.codec.elems[at]}
		for range r.count() {
			v.Dims = append(v.Dims, int32(r.varint()))
			v.Lower = append(v.Lower, int32(r.varint()))
		}
		v.Elems = r.all()
		return types.MakeArray(v)
	case types.KindRecord:
		at, ok := r.number(len(r.codec.lists))
		if !ok {
			return types.Null
		}
		return types.MakeRecord(&types.Record{Types: r.codec.lists[at], Fields: r.all()})
	}
	switch r.byte() {
	case otherTimeTZ:
		micros := r.varint()
		return types.MakeOther(types.TimeTZ{Micros: micros, West: int32(r.varint())})
	case otherBits:
		return types.MakeOther(types.BitString(r.string()))
	case otherShape:
		closed := r.byte() != 0
		return types.MakeOther(types.Shape{Coords: r.string(), Closed: closed})
	case otherRange:
		return types.MakeOther(r.rangeValue())
	case otherMultirange:
		v := make(types.Multirange, 0)
		for range r.count() {
			v = append(v, r.rangeValue())
		}
		return types.MakeOther(v)
	}
	return r.fail()
}

func (r *spillReader) all() []types.Datum {
	n := r.count()
	if n == 0 {
		return nil
	}
	out := make([]types.Datum, 0, n)
	for range n {
		out = append(out, r.datum())
	}
	return out
}

func (r *spillReader) rangeValue() *types.Range {
	f := r.byte()
	if f&rangeEmpty != 0 {
		r.datum()
		r.datum()
		return types.EmptyRange
	}
	v := &types.Range{LowerInc: f&rangeLowerInc != 0, UpperInc: f&rangeUpperInc != 0,
		LowerInf: f&rangeLowerInf != 0, UpperInf: f&rangeUpperInf != 0}
	v.Lower = r.datum()
	v.Upper = r.datum()
	return v
}
