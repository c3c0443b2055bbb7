package local

import (
	"sync"

	"github.com/ferritedb/ferrite/txn"
)

// movesMax bounds how many moves of rows are remembered for those who wait for
// the rows; the oldest are forgotten first.
const movesMax = 1 << 16

// moves remembers where committed transactions moved rows whose key changed, so
// that who waited for the lock of the old key finds the row. Memory only: whoever
// waits has a snapshot from before, and none outlives the process.
type moves struct {
	mu  sync.RWMutex
	max int // movesMax but in tests
	// of has the moves away from a key, in commit order; order is all of them,
	// a ring from head on.
	of    map[string][]moved
	order []string
	head  int
	// forgotten is the commit of the youngest move that is not remembered any more.
	forgotten txn.Timestamp
}

type moved struct {
	to string
	ts txn.Timestamp
}

// move is one of a transaction that has not committed.
type move struct{ from, to string }

// add remembers the moves of a commit. Called inside the commit section, so that
// they are known when its locks are released.
func (m *moves) add(list []move, ts txn.Timestamp) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.of == nil {
		m.of = map[string][]moved{}
	}
	for _, v := range direct(list) {
		m.of[v.from] = append(m.of[v.from], moved{v.to, ts})
		if len(m.order) < m.max {
			m.order = append(m.order, v.from)
			continue
		}
		m.forget(m.order[m.head])
		m.order[m.head] = v.from
		m.head = (m.head + 1) % len(m.order)
	}
}

// direct joins the moves that a transaction made of one row.
func direct(list []move) []move {
	at := map[string]int{} // the move to a key, by that key
	out := list[:0:0]
	for _, v := range list {
		if i, ok := at[v.from]; ok {
			delete(at, v.from)
			out[i].to, at[v.to] = v.to, i
			continue
		}
		at[v.to] = len(out)
		out = append(out, v)
	}
	return out
}

// forget drops the oldest move away from key. REQUIRES: mu.
func (m *moves) forget(key string) {
	list := m.of[key]
	m.forgotten = max(m.forgotten, list[0].ts)
	if len(list) == 1 {
		delete(m.of, key)
		return
	}
	m.of[key] = list[1:]
}

// after is where the row under key was moved first after ts. unknown: moves of
// that time are forgotten.
func (m *moves) after(key []byte, ts txn.Timestamp) (v moved, ok, unknown bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, v := range m.of[string(key)] {
		if v.ts > ts {
			return v, true, false
		}
	}
	return moved{}, false, m.forgotten > ts
}

// Moved notes that the transaction stored the row of from under another key.
func (t *Txn) Moved(from, to []byte) {
	if t.s != nil {
		t.s.moves = append(t.s.moves, move{string(from), string(to)})
	}
}

// WentTo implements txn.Follower.
func (t *Txn) WentTo(dst, key []byte, since txn.Timestamp) ([]byte, txn.Timestamp, error) {
	st := t.s
	if st == nil {
		return dst, 0, txn.ErrTxnDone
	}
	if st.snap == nil {
		return dst, 0, nil // the statement has seen no row that could have moved
	}
	v, ok, unknown := st.store.moves.after(key, max(since, st.snap.ts))
	if unknown {
		return dst, 0, txn.ErrSerialization
	}
	if !ok {
		return dst, 0, nil
	}
	return append(dst, v.to...), v.ts, nil
}
