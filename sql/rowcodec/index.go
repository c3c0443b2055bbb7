package rowcodec

import (
	"encoding/binary"

	"github.com/ferritedb/ferrite/kv/enc"
	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
)

// keyColumn is one column of an index.
type keyColumn struct {
	attnum int16 // 0: expression
	typ    *types.T
	dir    enc.Direction
	// marked columns have a marker in front: those of all but the primary index.
	marked     bool
	nullsFirst bool
	format     uint8 // catalog.KeyFormat…
	signed     bool  // an integer as it is
}

func (c *keyColumn) append(dst []byte, d types.Datum) ([]byte, error) {
	return appendOrdered(dst, d, c.typ, c.dir, c.format)
}

// Index is the compiled codec of one index. Immutable.
type Index struct {
	t      *Table
	desc   *catalog.Index
	prefix []byte
	cols   []keyColumn
}

// NewIndex compiles the codec of an index of t, the primary one included.
func (t *Table) NewIndex(ix *catalog.Index) *Index {
	if t.primary != nil && ix.ID == primaryIndexID {
		return t.primary
	}
	return t.newIndex(ix)
}

func (t *Table) newIndex(ix *catalog.Index) *Index {
	x := &Index{t: t, desc: ix, prefix: keys.AppendIndex(nil, t.desc.Storage, ix.ID)}
	primary := t.desc.PrimaryIndex() == ix || ix.Primary && ix.ID == primaryIndexID
	for _, k := range ix.Keys {
		typ := k.Type
		if k.Attnum != 0 {
			typ = t.columns[k.Attnum-1].Type
		}
		typ = typ.Underlying()
		c := keyColumn{attnum: k.Attnum, typ: typ, marked: !primary, nullsFirst: k.NullsFirst, format: ix.KeyFormat,
			signed: typ.Kind == types.KindInt && !unsigned(typ)}
		if k.Desc {
			c.dir = enc.Descending
		}
		x.cols = append(x.cols, c)
	}
	return x
}

// Desc is the index's descriptor.
func (x *Index) Desc() *catalog.Index { return x.desc }

// Table is the codec of the index's table.
func (x *Index) Table() *Table { return x.t }

// IsPrimary tells that the entries are the rows themselves.
func (x *Index) IsPrimary() bool { return x == x.t.primary }

// Prefix is what the keys of all entries start with; not to be changed.
func (x *Index) Prefix() []byte { return x.prefix }

// Keys is the number of key columns.
func (x *Index) Keys() int { return len(x.cols) }

// KeyType is the type of key column i.
func (x *Index) KeyType(i int) *types.T { return x.cols[i].typ }

// Descending tells the order of key column i.
func (x *Index) Descending(i int) bool { return x.cols[i].dir == enc.Descending }

// AppendKeyColumn appends key column i with value d, marker included: the next
// part of an entry's key or of a span's bound.
func (x *Index) AppendKeyColumn(dst []byte, i int, d types.Datum) ([]byte, error) {
	c := &x.cols[i]
	if d.IsNull() {
		if !c.marked {
			return dst, errCorrupt("NULL in a primary key")
		}
		return enc.AppendNull(dst, c.nullsFirst), nil
	}
	if c.marked {
		dst = enc.AppendNotNull(dst)
	}
	return c.append(dst, d)
}

// AppendValueMarker appends the marker of a value that is not NULL, where the
// index has markers: where the values of column i begin (and, plus one, end).
func (x *Index) AppendValueMarker(dst []byte, i int) []byte {
	if !x.cols[i].marked {
		return dst
	}
	return enc.AppendNotNull(dst)
}

// UniqueKey tells whether the entry with these key values must be alone in the
// index: a unique index without NULLs, or with NULLS NOT DISTINCT.
func (x *Index) UniqueKey(keys []types.Datum) bool {
	if !x.desc.Unique {
		return false
	}
	if x.desc.NullsNotDistinct {
		return true
	}
	for _, k := range keys {
		if k.IsNull() {
			return false
		}
	}
	return true
}

// AppendEntry appends the key and value bytes of the entry of a row. values has
// one datum for each key column, row is the whole row (for INCLUDE), storageKey
// the row's storage key.
func (x *Index) AppendEntry(key, val []byte, values, row []types.Datum, storageKey []byte) (k, v []byte, err error) {
	key = append(key, x.prefix...)
	for i := range x.cols {
		if key, err = x.AppendKeyColumn(key, i, values[i]); err != nil {
			return key, val, err
		}
	}
	pk := storageKey[PrefixBytes:]
	if x.UniqueKey(values) {
		val = append(binary.AppendUvarint(val, uint64(len(pk))), pk...)
	} else {
		key = append(key, pk...)
	}
	if len(x.desc.Include) > 0 {
		val, err = x.appendIncluded(val, row)
	}
	return key, val, err
}

func (x *Index) appendIncluded(val []byte, row []types.Datum) ([]byte, error) {
	val = binary.AppendUvarint(append(val, formatV1), uint64(x.t.max))
	last := int16(0)
	var err error
	for att := int16(1); att <= x.t.max; att++ {
		if !x.includes(att) || row[att-1].IsNull() {
			continue
		}
		if val, err = appendColumn(val, att-last, row[att-1], x.t.columns[att-1].Type); err != nil {
			return val, err
		}
		last = att
	}
	return val, nil
}

