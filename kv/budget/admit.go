package budget

import (
	"container/list"
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// waitersMax bounds the runs that wait for their first grant at once; one more is
// refused at once.
const waitersMax = 1000

// queue holds the runs that wait for their first grant, in the order they came. A
// run that has a grant is not kept waiting: it ends the sooner, and gives back.
type queue struct {
	mu      sync.Mutex
	waiting list.List    // of *waiter; guarded by mu
	length  atomic.Int64 // of waiting
}

// waiter is one run in the queue.
type waiter struct {
	n       int64
	granted chan struct{} // closed once n bytes are reserved for it
}

// admit reserves n bytes for a run that holds none. Where they do not fit, or
// others wait already, it waits for them, up to wait: ErrMemory then, or the cause
// of ctx.
func (s *Server) admit(ctx context.Context, n int64, wait time.Duration) error {
	if s.queue.length.Load() == 0 && s.TryReserve(n) {
		return nil
	}
	w := &waiter{n: n, granted: make(chan struct{})}
	s.queue.mu.Lock()
	if n > s.limit || s.queue.waiting.Len() >= waitersMax {
		s.queue.mu.Unlock()
		return &Exceeded{Kind: ErrMemory, Limit: s.limit, Asked: n, Server: true}
	}
	e := s.queue.waiting.PushBack(w)
	s.queue.length.Add(1)
	s.next() // bytes may have come back meanwhile
	s.queue.mu.Unlock()
	t := time.NewTimer(wait)
	defer t.Stop()
	var done <-chan struct{}
	if ctx != nil {
		done = ctx.Done()
	}
	var err error
	select {
	case <-w.granted:
		return nil
	case <-done:
		err = context.Cause(ctx)
	case <-t.C:
		err = &Exceeded{Kind: ErrMemory, Limit: s.limit, Asked: n, Server: true}
	}
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	select {
	case <-w.granted: // in the last moment
		return nil
	default:
	}
	s.queue.waiting.Remove(e)
	s.queue.length.Add(-1)
	s.next() // whoever is behind may want less
	return err
}

// next grants what fits, in order. REQUIRES: queue.mu is held.
func (s *Server) next() {
	for e := s.queue.waiting.Front(); e != nil; e = s.queue.waiting.Front() {
		w := e.Value.(*waiter)
		if !s.TryReserve(w.n) {
			return
		}
		s.queue.waiting.Remove(e)
		s.queue.length.Add(-1)
		close(w.granted)
	}
}

// Waiting is how many runs wait for their first grant.
func (s *Server) Waiting() int64 {
	if s == nil {
		return 0
	}
	return s.queue.length.Load()
}
