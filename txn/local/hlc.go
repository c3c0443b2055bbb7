package local

import (
	"sync/atomic"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/txn"
)

// hlc is the hybrid logical clock of commits.
type hlc struct {
	clock clock.Clock
	last  atomic.Uint64 // no later timestamp was given out or read as of
}

// next is above every timestamp given out before. Called in the commit section.
func (h *hlc) next() txn.Timestamp {
	phys := uint64(txn.TimestampOf(h.clock.Now()))
	for {
		last := h.last.Load()
		ts := max(last+1, phys)
		if h.last.CompareAndSwap(last, ts) {
			return txn.Timestamp(ts)
		}
	}
}

// observe makes later timestamps be above ts.
func (h *hlc) observe(ts txn.Timestamp) {
	for {
		last := h.last.Load()
		if last >= uint64(ts) || h.last.CompareAndSwap(last, uint64(ts)) {
			return
		}
	}
}

func (h *hlc) nowMs() int64 { return h.clock.Now().UnixMilli() }
