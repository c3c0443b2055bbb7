package resp

import "sync"

// SlowEntry is one slow command.
type SlowEntry struct {
	ID     int64
	Unix   int64
	Micros int64
	Args   []string
	Addr   string
	Name   string
}

// slowArgsMax and slowArgBytesMax bound what an entry keeps of its command.
const (
	slowArgsMax     = 32
	slowArgBytesMax = 128
)

// Slowlog keeps the latest slow commands. Safe for concurrent use.
type Slowlog struct {
	mu      sync.Mutex
	next    int64
	entries []SlowEntry // newest last
}

// Add notes a command; max bounds the entries kept.
func (l *Slowlog) Add(e SlowEntry, args [][]byte, max int64) {
	for i, a := range args {
		if i == slowArgsMax {
			break
		}
		if len(a) > slowArgBytesMax {
			a = a[:slowArgBytesMax]
		}
		e.Args = append(e.Args, string(a))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	e.ID = l.next
	l.next++
	l.entries = append(l.entries, e)
	if over := int64(len(l.entries)) - max; over > 0 {
		l.entries = append(l.entries[:0], l.entries[over:]...)
	}
}

// Get lists up to n entries, newest first; n < 0: all.
func (l *Slowlog) Get(n int) []SlowEntry {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n < 0 || n > len(l.entries) {
		n = len(l.entries)
	}
	out := make([]SlowEntry, 0, n)
	for i := range n {
		out = append(out, l.entries[len(l.entries)-1-i])
	}
	return out
}

// Len is the number of entries.
func (l *Slowlog) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.entries)
}

// Reset drops all entries.
func (l *Slowlog) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = nil
}
