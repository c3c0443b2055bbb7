package keyspace

import (
	"encoding/binary"
	"slices"

	"github.com/ferritedb/ferrite/txn"
)

// A spread sorted set answers ranks through two levels of counts. The order of
// names is cut into blocks of some two hundred members, and blocks are gathered
// in groups:
//
//	root          'B'            → { first name, group id, members }*      one part
//	group         'b' id u32be   → { first name of a block }*
//	group counts  'c' id u32be   → { members of a block, u16be }*
//
// A rank is the sum of the groups before, of the blocks before within the group,
// and a walk within one block. An insertion reads three parts by key and rewrites
// the root and one group's counts; the names change only when a block is cut in
// two. The obvious design, a count in a record of its own for each block, finds a
// name's block by a scan backwards, which has to step over every version of a
// count that was rewritten all the time; a tree with counts in its nodes rewrites
// a node of a kilobyte per level.
//
// Invariants: the first name of the first group is empty; a group's first name is
// that of its first block; no group is without a block.

const (
	partRoot        = 'B'
	partGroup       = 'b'
	partGroupCounts = 'c'
	// blockEntriesMax: a block of more members is cut in two.
	blockEntriesMax = 256
	// groupBlocksMax: a group of more blocks is cut in two.
	groupBlocksMax = 128
	// blockCountBytes is the width of a block's count.
	blockCountBytes = 2
)

// zgroup is one entry of the root.
type zgroup struct {
	first []byte
	id    uint32
	n     int64
}

// zindex is the root and one group in hand. Names alias the Tx's buffers.
type zindex struct {
	groups []zgroup
	at     int // the group in hand

	blocks [][]byte // first names
	counts []uint16
	block  int // the block in hand
}

// zbuffers are a Tx's scratch for zindex.
type zbuffers struct {
	root, names, out []byte
	index            zindex
}

func groupName(id uint32) []byte { return binary.BigEndian.AppendUint32(nil, id) }

// makeRoot writes the parts of a sorted set without members: one group of one block.
func (e *Entry) makeRoot() error {
	x := &zindex{groups: []zgroup{{id: 1}}, blocks: [][]byte{{}}, counts: []uint16{0}}
	if err := e.putRoot(x); err != nil {
		return err
	}
	if err := e.putGroup(x, 1); err != nil {
		return err
	}
	return e.putCounts(x, 1)
}

// readRoot reads the root.
func (e *Entry) readRoot() (*zindex, error) {
	z := &e.tx.z
	x := &z.index
	x.groups = x.groups[:0]
	v, ok, err := e.getPart(partRoot, nil)
	if err != nil {
		return nil, err
	}
	z.root = append(z.root[:0], v...)
	for b := z.root; len(b) > 0; {
		var g zgroup
		if g.first, b, ok = element(b); !ok {
			return nil, ErrCorrupt
		}
		id, w := binary.Uvarint(b)
		if w <= 0 {
			return nil, ErrCorrupt
		}
		n, w2 := binary.Uvarint(b[w:])
		if w2 <= 0 {
			return nil, ErrCorrupt
		}
		g.id, g.n, b = uint32(id), int64(n), b[w+w2:]
		x.groups = append(x.groups, g)
	}
	if len(x.groups) == 0 {
		return nil, ErrCorrupt
	}
	return x, nil
}

// readGroup reads the group at place `at` of the root.
func (e *Entry) readGroup(x *zindex, at int) error {
	z := &e.tx.z
	x.at = at
	x.blocks, x.counts = x.blocks[:0], x.counts[:0]
	name := groupName(x.groups[at].id)
	v, _, err := e.getPart(partGroup, name)
	if err != nil {
		return err
	}
	z.names = append(z.names[:0], v...)
	x.blocks = elementsOf(x.blocks, z.names)
	c, _, err := e.getPart(partGroupCounts, name)
	if err != nil {
		return err
	}
	for ; len(c) >= blockCountBytes; c = c[blockCountBytes:] {
		x.counts = append(x.counts, binary.BigEndian.Uint16(c))
	}
	if len(x.blocks) == 0 || len(x.blocks) != len(x.counts) {
		return ErrCorrupt
	}
	return nil
}

// find puts the group and block that a name belongs to in hand.
func (e *Entry) find(name []byte) (*zindex, error) {
	x, err := e.readRoot()
	if err != nil {
		return nil, err
	}
	at := len(x.groups) - 1
	for at > 0 && string(x.groups[at].first) > string(name) {
		at--
	}
	if err := e.readGroup(x, at); err != nil {
		return nil, err
	}
	x.block, _ = slices.BinarySearchFunc(x.blocks, name, func(b, n []byte) int {
		if string(b) <= string(n) {
			return -1
		}
		return 1
	})
	x.block--
	if x.block < 0 {
		return nil, ErrCorrupt
	}
	return x, nil
}

func (e *Entry) putRoot(x *zindex) error {
	out := e.tx.z.out[:0]
	for _, g := range x.groups {
		out = appendElement(out, g.first)
		out = binary.AppendUvarint(out, uint64(g.id))
		out = binary.AppendUvarint(out, uint64(g.n))
	}
	e.tx.z.out = out
	return e.putPart(partRoot, nil, out)
}

func (e *Entry) putGroup(x *zindex, id uint32) error {
	out := e.tx.z.out[:0]
	for _, b := range x.blocks {
		out = appendElement(out, b)
	}
	e.tx.z.out = out
	return e.putPart(partGroup, groupName(id), out)
}

