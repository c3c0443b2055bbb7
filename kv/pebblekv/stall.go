package pebblekv

import (
	"context"
	"sync"

	"github.com/ferritedb/ferrite/kv"
)

// stall is open while Pebble has a write wait, because memtables are not flushed,
// or L0 is not compacted, fast enough.
type stall struct {
	mu  sync.Mutex
	end chan struct{} // nil without a stall; guarded by mu
}

func (s *stall) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.end == nil {
		s.end = make(chan struct{})
	}
}

func (s *stall) over() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.end != nil {
		close(s.end)
		s.end = nil
	}
}

// wait returns when there is no stall; errors are ctx's.
func (s *stall) wait(ctx context.Context) error {
	s.mu.Lock()
	end := s.end
	s.mu.Unlock()
	if end == nil {
		return nil
	}
	select {
	case <-end:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Admit waits for the end of a stall, so that who applies under a lock does not
// wait for it there. It promises nothing.
func (e *Engine) Admit(ctx context.Context, _ kv.Batch) error { return e.stall.wait(ctx) }
