package exec

import (
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// Datum is types.Datum, which nearly every file here names.
type Datum = types.Datum

const (
	// statementBytesDefault is a statement's memory budget where none is set.
	statementBytesDefault = 256 << 20
	datumBytes            = 24
)

// Memory is a statement's budget. A nil *Memory has the default limit nowhere
// enforced; use NewMemory. Not safe for concurrent use.
type Memory struct {
	limit, used, peak int64
}

// NewMemory makes a budget of limit bytes; 0: the default.
func NewMemory(limit int64) *Memory {
	if limit <= 0 {
		limit = statementBytesDefault
	}
	return &Memory{limit: limit}
}

// SetLimit changes the budget between two executions.
func (m *Memory) SetLimit(limit int64) { m.limit = limit }

// Try takes n bytes; false, and nothing is taken, where the budget does not hold them.
func (m *Memory) Try(n int64) bool {
	if m == nil {
		return true
	}
	if m.used+n > m.limit {
		return false
	}
	m.used += n
	m.peak = max(m.peak, m.used)
	return true
}

// Take is Try for who cannot spill: SQLSTATE 53200 where the budget is passed.
func (m *Memory) Take(n int64, what string) error {
	if m.Try(n) {
		return nil
	}
	return pgerr.New(pgerr.OutOfMemory, "out of memory").
		WithDetailf("The statement needs more than its budget of %d bytes in %s.", m.limit, what).
		WithHint("Raise work_mem, or let the statement touch fewer rows.")
}

// Give returns n bytes.
func (m *Memory) Give(n int64) {
	if m != nil {
		m.used -= n
	}
}

// Used and Peak are the bytes taken now and at most.
func (m *Memory) Used() int64 { return m.used }

// Peak is the most bytes taken at one time.
func (m *Memory) Peak() int64 { return m.peak }

// Reset forgets what was taken.
func (m *Memory) Reset() { m.used, m.peak = 0, 0 }

// account is the share of the budget that one operator holds.
type account struct {
	mem  *Memory
	what string
	held int64
}

func (a *account) open(m *Memory, what string) { a.mem, a.what, a.held = m, what, 0 }

// set changes the share to n bytes.
func (a *account) set(n int64) error {
	if d := n - a.held; d > 0 {
		if err := a.mem.Take(d, a.what); err != nil {
			return err
		}
	} else {
		a.mem.Give(-d)
	}
	a.held = n
	return nil
}

func (a *account) add(n int64) error { return a.set(a.held + n) }

// trySet is set without an error.
func (a *account) trySet(n int64) bool {
	if d := n - a.held; d > 0 {
		if !a.mem.Try(d) {
			return false
		}
	} else {
		a.mem.Give(-d)
	}
	a.held = n
	return true
}

func (a *account) close() {
	a.mem.Give(a.held)
	a.held = 0
}

// datumSize is about how many bytes d holds beyond its slot.
func datumSize(d Datum) int64 {
	switch d.Kind() {
	case types.KindStr:
		return int64(len(d.Str()))
	case types.KindBytes:
		return int64(len(d.Bytes()))
	case types.KindDecimal, types.KindInterval, types.KindOther:
		return 48
	case types.KindArray:
		n := int64(64)
		for _, e := range d.Array().Elems {
			n += datumBytes + datumSize(e)
		}
		return n
	case types.KindRecord:
		n := int64(64)
		for _, e := range d.Record().Fields {
			n += datumBytes + datumSize(e)
		}
		return n
	}
	return 0
}

// chunkSize is about how many bytes a copy of c holds.
func chunkSize(c *chunk.Chunk) int64 {
	var n int64
	for i := range c.Cols {
		n += c.Cols[i].Size(datumBytes, datumSize)
	}
	return n
}
