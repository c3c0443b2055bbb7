package exec

import (
	"testing"

	"github.com/ferritedb/ferrite/kv/budget"
)

// TestHeadroom: who can spill leaves room in the statement's budget to who
// cannot, however large work_mem is.
func TestHeadroom(t *testing.T) {
	const limit, step = 1 << 20, 10 << 10
	b := budget.New(t.Context(), nil, budget.Limits{Bytes: limit})
	m := NewMemory(limit)
	m.Bind(b)
	for m.Try(step) {
	}
	if m.Used() < limit/2 {
		t.Fatalf("operators may hold %d bytes of %d", m.Used(), limit)
	}
	if err := b.Fits(limit / 10); err != nil {
		t.Fatalf("a value of a tenth of the budget beside %d bytes of operators: %v", m.Used(), err)
	}
	if err := m.Take(limit / 10); err != nil {
		t.Fatal(err)
	}
	m.Reset()
	if b.Held() != 0 {
		t.Fatalf("%d bytes are still held", b.Held())
	}
}
