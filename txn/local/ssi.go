package local

import (
	"math"

	"github.com/ferritedb/ferrite/txn"
)

// dependencies is what the validation of a SERIALIZABLE transaction T has found so
// far of its rw-dependencies (doc.go).
type dependencies struct {
	// firstOut is the first commit that overwrote what T read; 0: none.
	firstOut txn.Timestamp
	// lastIn is the last commit of a concurrent transaction that read what T
	// writes, and lastInSnapshot the newest snapshot of one that wrote nothing.
	lastIn, lastInSnapshot txn.Timestamp
}

// look takes commit n into account, commits in order. mine is what T has written,
// and nil where nothing. It gives an error where n is a pivot after T.
func (d *dependencies) look(st *state, n, mine *commitNode, readOnly bool) error {
	snapshot := st.snapshotTS()
	if st.reads.conflicts(n, snapshot) {
		if d.firstOut == 0 {
			d.firstOut = n.ts
		}
		if n.firstOut != 0 && (!readOnly || n.firstOut <= snapshot) {
			return txn.ErrSerializationDependency
		}
	}
	if n.reads == nil || mine == nil || n.ts <= snapshot || !n.reads.overlaps(mine) {
		return nil
	}
	if n.readOnly {
		d.lastInSnapshot = max(d.lastInSnapshot, n.snapshot)
	} else {
		d.lastIn = n.ts
	}
	return nil
}

// pivot tells whether T is one between transactions that have committed.
func (d *dependencies) pivot() bool {
	return d.firstOut != 0 && max(d.lastIn, d.lastInSnapshot) >= d.firstOut
}

// before tells whether an active or prepared transaction has read what T wrote, and
// something has committed that T is before. REQUIRES: commitMu.
func (d *dependencies) before(s *Store, st *state, mine *commitNode) bool {
	if d.firstOut == 0 || mine == nil {
		return false
	}
	for _, g := range s.guards {
		if g.reads.overlaps(mine) {
			return true
		}
	}
	for t := s.recent.oldest; t != nil; t = t.next {
		if t == st.track || t.readOnly && t.snapshot < d.firstOut ||
			t.st.opts.Isolation != txn.Serializable || t.st.backward {
			continue
		}
		if t.st.reads.overlapsNow(mine) {
			return true
		}
	}
	return false
}

// prevalidate does without the commit lock what of validate it can.
func (r *recent) prevalidate(s *Store, st *state) error {
	if st.opts.Isolation != txn.Serializable && !st.backward {
		return nil
	}
	if st.walk == nil {
		if st.walk = st.track.after.Load(); st.walk == nil {
			return nil // lost, as validate will find, or safe
		}
	}
	st.reads.settle()
	for n := st.walk.next.Load(); n != nil; n = n.next.Load() {
		if st.backward {
			if st.reads.conflicts(n, st.snapshotTS()) {
				return st.conflictError()
			}
		} else if err := st.deps.look(st, n, st.mineFor(s, n), st.ws.empty()); err != nil {
			return err
		}
		st.walk = n
	}
	return nil
}

// mineFor is mine where n needs it.
func (st *state) mineFor(s *Store, n *commitNode) *commitNode {
	if n.reads == nil {
		return nil
	}
	return st.mine(s)
}

// mine is the node of the writes of st, which are complete; nil where there are none.
func (st *state) mine(s *Store) *commitNode {
	if st.ws.empty() {
		return nil
	}
	return st.written(s)
}

// validate fails where the commit of st could complete a cycle, or where it asks
// for its reads to be as they were and they are not. REQUIRES: Store.commitMu.
func (r *recent) validate(s *Store, st *state) error {
	if st.track.safe.Load() {
		return nil
	}
	if st.track.lost {
		return st.conflictError()
	}
	if err := r.prevalidate(s, st); err != nil || st.backward {
		return err
	}
	if st.deps.pivot() || st.deps.firstOut != 0 && st.deps.before(s, st, st.mine(s)) {
		return txn.ErrSerializationDependency
	}
	return nil
}

func (st *state) conflictError() error {
	if st.opts.Isolation == txn.Serializable {
		return txn.ErrSerializationDependency
	}
	return txn.ErrSerialization
}

const (
	// checkNodesMax bounds how many commits CheckReads looks at, and checkWritesMax
	// for how many own writes it looks for who read what they overwrite.
	checkNodesMax  = 256
	checkWritesMax = 1024
)

// CheckReads implements txn.ReadChecker. Where much was committed since its
// snapshot, or written, the question is left to Commit.
func (t *Txn) CheckReads(asWriter bool) error {
	st := t.s
	if st == nil {
		return txn.ErrTxnDone
	}
	if st.track == nil || st.opts.Isolation != txn.Serializable {
		return nil
	}
	n := st.track.after.Load()
	if n == nil {
		return nil
	}
	if n = n.next.Load(); n == nil {
		return nil
	}
	st.reads.settle()
	if asWriter || st.backward {
		return st.checkUnchanged(n, asWriter)
	}
	var d dependencies
	var mine *commitNode
	if !st.ws.empty() && !st.ws.spilled() && st.ws.count() <= checkWritesMax {
		mine = t.store.nodeOf(st, math.MaxUint64, 0)
	}
	for looked := 0; n != nil && looked < checkNodesMax; looked++ {
		if err := d.look(st, n, mine, st.opts.ReadOnly); err != nil {
			return err
		}
		n = n.next.Load()
	}
	if d.pivot() {
		return txn.ErrSerializationDependency
	}
	if d.firstOut == 0 || mine == nil {
		return nil
	}
	t.store.commitMu.Lock()
	defer t.store.commitMu.Unlock()
	if d.before(t.store, st, mine) {
		return txn.ErrSerializationDependency
	}
	return nil
}

// checkUnchanged fails where a commit from n on overwrote what was read and the
// transaction has written, or is about to.
func (st *state) checkUnchanged(n *commitNode, asWriter bool) error {
	if !asWriter && st.ws.empty() {
		return nil
	}
	for looked := 0; n != nil && looked < checkNodesMax; looked++ {
		if st.reads.conflicts(n, st.snapshotTS()) {
			return st.conflictError()
		}
		n = n.next.Load()
	}
	return nil
}
