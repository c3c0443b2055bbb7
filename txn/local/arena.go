package local

// Sizes of an arena's chunks.
const (
	arenaChunkBytesMin  = 4 << 10
	arenaChunkBytesMax  = 1 << 20
	arenaChunkBytesKeep = 64 << 10 // the largest chunk kept for the next user
)

// arena hands out byte slices that never move, and takes back all that were
// handed out since a mark.
type arena struct {
	full [][]byte
	cur  []byte
}

type arenaMark struct{ full, cur int }

func (a *arena) alloc(n int) []byte {
	if cap(a.cur)-len(a.cur) < n {
		size := max(arenaChunkBytesMin, min(2*cap(a.cur), arenaChunkBytesMax), n)
		if cap(a.cur) > 0 {
			a.full = append(a.full, a.cur)
		}
		a.cur = make([]byte, 0, size)
	}
	end := len(a.cur)
	a.cur = a.cur[:end+n]
	return a.cur[end : end+n : end+n]
}

func (a *arena) copyOf(b []byte) []byte {
	c := a.alloc(len(b))
	copy(c, b)
	return c
}

func (a *arena) mark() arenaMark { return arenaMark{len(a.full), len(a.cur)} }

func (a *arena) rewind(m arenaMark) {
	if m.full < len(a.full) {
		a.cur = a.full[m.full]
		clear(a.full[m.full:])
		a.full = a.full[:m.full]
	}
	a.cur = a.cur[:m.cur]
}

func (a *arena) reset() {
	clear(a.full)
	a.full = a.full[:0]
	if cap(a.cur) > arenaChunkBytesKeep {
		a.cur = nil
	}
	a.cur = a.cur[:0]
}
