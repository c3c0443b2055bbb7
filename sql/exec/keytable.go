package exec

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
)

// keyTable numbers distinct keys from 0 in order of first sight: the hash table
// under joins, groups, DISTINCT and set operations. Open addressing with linear
// probing; a single integer key is held as such, any other as bytes that are
// equal where the values are.
type keyTable struct {
	types []*types.T
	forms []byte // form of each column in key bytes
	// nullsMatch: NULL is a value equal to itself (grouping). Otherwise a key
	// with a NULL is not found and not inserted (joins).
	nullsMatch bool
	slots      []int32 // key number + 1, 0 free
	mask       uint64
	hashes     []uint64 // by key number
	single     bool     // one integer column
	ints       []int64  // by key number, where single
	nullKey    int32    // number of the NULL key where single, or -1
	data       []byte   // key bytes one after the other, unless single
	ends       []int    // by key number: end in data
	scratch    []byte
}

// Forms of columns in key bytes.
const (
	formInt     = 'i'
	formFloat   = 'f'
	formText    = 's'
	formOrdered = 'o' // rowcodec.AppendOrdered
)

const keyTableSlotsFirst = 256

func newKeyTable(ts []*types.T, nullsMatch bool) *keyTable {
	t := &keyTable{types: ts, nullsMatch: nullsMatch}
	for _, typ := range ts {
		t.forms = append(t.forms, keyForm(typ))
	}
	t.single = len(ts) == 1 && t.forms[0] == formInt
	t.reset()
	return t
}

func keyForm(t *types.T) byte {
	u := t.Underlying()
	switch u.Kind {
	case types.KindInt, types.KindBool:
		return formInt
	case types.KindFloat:
		return formFloat
	case types.KindStr:
		if u.OID != oidBpchar && u.OID != oidJSONB {
			return formText
		}
	case types.KindNull:
		return formText
	}
	return formOrdered
}

func (t *keyTable) reset() {
	if len(t.slots) > 1<<16 || t.slots == nil {
		t.slots = make([]int32, keyTableSlotsFirst)
		t.hashes, t.ints, t.data, t.ends = nil, nil, nil, nil
	} else {
		clear(t.slots)
	}
	t.mask = uint64(len(t.slots) - 1)
	t.hashes, t.ints, t.data, t.ends = t.hashes[:0], t.ints[:0], t.data[:0], t.ends[:0]
	t.nullKey = -1
}

// len is the number of keys.
func (t *keyTable) len() int { return len(t.hashes) }

// bytes is about the memory that the keys need; room kept from earlier use does
// not count. Slices grow by doubling, hence half as much again.
func (t *keyTable) bytes() int64 {
	n := len(t.hashes)
	slots := min(len(t.slots), max(8*n, keyTableSlotsFirst))
	return 4*int64(slots) + int64(8*n+8*len(t.ints)+len(t.data)+8*len(t.ends))*3/2
}

// lookup sets ids[i] to the number of row i's key, for n rows; noRow where it is
// absent and insert is false, or where it holds a NULL that matches nothing.
func (t *keyTable) lookup(keys []*chunk.Vec, n int, ids []int32, insert bool) error {
	if t.single {
		t.lookupInts(keys[0], n, ids, insert)
		return nil
	}
	for i := range n {
		null, err := t.encode(keys, i)
		if err != nil {
			return err
		}
		if null && !t.nullsMatch {
			ids[i] = noRow
			continue
		}
		ids[i] = t.findBytes(t.scratch, hashBytes(t.scratch), insert)
	}
	return nil
}

// lookupOf is lookup of the rows sel, for which ids are set.
func (t *keyTable) lookupOf(keys []*chunk.Vec, sel, ids []int32, insert bool) error {
	for _, i := range sel {
		if t.single {
			if v := keys[0]; v.Null(int(i)) {
				ids[i] = t.nullInt(insert)
			} else {
				ids[i] = t.findInt(v.Int(int(i)), insert)
			}
			continue
		}
		null, err := t.encode(keys, int(i))
		if err != nil {
			return err
		}
		if ids[i] = noRow; !null || t.nullsMatch {
			ids[i] = t.findBytes(t.scratch, hashBytes(t.scratch), insert)
		}
	}
	return nil
}

func (t *keyTable) lookupInts(v *chunk.Vec, n int, ids []int32, insert bool) {
	for i := range n {
		if v.Null(i) {
			ids[i] = t.nullInt(insert)
			continue
		}
		ids[i] = t.findInt(v.Int(i), insert)
	}
}

func (t *keyTable) nullInt(insert bool) int32 {
	if !t.nullsMatch {
		return noRow
	}
	if t.nullKey < 0 && insert {
		t.nullKey = int32(len(t.hashes))
		t.hashes = append(t.hashes, 0)
		t.ints = append(t.ints, 0)
	}
	return t.nullKey
}

