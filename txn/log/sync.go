package log

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/fault"
)

// errLead tells a waiter that the next sync is its to make.
var errLead = errors.New("lead the next sync")

// waiter waits for the log to be synced to pos: a goroutine on ch, or fn.
type waiter struct {
	pos uint64
	ch  chan error // capacity 1
	fn  func(error)
}

var waiterPool = sync.Pool{New: func() any { return &waiter{ch: make(chan error, 1)} }}

// syncState is the group sync. One goroutine at a time leads: the first that
// waits, and after each sync the first whose records came too late for it. So a
// lone committer syncs by itself, without a switch of goroutines, and committers
// that come during a sync share the next one. Where only callbacks wait, the
// log's own goroutine leads.
type syncState struct {
	mu      sync.Mutex
	leading bool // somebody leads or was told to; guarded by mu
	waiters []*waiter
	kick    chan struct{} // capacity 1: the own goroutine is to lead
	started bool          // the own goroutine was started; guarded by mu
	running sync.Mutex    // held over a sync
	stopped bool
	timer   clock.Timer
	every   time.Duration
	ticking atomic.Bool
	epoch   int // counts calls of SyncEvery, so that old ticks end
}

// WaitSync returns when the log is synced to pos. With ctx's error it may or
// may not be synced later. The caller may find itself making the sync.
func (l *Log) WaitSync(ctx context.Context, pos uint64) error {
	if l.synced.Load() >= pos {
		return nil
	}
	s := &l.sync
	s.mu.Lock()
	if err := l.doneLocked(pos); err != errLead {
		s.mu.Unlock()
		return err
	}
	if !s.leading {
		s.leading = true
		s.mu.Unlock()
		return l.lead(pos)
	}
	w := waiterPool.Get().(*waiter)
	w.pos = pos
	s.waiters = append(s.waiters, w)
	s.mu.Unlock()
	var err error
	select {
	case err = <-w.ch:
	case <-ctx.Done():
		if l.withdraw(w) {
			waiterPool.Put(w)
			return ctx.Err()
		}
		err = <-w.ch
	}
	waiterPool.Put(w)
	if err == errLead {
		return l.lead(pos)
	}
	return err
}

// doneLocked is what a waiter for pos gets at once, or errLead where it has to wait.
func (l *Log) doneLocked(pos uint64) error {
	if l.synced.Load() >= pos {
		return nil
	}
	if err := l.Err(); err != nil {
		return err
	}
	return errLead
}

// withdraw takes w from the list; false where it was served already.
func (l *Log) withdraw(w *waiter) bool {
	s := &l.sync
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.waiters, w)
	if i < 0 {
		return false
	}
	s.waiters = slices.Delete(s.waiters, i, i+1)
	return true
}

// OnSync calls fn once when the log is synced to pos, or with the error if it
// never will be: at once in this goroutine where that is known, else from a
// goroutine that syncs. fn must not block nor call the log.
func (l *Log) OnSync(pos uint64, fn func(error)) {
	s := &l.sync
	s.mu.Lock()
	if err := l.doneLocked(pos); err != errLead {
		s.mu.Unlock()
		fn(err)
		return
	}
	s.waiters = append(s.waiters, &waiter{pos: pos, fn: fn})
	if !s.leading {
		s.leading = true
		l.kickLocked()
	}
	s.mu.Unlock()
}

// kickLocked has the log's goroutine lead; leading is set.
func (l *Log) kickLocked() {
	s := &l.sync
	if !s.started {
		s.started = true
		l.busy.Add(1)
		go l.runSyncer()
	}
	s.kick <- struct{}{}
}

func (l *Log) runSyncer() {
	defer l.busy.Done()
	for range l.sync.kick {
		lead := func() error { _ = l.lead(l.written.Load()); return nil }
		if err := fault.Call("log sync", lead); err != nil {
			_ = l.fail(err)
			_ = fault.Call("log sync", lead) // who waits hears of it
		}
	}
}

