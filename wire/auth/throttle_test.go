package auth

import (
	"fmt"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
)

func TestThrottle(t *testing.T) {
	clk := clock.NewManual(time.Unix(1, 0))
	th := NewThrottle(clk)
	const addr = "10.0.0.1:1234"
	for range freeFailures {
		if d, ok := th.Begin(addr); d != 0 || !ok {
			t.Fatalf("waits %v before %d failures", d, freeFailures)
		}
		th.Failed(addr)
	}
	// One after the other: the delay grows up to its maximum.
	want := delayMin
	for range 12 {
		d, ok := th.Begin("10.0.0.1:999")
		if !ok || d != want {
			t.Fatalf("waits %v, want %v", d, want)
		}
		clk.Advance(d)
		th.Failed(addr)
		want = min(2*want, delayMax)
	}
	// Many at once wait for each other, and past queueMax are refused.
	judged := 0
	for range 1000 {
		if _, ok := th.Begin(addr); ok {
			judged++
		}
	}
	if want := int(queueMax / delayMax); judged != want {
		t.Errorf("%d of 1000 attempts at once are judged, want %d", judged, want)
	}
	if d, ok := th.Begin("10.0.0.2:1"); d != 0 || !ok {
		t.Error("another address waits")
	}
	th.Succeeded(addr)
	if d, ok := th.Begin(addr); d != 0 || !ok {
		t.Error("waits after a success")
	}
}

func TestThrottleForgets(t *testing.T) {
	clk := clock.NewManual(time.Unix(1, 0))
	th := NewThrottle(clk)
	for range 10 {
		th.Failed("[2001:db8::1]:5")
	}
	if d, _ := th.Begin("[2001:db8::ffff]:7"); d == 0 {
		t.Error("another address of the same /64 does not wait")
	}
	clk.Advance(forgetAfter + time.Second)
	if d, _ := th.Begin("[2001:db8::1]:5"); d != 0 {
		t.Error("is not forgotten")
	}
	for i := range 3 * sourcesMax {
		th.Failed(fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255))
	}
	if n := len(th.sources); n > sourcesMax || n != th.order.Len() {
		t.Errorf("%d sources are remembered", n)
	}
}
