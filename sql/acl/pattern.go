package acl

import "math/bits"

// Limits of Covers.
const (
	// patternElementsMax bounds the length of a pattern, in elements.
	patternElementsMax = 512
	// coverStatesMax bounds the work of one comparison; past it a pattern counts
	// as not covered.
	coverStatesMax = 1 << 12
)

// byteSet is a set of bytes.
type byteSet [4]uint64

func (s *byteSet) add(b byte)      { s[b>>6] |= 1 << (b & 63) }
func (s *byteSet) has(b byte) bool { return s[b>>6]&(1<<(b&63)) != 0 }

// element of a glob: any number of any bytes, or one byte of a set.
type element struct {
	star bool
	set  byteSet
}

// elements reads a glob as Redis does: * ? [set] [^set] and \ before a byte that
// is meant itself. Runs of * are one.
func elements(glob string) []element {
	var out []element
	for i := 0; i < len(glob); i++ {
		var e element
		switch c := glob[i]; c {
		case '*':
			if len(out) > 0 && out[len(out)-1].star {
				continue
			}
			e.star = true
		case '?':
			e.set = byteSet{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
		case '[':
			e.set, i = class(glob, i+1)
		case '\\':
			if i+1 < len(glob) {
				i++
			}
			e.set.add(glob[i])
		default:
			e.set.add(c)
		}
		out = append(out, e)
	}
	return out
}

// class reads a set from behind its bracket; the result is the last byte read.
// As in Redis a set that is not closed goes to the end of the pattern.
func class(glob string, i int) (set byteSet, last int) {
	not := i < len(glob) && glob[i] == '^'
	if not {
		i++
	}
	for ; i < len(glob) && glob[i] != ']'; i++ {
		switch {
		case glob[i] == '\\' && i+1 < len(glob):
			i++
			set.add(glob[i])
		case i+2 < len(glob) && glob[i+1] == '-' && glob[i+2] != ']':
			lo, hi := glob[i], glob[i+2]
			if lo > hi {
				lo, hi = hi, lo
			}
			for b := int(lo); b <= int(hi); b++ {
				set.add(byte(b))
			}
			i += 2
		default:
			set.add(glob[i])
		}
	}
	if not {
		for k := range set {
			set[k] = ^set[k]
		}
	}
	return set, min(i, len(glob)-1)
}

// Covers tells whether every key that the glob inner matches is matched by
// outer. It walks both at once: a position in inner beside the set of positions
// that outer may be at after the same bytes.
func Covers(outer, inner string) bool {
	if outer == inner {
		return true
	}
	c := cover{outer: elements(outer), inner: elements(inner), seen: map[string]bool{}}
	if len(c.outer) > patternElementsMax || len(c.inner) > patternElementsMax {
		return false
	}
	c.alphabet()
	start := make([]uint64, len(c.outer)/64+1)
	c.arrive(start, 0)
	return c.from(start)
}

type cover struct {
	outer, inner []element
	// bytes has one of each class of bytes that no element tells apart.
	bytes []byte
	seen  map[string]bool
	todo  []pair
}

// pair is a position in inner and the positions in outer.
type pair struct {
	at  int
	set []uint64
}

func (c *cover) alphabet() {
	type signature [2 * patternElementsMax / 64]uint64
	known := map[signature]bool{}
	for b := range 256 {
		var s signature
		for i, e := range c.outer {
			if e.set.has(byte(b)) {
				s[i/64] |= 1 << (i % 64)
			}
		}
		for i, e := range c.inner {
			if e.set.has(byte(b)) {
				s[patternElementsMax/64+i/64] |= 1 << (i % 64)
			}
		}
		if !known[s] {
			known[s] = true
			c.bytes = append(c.bytes, byte(b))
		}
	}
}

// arrive adds a position of outer and what is reached from it without a byte.
func (c *cover) arrive(set []uint64, at int) {
	for {
		set[at/64] |= 1 << (at % 64)
		if at == len(c.outer) || !c.outer[at].star {
			return
		}
		at++
	}
}

// step gives the positions of outer after a byte.
func (c *cover) step(set []uint64, b byte) []uint64 {
	out := make([]uint64, len(set))
	for w, word := range set {
		for ; word != 0; word &= word - 1 {
			at := w*64 + bits.TrailingZeros64(word)
			switch {
			case at == len(c.outer):
			case c.outer[at].star:
				c.arrive(out, at)
			case c.outer[at].set.has(b):
				c.arrive(out, at+1)
			}
		}
	}
	return out
}

func (c *cover) push(at int, set []uint64) {
	key := make([]byte, 0, 8*len(set)+4)
	key = append(key, byte(at), byte(at>>8))
	for _, w := range set {
		for k := range 8 {
			key = append(key, byte(w>>(8*k)))
		}
	}
	if c.seen[string(key)] {
		return
	}
	c.seen[string(key)] = true
	c.todo = append(c.todo, pair{at, set})
}

func (c *cover) from(start []uint64) bool {
	c.push(0, start)
	for len(c.todo) > 0 {
		p := c.todo[len(c.todo)-1]
		c.todo = c.todo[:len(c.todo)-1]
		if len(c.seen) > coverStatesMax {
			return false
		}
		if p.at == len(c.inner) {
			if end := len(c.outer); p.set[end/64]&(1<<(end%64)) == 0 {
				return false
			}
			continue
		}
		e := &c.inner[p.at]
		next := p.at + 1
		if e.star {
			c.push(next, p.set)
			next = p.at
		}
		for _, b := range c.bytes {
			if e.star || e.set.has(b) {
				c.push(next, c.step(p.set, b))
			}
		}
	}
	return true
}