func (e *Entry) putCounts(x *zindex, id uint32) error {
	out := e.tx.z.out[:0]
	for _, n := range x.counts {
		out = binary.BigEndian.AppendUint16(out, n)
	}
	e.tx.z.out = out
	return e.putPart(partGroupCounts, groupName(id), out)
}

// countName adds by to the counts that name belongs to, after the name's own part
// was written.
func (e *Entry) countName(name []byte, by int) error {
	x, err := e.find(name)
	if err != nil {
		return err
	}
	g := &x.groups[x.at]
	n := int(x.counts[x.block]) + by
	if g.n += int64(by); n < 0 || g.n < 0 {
		return ErrCorrupt
	}
	x.counts[x.block] = uint16(n)
	changed := false
	switch {
	case n > blockEntriesMax:
		changed = true
		if err := e.splitBlock(x); err != nil {
			return err
		}
	case n == 0 && x.block > 0:
		changed = true
		x.blocks = slices.Delete(x.blocks, x.block, x.block+1)
		x.counts = slices.Delete(x.counts, x.block, x.block+1)
	case g.n == 0 && x.at > 0:
		return e.dropGroup(x)
	}
	if len(x.blocks) > groupBlocksMax {
		return e.splitGroup(x)
	}
	id := x.groups[x.at].id
	if changed {
		if err := e.putGroup(x, id); err != nil {
			return err
		}
	}
	if err := e.putCounts(x, id); err != nil {
		return err
	}
	return e.putRoot(x)
}

// dropGroup removes the group in hand, whose members are all gone.
func (e *Entry) dropGroup(x *zindex) error {
	name := groupName(x.groups[x.at].id)
	if err := e.deletePart(partGroup, name); err != nil {
		return err
	}
	if err := e.deletePart(partGroupCounts, name); err != nil {
		return err
	}
	x.groups = slices.Delete(x.groups, x.at, x.at+1)
	return e.putRoot(x)
}

// splitBlock cuts the block in hand in the middle.
func (e *Entry) splitBlock(x *zindex) error {
	n := int64(x.counts[x.block])
	middle, err := e.walk(x.blocks[x.block], n/2)
	if err != nil {
		return err
	}
	if middle == nil {
		return ErrCorrupt
	}
	x.counts[x.block] = uint16(n / 2)
	x.blocks = slices.Insert(x.blocks, x.block+1, middle)
	x.counts = slices.Insert(x.counts, x.block+1, uint16(n-n/2))
	return nil
}

// splitGroup writes the group in hand as two.
func (e *Entry) splitGroup(x *zindex) error {
	id := uint32(0)
	for _, g := range x.groups {
		id = max(id, g.id)
	}
	id++
	half := len(x.blocks) / 2
	upper := zindex{blocks: x.blocks[half:], counts: x.counts[half:]}
	moved := int64(0)
	for _, n := range upper.counts {
		moved += int64(n)
	}
	if err := e.putGroup(&upper, id); err != nil {
		return err
	}
	if err := e.putCounts(&upper, id); err != nil {
		return err
	}
	old := x.groups[x.at].id
	x.groups[x.at].n -= moved
	x.groups = slices.Insert(x.groups, x.at+1, zgroup{first: upper.blocks[0], id: id, n: moved})
	lower := zindex{blocks: x.blocks[:half], counts: x.counts[:half]}
	if err := e.putGroup(&lower, old); err != nil {
		return err
	}
	if err := e.putCounts(&lower, old); err != nil {
		return err
	}
	return e.putRoot(x)
}

// walk is the name that lies skip places after the first at or above from; nil
// where there is none.
func (e *Entry) walk(from []byte, skip int64) ([]byte, error) {
	it, err := e.scanParts(partScore, from, nil, txn.ScanOptions{LimitHint: int(skip) + 1})
	if err != nil {
		return nil, err
	}
	defer it.Close()
	for it.Next() {
		if skip == 0 {
			return append([]byte(nil), it.Key()[partPrefixBytes:]...), nil
		}
		skip--
	}
	return nil, it.Err()
}

// rankOf counts the members below a name.
func (e *Entry) rankOf(name []byte) (int64, error) {
	x, err := e.find(name)
	if err != nil {
		return 0, err
	}
	rank := int64(0)
	for _, g := range x.groups[:x.at] {
		rank += g.n
	}
	for _, n := range x.counts[:x.block] {
		rank += int64(n)
	}
	it, err := e.scanParts(partScore, x.blocks[x.block], name, txn.ScanOptions{})
	if err != nil {
		return 0, err
	}
	defer it.Close()
	for it.Next() {
		rank++
	}
	return rank, it.Err()
}

// nameAt is the name of the member of a rank; nil where the rank is the length.
func (e *Entry) nameAt(rank int64) ([]byte, error) {
	x, err := e.readRoot()
	if err != nil {
		return nil, err
	}
	at := 0
	for ; at < len(x.groups)-1 && rank >= x.groups[at].n; at++ {
		rank -= x.groups[at].n
	}
	if err := e.readGroup(x, at); err != nil {
		return nil, err
	}
	b := 0
	for ; b < len(x.blocks)-1 && rank >= int64(x.counts[b]); b++ {
		rank -= int64(x.counts[b])
	}
	return e.walk(x.blocks[b], rank)
}
