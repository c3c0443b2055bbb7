package rowcodec

import (
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// plainTypes stand for their kinds where the type does not matter.
var plainTypes = [...]*types.T{
	types.KindBool:     {Name: "bool", Kind: types.KindBool},
	types.KindInt:      {Name: "int8", Kind: types.KindInt},
	types.KindFloat:    {Name: "float8", Kind: types.KindFloat},
	types.KindStr:      {Name: "text", Kind: types.KindStr},
	types.KindBytes:    {Name: "bytea", Kind: types.KindBytes},
	types.KindDecimal:  {Name: "numeric", Kind: types.KindDecimal},
	types.KindInterval: {Name: "interval", Kind: types.KindInterval},
}

// AppendDatum appends code and payload of a value of a scalar kind (bool, int,
// float, text, bytes, numeric, interval), not NULL; for rows spilled to disk.
func AppendDatum(dst []byte, d types.Datum) ([]byte, error) {
	k := d.Kind()
	if int(k) >= len(plainTypes) || plainTypes[k] == nil {
		return dst, pgerr.Newf(pgerr.InternalError, "value of kind %d cannot be spilled", k)
	}
	code := codeOf(d)
	return appendPayload(append(dst, code), code, d, plainTypes[k])
}

// ReadDatum reads what AppendDatum wrote as a value of kind k.
func ReadDatum(b []byte, k types.Kind, a *Arena) (types.Datum, []byte, error) {
	if len(b) == 0 || int(k) >= len(plainTypes) || plainTypes[k] == nil {
		return types.Null, nil, errCorrupt("bad spilled value")
	}
	return readPayload(b[1:], b[0], plainTypes[k], a, 0)
}
