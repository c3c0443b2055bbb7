package exec

import (
	"sync"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/sql/types"
)

// Datum is types.Datum, which nearly every file here names.
type Datum = types.Datum

// workBytesDefault is work_mem where none is set.
const workBytesDefault = 256 << 20

// Memory is what the operators of a statement hold. Two bounds stand above it:
//
//   - work (work_mem): when to spill. An operator asks with Try and, where that
//     is refused, puts rows into temporary files.
//   - the statement's budget.Run, and through it the server's memory: Take, for
//     what must be whole in memory (one aggregate's state, the rows of one key
//     that does not divide). Only its refusal is SQLSTATE 53200.
//
// What Take takes counts against work too, so that others spill the earlier.
//
// The bounds are those of all workers of the execution together (pool); a Memory
// is one worker's hold on them, and not safe for concurrent use. A nil *Memory
// bounds nothing.
type Memory struct {
	pool       *pool
	used, peak int64
	own        pool // of the first worker
}

// pool is what the workers of one execution share of memory.
type pool struct {
	mu     sync.Mutex
	work   int64       // guarded by mu
	used   int64       // by all workers; guarded by mu
	budget *budget.Run // guarded by mu
}

// headroomMax is how much of the budget those who can spill leave, at most, to
// those who cannot: values under construction, states of aggregates.
const headroomMax = 32 << 20

// take takes n bytes, unless within is set and work does not hold them, or the
// budget would be left without headroom.
func (p *pool) take(n int64, within bool) (ok bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if within && (p.used+n > p.work || p.budget.Fits(n+min(p.work/8, headroomMax)) != nil) {
		return false, nil
	}
	if err := p.budget.Take(n); err != nil {
		return false, err
	}
	p.used += n
	return true, nil
}

func (p *pool) give(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.used -= n
	p.budget.Give(n)
}

// NewMemory makes a Memory of work bytes; 0: the default. Nothing but Try is
// bounded until Bind.
func NewMemory(work int64) *Memory {
	m := &Memory{}
	m.pool = &m.own
	m.SetLimit(work)
	return m
}

// Worker is another worker's hold on what m holds of.
func (m *Memory) Worker() *Memory {
	if m == nil {
		return nil
	}
	return &Memory{pool: m.pool}
}

// SetLimit changes work between two executions; 0: the default.
func (m *Memory) SetLimit(work int64) {
	if work <= 0 {
		work = workBytesDefault
	}
	m.pool.mu.Lock()
	defer m.pool.mu.Unlock()
	m.pool.work = work
}

// Bind makes all workers take what they hold from b. REQUIRES: nothing is held.
func (m *Memory) Bind(b *budget.Run) {
	m.pool.mu.Lock()
	defer m.pool.mu.Unlock()
	m.pool.budget = b
}

// Try takes n bytes; false, and nothing is taken, where work or the budget does
// not hold them.
func (m *Memory) Try(n int64) bool {
	if m == nil {
		return true
	}
	ok, _ := m.pool.take(n, true)
	if ok {
		m.note(n)
	}
	return ok
}

func (m *Memory) note(n int64) {
	m.used += n
	m.peak = max(m.peak, m.used)
}

// Take takes n bytes for who cannot spill: budget.ErrMemory where the statement's
// budget or the server's memory does not hold them.
func (m *Memory) Take(n int64) error {
	if m == nil {
		return nil
	}
	if _, err := m.pool.take(n, false); err != nil {
		return err
	}
	m.note(n)
	return nil
}

// Give returns n bytes. REQUIRES: they were taken.
func (m *Memory) Give(n int64) {
	if m != nil && n != 0 {
		m.used -= n
		m.pool.give(n)
	}
}

// Used is the bytes taken now.
func (m *Memory) Used() int64 { return m.used }

// Peak is the most bytes taken at one time.
func (m *Memory) Peak() int64 { return m.peak }

// workBytes is when operators begin to spill.
func (m *Memory) workBytes() int64 {
	if m == nil {
		return workBytesDefault
	}
	m.pool.mu.Lock()
	defer m.pool.mu.Unlock()
	return m.pool.work
}

// Reset gives back what is held.
func (m *Memory) Reset() {
	m.Give(m.used)
	m.used, m.peak = 0, 0
}

// account is what one operator holds of a Memory.
type account struct {
	mem  *Memory
	held int64
	peak int64
}

func (a *account) open(m *Memory) { *a = account{mem: m} }

// set changes the share to n bytes, past work where need be.
func (a *account) set(n int64) error {
	if d := n - a.held; d > 0 {
		if err := a.mem.Take(d); err != nil {
			return err
		}
	} else {
		a.mem.Give(-d)
	}
	a.held = n
	a.peak = max(a.peak, n)
	return nil
}

func (a *account) add(n int64) error { return a.set(a.held + n) }

// accountShare: each operator may hold this part of work whatever the others do.
// One that is left with nothing would divide its rows for ever.
const accountShare = 8

// trySet is set within work: false, and nothing changes, where it does not fit.
func (a *account) trySet(n int64) bool {
	if d := n - a.held; d > 0 {
		if !a.mem.Try(d) && (n > a.mem.workBytes()/accountShare || a.mem.Take(d) != nil) {
			return false
		}
	} else {
		a.mem.Give(-d)
	}
	a.held = n
	a.peak = max(a.peak, n)
	return true
}

// growReserve is what tryGrow takes ahead at least.
const growReserve = 512 << 10

// tryGrow is trySet for what grows before it is counted, such as a hash table: it
// takes some of the growth to come ahead, so that where it is refused, n itself is
// had.
func (a *account) tryGrow(n int64) bool {
	return a.trySet(n + min(n/4+growReserve, a.mem.workBytes()/4))
}

// close gives everything back. The peak stays readable.
func (a *account) close() {
	a.mem.Give(a.held)
	a.held = 0
}
