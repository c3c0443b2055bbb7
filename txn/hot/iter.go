package hot

import (
	"bytes"
	"errors"

	"github.com/ferritedb/ferrite/kv"
)

// cursor walks the entries lo to hi of a run. at is the next entry to look at.
type cursor struct {
	run    *run
	lo, hi int
	at     int
}

// listed walks the versions at seq of the keys in lists, tombstones too.
type listed struct {
	e       *Engine
	seq     uint64
	cursors []cursor
	back    bool
	ok      bool
	key     []byte // of the version it stands at; the record's
	rec     record
	dead    bool
}

func (l *listed) keyAt(c *cursor) []byte { return l.e.listedKey(c.run.order[c.at].entry) }

// settle moves to the first key, in the direction, that has a version.
func (l *listed) settle() {
	for {
		var key []byte
		for i := range l.cursors {
			c := &l.cursors[i]
			if c.at < c.lo || c.at >= c.hi {
				continue
			}
			k := l.keyAt(c)
			if key == nil {
				key = k
			} else if cmp := bytes.Compare(k, key); cmp < 0 && !l.back || cmp > 0 && l.back {
				key = k
			}
		}
		l.key, l.ok = key, false
		if key == nil || l.take() {
			return
		}
	}
}

// take steps over the entries of key and picks its version.
func (l *listed) take() bool {
	step := 1
	if l.back {
		step = -1
	}
	var newest uint64
	for i := range l.cursors {
		c := &l.cursors[i]
		for ; c.at >= c.lo && c.at < c.hi && bytes.Equal(l.keyAt(c), l.key); c.at += step {
			n, off := entry(c.run.order[c.at].entry)
			if seq, dead, shown := l.e.shards[n].shown(off, l.seq); shown && seq >= newest {
				newest, l.dead, l.ok = seq, dead, true
				l.rec = l.e.shards[n].record(off)
			}
		}
	}
	return l.ok
}

func (l *listed) next() {
	if l.back {
		l.seekGE(append(bytes.Clone(l.key), 0))
		return
	}
	l.settle()
}

func (l *listed) prev() {
	if !l.back {
		l.seekLT(l.key)
		return
	}
	l.settle()
}

// seekGE moves to the first key from key on; nil is below all.
func (l *listed) seekGE(key []byte) {
	l.back = false
	for i := range l.cursors {
		c := &l.cursors[i]
		c.at = max(c.lo, l.e.seek(c.run, key))
	}
	l.settle()
}

// seekLT moves to the last key before key; nil is above all.
func (l *listed) seekLT(key []byte) {
	l.back = true
	for i := range l.cursors {
		c := &l.cursors[i]
		c.at = c.hi - 1
		if key != nil {
			c.at = min(c.at, l.e.seek(c.run, key)-1)
		}
	}
	l.settle()
}

// place is where an iterator stands.
type place uint8

const (
	unpositioned place = iota
	atEntry
	beforeFirst
	afterLast
)

// iterator merges lists over an iterator of the inner engine.
type iterator struct {
	inner   kv.Iterator
	innerOK bool
	lists   listed
	parts   []part
	place   place
	back    bool
	listed  bool   // the entry is of the lists
	key     []byte // scratch
	done    func() error
}

var _ kv.Iterator = (*iterator)(nil)

// heldIterator is an iterator of the inner engine, where the lists have nothing
// in its bounds.
type heldIterator struct {
	kv.Iterator
	e     *Engine
	parts []part
	done  func() error
}

func (h *heldIterator) Close() error {
	if h.done == nil {
		return nil
	}
	err := h.Iterator.Close()
	h.e.unpin(h.parts)
	err = errors.Join(err, h.done())
	h.done = nil
	return err
}

