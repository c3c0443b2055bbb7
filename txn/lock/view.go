package lock

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/ferritedb/ferrite/txn"
)

// Locks lists what is held and waited for, ordered by kind, key, owner and mode.
func (t *Table) Locks() []txn.LockInfo {
	var out []txn.LockInfo
	t.ownersMu.Lock()
	owners := t.owners[:len(t.owners):len(t.owners)]
	t.ownersMu.Unlock()
	for _, o := range owners {
		o.fastMu.Lock()
		for _, f := range o.fast[:o.fastN] {
			if f.moved == nil {
				out = appendModes(out, txn.LockInfo{Txn: o.id, Session: o.group, Kind: kindNames[kindTable], TableID: f.id, Granted: true}, kindTable, f.modes)
			}
		}
		o.fastMu.Unlock()
	}
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		for _, e := range s.buckets {
			for ; e != nil; e = e.next {
				out = appendEntry(out, e)
			}
		}
		s.mu.Unlock()
	}
	slices.SortFunc(out, compareInfo)
	return out
}

func compareInfo(a, b txn.LockInfo) int {
	switch {
	case a.Kind != b.Kind:
		return bytes.Compare([]byte(a.Kind), []byte(b.Kind))
	case a.TableID != b.TableID:
		return cmp(a.TableID, b.TableID)
	case !bytes.Equal(a.Key, b.Key):
		return bytes.Compare(a.Key, b.Key)
	case a.Txn != b.Txn:
		return cmp(a.Txn, b.Txn)
	}
	return bytes.Compare([]byte(a.Mode), []byte(b.Mode))
}

func cmp(a, b uint64) int {
	if a < b {
		return -1
	}
	return 1
}

func appendEntry(out []txn.LockInfo, e *entry) []txn.LockInfo {
	info := txn.LockInfo{Kind: kindNames[e.kind], Granted: true}
	if e.kind == kindTable {
		info.TableID = binary.BigEndian.Uint64(e.key)
	} else {
		info.Key = bytes.Clone(e.key)
	}
	for _, h := range e.holders {
		info.Txn, info.Session = h.owner.id, h.owner.group
		out = appendModes(out, info, e.kind, h.modes)
	}
	info.Granted = false
	for w := e.head; w != nil; w = w.next {
		info.Txn, info.Session = w.by.id, w.by.group
		out = appendModes(out, info, e.kind, w.mode.bit())
	}
	return out
}

func appendModes(out []txn.LockInfo, info txn.LockInfo, k kind, modes modeSet) []txn.LockInfo {
	for m := mode(0); m < 8; m++ {
		if modes&m.bit() != 0 {
			info.Mode = modeNames[k][m]
			out = append(out, info)
		}
	}
	return out
}

// Blockers lists whom the owner id waits for, holders first: each by its session,
// or where it has none by its id. Empty where it does not wait.
func (t *Table) Blockers(id uint64) []uint64 {
	t.lockAll()
	defer t.unlockAll()
	for i := range t.shards {
		for _, e := range t.shards[i].buckets {
			for ; e != nil; e = e.next {
				for w := e.head; w != nil; w = w.next {
					if w.by.id == id {
						return blockersOf(w)
					}
				}
			}
		}
	}
	return nil
}

func blockersOf(w *waiter) []uint64 {
	var ids []uint64
	add := func(o *Owner) {
		if !w.owner.sameGroup(o) && !slices.Contains(ids, o.name()) {
			ids = append(ids, o.name())
		}
	}
	mask := conflictsOf[w.entry.kind][w.mode]
	for _, h := range w.entry.holders {
		if h.modes&mask != 0 {
			add(h.owner)
		}
	}
	for p := w.entry.head; p != w; p = p.next {
		if mask&p.mode.bit() != 0 {
			add(p.owner)
		}
	}
	return ids
}
