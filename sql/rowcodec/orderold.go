package rowcodec

import (
	"encoding/binary"

	"github.com/ferritedb/ferrite/kv/enc"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/types"
)

// NeedsRebuild tells an index that an older release wrote with keys which do not
// order as their types compare.
func NeedsRebuild(t *catalog.Table, ix *catalog.Index) bool {
	if ix.KeyFormat != catalog.KeyFormatOld {
		return false
	}
	for _, k := range ix.Keys {
		typ := k.Type
		if c := t.ColumnByNum(k.Attnum); k.Attnum != 0 && c != nil {
			typ = c.Type
		}
		if typ != nil && reordered(typ.Underlying()) {
			return true
		}
	}
	return false
}

// reordered tells a type whose keys catalog.KeyFormatOld wrote differently.
func reordered(t *types.T) bool {
	switch {
	case t.Kind == types.KindOther, unsigned(t), isInet(t), t.OID == oidJSONB:
		return true
	case t.Kind == types.KindArray:
		return true
	case t.Kind == types.KindRecord:
		for _, f := range t.Fields {
			if reordered(f.Type.Underlying()) {
				return true
			}
		}
	}
	return false
}

// appendOrderedOld is appendOrdered for these types in catalog.KeyFormatOld: the
// stored text or binary form as bytes.
func appendOrderedOld(dst []byte, d types.Datum, t *types.T, dir enc.Direction) ([]byte, error) {
	n := len(dst)
	var err error
	switch d.Kind() {
	case types.KindInt:
		return enc.AppendInt(dst, d.Int(), dir), nil
	case types.KindStr:
		return enc.AppendString(dst, d.Str(), dir), nil
	case types.KindBytes:
		return enc.AppendBytes(dst, d.Bytes(), dir), nil
	case types.KindOther:
		b, err := appendOther(nil, d, t)
		return enc.AppendBytes(dst, b, dir), err
	case types.KindArray:
		dst, err = appendArrayOld(dst, d.Array(), t)
	default:
		r := d.Record()
		dst, err = appendElemsOld(dst, r.Fields, func(i int) *types.T { return r.Types[i] })
	}
	if dir == enc.Descending {
		invert(dst[n:])
	}
	return dst, err
}

func appendElemsOld(dst []byte, elems []types.Datum, typeOf func(int) *types.T) ([]byte, error) {
	var err error
	for i, e := range elems {
		if e.IsNull() {
			dst = append(dst, elemNull)
			continue
		}
		if dst, err = appendOrdered(append(dst, elemValue), e, typeOf(i).Underlying(), enc.Ascending, catalog.KeyFormatOld); err != nil {
			return dst, err
		}
	}
	return append(dst, elemEnd), nil
}

func appendArrayOld(dst []byte, a *types.Array, t *types.T) ([]byte, error) {
	elem := a.Elem
	if elem == nil {
		elem = t.Elem
	}
	dst, err := appendElemsOld(dst, a.Elems, func(int) *types.T { return elem })
	dst = append(dst, byte(len(a.Dims)))
	for i, n := range a.Dims {
		dst = binary.BigEndian.AppendUint32(dst, uint32(n))
		var lower int32 = 1
		if i < len(a.Lower) {
			lower = a.Lower[i]
		}
		dst = binary.BigEndian.AppendUint32(dst, uint32(lower)^1<<31)
	}
	return dst, err
}
