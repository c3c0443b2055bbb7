package lock

import (
	"context"
	"encoding/binary"
	"sync/atomic"
	"time"

	"github.com/ferritedb/ferrite/txn"
)

// fastSlotCount is how many tables an owner locks weakly without touching the
// shared table (PostgreSQL has 16).
const fastSlotCount = 16

// fastSlot is the weak locks of one table. A slot with moved set stands in that
// entry as well, and is released there.
type fastSlot struct {
	id    uint64
	modes modeSet
	moved *entry
}

const strongPartitions = 1024

// strongCounts counts, by a hash of the table id, the strong locks held or
// asked for. Where it is not 0 weak locks go to the shared table.
//
// A weak locker reads its count under its own fastMu; a strong locker raises
// the count first and then visits every owner's fastMu: so either the weak one
// sees the count, or the strong one sees the slot.
type strongCounts [strongPartitions]atomic.Int32

func (s *strongCounts) of(id uint64) *atomic.Int32 { return &s[id%strongPartitions] }

func (s *strongCounts) leave(key []byte) { s.of(binary.BigEndian.Uint64(key)).Add(-1) }

func tableMode(m mode) txn.TableMode { return txn.TableMode(m) }

// Contended tells whether some table lock that conflicts with weak ones is held or
// asked for on a table (or on one of the same partition).
func (t *Table) Contended(id uint64) bool { return t.strong.of(id).Load() != 0 }

// fastLock notes a weak lock in o's slots; false where it has to go to the
// shared table.
func (t *Table) fastLock(o *Owner, id uint64, m txn.TableMode) bool {
	bit := mode(m).bit()
	o.fastMu.Lock()
	defer o.fastMu.Unlock()
	slot := -1
	for i := range o.fast[:o.fastN] {
		if f := &o.fast[i]; f.id == id {
			if f.modes&bit != 0 {
				return true
			}
			if f.moved != nil {
				return false
			}
			slot = i
		}
	}
	if t.strong.of(id).Load() != 0 {
		return false
	}
	if slot < 0 {
		if o.fastN == fastSlotCount {
			return false
		}
		slot = o.fastN
		o.fastN++
		o.fast[slot] = fastSlot{id: id}
	}
	o.fast[slot].modes |= bit
	o.held = append(o.held, held{mode: mode(m), slot: uint8(slot)})
	return true
}

// fastRelease undoes one fastLock. Slots are given up in reverse order of
// taking, so an empty one is the last.
func (t *Table) fastRelease(o *Owner, h held) {
	o.fastMu.Lock()
	f := &o.fast[h.slot]
	moved := f.moved
	if f.modes&h.mode.bit() == 0 {
		moved = nil
	}
	f.modes &^= h.mode.bit()
	if f.modes == 0 {
		*f = fastSlot{}
		o.fastN = int(h.slot)
	}
	o.fastMu.Unlock()
	if moved != nil {
		t.releaseEntry(o, moved, h.mode)
	}
}

// lockStrong takes a table lock that conflicts with weak ones.
func (t *Table) lockStrong(ctx context.Context, o *Owner, id uint64, m txn.TableMode, wait txn.Wait, timeout time.Duration) (bool, error) {
	count := t.strong.of(id)
	count.Add(1)
	var key [8]byte
	binary.BigEndian.PutUint64(key[:], id)
	t.moveFast(id, key[:])
	before := len(o.held)
	ok, err := t.acquire(ctx, o, o, kindTable, key[:], mode(m), wait, timeout)
	if len(o.held) == before {
		count.Add(-1) // refused, or held already: the release will not count this one
	}
	return ok, err
}

// moveFast enters all weak locks of a table into the shared table.
func (t *Table) moveFast(id uint64, key []byte) {
	t.ownersMu.Lock()
	owners := t.owners[:len(t.owners):len(t.owners)]
	t.ownersMu.Unlock()
	h := t.hash(kindTable, key)
	s := t.shardOf(h)
	for _, o := range owners {
		o.fastMu.Lock()
		for i := range o.fast[:o.fastN] {
			if f := &o.fast[i]; f.id == id && f.moved == nil {
				s.mu.Lock()
				f.moved = s.findLocked(h, kindTable, key)
				if f.moved == nil {
					f.moved = s.insertLocked(h, kindTable, key)
				}
				if j := f.moved.holderOf(o); j >= 0 {
					// What o holds in the entry already is released there, by the
					// acquisition that took it.
					f.modes &^= f.moved.holders[j].modes
					f.moved.holders[j].modes |= f.modes
				} else {
					f.moved.holders = append(f.moved.holders, holder{owner: o, modes: f.modes})
				}
				s.mu.Unlock()
			}
		}
		o.fastMu.Unlock()
	}
}
