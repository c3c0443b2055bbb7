package hot

import (
	"context"

	"github.com/ferritedb/ferrite/kv"
)

// throughDirtyMax is what may be dirty when a batch is admitted that will be
// drained together with it.
const throughDirtyMax = 256 << 10

// admitter is an inner engine that has batches wait before they are applied.
type admitter interface {
	Admit(ctx context.Context, b kv.Batch) error
}

// Admit waits until Apply of b has little to do besides: before a batch that is
// drained with all that is dirty, or for which there is no room, for a drain; and
// as the inner engine asks. b is nil for a bulk. Whoever applies under a lock
// calls it before. It promises nothing and returns no error but ctx's.
func (e *Engine) Admit(ctx context.Context, b kv.Batch) error {
	n, through := int64(0), true
	if hb, ok := b.(*batch); ok {
		n, through = int64(len(hb.buf)), hb.through
	}
	dirty := e.dirtyNow.Load()
	full := dirty+n > e.opts.DirtyBytesMax && dirty > 0
	if full || through && dirty > throughDirtyMax {
		if err := e.awaitDrain(ctx); err != nil {
			return err
		}
	}
	if a, ok := e.inner.(admitter); ok && (through || full) {
		return a.Admit(ctx, nil)
	}
	return nil
}

// awaitDrain waits for the end of a drain, be it one under way; of one that fails
// too.
func (e *Engine) awaitDrain(ctx context.Context) error {
	e.writeMu.Lock()
	if e.closed.Load() {
		e.writeMu.Unlock()
		return nil
	}
	e.snapMu.Lock()
	if e.drainEnd == nil {
		e.drainEnd = make(chan struct{})
	}
	end := e.drainEnd
	e.snapMu.Unlock()
	e.ask(workDrain)
	e.writeMu.Unlock()
	select {
	case <-end:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// drainEnded wakes who waits for a drain.
func (e *Engine) drainEnded() {
	e.snapMu.Lock()
	defer e.snapMu.Unlock()
	if e.drainEnd != nil {
		close(e.drainEnd)
		e.drainEnd = nil
	}
}
