package hot

import (
	"context"
	"errors"
	"testing"

	"github.com/ferritedb/ferrite/kv/kvtest"
	"github.com/ferritedb/ferrite/kv/memkv"
)

// TestAdmit: a batch that will be drained with all that is dirty waits for a drain
// first, one that stays in the table does not, and a wait ends with its context.
func TestAdmit(t *testing.T) {
	inner := kvtest.NewFaulty(memkv.New())
	e := tierOver(t, inner, Options{MemoryBytes: 4 << 20, SegmentBytes: 64 << 10})
	b := e.NewBatch()
	for i := range 40 {
		b.Reset()
		check(t, b.Set([]byte{'k', byte(i)}, make([]byte, 10<<10)))
		check(t, e.Apply(b))
	}
	dirty := e.dirtyNow.Load()
	if dirty <= throughDirtyMax {
		t.Fatalf("%d bytes are dirty: the test tests nothing", dirty)
	}
	check(t, e.Admit(context.Background(), b))
	if e.dirtyNow.Load() != dirty {
		t.Error("a batch for the table waited for a drain")
	}
	through := e.NewBatch()
	check(t, through.Set([]byte("z"), nil))

	apply, held := make(chan struct{}), make(chan struct{}, 10)
	inner.SetFault(func(op kvtest.Op, _ []byte) error {
		if op == kvtest.OpApply {
			held <- struct{}{}
			<-apply
		}
		return nil
	})
	ctx, cancel := context.WithCancelCause(context.Background())
	gone := errors.New("gone")
	go func() {
		<-held // the drain waits for the inner engine
		cancel(gone)
	}()
	if err := e.Admit(ctx, through); !errors.Is(err, gone) {
		t.Errorf("a cancelled wait: %v", err)
	}
	close(apply)
	inner.SetFault(nil)
	check(t, e.Drain())

	b.Reset()
	for i := range 40 {
		check(t, b.Set([]byte{'k', byte(i)}, make([]byte, 10<<10)))
	}
	check(t, e.Apply(b))
	check(t, e.Admit(context.Background(), through))
	if n := e.dirtyNow.Load(); n != 0 {
		t.Errorf("%d bytes are dirty after a batch for the inner engine was admitted", n)
	}
	check(t, e.Close())
}
