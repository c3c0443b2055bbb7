package pebblekv

import (
	"github.com/cockroachdb/pebble/v2"

	"github.com/ferritedb/ferrite/kv"
)

// iterator is Pebble's, with the contract's signatures; no memory of its own.
type iterator pebble.Iterator

var _ kv.Iterator = (*iterator)(nil)

func (i *iterator) p() *pebble.Iterator { return (*pebble.Iterator)(i) }

func (i *iterator) First() bool            { return i.p().First() }
func (i *iterator) Last() bool             { return i.p().Last() }
func (i *iterator) SeekGE(key []byte) bool { return i.p().SeekGE(key) }
func (i *iterator) SeekLT(key []byte) bool { return i.p().SeekLT(key) }
func (i *iterator) Next() bool             { return i.p().Next() }
func (i *iterator) Prev() bool             { return i.p().Prev() }
func (i *iterator) Valid() bool            { return i.p().Valid() }
func (i *iterator) Key() []byte            { return i.p().Key() }
func (i *iterator) Error() error           { return mark(i.p().Error()) }
func (i *iterator) Close() error           { return mark(i.p().Close()) }

func (i *iterator) Value() ([]byte, error) {
	v, err := i.p().ValueAndErr()
	return v, mark(err)
}
