package rowcodec

import "unsafe"

const (
	arenaFirstBytes = 64
	arenaBlockBytes = 32 << 10
)

// Arena gives out memory for decoded strings in blocks. Blocks are never reused,
// so what it gave may be kept for ever; keeping one string keeps its block.
// Not safe for concurrent use.
type Arena struct {
	free []byte
	next int // size of the next block
}

// Bytes is a copy of b.
func (a *Arena) Bytes(b []byte) []byte {
	if len(b) == 0 {
		return []byte{}
	}
	if len(b) > len(a.free) {
		a.grow(len(b))
	}
	out := a.free[:len(b):len(b)]
	a.free = a.free[len(b):]
	copy(out, b)
	return out
}

// String is a copy of b as a string.
func (a *Arena) String(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	out := a.Bytes(b)
	return unsafe.String(unsafe.SliceData(out), len(out))
}

// Small makes the next block small: for a new execution that may read one row only.
func (a *Arena) Small() {
	if len(a.free) < arenaFirstBytes {
		a.next = arenaFirstBytes
	}
}

func (a *Arena) grow(n int) {
	if a.next == 0 {
		a.next = arenaFirstBytes
	}
	size := a.next
	if a.next < arenaBlockBytes {
		a.next *= 4
	}
	if n > size/2 && n > arenaFirstBytes {
		size += n
	}
	a.free = make([]byte, max(size, n))
}
