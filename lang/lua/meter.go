package lua

import (
	"context"
	"errors"
	"time"
	"unsafe"

	lua "github.com/yuin/gopher-lua"

	"github.com/ferritedb/ferrite/kv/budget"
)

const (
	// instructionsPerLook is how many instructions run between two looks at the
	// budget, and at who wants the script to end.
	instructionsPerLook = 256
	// instructionBytes is what one instruction takes at most, on average: a key of
	// a table, a closure, a number. What takes more is charged by itself.
	instructionBytes = 64
	// measureBytes: after so many bytes charged the memory is measured, or after
	// one part in measureShare of what it was, as measuring takes as long.
	measureBytes = 4 << 20
	measureShare = 4
	// inlineSteps and inlineBytes are the share of a script inside an event loop:
	// about a millisecond.
	inlineSteps = 20_000
	inlineBytes = 1 << 20
)

// ErrOutgrown ends a script that used up its share inside an event loop. What it
// did must be undone; it runs again outside of it.
var ErrOutgrown = errors.New("the script does not fit in a turn")

// meter is the context of the Lua state, which asks for Done before every
// instruction: there it counts. Memory is charged by what could have been taken
// and, when that is much, measured by following what the script can reach.
type meter struct {
	l      *lua.LState
	env    *lua.LTable
	run    *budget.Run
	inline bool

	left    int   // instructions to the next look
	steps   int64 // of an inline run
	charged int64 // bytes that may have been taken since they were measured
	live    int64 // bytes measured, as taken of run
	lost    int64 // bytes that the tables' implementation never gives back
	held    int64 // bytes in the hands of functions of ours
	stop    error // why the script ends; it cannot catch that
}

var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// Done implements context.Context.
func (m *meter) Done() <-chan struct{} {
	if m.left--; m.left > 0 {
		return nil
	}
	return m.look()
}

func (m *meter) look() <-chan struct{} {
	if m.stop == nil {
		m.charged += instructionsPerLook * instructionBytes
		m.work(instructionsPerLook)
		m.left = instructionsPerLook
	}
	if m.stop != nil {
		m.left = 0
		return closed
	}
	return nil
}

// Err implements context.Context.
func (m *meter) Err() error { return m.stop }

// Deadline and Value implement context.Context.
func (m *meter) Deadline() (t time.Time, ok bool) { return t, false }
func (m *meter) Value(any) any                    { return nil }

var _ context.Context = (*meter)(nil)

// work counts n steps, and looks at the memory.
func (m *meter) work(n int) {
	if m.stop != nil {
		return
	}
	if m.inline {
		if m.steps += int64(n); m.steps > inlineSteps || m.charged > inlineBytes {
			m.stop = ErrOutgrown
		}
		return
	}
	if err := m.run.Step(n); err != nil {
		m.stop = err
		return
	}
	if m.due() {
		m.measure(0)
	}
}

func (m *meter) due() bool { return m.charged > max(measureBytes, m.live/measureShare) }

// step counts n steps of a function of ours and ends it with the script.
func (m *meter) step(n int) {
	if m.work(n); m.stop != nil {
		m.l.RaiseError("%s", m.stop.Error())
	}
}

// charge is called before n bytes are taken.
func (m *meter) charge(n int64) {
	if m.charged += n; m.stop == nil {
		switch {
		case m.inline && m.charged > inlineBytes:
			m.stop = ErrOutgrown
		case !m.inline && m.due():
			m.measure(n)
		}
	}
	if m.stop != nil {
		m.l.RaiseError("%s", m.stop.Error())
	}
}

// hold charges n bytes that only a function of ours can reach for now.
func (m *meter) hold(n int64) {
	m.held += n
	m.charge(n)
}

// measure follows what the script can reach, and takes it, and the n bytes to
// come, of the budget.
func (m *meter) measure(n int64) {
	w := walker{tables: map[*lua.LTable]struct{}{}, strings: map[*byte]struct{}{}, functions: map[*lua.LFunction]struct{}{}}
	w.visit(m.env)
	for level := 0; ; level++ {
		dbg, ok := m.l.GetStack(level)
		if !ok {
			break
		}
		if f, err := m.l.GetInfo("f", dbg, lua.LNil); err == nil {
			w.visit(f)
		}
		for i := 1; ; i++ {
			name, v := m.l.GetLocal(dbg, i)
			if name == "" {
				break
			}
			w.visit(v)
		}
	}
	w.drain()
	m.run.Give(m.live)
	m.live = w.bytes + m.lost + m.held + n
	m.charged = 0
	if err := m.run.Take(m.live); err != nil {
		m.live = 0
		m.stop = err
	}
}

// walker adds up what can be reached. It keeps its own stack of tables, as they
// may nest as deep as the memory allows.
type walker struct {
	bytes     int64
	tables    map[*lua.LTable]struct{}
	strings   map[*byte]struct{}
	functions map[*lua.LFunction]struct{}
	todo      []*lua.LTable
}

const (
	// slotBytes is a place of an array, with the room that its growth leaves.
	slotBytes = 24
	// fieldBytes is a field of a table by any other key: in two maps and a list.
	fieldBytes = 160
	// tableBytes is an empty table.
	tableBytes = 128
	// functionBytes is a closure.
	functionBytes = 128
	// numberBytes is a number that a slot points to.
	numberBytes = 8
	// shortString is the length up to which a string counts wherever it is met.
	shortString = 64
)

func (w *walker) visit(v lua.LValue) {
	switch v := v.(type) {
	case lua.LNumber:
		w.bytes += numberBytes
	case lua.LString:
		w.text(string(v))
	case *lua.LTable:
		if _, ok := w.tables[v]; !ok {
			w.tables[v] = struct{}{}
			w.todo = append(w.todo, v)
		}
	case *lua.LFunction:
		if _, ok := w.functions[v]; ok || v.IsG {
			return
		}
		w.functions[v] = struct{}{}
		w.bytes += functionBytes
		for _, u := range v.Upvalues {
			w.bytes += functionBytes
			if u != nil {
				w.visit(u.Value())
			}
		}
	}
}

func (w *walker) text(s string) {
	w.bytes += 2 * numberBytes
	if len(s) <= shortString {
		w.bytes += int64(len(s))
		return
	}
	p := unsafe.StringData(s)
	if _, ok := w.strings[p]; !ok {
		w.strings[p] = struct{}{}
		w.bytes += int64(len(s))
	}
}

func (w *walker) drain() {
	for len(w.todo) > 0 {
		t := w.todo[len(w.todo)-1]
		w.todo = w.todo[:len(w.todo)-1]
		slots := t.MaxN()
		w.bytes += tableBytes + slotBytes*int64(slots)
		t.ForEach(func(k, v lua.LValue) {
			if n, ok := k.(lua.LNumber); !ok || n < 1 || n > lua.LNumber(slots) {
				w.bytes += fieldBytes
			}
			w.visit(k)
			w.visit(v)
		})
		if t.Metatable != nil {
			w.visit(t.Metatable)
		}
	}
}
