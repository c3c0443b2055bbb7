package pg

import (
	"encoding/binary"
	"strconv"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/sql/types"
)

// class says how the values of a column are written.
type class uint8

const (
	textAny class = iota
	textInt
	textBool
	textStr
	binaryAny
	binaryInt2
	binaryInt4
	binaryInt8
	binaryBool
	binaryStr
)

// classOf picks the shortest way for a column.
func classOf(t *types.T, f session.Format, k types.Kind) class {
	if f == session.FormatBinary {
		switch t.OID {
		case types.Int2.OID:
			return binaryInt2
		case types.Int4.OID, types.Oid.OID, types.Date.OID:
			return binaryInt4
		case types.Int8.OID, types.Timestamp.OID, types.Timestamptz.OID:
			return binaryInt8
		case types.Bool.OID:
			return binaryBool
		case types.Text.OID, types.Varchar.OID, types.Name.OID, types.Unknown.OID, types.Dyn.OID, types.Bpchar.OID:
			if k == types.KindStr {
				return binaryStr
			}
		}
		return binaryAny
	}
	switch t.OID {
	case types.Int2.OID, types.Int4.OID, types.Int8.OID, types.Oid.OID:
		if k == types.KindInt {
			return textInt
		}
	case types.Bool.OID:
		if k == types.KindBool {
			return textBool
		}
	case types.Text.OID, types.Varchar.OID, types.Name.OID, types.Unknown.OID, types.Dyn.OID, types.Bpchar.OID:
		if k == types.KindStr {
			return textStr
		}
	}
	return textAny
}

// rows appends a DataRow for each of the rows [from, to) of c.
func (w *writer) rows(scratch []class, cols []session.Column, formats []session.Format, c *chunk.Chunk, from, to int, io *types.IOContext) ([]class, error) {
	scratch = scratch[:0]
	if err := checkKinds(cols, c, from, to); err != nil {
		return scratch, err
	}
	for i := range cols {
		scratch = append(scratch, classOf(cols[i].T, formatOf(formats, i), c.Cols[i].Kind))
	}
	whole := len(w.out)
	defer func() {
		if r := recover(); r != nil { // half a message would end the connection
			w.out = w.out[:min(whole, len(w.out))]
			panic(r)
		}
	}()
	for r := from; r < to; r++ {
		whole = len(w.out)
		at := w.begin('D')
		w.int16(int16(len(cols)))
		for i := range cols {
			v := &c.Cols[i]
			if v.Null(r) {
				w.out = append(w.out, 0xff, 0xff, 0xff, 0xff)
				continue
			}
			w.out = appendValue(w.out, scratch[i], v, r, cols[i].T, io)
		}
		if len(w.out)-at > rowBytesMax {
			w.out = w.out[:at-1]
			return scratch, pgerr.Newf(pgerr.ProgramLimitExceeded, "row exceeds %d bytes", rowBytesMax)
		}
		w.end(at)
		if err := w.mayFlush(); err != nil {
			return scratch, err
		}
	}
	return scratch, nil
}

// checkKinds refuses rows that are not what the client was told of: written with
// the wrong form they would be garbage to it.
func checkKinds(cols []session.Column, c *chunk.Chunk, from, to int) error {
	if len(c.Cols) < len(cols) {
		return pgerr.Newf(pgerr.InternalError, "internal error: rows of %d columns for a description of %d", len(c.Cols), len(cols))
	}
	for i := range cols {
		want := cols[i].T.Underlying().Kind
		v := &c.Cols[i]
		if v.Kind == want || want == types.KindNull {
			continue
		}
		for r := from; r < to; r++ {
			if !v.Null(r) && v.Datum(r).Kind() != want {
				return pgerr.Newf(pgerr.InternalError, "internal error: column \"%s\" holds a value that is not of its type %s",
					cols[i].Name, types.FormatType(cols[i].T, -1))
			}
		}
	}
	return nil
}

// appendValue appends one value that is not NULL, with its length before it.
func appendValue(out []byte, cl class, v *chunk.Vec, r int, t *types.T, io *types.IOContext) []byte {
	at := len(out)
	out = append(out, 0, 0, 0, 0)
	switch cl {
	case textInt:
		out = strconv.AppendInt(out, v.Int(r), 10)
	case textBool, binaryBool:
		b := byte(0)
		if v.Int(r) != 0 {
			b = 1
		}
		if cl == textBool {
			b = "ft"[b]
		}
		out = append(out, b)
	case textStr, binaryStr:
		out = append(out, v.Str(r)...)
	case binaryInt2:
		out = binary.BigEndian.AppendUint16(out, uint16(v.Int(r)))
	case binaryInt4:
		out = binary.BigEndian.AppendUint32(out, uint32(v.Int(r)))
	case binaryInt8:
		out = binary.BigEndian.AppendUint64(out, uint64(v.Int(r)))
	case binaryAny:
		out = types.AppendBinary(out, v.Datum(r), t)
	default:
		out = types.AppendText(out, v.Datum(r), t, io)
	}
	binary.BigEndian.PutUint32(out[at:], uint32(len(out)-at-4))
	return out
}

func appendInt(out []byte, n int64) []byte { return strconv.AppendInt(out, n, 10) }
