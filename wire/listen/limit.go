package listen

import "sync/atomic"

// Limit counts open connections up to a bound that may change while it runs.
// Safe for concurrent use.
type Limit struct {
	max, open atomic.Int64
}

// NewLimit bounds at max connections; 0 or less: no bound.
func NewLimit(max int) *Limit {
	l := &Limit{}
	l.max.Store(int64(max))
	return l
}

// Acquire takes one place; false where none is left.
func (l *Limit) Acquire() bool {
	n := l.open.Add(1)
	if max := l.max.Load(); max > 0 && n > max {
		l.open.Add(-1)
		return false
	}
	return true
}

// Release gives one place back.
func (l *Limit) Release() { l.open.Add(-1) }

// Open is the number of places taken.
func (l *Limit) Open() int { return int(l.open.Load()) }

// Max is the bound.
func (l *Limit) Max() int { return int(l.max.Load()) }

// SetMax changes the bound; connections already open stay.
func (l *Limit) SetMax(max int) { l.max.Store(int64(max)) }
