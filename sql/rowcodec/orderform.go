package rowcodec

import (
	"encoding/binary"
	"math"

	"github.com/ferritedb/ferrite/kv/enc"
	"github.com/ferritedb/ferrite/sql/types"
)

// Types whose text or binary form does not order as they compare have a
// comparison form; the key holds it as bytes. See doc.go.

// OIDs of the types of KindInt that compare unsigned.
const (
	oidXid8  types.OID = 5069
	oidPgLSN types.OID = 3220
)

const (
	oidInet  types.OID = 869
	oidCidr  types.OID = 650
	oidJSONB types.OID = 3802
)

func unsigned(t *types.T) bool { return t.OID == oidXid8 || t.OID == oidPgLSN }

func isInet(t *types.T) bool { return t.OID == oidInet || t.OID == oidCidr }

// appendForm appends the comparison form of a value of KindOther.
func appendForm(dst []byte, d types.Datum, t *types.T) ([]byte, error) {
	switch v := d.Other().(type) {
	case types.TimeTZ:
		const second = 1000000
		dst = enc.AppendInt(dst, v.Micros+int64(v.West)*second, enc.Ascending)
		return enc.AppendInt(dst, int64(v.West), enc.Ascending), nil
	case types.BitString:
		return appendBits(dst, len(v), func(i int) bool { return v[i] == '1' }), nil
	case *types.Range:
		return appendRangeForm(dst, v, t.Elem)
	case types.Multirange:
		var err error
		for _, r := range v {
			if dst, err = appendRangeForm(append(dst, elemValue), r, t.Elem.Elem); err != nil {
				return dst, err
			}
		}
		return append(dst, elemEnd), nil
	}
	return appendOther(dst, d, t)
}

// bitGroup is the bits of a group of appendBits; a full group that another one
// follows has a count above it.
const (
	bitGroup     = 64
	bitGroupMore = bitGroup + 1
)

// appendBits appends bits in groups of eight bytes, each with the count of its
// bits behind it: a prefix comes before what it starts.
func appendBits(dst []byte, n int, bit func(i int) bool) []byte {
	for at := 0; ; at += bitGroup {
		var g uint64
		have := min(n-at, bitGroup)
		for i := range have {
			if bit(at + i) {
				g |= 1 << (bitGroup - 1 - i)
			}
		}
		dst = binary.BigEndian.AppendUint64(dst, g)
		if n-at <= bitGroup {
			return append(dst, byte(have))
		}
		dst = append(dst, bitGroupMore)
	}
}

// appendRangeForm: 00 empty; else 01, { 00 no bound below | 01 value, 00 included
// or 01 not }, { 02 no bound above | 01 value, 00 not included or 01 included }.
func appendRangeForm(dst []byte, r *types.Range, elem *types.T) ([]byte, error) {
	if r.Empty {
		return append(dst, 0), nil
	}
	dst = append(dst, 1)
	var err error
	if r.LowerInf {
		dst = append(dst, 0)
	} else {
		if dst, err = AppendOrdered(append(dst, 1), r.Lower, elem); err != nil {
			return dst, err
		}
		dst = append(dst, flag(!r.LowerInc))
	}
	if r.UpperInf {
		return append(dst, 2), nil
	}
	if dst, err = AppendOrdered(append(dst, 1), r.Upper, elem); err != nil {
		return dst, err
	}
	return append(dst, flag(r.UpperInc)), nil
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// appendInetForm: family, the bits of the network, the whole address. An inet
// datum is family, bits of the mask, is_cidr, length, address (sql/types).
func appendInetForm(dst, v []byte) []byte {
	addr := v[4:]
	dst = appendBits(append(dst, v[0]), int(v[1]), func(i int) bool { return addr[i/8]>>(7-i%8)&1 == 1 })
	return append(dst, addr...)
}

// readInetForm gives the datum's bytes back.
func readInetForm(b []byte, t *types.T) ([]byte, bool) {
	if len(b) < 1 {
		return nil, false
	}
	family, b := b[0], b[1:]
	mask := 0
	for {
		if len(b) < bitGroup/8+1 {
			return nil, false
		}
		n := int(b[bitGroup/8])
		b = b[bitGroup/8+1:]
		if n != bitGroupMore {
			mask += n
			break
		}
		mask += bitGroup
	}
	if want := map[byte]int{2: 4, 3: 16}[family]; len(b) != want || want == 0 || mask > 8*want {
		return nil, false
	}
	return append([]byte{family, byte(mask), flag(t.OID == oidCidr), byte(len(b))}, b...), true
}

// Ranks of jsonb values; an empty array at the top is below all.
const (
	jsonEmptyTop = iota
	jsonNull
	jsonString
	jsonNumber
	jsonBool
	jsonArray
	jsonObject
)

// appendJSONForm appends rank and content: strings as bytes, numbers as decimal,
// arrays and objects with their count first.
func appendJSONForm(dst []byte, v *types.JSONValue, top bool) ([]byte, error) {
	switch v.Kind {
	case types.JSONNull:
		return append(dst, jsonNull), nil
	case types.JSONString:
		return enc.AppendString(append(dst, jsonString), v.Str, enc.Ascending), nil
	case types.JSONNumber:
		n, err := types.ParseNumeric(v.Str)
		if err != nil {
			return dst, err
		}
		return appendOrderedDecimal(append(dst, jsonNumber), types.MakeDecimal(n), enc.Ascending), nil
	case types.JSONBool:
		return append(dst, jsonBool, flag(v.Bool)), nil
	case types.JSONArray:
		if top && len(v.Elems) == 0 {
			return append(dst, jsonEmptyTop), nil
		}
		dst = append(dst, jsonArray)
	default:
		dst = append(dst, jsonObject)
	}
	if len(v.Elems) > math.MaxUint32 {
		return dst, errCorrupt("jsonb value with too many elements")
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(v.Elems)))
	var err error
	for i, e := range v.Elems {
		if v.Kind == types.JSONObject {
			dst = enc.AppendString(dst, v.Keys[i], enc.Ascending)
		}
		if dst, err = appendJSONForm(dst, e, false); err != nil {
			return dst, err
		}
	}
	return dst, nil
}
