package auth

import (
	"container/list"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
)

const (
	// freeFailures is how many attempts of a source may fail before the next wait.
	freeFailures = 3
	// delayMin is the wait after those, doubled with each further failure up to
	// delayMax.
	delayMin = 100 * time.Millisecond
	delayMax = 2 * time.Second
	// queueMax bounds how long an attempt may wait for those before it; past it
	// the attempt is refused.
	queueMax = 10 * time.Second
	// forgetAfter: a source that has not failed for so long starts anew.
	forgetAfter = 10 * time.Minute
	// sourcesMax bounds the sources that are remembered; the one that has failed
	// longest ago is forgotten for a new one.
	sourcesMax = 4096
)

// Throttle slows down whoever guesses passwords: after some failures the attempts
// of a source (an address, of IPv6 its /64) are judged one by one, with a growing
// delay between them, over how many connections they may come. Both doors share
// one. Safe for concurrent use. A nil *Throttle slows nobody.
type Throttle struct {
	clk clock.Clock

	mu      sync.Mutex
	sources map[string]*list.Element // guarded by mu, as is the list
	order   list.List                // of *source, the latest failure first
}

type source struct {
	name     string
	failures int
	last     time.Time // of the last failure
	next     time.Time // when the next attempt may be judged
}

// NewThrottle makes a Throttle that knows nobody yet.
func NewThrottle(clk clock.Clock) *Throttle {
	return &Throttle{clk: clk, sources: map[string]*list.Element{}}
}

// sourceOf names the source of an address.
func sourceOf(addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if ip = ip.Unmap(); ip.Is6() {
		if p, err := ip.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}

// Begin tells how long an attempt from an address waits before it is judged. ok is
// false where too many wait already: the attempt is refused unjudged.
func (t *Throttle) Begin(addr string) (wait time.Duration, ok bool) {
	if t == nil {
		return 0, true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	el := t.sources[sourceOf(addr)]
	if el == nil {
		return 0, true
	}
	s, now := el.Value.(*source), t.clk.Now()
	if now.Sub(s.last) > forgetAfter {
		t.drop(el)
		return 0, true
	}
	if s.failures < freeFailures {
		return 0, true
	}
	if s.next.Before(now) {
		s.next = now
	}
	d := min(delayMin<<min(s.failures-freeFailures, 10), delayMax)
	if wait = s.next.Add(d).Sub(now); wait > queueMax {
		return 0, false
	}
	s.next = s.next.Add(d)
	return wait, true
}

// Failed notes an attempt that failed.
func (t *Throttle) Failed(addr string) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	name := sourceOf(addr)
	el := t.sources[name]
	if el == nil {
		if len(t.sources) >= sourcesMax {
			t.drop(t.order.Back())
		}
		el = t.order.PushFront(&source{name: name})
		t.sources[name] = el
	}
	t.order.MoveToFront(el)
	s := el.Value.(*source)
	s.failures++
	s.last = t.clk.Now()
}

// Succeeded forgets the failures of an address.
func (t *Throttle) Succeeded(addr string) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if el := t.sources[sourceOf(addr)]; el != nil {
		t.drop(el)
	}
}

// drop forgets a source. REQUIRES: t.mu is held.
func (t *Throttle) drop(el *list.Element) {
	delete(t.sources, el.Value.(*source).name)
	t.order.Remove(el)
}
