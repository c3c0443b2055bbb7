// Package fault keeps a defect of ours from ending the process: whoever starts a
// goroutine, or serves a client, catches what panics there, notes it, and has the
// one work pay that met it.
//
//	defer fault.Catch("history")          // in a goroutine or a callback of a timer
//	err := fault.Call("listener", serve)  // where somebody waits for the outcome
//
// A place that panics is logged once with its stack, so that an input that can be
// repeated does not fill the log; all count. What cannot be caught is a stack that
// overflows: recursion is bounded by kv/budget instead.
package fault

import (
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// placesMax bounds the places that are remembered; further ones are not logged.
const placesMax = 64

// Recorder notes panics that were caught. The zero Recorder is ready, and logs
// through slog.Default. Safe for concurrent use.
type Recorder struct {
	count  atomic.Int64
	logger atomic.Pointer[slog.Logger]

	mu   sync.Mutex
	seen map[string]bool // guarded by mu
}

// SetLog says where panics are logged.
func (r *Recorder) SetLog(l *slog.Logger) { r.logger.Store(l) }

// Count is how many panics were caught.
func (r *Recorder) Count() int64 { return r.count.Load() }

// Note notes a panic with value p. It is called by the function that recovered,
// while the stack of the panic still stands.
func (r *Recorder) Note(where string, p any) {
	r.count.Add(1)
	at := place()
	r.mu.Lock()
	known := r.seen[at] || len(r.seen) >= placesMax
	if !known {
		if r.seen == nil {
			r.seen = map[string]bool{}
		}
		r.seen[at] = true
	}
	r.mu.Unlock()
	if known {
		return
	}
	l := r.logger.Load()
	if l == nil {
		l = slog.Default()
	}
	l.Error("panic", "where", where, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
}

// place is the innermost frame that panicked.
func place() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs[:])])
	for panicked := false; ; {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic":
			panicked = true
		case panicked && len(f.Function) > 8 && f.Function[:8] != "runtime.":
			return fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		if !more {
			return "?"
		}
	}
}

// process is the recorder of all that has none of its own.
var process Recorder

// SetLog says where panics of the process are logged.
func SetLog(l *slog.Logger) { process.SetLog(l) }

// Count is how many panics of the process were caught.
func Count() int64 { return process.Count() }

// Note is Recorder.Note of the process.
func Note(where string, p any) { process.Note(where, p) }

// Catch, deferred, ends a panic and notes it.
func Catch(where string) {
	if p := recover(); p != nil {
		process.Note(where, p)
	}
}

// Call runs f; a panic is noted and becomes its error.
func Call(where string, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			process.Note(where, p)
			err = fmt.Errorf("%s: internal error: %v", where, p)
		}
	}()
	return f()
}
