package local

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"os"
	"sort"
	"syscall"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/txn"
)

// A spilled run is a part of a write set on disk: its ops in the order of their
// keys, the versions of one key in the order they were made. The file has no name
// any more when it is used, so that a crash leaves none behind. It is blocks of
// whole keys; an entry is
//
//	1        kind: 1 put, 2 delete; 0x10 has an expiry, 0x20 keeps history, 0x40 the
//	         replaced version is known, 0x80 and there is one
//	uvarint  number of the op, less that of the run's first
//	uvarint  length of the key, then the key
//	uvarint  length of the value, then the value; put
//	uvarint  length of the replaced version, then it; where there is one
//	8        expiry in Unix milliseconds, little-endian; where flagged
const (
	spillKnown   = 0x40
	spillPresent = 0x80

	// spillBlockBytes is the size at which a block is ended.
	spillBlockBytes = 32 << 10
	// spillFilterBits for each op, and spillProbes of them for a key: one look-up
	// in about a hundred reads a block for nothing.
	spillFilterBits = 10
	spillProbes     = 6
)

// spillRun is one run. What says which op is in force is the number of the op.
type spillRun struct {
	file *os.File
	// from is the number of its first op; ops from limit on were rolled back.
	from, limit int32
	blocks      []spillBlock
	last        []byte // key
	filter      []uint64
	seed        maphash.Seed
	bytes       int64
}

type spillBlock struct {
	off   int64
	n     int
	first []byte // key
}

// spillCursor reads a run, a block at a time. Ops it gives lie in its block.
type spillCursor struct {
	run   *spillRun
	block int    // loaded; -1 none
	data  []byte // of the block
	keys  []spillKey
	at    int // in keys; before or past them at an end of the run
}

// spillKey is a key of a loaded block: its versions begin at off.
type spillKey struct {
	key    []byte
	off, n int // the first version, and how many
}

// spillWriter makes a run.
type spillWriter struct {
	run   *spillRun
	buf   []byte
	first []byte
}

func newSpill(dir string, from int32, ops int, seed maphash.Seed) (*spillWriter, error) {
	f, err := os.CreateTemp(dir, "ferrite-writes-*")
	if err != nil {
		return nil, spillError(err)
	}
	_ = os.Remove(f.Name()) // where that cannot be, the system's cleaning has it
	words := (ops*spillFilterBits + 63) / 64
	return &spillWriter{run: &spillRun{file: f, from: from, limit: from + int32(ops), filter: make([]uint64, max(words, 1)), seed: seed}}, nil
}

func (w *spillWriter) add(o *op, num int32) error {
	r := w.run
	newKey := r.last == nil || !bytes.Equal(r.last, o.key)
	if newKey {
		if len(w.buf) >= spillBlockBytes {
			if err := w.flush(); err != nil {
				return err
			}
		}
		if len(w.buf) == 0 {
			w.first = o.key
		}
		r.probe(o.key, func(word *uint64, bit uint64) bool { *word |= bit; return true })
		r.last = o.key
	}
	kind := uint8(o.kind)
	if o.expire != 0 && o.kind == opPut {
		kind |= frameHasExpiry
	}
	if o.keepHistory {
		kind |= frameKeepHistory
	}
	if o.known != oldUnknown {
		kind |= spillKnown
	}
	if o.known == oldPresent {
		kind |= spillPresent
	}
	w.buf = binary.AppendUvarint(append(w.buf, kind), uint64(num-r.from))
	w.buf = appendBytes(w.buf, o.key)
	if o.kind == opPut {
		w.buf = appendBytes(w.buf, o.val)
	}
	if o.known == oldPresent {
		w.buf = appendBytes(w.buf, o.old)
	}
	if kind&frameHasExpiry != 0 {
		w.buf = binary.LittleEndian.AppendUint64(w.buf, uint64(o.expire))
	}
	return nil
}

func (w *spillWriter) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	r := w.run
	if _, err := r.file.WriteAt(w.buf, r.bytes); err != nil {
		return err
	}
	r.blocks = append(r.blocks, spillBlock{r.bytes, len(w.buf), bytes.Clone(w.first)})
	r.bytes += int64(len(w.buf))
	w.buf = w.buf[:0]
	return nil
}

// finish gives the run; after an error the file is gone.
func (w *spillWriter) finish(err error) (*spillRun, error) {
	if err == nil {
		err = w.flush()
	}
	if err != nil {
		_ = w.run.file.Close()
		return nil, spillError(err)
	}
	w.run.last = bytes.Clone(w.run.last)
	return w.run, nil
}

// spillError words what went wrong with the file of a run.
func spillError(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: write set on disk: %w", txn.ErrDiskFull, err)
	}
	return fmt.Errorf("write set on disk: %w", err)
}

// probe calls fn with the bits of the filter that stand for key.
func (r *spillRun) probe(key []byte, fn func(word *uint64, bit uint64) bool) bool {
	h := maphash.Bytes(r.seed, key)
	step := h>>32 | 1
	for range spillProbes {
		at := h % uint64(64*len(r.filter))
		if !fn(&r.filter[at/64], 1<<(at%64)) {
			return false
		}
		h += step
	}
	return true
}

