package keyspace

import (
	"bytes"
	"encoding/binary"

	"github.com/ferritedb/ferrite/txn"
)

const (
	// partChunk is the part kind of a list chunk.
	partChunk = 'c'
	// listPackedBytesMax: a longer list is spread.
	listPackedBytesMax = 1 << 10
	// chunkBytesMax: a push opens a new chunk beyond it; twice as much splits one.
	chunkBytesMax = 1 << 10
	// chunkStep is the distance between chunks, so that one can be put between two.
	chunkStep = 1 << 16
)

// LockList locks a key that shall be a list, and makes an empty one in hand where
// it is absent.
func (tx *Tx) LockList(key []byte) (*Entry, error) {
	e, err := tx.Lock(key)
	if err != nil {
		return nil, err
	}
	if !e.exists {
		e.start(TypeList, encPacked)
		return e, nil
	}
	return e, e.Is(TypeList)
}

func chunkName(dst []byte, at int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(at)^1<<63)
}

func chunkAt(name []byte) int64 { return int64(binary.BigEndian.Uint64(name) ^ 1<<63) }

// countElements is the number of elements of a packed body.
func countElements(b []byte) (n int64) {
	for {
		_, rest, ok := element(b)
		if !ok {
			return n
		}
		n++
		b = rest
	}
}

// ListLen is the number of elements.
func (e *Entry) ListLen() int64 {
	switch {
	case !e.exists:
		return 0
	case e.spread():
		return e.count
	}
	return countElements(e.body())
}

// loadChunk copies a chunk into the Tx's scratch.
func (e *Entry) loadChunk(at int64) ([]byte, error) {
	var name [8]byte
	v, ok, err := e.getPart(partChunk, chunkName(name[:0], at))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrCorrupt
	}
	e.tx.scratch = append(e.tx.scratch[:0], v...)
	return e.tx.scratch, nil
}

// storeChunk writes a chunk, or removes it where it is empty.
func (e *Entry) storeChunk(at int64, body []byte) error {
	var name [8]byte
	if len(body) == 0 {
		return e.deletePart(partChunk, chunkName(name[:0], at))
	}
	e.tx.scratch = body
	return e.putPart(partChunk, chunkName(name[:0], at), body)
}

// ListPush adds an element in hand at the front or the back.
func (e *Entry) ListPush(front bool, v []byte) error {
	if !e.spread() {
		if front {
			e.tx.partVal = appendElement(e.tx.partVal[:0], v)
			e.val = splice(e.val, headerBytes, headerBytes, e.tx.partVal)
		} else {
			e.val = appendElement(e.val, v)
		}
		if len(e.val) > listPackedBytesMax {
			return e.spreadList()
		}
		return nil
	}
	at := e.tail
	if front {
		at = e.head
	}
	chunk, err := e.loadChunk(at)
	if err != nil {
		return err
	}
	if len(chunk)+len(v) > chunkBytesMax && len(chunk) > 0 {
		chunk = chunk[:0]
		if front {
			e.head -= chunkStep
			at = e.head
		} else {
			e.tail += chunkStep
			at = e.tail
		}
	}
	if front {
		e.tx.partVal = appendElement(e.tx.partVal[:0], v)
		chunk = splice(chunk, 0, 0, e.tx.partVal)
	} else {
		chunk = appendElement(chunk, v)
	}
	e.count++
	return e.storeChunk(at, chunk)
}

// spreadList moves a packed list into chunks.
func (e *Entry) spreadList() error {
	body := append([]byte(nil), e.body()...)
	e.becomeSpread()
	return e.writeChunks(body)
}

// writeChunks lays a packed body out as the chunks of an empty spread list.
func (e *Entry) writeChunks(body []byte) error {
	e.head, e.tail, e.count = 0, -chunkStep, 0
	for len(body) > 0 {
		rest := body
		for len(rest) > 0 {
			el, after, ok := element(rest)
			if !ok {
				return ErrCorrupt
			}
			if len(body)-len(rest) > 0 && len(body)-len(rest)+len(el) > chunkBytesMax {
				break
			}
			e.count++
			rest = after
		}
		e.tail += chunkStep
		var name [8]byte
		if err := e.putPart(partChunk, chunkName(name[:0], e.tail), body[:len(body)-len(rest)]); err != nil {
			return err
		}
		body = rest
	}
	return nil
}

// ListPop removes the element at the front or the back and returns a copy.
func (e *Entry) ListPop(front bool) (v []byte, ok bool, err error) {
	if e.ListLen() == 0 {
		return nil, false, nil
	}
	if !e.spread() {
		v, cut := popElement(e.body(), front)
		e.val = splice(e.val, headerBytes+cut.from, headerBytes+cut.to, nil)
		return v, true, nil
	}
	at := e.tail
	if front {
		at = e.head
	}
	chunk, err := e.loadChunk(at)
	if err != nil {
		return nil, false, err
	}
	v, cut := popElement(chunk, front)
	chunk = splice(chunk, cut.from, cut.to, nil)
	e.count--
	if err := e.storeChunk(at, chunk); err != nil {
		return nil, false, err
	}
	if len(chunk) == 0 {
		err = e.findEnd(front)
	}
	return v, true, err
}

