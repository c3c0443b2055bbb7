package local

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/txn"
)

// TestHold: what is held outlives flushes, over which the log is dropped otherwise.
func TestHold(t *testing.T) {
	d := newDisk()
	s := d.open(t, clock.NewManual(time.Unix(1e9, 0)), 0)
	fill := func(from int) {
		t.Helper()
		for i := range 200 { // some segments
			put(t, s, fmt.Sprintf("\x10%05d", from+i), strings.Repeat("v", 1000), txn.PutOptions{})
		}
		must(t, s.Flush())
	}
	h, err := s.Hold(0)
	must(t, err)
	fill(0)
	again, err := s.Hold(1)
	must(t, err)
	mark := s.WrittenPosition()
	again.Release()
	h.Advance(mark)
	fill(200)
	if _, err := s.Hold(1); !errors.Is(err, txn.ErrLogGone) {
		t.Errorf("hold of what was given up: %v", err)
	}
	same, err := s.Hold(mark)
	must(t, err)
	same.Release()
	h.Release()
	h.Release()
	fill(400)
	if _, err := s.Hold(mark); !errors.Is(err, txn.ErrLogGone) {
		t.Errorf("hold of what nobody held: %v", err)
	}
	must(t, s.Close())
	m, err := OpenMemory().Hold(0)
	must(t, err)
	m.Advance(1)
	m.Release()
}