func (r *spillRun) close() { _ = r.file.Close() }

// seekBlock is the last block whose first key is not above key; 0 where all are.
func (r *spillRun) seekBlock(key []byte) int {
	return max(0, sort.Search(len(r.blocks), func(i int) bool { return bytes.Compare(r.blocks[i].first, key) > 0 })-1)
}

// load reads a block and finds its keys.
func (c *spillCursor) load(block int) error {
	if c.block == block {
		return nil
	}
	b := c.run.blocks[block]
	c.block = -1
	if cap(c.data) < b.n || cap(c.data) > 4*max(b.n, spillBlockBytes) {
		c.data = make([]byte, b.n)
	}
	c.data = c.data[:b.n]
	if _, err := c.run.file.ReadAt(c.data, b.off); err != nil {
		return spillError(err)
	}
	c.keys = c.keys[:0]
	for off := 0; off < len(c.data); {
		o, _, n, ok := c.run.decode(c.data[off:])
		if !ok {
			return fmt.Errorf("%w: write set on disk", kv.ErrCorruption)
		}
		if last := len(c.keys) - 1; last >= 0 && bytes.Equal(c.keys[last].key, o.key) {
			c.keys[last].n++
		} else {
			c.keys = append(c.keys, spillKey{o.key, off, 1})
		}
		off += n
	}
	c.block = block
	return nil
}

// decode reads the entry that b begins with, n bytes long.
func (r *spillRun) decode(b []byte) (o op, num int32, n int, ok bool) {
	rest := b
	kind := rest[0]
	rest = rest[1:]
	o = op{kind: opKind(kind & frameKindMask), keepHistory: kind&frameKeepHistory != 0, prev: -1}
	d, used := binary.Uvarint(rest)
	if used <= 0 {
		return o, 0, 0, false
	}
	if o.key, rest, ok = cutBytes(rest[used:]); ok && o.kind == opPut {
		o.val, rest, ok = cutBytes(rest)
	}
	if kind&spillKnown != 0 {
		o.known = oldAbsent
	}
	if ok && kind&spillPresent != 0 {
		o.known = oldPresent
		o.old, rest, ok = cutBytes(rest)
	}
	if ok && kind&frameHasExpiry != 0 {
		if ok = len(rest) >= 8; ok {
			o.expire = int64(binary.LittleEndian.Uint64(rest))
			rest = rest[8:]
		}
	}
	return o, r.from + int32(d), len(b) - len(rest), ok
}

// version is the newest op of the key at k made before op n; ok is false without one.
func (c *spillCursor) version(k spillKey, n int32) (found op, num int32, ok bool) {
	off := k.off
	for range k.n {
		o, at, size, _ := c.run.decode(c.data[off:])
		if at >= min(n, c.run.limit) {
			break
		}
		found, num, ok = o, at, true
		off += size
	}
	return found, num, ok
}

// find is the newest op of key made before op n.
func (c *spillCursor) find(key []byte, n int32) (found op, num int32, ok bool, err error) {
	r := c.run
	if r.from >= n || bytes.Compare(key, r.blocks[0].first) < 0 || bytes.Compare(key, r.last) > 0 ||
		!r.probe(key, func(word *uint64, bit uint64) bool { return *word&bit != 0 }) {
		return op{}, 0, false, nil
	}
	if err := c.load(r.seekBlock(key)); err != nil {
		return op{}, 0, false, err
	}
	i, ok := sort.Find(len(c.keys), func(i int) int { return bytes.Compare(key, c.keys[i].key) })
	if !ok {
		return op{}, 0, false, nil
	}
	found, num, ok = c.version(c.keys[i], n)
	return found, num, ok, nil
}

// seek stands at the first key from key on, or in reverse at the last before it.
func (c *spillCursor) seek(key []byte, reverse bool) error {
	if err := c.load(c.run.seekBlock(key)); err != nil {
		return err
	}
	c.at = sort.Search(len(c.keys), func(i int) bool { return bytes.Compare(c.keys[i].key, key) >= 0 })
	if reverse {
		c.at--
	}
	return c.settle()
}

// settle goes on to the next block from the end of one.
func (c *spillCursor) settle() error {
	switch {
	case c.at >= len(c.keys) && c.block+1 < len(c.run.blocks):
		if err := c.load(c.block + 1); err != nil {
			return err
		}
		c.at = 0
	case c.at < 0 && c.block > 0:
		if err := c.load(c.block - 1); err != nil {
			return err
		}
		c.at = len(c.keys) - 1
	}
	return nil
}

func (c *spillCursor) step(reverse bool) error {
	if reverse {
		c.at--
	} else {
		c.at++
	}
	return c.settle()
}

// key is where it stands, nil at an end.
func (c *spillCursor) key() []byte {
	if c.at < 0 || c.at >= len(c.keys) {
		return nil
	}
	return c.keys[c.at].key
}
