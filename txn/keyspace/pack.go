package keyspace

import "encoding/binary"

// A packed body is a row of elements, each a uvarint length and its bytes.

// appendElement appends one element.
func appendElement(dst, b []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(b)))
	return append(dst, b...)
}

// element splits the first element off b; ok is false at the end of b and where
// its bytes are damaged.
func element(b []byte) (elem, rest []byte, ok bool) {
	if len(b) == 0 {
		return nil, nil, false
	}
	n, w := uint64(b[0]), 1
	if n >= 0x80 {
		n, w = binary.Uvarint(b)
		if w <= 0 {
			return nil, nil, false
		}
	}
	if n > uint64(len(b)-w) {
		return nil, nil, false
	}
	end := w + int(n)
	return b[w:end:end], b[end:], true
}

// elementBytes is the length of an element as appendElement writes it.
func elementBytes(b []byte) int {
	n := 1
	for v := len(b); v >= 0x80; v >>= 7 {
		n++
	}
	return n + len(b)
}

// splice replaces buf[from:to] by what ins appends up to.
func splice(buf []byte, from, to int, ins []byte) []byte {
	tail := len(buf) - to
	grow := len(ins) - (to - from)
	if grow > 0 {
		for range grow {
			buf = append(buf, 0)
		}
		copy(buf[to+grow:], buf[to:to+tail])
	} else if grow < 0 {
		copy(buf[to+grow:], buf[to:])
		buf = buf[:len(buf)+grow]
	}
	copy(buf[from:], ins)
	return buf
}
