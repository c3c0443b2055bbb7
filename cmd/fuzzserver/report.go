package main

import (
	"context"
	"fmt"
	"regexp"
	"sort"
	"strings"
	"sync"
)

const (
	// trackInputsMax of a worker are kept, each cut at inputBytesMax.
	trackInputsMax = 8
	inputBytesMax  = 8 << 10
	// printBytesMax of a finding are printed.
	printBytesMax = 4 << 10
)

// finding is one failure. Those of one kind and signature are counted as one.
type finding struct {
	kind, what string
	// inputs that caused it, as far as known, the last one the likeliest.
	inputs []input
	detail string
}

var numbers = regexp.MustCompile(`0x[0-9a-f]+|\d+`)

func (f *finding) signature() string { return f.kind + ": " + numbers.ReplaceAllString(f.what, "N") }

// report collects findings and knows what every worker is sending. Safe for
// concurrent use.
type report struct {
	mu       sync.Mutex
	order    []string
	count    map[string]int
	first    map[string]finding
	tracks   []*track
	maxFound int
	cancel   context.CancelFunc
	inputs   map[string]int64
	maxRSS   int64
}

func newReport(maxFound int, cancel context.CancelFunc) *report {
	return &report{count: map[string]int{}, first: map[string]finding{}, maxFound: maxFound, cancel: cancel, inputs: map[string]int64{}}
}

// add counts f and prints it where its kind is new.
func (r *report) add(f finding) {
	sig := f.signature()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count[sig]++
	if r.count[sig] > 1 {
		return
	}
	r.order = append(r.order, sig)
	r.first[sig] = f
	fmt.Printf("\n--- %s: %s\n", f.kind, cut(f.what, printBytesMax))
	for _, in := range f.inputs {
		fmt.Printf("    %s\n", cut(in.String(), printBytesMax))
	}
	if f.detail != "" {
		fmt.Printf("%s\n", cut(f.detail, printBytesMax))
	}
	if len(r.order) >= r.maxFound {
		fmt.Println("too many failures: stopping")
		r.cancel()
	}
}

// summary prints counts and returns the number of kinds.
func (r *report) summary(h *harness) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	names := make([]string, 0, len(r.inputs))
	for name := range r.inputs {
		names = append(names, name)
	}
	sort.Strings(names)
	fmt.Printf("\nseed %d, %d lives of the server, greatest memory %d MiB of %d MiB\ninputs:", h.o.seed, h.lives, r.maxRSS>>20, h.o.memory>>20)
	for _, name := range names {
		fmt.Printf(" %s %d", name, r.inputs[name])
	}
	fmt.Printf("\n%d kinds of failure\n", len(r.order))
	for _, sig := range r.order {
		fmt.Printf("%6d × %s\n", r.count[sig], cut(sig, 200))
	}
	return len(r.order)
}

func (r *report) sawRSS(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.maxRSS = max(r.maxRSS, n)
}

// track is the last inputs of one worker.
type track struct {
	report *report
	name   string
	last   []input
	// busy: the last input has not been answered yet.
	busy bool
}

func (r *report) newTrack(name string) *track {
	t := &track{report: r, name: name}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tracks = append(r.tracks, t)
	return t
}

// begin notes that in is being sent.
func (t *track) begin(in input) {
	if len(in.data) > inputBytesMax {
		in.truncated = true
		if in.kind != "sql" {
			in.data = append([]byte(nil), in.data...) // the caller may reuse its buffer
		}
	}
	t.report.mu.Lock()
	defer t.report.mu.Unlock()
	t.report.inputs[t.name]++
	if len(t.last) == trackInputsMax {
		t.last = append(t.last[:0], t.last[1:]...)
	}
	t.last = append(t.last, in)
	t.busy = true
}

func (t *track) end() {
	t.report.mu.Lock()
	defer t.report.mu.Unlock()
	t.busy = false
}

// recent are the last inputs, the latest at the end.
func (t *track) recent(n int) []input {
	t.report.mu.Lock()
	defer t.report.mu.Unlock()
	return append([]input(nil), t.last[max(0, len(t.last)-n):]...)
}

// underWay are the inputs not answered yet, then the last answered ones of all
// workers.
func (r *report) underWay() (busy, done []input) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.tracks {
		for i, in := range t.last {
			if t.busy && i == len(t.last)-1 {
				busy = append(busy, in)
			} else if i >= len(t.last)-2 {
				done = append(done, in)
			}
		}
	}
	return busy, done
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return fmt.Sprintf("%s … (%d bytes)", strings.ToValidUTF8(s[:n], "?"), len(s))
}
