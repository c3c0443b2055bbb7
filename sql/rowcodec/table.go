package rowcodec

import (
	"encoding/binary"

	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

const (
	formatV1 = 0x01
	// PrefixBytes is the length of what stands before primary key bytes in a
	// storage key, and before the columns in an index entry's key.
	PrefixBytes = 1 + 4 + 4
	rowIDBytes  = 8
	// primaryIndexID is the index id that rows stand under.
	primaryIndexID = 1
)

// Table is the compiled codec of one version of a table. Immutable.
type Table struct {
	desc    *catalog.Table
	prefix  []byte
	primary *Index // nil: hidden row id
	max     int16  // highest attnum
	columns []*catalog.Column
	// inKey[attnum-1]: the column is read from the key and not stored in the value.
	inKey []bool
}

// NewTable compiles the codec of t.
func NewTable(t *catalog.Table) *Table {
	c := &Table{desc: t, prefix: keys.AppendIndex(nil, t.Storage, primaryIndexID)}
	for i := range t.Columns {
		c.max = max(c.max, t.Columns[i].Attnum)
	}
	c.columns = make([]*catalog.Column, c.max)
	c.inKey = make([]bool, c.max)
	for i := range t.Columns {
		c.columns[t.Columns[i].Attnum-1] = &t.Columns[i]
	}
	if p := t.PrimaryIndex(); p != nil {
		c.primary = c.newIndex(p)
		for _, k := range p.Keys {
			c.inKey[k.Attnum-1] = inKey(c.columns[k.Attnum-1].Type, p.KeyFormat)
		}
	}
	return c
}

// Desc is the table's descriptor.
func (t *Table) Desc() *catalog.Table { return t.desc }

// Width is the number of slots of a row: the highest attnum.
func (t *Table) Width() int { return int(t.max) }

// HasRowID tells a table whose rows stand under a hidden row id.
func (t *Table) HasRowID() bool { return t.primary == nil }

// Prefix is what every storage key of the table's rows starts with; not to be changed.
func (t *Table) Prefix() []byte { return t.prefix }

// Primary is the primary index, nil for a table with a hidden row id.
func (t *Table) Primary() *Index { return t.primary }

// AppendKey appends the storage key of row. NULL in a primary key column is an
// error of the caller's (23502 comes first).
func (t *Table) AppendKey(dst []byte, row []types.Datum) ([]byte, error) {
	dst = append(dst, t.prefix...)
	var err error
	for i := range t.primary.cols {
		c := &t.primary.cols[i]
		d := row[c.attnum-1]
		if d.IsNull() {
			return dst, pgerr.Newf(pgerr.InternalError, "primary key column %d is NULL", c.attnum)
		}
		if dst, err = c.append(dst, d); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// AppendRowIDKey appends the storage key of the row with a hidden row id.
func (t *Table) AppendRowIDKey(dst []byte, id uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, t.prefix...), id)
}

// AppendValue appends the value bytes of row.
func (t *Table) AppendValue(dst []byte, row []types.Datum) ([]byte, error) {
	dst = append(dst, formatV1)
	dst = binary.AppendUvarint(dst, uint64(t.max))
	var err error
	last := int16(0)
	for i, d := range row {
		if d.IsNull() || t.inKey[i] {
			continue
		}
		att := int16(i + 1)
		if dst, err = appendColumn(dst, att-last, d, t.columns[i].Type); err != nil {
			return dst, err
		}
		last = att
	}
	return dst, nil
}

func appendColumn(dst []byte, delta int16, d types.Datum, t *types.T) ([]byte, error) {
	code := codeOf(d)
	if delta <= 15 {
		dst = append(dst, byte(delta)<<4|code)
	} else {
		dst = binary.AppendUvarint(append(dst, code), uint64(delta))
	}
	return appendPayload(dst, code, d, t)
}
