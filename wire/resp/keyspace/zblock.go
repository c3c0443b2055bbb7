package keyspace

import (
	"encoding/binary"

	"github.com/ferritedb/ferrite/txn"
)

// A spread sorted set answers ranks through two levels of counts. The order of
// names is cut into blocks, and blocks into super blocks; each holds its first
// place (a name; the first of all is empty) and how many members lie from there
// to the next. A rank is the sum of the super blocks before, of the blocks before
// within the super block, and a walk within one block: for a million members
// about fifty, a hundred and a hundred steps. An insertion changes one count per
// level. The obvious design, a tree with counts in its nodes, rewrites a node of
// a kilobyte per level instead.
//
// Invariant: a super block's first place is a block's first place.

const (
	partBlock = 'b'
	partSuper = 'B'
	// blockEntriesMax: a block of more members is cut in two.
	blockEntriesMax = 256
	// superEntriesMax: a super block of more members is cut in two.
	superEntriesMax = blockEntriesMax * 128
)

func (e *Entry) putCount(kind byte, place []byte, n int64) error {
	var tmp [binary.MaxVarintLen64]byte
	return e.putPart(kind, place, binary.AppendUvarint(tmp[:0], uint64(n)))
}

func countOf(v []byte) int64 {
	n, _ := binary.Uvarint(v)
	return int64(n)
}

// blockOf finds the block (or super block) that a name belongs to.
func (e *Entry) blockOf(kind byte, name []byte) (place []byte, n int64, err error) {
	upper := append(append([]byte(nil), name...), 0)
	it, err := e.scanParts(kind, nil, upper, txn.ScanOptions{Reverse: true, LimitHint: 1})
	if err != nil {
		return nil, 0, err
	}
	defer it.Close()
	if !it.Next() {
		if err := it.Err(); err != nil {
			return nil, 0, err
		}
		return nil, 0, ErrCorrupt
	}
	return append([]byte(nil), it.Key()[partPrefixBytes:]...), countOf(it.Record().Value), nil
}

// countName adds by to the counts of the blocks that name belongs to, after the
// name's own part was written.
func (e *Entry) countName(name []byte, by int64) error {
	place, n, err := e.blockOf(partBlock, name)
	if err != nil {
		return err
	}
	super, total, err := e.blockOf(partSuper, name)
	if err != nil {
		return err
	}
	n, total = n+by, total+by
	if n < 0 || total < 0 {
		return ErrCorrupt
	}
	if total == 0 && len(super) > 0 {
		err = e.deletePart(partSuper, super)
	} else {
		err = e.putCount(partSuper, super, total)
	}
	if err != nil {
		return err
	}
	if n == 0 && string(place) != string(super) {
		err = e.deletePart(partBlock, place)
	} else {
		err = e.putCount(partBlock, place, n)
	}
	if err != nil {
		return err
	}
	if n > blockEntriesMax {
		if err := e.splitBlock(place, n); err != nil {
			return err
		}
	}
	if total > superEntriesMax {
		return e.splitSuper(super, total)
	}
	return nil
}

// splitBlock cuts a block of n members in the middle.
func (e *Entry) splitBlock(place []byte, n int64) error {
	it, err := e.scanParts(partScore, place, nil, txn.ScanOptions{LimitHint: int(n/2) + 1})
	if err != nil {
		return err
	}
	half := n / 2
	left := half
	var middle []byte
	for it.Next() {
		if left == 0 {
			middle = append(middle, it.Key()[partPrefixBytes:]...)
			break
		}
		left--
	}
	err = it.Err()
	it.Close()
	if err != nil {
		return err
	}
	if middle == nil {
		return ErrCorrupt
	}
	if err := e.putCount(partBlock, place, half); err != nil {
		return err
	}
	return e.putCount(partBlock, middle, n-half)
}

// splitSuper cuts a super block at the block nearest to its middle.
func (e *Entry) splitSuper(place []byte, total int64) error {
	it, err := e.scanParts(partBlock, place, nil, txn.ScanOptions{})
	if err != nil {
		return err
	}
	sum := int64(0)
	var middle []byte
	for it.Next() {
		if sum >= total/2 && string(it.Key()[partPrefixBytes:]) != string(place) {
			middle = append(middle, it.Key()[partPrefixBytes:]...)
			break
		}
		sum += countOf(it.Record().Value)
	}
	err = it.Err()
	it.Close()
	if err != nil || middle == nil || sum >= total {
		return err
	}
	if err := e.putCount(partSuper, place, sum); err != nil {
		return err
	}
	return e.putCount(partSuper, middle, total-sum)
}

// rankOf counts the members below a name.
func (e *Entry) rankOf(name []byte) (int64, error) {
	upper := append(append([]byte(nil), name...), 0)
	super, before, err := e.lastBlock(partSuper, nil, upper)
	if err != nil {
		return 0, err
	}
	block, more, err := e.lastBlock(partBlock, super, upper)
	if err != nil {
		return 0, err
	}
	rank := before + more
	it, err := e.scanParts(partScore, block, name, txn.ScanOptions{})
	if err != nil {
		return 0, err
	}
	defer it.Close()
	for it.Next() {
		rank++
	}
	return rank, it.Err()
}

// lastBlock finds the last block in [from, to) and sums those before it.
func (e *Entry) lastBlock(kind byte, from, to []byte) (place []byte, before int64, err error) {
	it, err := e.scanParts(kind, from, to, txn.ScanOptions{})
	if err != nil {
		return nil, 0, err
	}
	defer it.Close()
	last, found := int64(0), false
	for it.Next() {
		before += last
		last = countOf(it.Record().Value)
		place = append(place[:0], it.Key()[partPrefixBytes:]...)
		found = true
	}
	if err := it.Err(); err != nil {
		return nil, 0, err
	}
	if !found {
		return nil, 0, ErrCorrupt
	}
	return place, before, nil
}

// nameAt is the name of the member of a rank; nil where the rank is the length.
func (e *Entry) nameAt(rank int64) ([]byte, error) {
	super, left, err := e.blockAt(partSuper, nil, rank)
	if err != nil {
		return nil, err
	}
	block, left, err := e.blockAt(partBlock, super, left)
	if err != nil {
		return nil, err
	}
	it, err := e.scanParts(partScore, block, nil, txn.ScanOptions{LimitHint: int(left) + 1})
	if err != nil {
		return nil, err
	}
	defer it.Close()
	for it.Next() {
		if left == 0 {
			return append([]byte(nil), it.Key()[partPrefixBytes:]...), nil
		}
		left--
	}
	return nil, it.Err()
}

// blockAt finds the block, from a place on, in which the member of a rank lies,
// and the rank within it.
func (e *Entry) blockAt(kind byte, from []byte, rank int64) (place []byte, left int64, err error) {
	it, err := e.scanParts(kind, from, nil, txn.ScanOptions{})
	if err != nil {
		return nil, 0, err
	}
	defer it.Close()
	n := int64(0)
	for first := true; it.Next(); first = false {
		if !first {
			if rank < n {
				break
			}
			rank -= n
		}
		place = append(place[:0], it.Key()[partPrefixBytes:]...)
		n = countOf(it.Record().Value)
	}
	return place, rank, it.Err()
}