func (t *keyTable) findInt(k int64, insert bool) int32 {
	h := hashInt(k)
	for s := h & t.mask; ; s = (s + 1) & t.mask {
		id := t.slots[s] - 1
		if id < 0 {
			if !insert {
				return noRow
			}
			t.ints = append(t.ints, k)
			return t.insertAt(s, h)
		}
		if t.ints[id] == k && id != t.nullKey {
			return id
		}
	}
}

func (t *keyTable) findBytes(k []byte, h uint64, insert bool) int32 {
	for s := h & t.mask; ; s = (s + 1) & t.mask {
		id := t.slots[s] - 1
		if id < 0 {
			if !insert {
				return noRow
			}
			t.data = append(t.data, k...)
			t.ends = append(t.ends, len(t.data))
			return t.insertAt(s, h)
		}
		if t.hashes[id] == h && bytes.Equal(t.key(id), k) {
			return id
		}
	}
}

func (t *keyTable) key(id int32) []byte {
	from := 0
	if id > 0 {
		from = t.ends[id-1]
	}
	return t.data[from:t.ends[id]]
}

func (t *keyTable) insertAt(slot, h uint64) int32 {
	id := int32(len(t.hashes))
	t.hashes = append(t.hashes, h)
	t.slots[slot] = id + 1
	if len(t.hashes)*2 > len(t.slots) {
		t.grow()
	}
	return id
}

func (t *keyTable) grow() {
	t.slots = make([]int32, 4*len(t.slots))
	t.mask = uint64(len(t.slots) - 1)
	for id, h := range t.hashes {
		if int32(id) == t.nullKey {
			continue
		}
		s := h & t.mask
		for t.slots[s] != 0 {
			s = (s + 1) & t.mask
		}
		t.slots[s] = int32(id) + 1
	}
}

// encode makes the key bytes of row i in scratch.
func (t *keyTable) encode(keys []*chunk.Vec, i int) (null bool, err error) {
	b := t.scratch[:0]
	defer func() { t.scratch = b }()
	for j, v := range keys {
		if v.Null(i) {
			null = true
			b = append(b, 0)
			continue
		}
		b = append(b, 1)
		switch t.forms[j] {
		case formInt:
			b = binary.LittleEndian.AppendUint64(b, uint64(v.Int(i)))
		case formFloat:
			b = binary.LittleEndian.AppendUint64(b, floatKey(v.Float(i)))
		case formText:
			s := v.Str(i)
			if len(keys) > 1 {
				b = binary.AppendUvarint(b, uint64(len(s)))
			}
			b = append(b, s...)
		default:
			if b, err = rowcodec.AppendOrdered(b, v.Datum(i), t.types[j]); err != nil {
				return null, err
			}
		}
	}
	return null, nil
}

// hashRow is the hash that row i's key has in any table of these types; the
// partitions of spilled rows come from its high bits.
func (t *keyTable) hashRow(keys []*chunk.Vec, i int) (h uint64, null bool, err error) {
	if t.single {
		if keys[0].Null(i) {
			return 0, true, nil
		}
		return hashInt(keys[0].Int(i)), false, nil
	}
	null, err = t.encode(keys, i)
	return hashBytes(t.scratch), null, err
}

// floatKey is equal for floats that compare equal: -0 and 0, all NaN.
func floatKey(f float64) uint64 {
	switch {
	case f == 0:
		return 0
	case f != f:
		return math.MaxUint64
	}
	return math.Float64bits(f)
}

// Multipliers of the hash: odd constants of wyhash (Wang Yi, 2019).
const (
	hashMul0 = 0xa0761d6478bd642f
	hashMul1 = 0xe7037ed1a0b428db
	hashMul2 = 0x8ebc6af09c88c6e3
)

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

func hashInt(k int64) uint64 { return mix(uint64(k)^hashMul0, hashMul1) }

func hashBytes(b []byte) uint64 {
	h := uint64(len(b)) ^ hashMul0
	for len(b) >= 16 {
		h = mix(binary.LittleEndian.Uint64(b)^hashMul1, binary.LittleEndian.Uint64(b[8:])^h)
		b = b[16:]
	}
	var x, y uint64
	switch {
	case len(b) >= 8:
		x = binary.LittleEndian.Uint64(b)
		y = binary.LittleEndian.Uint64(b[len(b)-8:])
	case len(b) >= 4:
		x = uint64(binary.LittleEndian.Uint32(b))
		y = uint64(binary.LittleEndian.Uint32(b[len(b)-4:]))
	case len(b) > 0:
		x = uint64(b[0])<<16 | uint64(b[len(b)/2])<<8 | uint64(b[len(b)-1])
	}
	return mix(x^hashMul2, mix(y^hashMul1, h))
}
