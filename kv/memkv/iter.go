package memkv

import (
	"bytes"

	"github.com/tidwall/btree"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/must"
)

// where an iterator stands.
type place uint8

const (
	unpositioned place = iota
	atEntry
	beforeFirst
	afterLast
)

// iterator walks a tree that nobody changes.
type iterator struct {
	it    btree.IterG[entry]
	lower []byte
	upper []byte
	at    place
	cur   entry
	// shown are the bytes given out in invariants builds, scribbled over when
	// the position changes.
	shown  entry
	closed bool
	onDone func()
}

var _ kv.Iterator = (*iterator)(nil)

func newIterator(t *tree, o kv.IterOptions, onDone func()) *iterator {
	i := &iterator{lower: o.Lower, upper: o.Upper, onDone: onDone}
	i.it.Init(t, false)
	return i
}

// settle ends a positioning call: ok tells whether the tree iterator is at an
// entry, out what the iterator is where it left the bounds.
func (i *iterator) settle(ok bool, out place) bool {
	must.Scribble(i.shown.key)
	must.Scribble(i.shown.val)
	i.shown = entry{}
	if ok {
		i.cur = i.it.Item()
		ok = (i.lower == nil || bytes.Compare(i.cur.key, i.lower) >= 0) &&
			(i.upper == nil || bytes.Compare(i.cur.key, i.upper) < 0)
	}
	if !ok {
		i.at = out
		return false
	}
	i.at = atEntry
	if must.Enabled {
		i.cur = entry{bytes.Clone(i.cur.key), bytes.Clone(i.cur.val)}
		i.shown = i.cur
	}
	return true
}

func (i *iterator) seekGE(key []byte) bool { return i.it.Seek(entry{key: key}) }

func (i *iterator) seekLT(key []byte) bool {
	if i.it.Seek(entry{key: key}) {
		return i.it.Prev()
	}
	return i.it.Last()
}

func (i *iterator) First() bool {
	if i.lower == nil {
		return i.settle(i.it.First(), afterLast)
	}
	return i.settle(i.seekGE(i.lower), afterLast)
}

func (i *iterator) Last() bool {
	if i.upper == nil {
		return i.settle(i.it.Last(), beforeFirst)
	}
	return i.settle(i.seekLT(i.upper), beforeFirst)
}

func (i *iterator) SeekGE(key []byte) bool {
	if i.lower != nil && bytes.Compare(key, i.lower) < 0 {
		key = i.lower
	}
	return i.settle(i.seekGE(key), afterLast)
}

func (i *iterator) SeekLT(key []byte) bool {
	if i.upper != nil && bytes.Compare(key, i.upper) > 0 {
		key = i.upper
	}
	return i.settle(i.seekLT(key), beforeFirst)
}

func (i *iterator) Next() bool {
	switch i.at {
	case atEntry:
		return i.settle(i.it.Next(), afterLast)
	case beforeFirst:
		return i.First()
	}
	return false
}

func (i *iterator) Prev() bool {
	switch i.at {
	case atEntry:
		return i.settle(i.it.Prev(), beforeFirst)
	case afterLast:
		return i.Last()
	}
	return false
}

func (i *iterator) Valid() bool            { return i.at == atEntry }
func (i *iterator) Key() []byte            { return i.cur.key }
func (i *iterator) Value() ([]byte, error) { return i.cur.val, nil }
func (i *iterator) Error() error           { return nil }

func (i *iterator) Close() error {
	if i.closed {
		return nil
	}
	i.settle(false, unpositioned)
	i.closed = true
	i.it.Release()
	i.onDone()
	return nil
}
