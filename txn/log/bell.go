package log

import (
	"context"
	"sync"
	"sync/atomic"
)

// bell wakes readers that wait for the log to grow. Ringing costs one atomic
// load where nobody waits.
type bell struct {
	waiting atomic.Int32
	mu      sync.Mutex
	ch      chan struct{} // closed by the next ring; guarded by mu
}

func (b *bell) ring() {
	if b.waiting.Load() == 0 {
		return
	}
	b.mu.Lock()
	if b.ch != nil {
		close(b.ch)
		b.ch = nil
	}
	b.mu.Unlock()
}

// wait returns when ready gives true, which whoever rings has to cause first.
func (b *bell) wait(ctx context.Context, ready func() bool) error {
	b.waiting.Add(1)
	defer b.waiting.Add(-1)
	for {
		b.mu.Lock()
		if b.ch == nil {
			b.ch = make(chan struct{})
		}
		ch := b.ch
		b.mu.Unlock()
		if ready() {
			return nil
		}
		select {
		case <-ch:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
