package fault_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/ferritedb/ferrite/kv/fault"
)

func broken(p any) { panic(p) }

// TestCatch: a panic ends the work alone, counts each time, and is logged once
// with the stack of where it was.
func TestCatch(t *testing.T) {
	var log bytes.Buffer
	fault.SetLog(slog.New(slog.NewTextHandler(&log, nil)))
	before := fault.Count()
	for range 3 {
		var wg sync.WaitGroup
		wg.Go(func() {
			defer fault.Catch("somewhere")
			broken("the defect")
		})
		wg.Wait()
	}
	err := fault.Call("listener", func() error { panic("another") })
	if err == nil || !strings.Contains(err.Error(), "listener: internal error: another") {
		t.Errorf("got %v", err)
	}
	if err := fault.Call("listener", func() error { return nil }); err != nil {
		t.Error(err)
	}
	if n := fault.Count() - before; n != 4 {
		t.Errorf("%d panics counted", n)
	}
	text := log.String()
	if strings.Count(text, "the defect") != 1 || strings.Count(text, "another") != 1 {
		t.Errorf("logged: %s", text)
	}
	if !strings.Contains(text, "fault_test.broken") || !strings.Contains(text, "where=somewhere") {
		t.Errorf("the log does not say where: %s", text)
	}
}
