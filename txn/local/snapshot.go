package local

import (
	"runtime"
	"sync/atomic"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/txn"
)

// snapshot is an engine snapshot with the timestamp of the last commit in it.
// It is shared by all who ask while nothing commits, and closed by the last.
type snapshot struct {
	kv.Snapshot
	ts   txn.Timestamp
	seq  uint64
	refs atomic.Int32
}

func (s *snapshot) release() {
	if s.refs.Add(-1) == 0 {
		_ = s.Close()
	}
}

const (
	// snapshotSpins is how often the end of a running apply is looked for, and
	// snapshotTries how many engine snapshots are taken beside commits, before the
	// commit lock is taken for one.
	snapshotSpins = 8
	snapshotTries = 2
)

// acquireSnapshot returns a snapshot that has every commit published before the
// call. The caller releases it.
//
// Store.seq is odd while a commit is between apply and publish. An engine
// snapshot is coherent with the visible timestamp if seq was even and the same
// before and after it was taken.
func (s *Store) acquireSnapshot() *snapshot {
	for tries, spins := 0, 0; tries < snapshotTries && spins < snapshotSpins; {
		seq := s.seq.Load()
		if seq&1 != 0 {
			runtime.Gosched()
			spins++
			continue
		}
		if snap := s.cachedSnapshot(seq); snap != nil {
			return snap
		}
		snap := &snapshot{Snapshot: s.engine.NewSnapshot(), ts: s.visibleTS(), seq: seq}
		if s.seq.Load() != seq {
			_ = snap.Close()
			tries++
			continue
		}
		s.cacheSnapshot(snap)
		return snap
	}
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	return s.newSnapshot()
}

// newSnapshot takes a snapshot. REQUIRES: commitMu.
func (s *Store) newSnapshot() *snapshot {
	snap := &snapshot{Snapshot: s.engine.NewSnapshot(), ts: s.visibleTS(), seq: s.seq.Load()}
	s.cacheSnapshot(snap)
	return snap
}

// cachedSnapshot is the shared snapshot of a commit sequence, nil where it is another's.
func (s *Store) cachedSnapshot(seq uint64) *snapshot {
	s.snapMu.Lock()
	defer s.snapMu.Unlock()
	if s.shared == nil || s.shared.seq != seq {
		return nil
	}
	s.shared.refs.Add(1)
	return s.shared
}

// cacheSnapshot gives the snapshot its first reference and, where no newer one
// is shared, shares it.
func (s *Store) cacheSnapshot(snap *snapshot) {
	snap.refs.Store(1)
	s.snapMu.Lock()
	old := s.shared
	if s.sharing && (old == nil || old.seq < snap.seq) {
		snap.refs.Add(1)
		s.shared = snap
	} else {
		old = nil
	}
	s.snapMu.Unlock()
	if old != nil {
		old.release()
	}
}

// dropStaleSnapshot lets the engine forget the state before the last commit.
func (s *Store) dropStaleSnapshot() {
	s.snapMu.Lock()
	old := s.shared
	if old != nil && old.seq != s.seq.Load() {
		s.shared = nil
	} else {
		old = nil
	}
	s.snapMu.Unlock()
	if old != nil {
		old.release()
	}
}
