package chunk

import "math/bits"

// Bits is a set of row numbers, one bit each; rows past its end are not in it.
// The empty set needs no memory.
type Bits []uint64

// Has tells whether row i is in the set.
func (b Bits) Has(i int) bool {
	w := i >> 6
	return w < len(b) && b[w]>>(i&63)&1 != 0
}

// Add puts row i into the set.
func (b *Bits) Add(i int) {
	w := i >> 6
	for len(*b) <= w {
		*b = append(*b, 0)
	}
	(*b)[w] |= 1 << (i & 63)
}

// AddRange puts the rows [from, to) into the set.
func (b *Bits) AddRange(from, to int) {
	for i := from; i < to; {
		if i&63 == 0 && to-i >= 64 {
			b.Add(i)
			(*b)[i>>6] = ^uint64(0)
			i += 64
			continue
		}
		b.Add(i)
		i++
	}
}

// Remove takes row i out of the set.
func (b Bits) Remove(i int) {
	if w := i >> 6; w < len(b) {
		b[w] &^= 1 << (i & 63)
	}
}

// Or adds the rows of o.
func (b *Bits) Or(o Bits) {
	for len(*b) < len(o) {
		*b = append(*b, 0)
	}
	for w, x := range o {
		(*b)[w] |= x
	}
}

// Count is how many of the rows [0, n) are in the set.
func (b Bits) Count(n int) int {
	count := 0
	for w, x := range b {
		if over := (w+1)*64 - n; over > 0 {
			if over >= 64 {
				break
			}
			x &= ^uint64(0) >> over
		}
		count += bits.OnesCount64(x)
	}
	return count
}

// word is the 64 rows from i on.
func (b Bits) word(i int) uint64 {
	w, s := i>>6, i&63
	if w >= len(b) {
		return 0
	}
	x := b[w] >> s
	if s != 0 && w+1 < len(b) {
		x |= b[w+1] << (64 - s)
	}
	return x
}

// Copy adds the rows [from, to) of o as rows at, at+1 ….
func (b *Bits) Copy(o Bits, from, to, at int) {
	if len(o) == 0 {
		return
	}
	for ; from < to; from, at = from+64, at+64 {
		x := o.word(from)
		if n := to - from; n < 64 {
			x &= 1<<n - 1
		}
		for ; x != 0; x &= x - 1 {
			b.Add(at + bits.TrailingZeros64(x))
		}
	}
}