func (x *Index) includes(att int16) bool {
	for _, a := range x.desc.Include {
		if a == att {
			return true
		}
	}
	return false
}

// split finds the primary key bytes and the included columns of an entry.
func (x *Index) split(key, val []byte) (pk, included []byte, err error) {
	if len(key) < PrefixBytes {
		return nil, nil, errCorrupt("short index key")
	}
	b := key[PrefixBytes:]
	nulls := false
	for i := range x.cols {
		var null bool
		if b, null, err = x.cols[i].skipMarked(b); err != nil {
			return nil, nil, err
		}
		nulls = nulls || null
	}
	if !x.desc.Unique || nulls && !x.desc.NullsNotDistinct {
		return b, val, nil
	}
	n, w := binary.Uvarint(val)
	if w <= 0 || n > uint64(len(val)-w) || len(b) != 0 {
		return nil, nil, errCorrupt("bad unique index entry")
	}
	return val[w : w+int(n)], val[w+int(n):], nil
}

// marker reads the marker before a column.
func (c *keyColumn) marker(b []byte) (rest []byte, null bool, err error) {
	if !c.marked {
		return b, false, nil
	}
	m, rest, err := enc.DecodeMarker(b)
	if err != nil || m == enc.End {
		return nil, false, errCorrupt("unknown marker in index key")
	}
	return rest, m == enc.Null, nil
}

func (c *keyColumn) skipMarked(b []byte) (rest []byte, null bool, err error) {
	if b, null, err = c.marker(b); err != nil || null {
		return b, null, err
	}
	b, err = skipOrdered(b, c.typ, c.dir)
	return b, false, err
}

// RowKey appends the storage key of the row that a secondary index entry points at.
func (x *Index) RowKey(dst, key, val []byte) ([]byte, error) {
	pk, _, err := x.split(key, val)
	if err != nil {
		return dst, err
	}
	return append(append(dst, x.t.prefix...), pk...), nil
}

// IndexDecoder reads columns out of secondary index entries alone. Immutable.
type IndexDecoder struct {
	x *Index
	// keySlots for each key column, pkSlots for each primary key column, and a
	// Decoder of the included columns (nil: none wanted).
	keySlots, pkSlots []int16
	included          *Decoder
	includedCols      []int16
	attnums           []int16
}

// NewDecoder compiles a decoder of these columns out of a secondary index;
// ok is false where the index does not cover them.
func (x *Index) NewDecoder(attnums []int16) (d *IndexDecoder, ok bool) {
	d = &IndexDecoder{x: x, attnums: attnums}
	slots := map[int16]int16{}
	for i, a := range attnums {
		slots[a] = int16(i)
	}
	take := func(c *keyColumn) int16 {
		slot, ok := slots[c.attnum]
		if !ok || c.attnum == 0 || !inKey(x.t.columns[c.attnum-1].Type, c.format) {
			return absent
		}
		delete(slots, c.attnum)
		return slot
	}
	for i := range x.cols {
		d.keySlots = append(d.keySlots, take(&x.cols[i]))
	}
	if x.t.primary != nil {
		for i := range x.t.primary.cols {
			d.pkSlots = append(d.pkSlots, take(&x.t.primary.cols[i]))
		}
	}
	var inc []int16
	for _, a := range x.desc.Include {
		if slot, ok := slots[a]; ok {
			inc = append(inc, a)
			d.includedCols = append(d.includedCols, slot)
			delete(slots, a)
		}
	}
	if len(inc) > 0 {
		d.included = x.t.newPlainDecoder(inc)
	}
	return d, len(slots) == 0
}

// newPlainDecoder reads all columns from value bytes, as INCLUDE stores them.
func (t *Table) newPlainDecoder(attnums []int16) *Decoder {
	d := &Decoder{t: t, slots: make([]int16, t.max), attnums: attnums, wanted: len(attnums)}
	for i := range d.slots {
		d.slots[i] = absent
	}
	for i, a := range attnums {
		d.slots[a-1] = int16(i)
		d.last = max(d.last, a)
	}
	return d
}

// Decode appends the columns of one entry to cols, as Decoder.Decode does.
func (d *IndexDecoder) Decode(cols []chunk.Vec, key, val []byte, a *Arena) error {
	pk, included, err := d.x.split(key, val)
	if err != nil {
		return err
	}
	b := key[PrefixBytes:]
	for i, slot := range d.keySlots {
		c := &d.x.cols[i]
		var null bool
		if b, null, err = c.marker(b); err != nil {
			return err
		}
		if null {
			if slot != absent {
				cols[slot].AppendNull()
			}
			continue
		}
		if b, err = c.decodeInto(cols, slot, b, a); err != nil {
			return err
		}
	}
	for i, slot := range d.pkSlots {
		if pk, err = d.x.t.primary.cols[i].decodeInto(cols, slot, pk, a); err != nil {
			return err
		}
	}
	if d.included == nil {
		return nil
	}
	return d.decodeIncluded(cols, included, a)
}

func (d *IndexDecoder) decodeIncluded(cols []chunk.Vec, b []byte, a *Arena) error {
	tmp := make([]chunk.Vec, len(d.includedCols))
	for i, slot := range d.includedCols {
		tmp[i].Kind = cols[slot].Kind
	}
	if err := d.included.decodeValue(tmp, b, 0, a); err != nil {
		return err
	}
	for i, slot := range d.includedCols {
		cols[slot].Append(tmp[i].Datum(0))
	}
	return nil
}
