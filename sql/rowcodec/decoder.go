package rowcodec

import (
	"encoding/binary"

	"github.com/ferritedb/ferrite/kv/enc"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
)

// absent marks a column nobody wants in a slot table.
const absent = -1

// Decoder reads a fixed list of columns out of stored rows. Immutable; all
// scratch is the caller's.
type Decoder struct {
	t *Table
	// slots[attnum-1] is the output column of a column read from the value, or
	// absent; keySlots has the same for each leading primary key column up to the
	// last one wanted.
	slots    []int16
	keySlots []int16
	attnums  []int16
	shapes   []shape
	wanted   int // columns to find in the value
	last     int16
}

// NewDecoder compiles a decoder of these columns, in this order. An attnum may
// not repeat.
func (t *Table) NewDecoder(attnums []int16) *Decoder {
	d := &Decoder{t: t, slots: make([]int16, t.max), attnums: attnums}
	for i := range d.slots {
		d.slots[i] = absent
	}
	for i, a := range attnums {
		d.slots[a-1] = int16(i)
		d.shapes = append(d.shapes, t.shapeOf(a))
		if !t.inKey[a-1] {
			d.wanted++
			d.last = max(d.last, a)
		}
	}
	if t.primary == nil {
		return d
	}
	d.readFromKey()
	return d
}

// readFromKey moves the slots of columns that stand in the key to keySlots.
func (d *Decoder) readFromKey() {
	t := d.t
	for i, k := range t.primary.cols {
		slot := int16(absent)
		if t.inKey[k.attnum-1] {
			slot = d.slots[k.attnum-1]
		}
		d.keySlots = append(d.keySlots, slot)
		if slot == absent && trailingAbsent(d, t.primary.cols[i:]) {
			d.keySlots = d.keySlots[:i]
			break
		}
	}
	for _, k := range t.primary.cols {
		if t.inKey[k.attnum-1] {
			d.slots[k.attnum-1] = absent // a damaged value may hold it again
		}
	}
}

func trailingAbsent(d *Decoder, cols []keyColumn) bool {
	for _, c := range cols {
		if d.t.inKey[c.attnum-1] && d.slots[c.attnum-1] != absent {
			return false
		}
	}
	return true
}

// Decode appends one row to cols, one vector for each attnum, of the kinds of
// the columns' types. key is the storage key. On an error some vectors may have
// grown. Strings are copied into a.
func (d *Decoder) Decode(cols []chunk.Vec, key, value []byte, a *Arena) error {
	if len(d.attnums) == 0 {
		return nil
	}
	rows := cols[0].Len()
	if len(d.keySlots) > 0 {
		if err := d.decodeKey(cols, key, a); err != nil {
			return err
		}
	}
	if d.wanted == 0 {
		return nil
	}
	return d.decodeValue(cols, value, rows, a)
}

func (d *Decoder) decodeKey(cols []chunk.Vec, key []byte, a *Arena) error {
	if len(key) < PrefixBytes {
		return errCorrupt("short key")
	}
	b := key[PrefixBytes:]
	for i, slot := range d.keySlots {
		c := &d.t.primary.cols[i]
		var err error
		if b, err = c.decodeInto(cols, slot, b, a); err != nil {
			return err
		}
	}
	return nil
}

// decodeInto appends the ordered column at the start of b to cols[slot], or
// skips it where slot is absent, and returns what follows.
func (c *keyColumn) decodeInto(cols []chunk.Vec, slot int16, b []byte, a *Arena) ([]byte, error) {
	if slot == absent {
		return skipOrdered(b, c.typ, c.dir)
	}
	v := &cols[slot]
	if c.signed && v.Kind == types.KindInt {
		n, rest, err := enc.DecodeInt(b, c.dir)
		if err != nil {
			return nil, corrupt(err)
		}
		v.AppendInt(n)
		return rest, nil
	}
	datum, rest, err := readOrdered(b, c.typ, c.dir, c.format, a)
	if err != nil {
		return nil, err
	}
	v.Append(datum)
	return rest, nil
}

func (d *Decoder) decodeValue(cols []chunk.Vec, b []byte, rows int, a *Arena) error {
	if len(b) < 2 || b[0] != formatV1 {
		return errCorrupt("unknown row format")
	}
	natts, w := binary.Uvarint(b[1:])
	if w <= 0 || natts > uint64(1<<15-1) {
		return errCorrupt("bad attribute count")
	}
	b = b[1+w:]
	att, found := 0, 0
	for len(b) > 0 && att < int(d.last) {
		code := b[0] & 15
		delta := int(b[0] >> 4)
		b = b[1:]
		if delta == 0 {
			n, w := binary.Uvarint(b)
			if w <= 0 || n == 0 || n > 1<<15-1 {
				return errCorrupt("bad attribute number")
			}
			delta, b = int(n), b[w:]
		}
		att += delta
		if att > int(natts) {
			return errCorrupt("attribute number beyond the count")
		}
		var err error
		if att > len(d.slots) || d.slots[att-1] == absent {
			b, err = skipPayload(b, code)
		} else {
			b, err = d.decodeColumn(&cols[d.slots[att-1]], b, code, att, a)
			found++
		}
		if err != nil {
			return err
		}
	}
	if found < d.wanted {
		d.fillAbsent(cols, rows, int(natts))
	}
	return nil
}

// decodeColumn appends the payload at the start of b to v.
func (d *Decoder) decodeColumn(v *chunk.Vec, b []byte, code byte, att int, a *Arena) ([]byte, error) {
	if code == codeInt && v.Kind == types.KindInt {
		if len(b) > 0 && b[0] < 0x80 {
			v.AppendInt(int64(b[0]>>1) ^ -int64(b[0]&1))
			return b[1:], nil
		}
		n, w := binary.Varint(b)
		if w <= 0 {
			return nil, errCorrupt("bad integer")
		}
		v.AppendInt(n)
		return b[w:], nil
	}
	if v.Form != chunk.Plain {
		if rest, ok := appendShaped(v, b, code); ok {
			return rest, nil
		}
	}
	datum, rest, err := readPayload(b, code, d.t.columns[att-1].Type, a, 0)
	if err != nil {
		return nil, err
	}
	v.Append(datum)
	return rest, nil
}

// fillAbsent completes the columns that the value did not have: NULL, or the
// value of a column added after the row was written.
func (d *Decoder) fillAbsent(cols []chunk.Vec, rows, natts int) {
	for i, att := range d.attnums {
		if cols[i].Len() > rows {
			continue
		}
		c := d.t.columns[att-1]
		if int(att) > natts && c.HasMissing {
			cols[i].Append(c.Missing)
		} else {
			cols[i].AppendNull()
		}
	}
}