type cut struct{ from, to int }

// popElement copies the first or last element of a body and says where it lies.
func popElement(b []byte, front bool) (v []byte, c cut) {
	rest := b
	for len(rest) > 0 {
		el, after, ok := element(rest)
		if !ok {
			break
		}
		v = el
		c = cut{len(b) - len(rest), len(b) - len(after)}
		if front {
			break
		}
		rest = after
	}
	return append([]byte(nil), v...), c
}

// findEnd looks for the first or last chunk after the former one went. It stays
// between the former ends: a queue leaves many deleted chunks behind it, which a
// scan from the very start would have to step over.
func (e *Entry) findEnd(front bool) error {
	if e.count == 0 {
		return nil
	}
	var lo, hi [8]byte
	it, err := e.scanParts(partChunk, chunkName(lo[:0], e.head), chunkName(hi[:0], e.tail+1), txn.ScanOptions{Reverse: !front, LimitHint: 1})
	if err != nil {
		return err
	}
	defer it.Close()
	if !it.Next() {
		if err := it.Err(); err != nil {
			return err
		}
		return ErrCorrupt
	}
	at := chunkAt(it.Key()[partPrefixBytes:])
	if front {
		e.head = at
	} else {
		e.tail = at
	}
	return nil
}

// listChunks calls f for each chunk, from the back where reverse, until f returns
// false. body is valid during the call.
func (e *Entry) listChunks(reverse bool, f func(at int64, body []byte) bool) error {
	if !e.exists {
		return nil
	}
	if !e.spread() {
		f(0, e.body())
		return nil
	}
	it, err := e.scanParts(partChunk, nil, nil, txn.ScanOptions{Reverse: reverse})
	if err != nil {
		return err
	}
	defer it.Close()
	for it.Next() {
		if !f(chunkAt(it.Key()[partPrefixBytes:]), it.Record().Value) {
			return nil
		}
	}
	return it.Err()
}

// elementsOf lists the elements of a body, aliasing it.
func elementsOf(dst [][]byte, b []byte) [][]byte {
	for {
		el, rest, ok := element(b)
		if !ok {
			return dst
		}
		dst = append(dst, el)
		b = rest
	}
}

// ListEach calls f for the elements from place `from` on (not negative), until f
// returns false. v is valid during the call.
func (e *Entry) ListEach(from int64, f func(i int64, v []byte) bool) error {
	i := int64(0)
	return e.listChunks(false, func(_ int64, body []byte) bool {
		for {
			el, rest, ok := element(body)
			if !ok {
				return true
			}
			if i >= from && !f(i, el) {
				return false
			}
			i++
			body = rest
		}
	})
}

// ListEachBack calls f for the elements from the last to the first, until f
// returns false.
func (e *Entry) ListEachBack(f func(i int64, v []byte) bool) error {
	i := e.ListLen() - 1
	var els [][]byte
	return e.listChunks(true, func(_ int64, body []byte) bool {
		els = elementsOf(els[:0], body)
		for j := len(els) - 1; j >= 0; j-- {
			if !f(i, els[j]) {
				return false
			}
			i--
		}
		return true
	})
}

// ListIndex copies the element at a place (negative: from the back).
func (e *Entry) ListIndex(i int64) (v []byte, ok bool, err error) {
	n := e.ListLen()
	if i < 0 {
		i += n
	}
	if i < 0 || i >= n {
		return nil, false, nil
	}
	take := func(_ int64, el []byte) bool {
		v, ok = append([]byte{}, el...), true
		return false
	}
	if i > n/2 {
		err = e.ListEachBack(func(j int64, el []byte) bool { return j != i || take(j, el) })
	} else {
		err = e.ListEach(i, take)
	}
	return v, ok, err
}

// ListSet replaces the element at a place (negative: from the back); false where
// there is none.
func (e *Entry) ListSet(i int64, v []byte) (bool, error) {
	n := e.ListLen()
	if i < 0 {
		i += n
	}
	if i < 0 || i >= n {
		return false, nil
	}
	base := int64(0)
	return true, e.editChunk(func(body []byte) (from, to int, ins []byte, found bool) {
		for rest := body; ; base++ {
			_, after, ok := element(rest)
			if !ok {
				return 0, 0, nil, false
			}
			if base == i {
				return len(body) - len(rest), len(body) - len(after), appendElement(nil, v), true
			}
			rest = after
		}
	})
}

// ListInsert puts v before or after the first element equal to pivot; false
// where there is none.
func (e *Entry) ListInsert(pivot, v []byte, after bool) (found bool, err error) {
	err = e.editChunk(func(body []byte) (int, int, []byte, bool) {
		rest := body
		for {
			el, next, ok := element(rest)
			if !ok {
				return 0, 0, nil, false
			}
			if bytes.Equal(el, pivot) {
				found = true
				at := len(body) - len(rest)
				if after {
					at = len(body) - len(next)
				}
				return at, at, appendElement(nil, v), true
			}
			rest = next
		}
	})
	if found && e.spread() {
		e.count++
	}
	return found, err
}