// newIterator takes over inner and a hold of the parts; done is called at the end.
func (e *Engine) newIterator(inner kv.Iterator, o kv.IterOptions, seq uint64, parts []part, done func() error) kv.Iterator {
	it := &iterator{inner: inner, parts: parts, done: done, lists: listed{e: e, seq: seq}}
	for i := range parts {
		for g := range groupsMax {
			if len(parts[i].entries[g]) == 0 || !e.groupMeets(g, o.Lower, o.Upper) {
				continue
			}
			for _, r := range e.runsOf(&parts[i], g) {
				c := cursor{run: r, hi: len(r.order)}
				if o.Lower != nil {
					c.lo = e.seek(r, o.Lower)
				}
				if o.Upper != nil {
					c.hi = e.seek(r, o.Upper)
				}
				if c.lo < c.hi {
					it.lists.cursors = append(it.lists.cursors, c)
				}
			}
		}
	}
	if len(it.lists.cursors) == 0 {
		return &heldIterator{inner, e, parts, done}
	}
	return it
}

// settle makes the nearer of the two the entry.
func (it *iterator) settle() bool {
	for {
		if !it.innerOK && (!it.lists.ok || it.inner.Error() != nil) {
			it.place = afterLast
			if it.back {
				it.place = beforeFirst
			}
			return false
		}
		it.place = atEntry
		it.listed = !it.innerOK
		if it.innerOK && it.lists.ok {
			c := bytes.Compare(it.lists.key, it.inner.Key())
			if c == 0 { // what the inner engine has is older, or the same
				it.stepInner()
				continue
			}
			it.listed = c < 0 != it.back
		}
		if !it.listed || !it.lists.dead {
			return true
		}
		it.stepLists()
	}
}

func (it *iterator) stepInner() {
	if it.back {
		it.innerOK = it.inner.Prev()
	} else {
		it.innerOK = it.inner.Next()
	}
}

func (it *iterator) stepLists() {
	if it.back {
		it.lists.prev()
	} else {
		it.lists.next()
	}
}

func (it *iterator) First() bool {
	it.back = false
	it.innerOK = it.inner.First()
	it.lists.seekGE(nil)
	return it.settle()
}

func (it *iterator) Last() bool {
	it.back = true
	it.innerOK = it.inner.Last()
	it.lists.seekLT(nil)
	return it.settle()
}

func (it *iterator) SeekGE(key []byte) bool {
	it.back = false
	it.innerOK = it.inner.SeekGE(key)
	it.lists.seekGE(key)
	return it.settle()
}

func (it *iterator) SeekLT(key []byte) bool {
	it.back = true
	it.innerOK = it.inner.SeekLT(key)
	it.lists.seekLT(key)
	return it.settle()
}

func (it *iterator) Next() bool {
	switch {
	case it.place == beforeFirst:
		return it.First()
	case it.place != atEntry:
		return false
	case it.back:
		it.key = append(append(it.key[:0], it.Key()...), 0)
		return it.SeekGE(it.key)
	}
	it.step()
	return it.settle()
}

func (it *iterator) Prev() bool {
	switch {
	case it.place == afterLast:
		return it.Last()
	case it.place != atEntry:
		return false
	case !it.back:
		it.key = append(it.key[:0], it.Key()...)
		return it.SeekLT(it.key)
	}
	it.step()
	return it.settle()
}

func (it *iterator) step() {
	if it.listed {
		it.stepLists()
	} else {
		it.stepInner()
	}
}

func (it *iterator) Valid() bool { return it.place == atEntry }

func (it *iterator) Key() []byte {
	if it.listed {
		return it.lists.key
	}
	return it.inner.Key()
}

func (it *iterator) Value() ([]byte, error) {
	if it.listed {
		return it.lists.rec.value(), nil
	}
	return it.inner.Value()
}

func (it *iterator) Error() error { return it.inner.Error() }

func (it *iterator) Close() error {
	if it.done == nil {
		return nil
	}
	err := it.inner.Close()
	it.lists.e.unpin(it.parts)
	err = errors.Join(err, it.done())
	it.done = nil
	it.place = unpositioned
	return err
}
