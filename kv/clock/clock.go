// Package clock holds the Clock and Rand interfaces, real and simulated. It is
// the only caller of time.Now and of an unseeded source of randomness.
package clock

import (
	"math/rand/v2"
	"sync"
	"time"
)

// Clock tells the time and makes timers. Safe for concurrent use.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f in its own goroutine after d.
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is a pending AfterFunc.
type Timer interface {
	// Stop prevents the call; false where it has happened or was stopped before.
	Stop() bool
}

// Real is the system's clock.
var Real Clock = realClock{}

type realClock struct{}

func (realClock) Now() time.Time { return time.Now() }
func (realClock) AfterFunc(d time.Duration, f func()) Timer {
	return time.AfterFunc(d, f)
}

// Rand is a source of pseudo-random numbers. Safe for concurrent use.
type Rand interface {
	Uint64() uint64
}

// Entropy is seeded by the system.
var Entropy Rand = entropy{}

type entropy struct{}

func (entropy) Uint64() uint64 { return rand.Uint64() }

// Manual is a clock that moves only when told to.
type Manual struct {
	mu     sync.Mutex
	now    time.Time
	timers map[*manualTimer]struct{}
}

// NewManual starts at t.
func NewManual(t time.Time) *Manual {
	return &Manual{now: t, timers: map[*manualTimer]struct{}{}}
}

// Now is the time it was last moved to.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Advance moves the clock and runs the timers that fall due, in order of their time.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	end := m.now.Add(d)
	for {
		var next *manualTimer
		for t := range m.timers {
			if !t.at.After(end) && (next == nil || t.at.Before(next.at)) {
				next = t
			}
		}
		if next == nil {
			break
		}
		delete(m.timers, next)
		m.now = next.at
		m.mu.Unlock()
		next.f()
		m.mu.Lock()
	}
	m.now = end
	m.mu.Unlock()
}

// AfterFunc runs f inside the Advance that passes its time.
func (m *Manual) AfterFunc(d time.Duration, f func()) Timer {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := &manualTimer{m: m, at: m.now.Add(d), f: f}
	m.timers[t] = struct{}{}
	return t
}

type manualTimer struct {
	m  *Manual
	at time.Time
	f  func()
}

func (t *manualTimer) Stop() bool {
	t.m.mu.Lock()
	defer t.m.mu.Unlock()
	_, ok := t.m.timers[t]
	delete(t.m.timers, t)
	return ok
}
