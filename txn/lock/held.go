package lock

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/ferritedb/ferrite/txn"
)

// Held is one lock of an owner, in a form that outlives the table.
type Held struct {
	Kind, Mode uint8
	Key        []byte // of a table: its id, u64be
}

// HeldBy lists what o holds, rows past Table.thinAfter last. Valid until o
// releases something.
func (t *Table) HeldBy(o *Owner) []Held {
	out := make([]Held, 0, len(o.held))
	for _, h := range o.held {
		if h.entry == nil {
			key := binary.BigEndian.AppendUint64(nil, o.fast[h.slot].id)
			out = append(out, Held{Kind: uint8(kindTable), Mode: uint8(h.mode), Key: key})
			continue
		}
		out = append(out, Held{Kind: uint8(h.entry.kind), Mode: uint8(h.mode), Key: append([]byte(nil), h.entry.key...)})
	}
	return o.thinHeld(out)
}

// Take gives o a lock that HeldBy listed. Errors: txn.ErrLockNotAvailable.
func (t *Table) Take(o *Owner, h Held) error {
	k, m := kind(h.Kind), mode(h.Mode)
	if k >= kindCount || m >= 8 || conflictsOf[k][m] == 0 || k == kindTable && len(h.Key) != 8 {
		return fmt.Errorf("no lock is of kind %d and mode %d", h.Kind, h.Mode)
	}
	var ok bool
	var err error
	if k == kindTable {
		ok, err = t.LockTable(context.Background(), o, binary.BigEndian.Uint64(h.Key), txn.TableMode(m), txn.NoWait, 0)
	} else {
		ok, err = t.acquire(context.Background(), o, o, k, h.Key, m, txn.NoWait, 0)
	}
	return mustHold(ok, err)
}

func mustHold(ok bool, err error) error {
	if err == nil && !ok {
		return txn.ErrLockNotAvailable
	}
	return err
}

// Detach takes o out of its session, which then conflicts with it like any other.
func (t *Table) Detach(o *Owner) {
	t.lockAll() // others read the group of a holder
	o.group = 0
	t.unlockAll()
}
