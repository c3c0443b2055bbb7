package exec

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn/keyspace"
)

// Roles of the columns of a key pattern.
const (
	patternField = iota
	patternKey
	patternID
	patternType
	patternTTL
	patternValue
	patternRowID
	patternWhole
)

// PatternColumn is one column read through a key pattern.
type PatternColumn struct {
	role  int
	field string
}

// NewPatternColumn names a column: a pseudo-column (_key, _id, _type, _ttl,
// _value) or a hash field.
func NewPatternColumn(name string) PatternColumn {
	switch name {
	case "_key":
		return PatternColumn{role: patternKey}
	case "_id":
		return PatternColumn{role: patternID}
	case "_type":
		return PatternColumn{role: patternType}
	case "_ttl":
		return PatternColumn{role: patternTTL}
	case "_value":
		return PatternColumn{role: patternValue}
	}
	return PatternColumn{role: patternField, field: name}
}

// PatternRowID holds the key (bytea), PatternWhole all fields as a jsonb object.
var (
	PatternRowID = PatternColumn{role: patternRowID}
	PatternWhole = PatternColumn{role: patternWhole}
)

// patternDecoder appends keys as rows to column vectors.
type patternDecoder struct {
	glob  keyGlob
	cols  []PatternColumn
	nowMs int64
	// fields are the columns that are hash fields; hints remembers by position
	// within a hash which one stood there last, for hashes mostly look alike.
	fields  []int
	hints   []fieldHint
	found   []bool
	whole   bool
	value   bool
	arena   rowcodec.Arena
	typeStr [8]Datum
}

type fieldHint struct {
	name []byte
	col  int // -1: nobody wants it
}

// fieldHintsMax bounds how many positions are remembered.
const fieldHintsMax = 256

func newPatternDecoder(glob keyGlob, cols []PatternColumn) *patternDecoder {
	d := &patternDecoder{glob: glob, cols: cols, found: make([]bool, len(cols))}
	for i, c := range cols {
		switch c.role {
		case patternField:
			d.fields = append(d.fields, i)
		case patternWhole:
			d.whole = true
		}
	}
	return d
}

// row appends one key. fields gives the hash's fields where typ is hash; record
// is the raw record of a string.
func (d *patternDecoder) row(out []chunk.Vec, key []byte, typ keyspace.Type, record []byte, it keyspace.HashIter, expireMs int64) error {
	for i := range d.cols {
		v := &out[i]
		switch d.cols[i].role {
		case patternKey:
			v.Append(types.MakeStr(d.arena.String(key)))
		case patternID:
			v.Append(types.MakeStr(d.arena.String(key[len(d.glob.prefix) : len(key)-len(d.glob.suffix)])))
		case patternRowID:
			v.Append(types.MakeBytes(d.arena.Bytes(key)))
		case patternType:
			v.Append(d.typeName(typ))
		case patternTTL:
			if expireMs == 0 {
				v.AppendNull()
			} else {
				v.Append(types.MakeInt(max(expireMs-d.nowMs, 0)))
			}
		case patternValue:
			if typ == keyspace.TypeString && len(record) >= 2 {
				v.Append(types.MakeStr(d.arena.String(record[2:])))
			} else {
				v.AppendNull()
			}
		}
	}
	if d.whole {
		if err := d.object(out, typ, it); err != nil {
			return err
		}
	}
	if len(d.fields) > 0 {
		d.readFields(out, typ, it)
	}
	return nil
}

func (d *patternDecoder) typeName(t keyspace.Type) Datum {
	if int(t) >= len(d.typeStr) {
		return types.MakeStr(t.String())
	}
	if d.typeStr[t].IsNull() {
		d.typeStr[t] = types.MakeStr(t.String())
	}
	return d.typeStr[t]
}

// readFields appends the wanted fields.
func (d *patternDecoder) readFields(out []chunk.Vec, typ keyspace.Type, it keyspace.HashIter) {
	n := out[d.fields[0]].Len()
	left := len(d.fields)
	if typ == keyspace.TypeHash {
		for pos := 0; left > 0 && it.Next(); pos++ {
			col := d.column(pos, it.Field)
			if col >= 0 && out[col].Len() == n {
				out[col].Append(types.MakeStr(d.arena.String(it.Value)))
				left--
			}
		}
	}
	if left == 0 {
		return
	}
	for _, col := range d.fields {
		if out[col].Len() == n {
			out[col].AppendNull()
		}
	}
}

// column finds the column of the field at a position of a hash, -1 for none.
func (d *patternDecoder) column(pos int, field []byte) int {
	if pos < len(d.hints) && bytes.Equal(d.hints[pos].name, field) {
		return d.hints[pos].col
	}
	col := -1
	for _, c := range d.fields {
		if d.cols[c].field == string(field) {
			col = c
			break
		}
	}
	if pos < fieldHintsMax {
		for len(d.hints) <= pos {
			d.hints = append(d.hints, fieldHint{col: -1})
		}
		h := &d.hints[pos]
		h.name, h.col = append(h.name[:0], field...), col
	}
	return col
}

// object appends all fields as jsonb text: keys by length, then bytes.
func (d *patternDecoder) object(out []chunk.Vec, typ keyspace.Type, it keyspace.HashIter) error {
	at := slices.IndexFunc(d.cols, func(c PatternColumn) bool { return c.role == patternWhole })
	if typ != keyspace.TypeHash {
		out[at].AppendNull()
		return nil
	}
	var pairs [][2]string
	for it.Next() {
		pairs = append(pairs, [2]string{string(it.Field), string(it.Value)})
	}
	slices.SortFunc(pairs, func(a, b [2]string) int {
		if d := len(a[0]) - len(b[0]); d != 0 {
			return d
		}
		return bytes.Compare([]byte(a[0]), []byte(b[0]))
	})
	b := bytes.NewBufferString("{")
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	write := func(s string) error {
		err := enc.Encode(s)
		b.Truncate(b.Len() - 1) // the encoder's newline
		return err
	}
	for i, p := range pairs {
		if i > 0 {
			b.WriteString(", ")
		}
		if err := write(p[0]); err != nil {
			return err
		}
		b.WriteString(": ")
		if err := write(p[1]); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	out[at].Append(types.MakeStr(b.String()))
	return nil
}
