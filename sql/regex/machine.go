package regex

import (
	"regexp/syntax"
	"unicode/utf8"

	"github.com/ferritedb/ferrite/kv/budget"
)

// machine simulates all threads of a program in step over the text (Pike's
// machine): each rune is looked at once. Threads stand in the order of their
// preference.
type machine struct {
	r      *Regexp
	b      *budget.Run
	s      string
	slots  int // of a thread: offsets of its captures
	cur    list
	next   list
	stack  []visit
	match  []int // location of the best match, nil for none
	noted  []int // its memory
	wanted bool  // captures are asked for
}

// list is a sparse set of program counters with the captures of each.
type list struct {
	dense  []uint32
	sparse []uint32
	caps   []int // slots of dense[i] at i*slots
}

func (l *list) has(pc uint32) bool {
	i := l.sparse[pc]
	return int(i) < len(l.dense) && l.dense[i] == pc
}

func (l *list) add(pc uint32) int {
	l.sparse[pc] = uint32(len(l.dense))
	l.dense = append(l.dense, pc)
	return len(l.dense) - 1
}

// visit is a program counter to follow; one with slot >= 0 puts a capture back.
type visit struct {
	pc   uint32
	slot int
	old  int
}

// newMachine readies a machine; what it holds is taken of b until done.
func newMachine(r *Regexp, b *budget.Run, s string, captures bool) (*machine, error) {
	m := &machine{r: r, b: b, s: s, wanted: captures, slots: 2}
	if captures {
		m.slots = 2 * (r.groups + 1)
	}
	if err := b.Take(m.bytes()); err != nil {
		return nil, err
	}
	n := len(r.prog.Inst)
	for _, l := range []*list{&m.cur, &m.next} {
		l.sparse, l.dense, l.caps = make([]uint32, n), make([]uint32, 0, n), make([]int, n*m.slots)
	}
	m.noted = make([]int, m.slots)
	return m, nil
}

func (m *machine) bytes() int64 { return int64(len(m.r.prog.Inst)) * int64(16+16*m.slots) }

func (m *machine) done() { m.b.Give(m.bytes()) }

// find gives the first match that starts at or after byte from; nil for none. The
// text before from counts for what looks behind. The location is valid until the
// next find.
func (m *machine) find(from int) ([]int, error) {
	m.match = nil
	m.cur.dense, m.next.dense = m.cur.dense[:0], m.next.dense[:0]
	before := rune(-1)
	if from > 0 {
		before, _ = utf8.DecodeLastRuneInString(m.s[:from])
	}
	caps := make([]int, m.slots)
	for at := from; ; {
		after, width := rune(-1), 0
		if at < len(m.s) {
			after, width = utf8.DecodeRuneInString(m.s[at:])
		}
		if m.match == nil {
			for i := range caps {
				caps[i] = -1
			}
			caps[0] = at
			m.follow(&m.cur, uint32(m.r.prog.Start), at, caps, syntax.EmptyOpContext(before, after))
		}
		if len(m.cur.dense) == 0 && m.match != nil {
			break
		}
		if err := m.b.Step(1 + len(m.cur.dense)); err != nil {
			return nil, err
		}
		peek := rune(-1)
		if at+width < len(m.s) {
			peek, _ = utf8.DecodeRuneInString(m.s[at+width:])
		}
		m.step(at, width, after, syntax.EmptyOpContext(after, peek))
		m.cur, m.next = m.next, m.cur
		m.next.dense = m.next.dense[:0]
		if width == 0 {
			break
		}
		before, at = after, at+width
	}
	return m.match, nil
}

// step moves the threads of cur over the rune at at into next. flags hold behind it.
func (m *machine) step(at, width int, c rune, flags syntax.EmptyOp) {
	for i, pc := range m.cur.dense {
		caps := m.cur.caps[i*m.slots : (i+1)*m.slots]
		if m.r.longest && m.match != nil && m.match[0] < caps[0] {
			continue // a later start never wins
		}
		inst := &m.r.prog.Inst[pc]
		if inst.Op == syntax.InstMatch {
			if m.r.longest && m.match != nil && m.match[0] == caps[0] && m.match[1] >= at {
				continue
			}
			copy(m.noted, caps)
			m.noted[1] = at
			m.match = m.noted
			if !m.r.longest {
				return // what follows is less preferred
			}
			continue
		}
		if width > 0 && inst.MatchRune(c) {
			m.follow(&m.next, inst.Out, at+width, caps, flags)
		}
	}
}

// follow adds to l the threads that pc leads to without reading a rune. caps are
// the thread's captures; they are as before at the end.
func (m *machine) follow(l *list, pc uint32, at int, caps []int, flags syntax.EmptyOp) {
	m.stack = append(m.stack[:0], visit{pc: pc, slot: -1})
	for len(m.stack) > 0 {
		v := m.stack[len(m.stack)-1]
		m.stack = m.stack[:len(m.stack)-1]
		if v.slot >= 0 {
			caps[v.slot] = v.old
			continue
		}
		if l.has(v.pc) {
			continue
		}
		i := l.add(v.pc)
		inst := &m.r.prog.Inst[v.pc]
		switch inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			m.stack = append(m.stack, visit{pc: inst.Arg, slot: -1}, visit{pc: inst.Out, slot: -1})
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(inst.Arg)&^flags == 0 {
				m.stack = append(m.stack, visit{pc: inst.Out, slot: -1})
			}
		case syntax.InstNop:
			m.stack = append(m.stack, visit{pc: inst.Out, slot: -1})
		case syntax.InstCapture:
			if int(inst.Arg) < m.slots && inst.Arg > 1 {
				m.stack = append(m.stack, visit{slot: int(inst.Arg), old: caps[inst.Arg]})
				caps[inst.Arg] = at
			}
			m.stack = append(m.stack, visit{pc: inst.Out, slot: -1})
		case syntax.InstFail:
		default:
			copy(l.caps[i*m.slots:(i+1)*m.slots], caps)
		}
	}
}