// lead makes one sync, serves whom it satisfies, and hands the lead on. It
// returns what a waiter for pos gets; all that was written before is synced.
func (l *Log) lead(pos uint64) error {
	syncErr := l.syncOnce()
	s := &l.sync
	s.mu.Lock()
	if syncErr == nil {
		syncErr = l.Err() // closed, or failed otherwise, meanwhile
	}
	synced := l.synced.Load()
	var calls []*waiter
	var next *waiter
	rest := s.waiters[:0]
	for _, w := range s.waiters {
		switch done := w.pos <= synced || syncErr != nil; {
		case done && w.fn != nil:
			calls = append(calls, w)
		case done:
			w.ch <- outcome(w.pos, synced, syncErr)
		case next == nil && w.fn == nil:
			next = w
		default:
			rest = append(rest, w)
		}
	}
	clear(s.waiters[len(rest):])
	s.waiters = rest
	switch {
	case next != nil:
		next.ch <- errLead
	case len(rest) > 0:
		l.kickLocked()
	default:
		s.leading = false
	}
	s.mu.Unlock()
	for _, w := range calls {
		w.fn(outcome(w.pos, synced, syncErr))
	}
	return outcome(pos, synced, syncErr)
}

func outcome(pos, synced uint64, err error) error {
	if pos <= synced {
		return nil
	}
	return err
}

// syncOnce makes everything written before the call durable.
func (l *Log) syncOnce() error {
	l.sync.running.Lock()
	defer l.sync.running.Unlock()
	l.mu.Lock()
	if err := l.Err(); err != nil {
		l.mu.Unlock()
		return err
	}
	target, ts := l.written.Load(), l.lastTS
	if target <= l.synced.Load() {
		l.mu.Unlock()
		return nil
	}
	files := l.unsynced
	l.unsynced = nil
	newNames := l.newNames
	l.newNames = false
	cur := l.segments[len(l.segments)-1]
	l.mu.Unlock()
	start := l.opts.Clock.Now()
	for _, s := range files {
		if err := s.file.Datasync(); err != nil {
			return l.fail(err)
		}
	}
	if err := cur.file.Datasync(); err != nil {
		return l.fail(err)
	}
	if newNames {
		if err := l.fs.SyncDir(l.dir); err != nil {
			return l.fail(err)
		}
	}
	// Failing this, the next open knows less.
	_ = l.mark.note(slot{synced: target, ts: ts, file: l.mark.last.file})
	l.synced.Store(target)
	l.stats.syncs.Add(1)
	l.stats.syncNanos.Add(uint64(l.opts.Clock.Now().Sub(start)))
	l.bell.ring()
	return nil
}

// SyncEvery has the log sync in the background at this interval from now on; 0
// stops that.
func (l *Log) SyncEvery(d time.Duration) {
	s := &l.sync
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	s.every = d
	s.epoch++
	l.armLocked(s.epoch)
}

func (l *Log) armLocked(epoch int) {
	s := &l.sync
	if s.every > 0 && !s.stopped && epoch == s.epoch {
		s.timer = l.opts.Clock.AfterFunc(s.every, func() { l.tick(epoch) })
	}
}

// tick arms the next one, and asks for a sync unless the last one it asked for
// is still under way.
func (l *Log) tick(epoch int) {
	l.sync.mu.Lock()
	l.armLocked(epoch)
	l.sync.mu.Unlock()
	if l.sync.ticking.CompareAndSwap(false, true) {
		l.OnSync(l.written.Load(), func(error) { l.sync.ticking.Store(false) })
	}
}

func (l *Log) stopTimer() {
	s := &l.sync
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	if s.timer != nil {
		s.timer.Stop()
	}
}

// stopSyncer ends the own goroutine after it served who waits. Called once,
// after the log has failed for good, so that no kick comes later.
func (l *Log) stopSyncer() {
	s := &l.sync
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.kick)
}
