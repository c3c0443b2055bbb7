package exec

import (
	"encoding/binary"

	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
)

// appendMemoKey appends bytes that differ wherever datums do; false for kinds
// that have no such form.
func appendMemoKey(dst []byte, d Datum) ([]byte, bool) {
	switch d.Kind() {
	case types.KindNull:
		return append(dst, 0), true
	case types.KindArray, types.KindRecord, types.KindOther:
		return dst, false
	}
	n := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst, err := rowcodec.AppendDatum(append(dst, byte(d.Kind())), d)
	binary.LittleEndian.PutUint32(dst[n:], uint32(len(dst)-n)|1<<31)
	return dst, err == nil
}
