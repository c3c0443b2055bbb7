package rowcodec

import (
	"bytes"
	"encoding/binary"

	"github.com/ferritedb/ferrite/sql/types"
)

// skipOrdered returns what follows the ordered column of type t at the start of
// b; inverted tells a descending column.
func skipOrdered(b []byte, t *types.T, inverted bool) ([]byte, error) {
	t = t.Underlying()
	switch t.Kind {
	case types.KindBool:
		return skipBytes(b, 1)
	case types.KindInt, types.KindFloat:
		return skipBytes(b, 8)
	case types.KindInterval:
		return skipBytes(b, 16)
	case types.KindStr:
		if t.Typtype == 'e' {
			return skipBytes(b, 4)
		}
		return skipText(b, inverted)
	case types.KindBytes, types.KindOther:
		return skipText(b, inverted)
	case types.KindDecimal:
		return skipDecimal(b, inverted)
	case types.KindArray:
		b, err := skipElems(b, inverted, func(int) *types.T { return t.Elem })
		if err != nil {
			return nil, err
		}
		if len(b) < 1 {
			return nil, errCorrupt("short array key")
		}
		n := b[0]
		if inverted {
			n = ^n
		}
		return skipBytes(b[1:], int(n)*8)
	case types.KindRecord:
		return skipElems(b, inverted, func(i int) *types.T {
			if i < len(t.Fields) {
				return t.Fields[i].Type
			}
			return nil
		})
	}
	return nil, errCorrupt("column without key form")
}

func skipBytes(b []byte, n int) ([]byte, error) {
	if len(b) < n {
		return nil, errCorrupt("short key")
	}
	return b[n:], nil
}

func skipText(b []byte, inverted bool) ([]byte, error) {
	esc, end, stuffed := byte(textEscape), byte(textTerminator), byte(textEscaped00)
	if inverted {
		esc, end, stuffed = ^esc, ^end, ^stuffed
	}
	for {
		i := bytes.IndexByte(b, esc)
		if i < 0 || i+1 >= len(b) {
			return nil, errCorrupt("unterminated text in key")
		}
		next := b[i+1]
		b = b[i+2:]
		switch next {
		case end:
			return b, nil
		case stuffed:
		default:
			return nil, errCorrupt("bad escape in key")
		}
	}
}

func skipDecimal(b []byte, inverted bool) ([]byte, error) {
	if len(b) == 0 {
		return nil, errCorrupt("short numeric key")
	}
	class := b[0]
	if inverted {
		class = ^class
	}
	b = b[1:]
	switch class {
	case decNegInf, decZero, decPosInf, decNaN:
		return b, nil
	case decNeg, decPos:
		end := byte(0)
		if (class == decNeg) != inverted {
			end = 0xff
		}
		if len(b) < 4 {
			return nil, errCorrupt("short numeric key")
		}
		i := bytes.IndexByte(b[4:], end)
		if i < 0 {
			return nil, errCorrupt("unterminated numeric in key")
		}
		return b[4+i+1:], nil
	}
	return nil, errCorrupt("unknown numeric class in key")
}

func skipElems(b []byte, inverted bool, elem func(i int) *types.T) ([]byte, error) {
	for i := 0; ; i++ {
		if len(b) == 0 {
			return nil, errCorrupt("unterminated array in key")
		}
		m := b[0]
		if inverted {
			m = ^m
		}
		b = b[1:]
		switch m {
		case elemEnd:
			return b, nil
		case elemNull:
		case elemValue:
			t := elem(i)
			if t == nil {
				return nil, errCorrupt("too many fields in key")
			}
			var err error
			if b, err = skipOrdered(b, t, inverted); err != nil {
				return nil, err
			}
		default:
			return nil, errCorrupt("unknown element marker in key")
		}
	}
}

// readOrdered reads a column whose type passes inKey and returns what follows.
func readOrdered(b []byte, t *types.T, inverted bool, a *Arena) (types.Datum, []byte, error) {
	t = t.Underlying()
	switch t.Kind {
	case types.KindBool:
		if len(b) < 1 {
			return types.Null, nil, errCorrupt("short key")
		}
		v := b[0]
		if inverted {
			v = ^v
		}
		return types.MakeBool(v != 0), b[1:], nil
	case types.KindInt:
		n, rest, err := readOrderedInt(b, inverted)
		return types.MakeInt(n), rest, err
	case types.KindStr:
		if t.Typtype == 'e' {
			return readOrderedEnum(b, t, inverted)
		}
		raw, rest, err := readText(b, inverted, a)
		return types.MakeStr(bytesAsString(raw)), rest, err
	case types.KindBytes:
		raw, rest, err := readText(b, inverted, a)
		return types.MakeBytes(raw), rest, err
	}
	return types.Null, nil, errCorrupt("column is not readable from its key")
}

func readOrderedInt(b []byte, inverted bool) (int64, []byte, error) {
	if len(b) < 8 {
		return 0, nil, errCorrupt("short key")
	}
	u := binary.BigEndian.Uint64(b)
	if inverted {
		u = ^u
	}
	return int64(u ^ signBit), b[8:], nil
}

func readOrderedEnum(b []byte, t *types.T, inverted bool) (types.Datum, []byte, error) {
	if len(b) < 4 {
		return types.Null, nil, errCorrupt("short key")
	}
	u := binary.BigEndian.Uint32(b)
	if inverted {
		u = ^u
	}
	if int64(u) >= int64(len(t.Labels)) {
		return types.Null, nil, errCorrupt("unknown enum label")
	}
	return types.MakeStr(t.Labels[u]), b[4:], nil
}

// readText gives the unescaped bytes, in the arena.
func readText(b []byte, inverted bool, a *Arena) (text, rest []byte, err error) {
	rest, err = skipText(b, inverted)
	if err != nil {
		return nil, nil, err
	}
	raw := b[:len(b)-len(rest)-2]
	out := a.Bytes(raw)
	if inverted {
		invert(out)
	}
	if bytes.IndexByte(out, textEscape) < 0 {
		return out, rest, nil
	}
	w := 0
	for r := 0; r < len(out); r++ {
		out[w] = out[r]
		w++
		if out[r] == textEscape {
			r++ // the stuffed byte
		}
	}
	return out[:w:w], rest, nil
}
