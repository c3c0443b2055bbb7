package rowcodec

import (
	"math"

	"github.com/ferritedb/ferrite/kv/enc"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/types"
)

// skipOrdered returns what follows the ordered column of type t at the start of b.
func skipOrdered(b []byte, t *types.T, dir enc.Direction) ([]byte, error) {
	t = t.Underlying()
	var err error
	switch t.Kind {
	case types.KindBool:
		return skipBytes(b, 1)
	case types.KindInt:
		_, b, err = enc.DecodeInt(b, dir)
		return b, corrupt(err)
	case types.KindFloat:
		return skipBytes(b, 8)
	case types.KindInterval:
		return skipBytes(b, 16)
	case types.KindStr:
		if t.Typtype == 'e' {
			_, b, err = enc.DecodeInt(b, dir)
			return b, corrupt(err)
		}
		b, err = enc.SkipBytes(b, dir)
		return b, corrupt(err)
	case types.KindBytes, types.KindOther:
		b, err = enc.SkipBytes(b, dir)
		return b, corrupt(err)
	case types.KindDecimal:
		var room [40]byte
		_, b, err = enc.DecodeDecimal(room[:0], b, dir)
		return b, corrupt(err)
	}
	return skipNested(b, t, dir)
}

// corrupt words an error of kv/enc.
func corrupt(err error) error {
	if err == nil {
		return nil
	}
	return errCorrupt("malformed key")
}

func skipNested(b []byte, t *types.T, dir enc.Direction) ([]byte, error) {
	switch t.Kind {
	case types.KindArray:
		b, err := skipElems(b, dir, func(int) *types.T { return t.Elem })
		if err != nil {
			return nil, err
		}
		if len(b) < 1 {
			return nil, errCorrupt("short array key")
		}
		return skipBytes(b[1:], int(b[0]^mask(dir))*8)
	case types.KindRecord:
		return skipElems(b, dir, func(i int) *types.T {
			if i < len(t.Fields) {
				return t.Fields[i].Type
			}
			return nil
		})
	}
	return nil, errCorrupt("column without key form")
}

func mask(dir enc.Direction) byte {
	if dir == enc.Descending {
		return 0xff
	}
	return 0
}

func skipBytes(b []byte, n int) ([]byte, error) {
	if len(b) < n {
		return nil, errCorrupt("short key")
	}
	return b[n:], nil
}

func skipElems(b []byte, dir enc.Direction, elem func(i int) *types.T) ([]byte, error) {
	for i := 0; ; i++ {
		if len(b) == 0 {
			return nil, errCorrupt("unterminated array in key")
		}
		m := b[0] ^ mask(dir)
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
			if b, err = skipOrdered(b, t, dir); err != nil {
				return nil, err
			}
		default:
			return nil, errCorrupt("unknown element marker in key")
		}
	}
}

// readOrdered reads a column whose type passes inKey and returns what follows.
func readOrdered(b []byte, t *types.T, dir enc.Direction, format uint8, a *Arena) (types.Datum, []byte, error) {
	t = t.Underlying()
	switch t.Kind {
	case types.KindBool:
		v, rest, err := enc.DecodeBool(b, dir)
		return types.MakeBool(v), rest, corrupt(err)
	case types.KindInt:
		n, rest, err := enc.DecodeInt(b, dir)
		if unsigned(t) && format != catalog.KeyFormatOld {
			n ^= math.MinInt64
		}
		return types.MakeInt(n), rest, corrupt(err)
	case types.KindStr:
		if t.Typtype == 'e' {
			n, rest, err := enc.DecodeInt(b, dir)
			if err != nil || n < 0 || n >= int64(len(t.Labels)) {
				return types.Null, nil, errCorrupt("unknown enum label")
			}
			return types.MakeStr(t.Labels[n]), rest, nil
		}
		raw, rest, err := readText(b, dir, a)
		return types.MakeStr(bytesAsString(raw)), rest, err
	case types.KindBytes:
		raw, rest, err := readText(b, dir, a)
		if err == nil && isInet(t) && format != catalog.KeyFormatOld {
			v, ok := readInetForm(raw, t)
			if !ok {
				err = errCorrupt("malformed network address in key")
			}
			return types.MakeBytes(v), rest, err
		}
		return types.MakeBytes(raw), rest, err
	}
	return types.Null, nil, errCorrupt("column is not readable from its key")
}

// readText gives the unescaped bytes, in the arena.
func readText(b []byte, dir enc.Direction, a *Arena) (text, rest []byte, err error) {
	var room [128]byte
	raw, rest, err := enc.DecodeBytes(room[:0], b, dir)
	if err != nil {
		return nil, nil, corrupt(err)
	}
	return a.Bytes(raw), rest, nil
}