// editChunk replaces body[from:to] by ins in the first chunk for which edit finds
// something.
func (e *Entry) editChunk(edit func(body []byte) (from, to int, ins []byte, found bool)) error {
	if !e.spread() {
		from, to, ins, found := edit(e.body())
		if found {
			e.val = splice(e.val, headerBytes+from, headerBytes+to, ins)
			if len(e.val) > listPackedBytesMax {
				count := e.ListLen()
				if err := e.spreadList(); err != nil {
					return err
				}
				if len(ins) > 0 && from == to {
					e.count = count - 1 // the caller counts its insertion
				}
			}
		}
		return nil
	}
	var chunk []byte
	var at int64
	done := false
	err := e.listChunks(false, func(k int64, body []byte) bool {
		from, to, ins, found := edit(body)
		if !found {
			return true
		}
		chunk = splice(append([]byte(nil), body...), from, to, ins)
		at, done = k, true
		return false
	})
	if err != nil || !done {
		return err
	}
	if len(chunk) > 2*chunkBytesMax {
		return e.splitChunk(at, chunk)
	}
	return e.storeChunk(at, chunk)
}

// splitChunk stores an overlong chunk as two, or lays out the whole list anew
// where no place is left between it and the next.
func (e *Entry) splitChunk(at int64, chunk []byte) error {
	els := elementsOf(nil, chunk)
	if len(els) < 2 {
		return e.storeChunk(at, chunk)
	}
	half := 0
	for _, el := range els[:len(els)/2] {
		half += elementBytes(el)
	}
	second := at + chunkStep
	if at == e.tail {
		e.tail = second
	} else {
		var from [8]byte
		it, err := e.scanParts(partChunk, chunkName(from[:0], at+1), nil, txn.ScanOptions{LimitHint: 1})
		if err != nil {
			return err
		}
		if it.Next() {
			second = at + (chunkAt(it.Key()[partPrefixBytes:])-at)/2
		}
		err = it.Err()
		it.Close()
		if err != nil {
			return err
		}
	}
	if second == at {
		return e.relayout(at, chunk)
	}
	if err := e.storeChunk(at, append([]byte(nil), chunk[:half]...)); err != nil {
		return err
	}
	return e.storeChunk(second, append([]byte(nil), chunk[half:]...))
}

// relayout writes all chunks anew, with chunk in the place of the one at `at`.
func (e *Entry) relayout(at int64, chunk []byte) error {
	count := e.count
	var body []byte
	err := e.listChunks(false, func(k int64, b []byte) bool {
		if k == at {
			b = chunk
		}
		body = append(body, b...)
		return true
	})
	if err != nil {
		return err
	}
	if err := e.tx.dropCollection(e.id); err != nil {
		return err
	}
	if err := e.writeChunks(body); err != nil {
		return err
	}
	e.count = count
	return nil
}

// ListRemove removes up to limit elements equal to v (0: all), from the back
// where reverse, and returns how many.
func (e *Entry) ListRemove(v []byte, limit int64, reverse bool) (n int64, err error) {
	type change struct {
		at   int64
		body []byte
	}
	var changes []change
	var els [][]byte
	err = e.listChunks(reverse, func(at int64, body []byte) bool {
		els = elementsOf(els[:0], body)
		drop := make([]bool, len(els))
		any := false
		for k := range els {
			j := k
			if reverse {
				j = len(els) - 1 - k
			}
			if (limit == 0 || n < limit) && bytes.Equal(els[j], v) {
				drop[j], any = true, true
				n++
			}
		}
		if any {
			var out []byte
			for j, el := range els {
				if !drop[j] {
					out = appendElement(out, el)
				}
			}
			changes = append(changes, change{at, out})
		}
		return limit == 0 || n < limit
	})
	if err != nil || n == 0 {
		return n, err
	}
	if !e.spread() {
		e.val = append(e.val[:headerBytes], changes[0].body...)
		return n, nil
	}
	e.count -= n
	for _, c := range changes {
		if err := e.storeChunk(c.at, c.body); err != nil {
			return n, err
		}
	}
	if err := e.findEnd(true); err != nil {
		return n, err
	}
	return n, e.findEnd(false)
}

// ListDrop removes n elements from the front or the back.
func (e *Entry) ListDrop(front bool, n int64) error {
	for n > 0 && e.ListLen() > 0 {
		if !e.spread() {
			if _, ok, err := e.ListPop(front); err != nil || !ok {
				return err
			}
			n--
			continue
		}
		at := e.tail
		if front {
			at = e.head
		}
		chunk, err := e.loadChunk(at)
		if err != nil {
			return err
		}
		els := elementsOf(nil, chunk)
		k := min(n, int64(len(els)))
		var out []byte
		keep := els[:int64(len(els))-k]
		if front {
			keep = els[k:]
		}
		for _, el := range keep {
			out = appendElement(out, el)
		}
		e.count -= k
		n -= k
		if err := e.storeChunk(at, out); err != nil {
			return err
		}
		if len(out) == 0 {
			if err := e.findEnd(front); err != nil {
				return err
			}
		}
	}
	return nil
}
