package redis

import (
	"slices"
	"strconv"
)

// Writer appends replies to B in RESP2, or in RESP3 where RESP3 is set.
type Writer struct {
	B     []byte
	RESP3 bool
	// Limit bounds B; 0: nothing does. A string that would pass it is left out and
	// Over set: what was written is then no whole reply.
	Limit int
	Over  bool
}

// full notes a string of n bytes that does not fit.
func (w *Writer) full(n int) bool {
	if w.Limit == 0 || len(w.B)+n <= w.Limit && !w.Over {
		return false
	}
	w.Over = true
	return true
}

func (w *Writer) header(kind byte, n int) {
	if n >= 0 && n < 10 {
		w.B = append(w.B, kind, '0'+byte(n), '\r', '\n')
		return
	}
	w.B = append(w.B, kind)
	w.B = strconv.AppendInt(w.B, int64(n), 10)
	w.B = append(w.B, '\r', '\n')
}

// OK replies +OK.
func (w *Writer) OK() { w.B = append(w.B, "+OK\r\n"...) }

// Simple replies a simple string; s has no line breaks.
func (w *Writer) Simple(s string) {
	w.B = append(w.B, '+')
	w.B = append(w.B, s...)
	w.B = append(w.B, '\r', '\n')
}

// Error replies an error; msg starts with its code. Line breaks become spaces.
func (w *Writer) Error(msg string) {
	w.B = append(w.B, '-')
	for i := 0; i < len(msg); i++ {
		c := msg[i]
		if c == '\r' || c == '\n' {
			c = ' '
		}
		w.B = append(w.B, c)
	}
	w.B = append(w.B, '\r', '\n')
}

// Int replies an integer.
func (w *Writer) Int(n int64) {
	if n >= 0 && n < 10 {
		w.B = append(w.B, ':', '0'+byte(n), '\r', '\n')
		return
	}
	w.B = append(w.B, ':')
	w.B = strconv.AppendInt(w.B, n, 10)
	w.B = append(w.B, '\r', '\n')
}

// Bulk replies a binary string.
func (w *Writer) Bulk(b []byte) {
	if w.full(len(b)) {
		return
	}
	w.header('$', len(b))
	w.B = append(w.B, b...)
	w.B = append(w.B, '\r', '\n')
}

// BulkParts opens a binary string of n bytes, false where it does not fit; Raw and
// Zeros then give all its bytes, and BulkEnd ends it.
func (w *Writer) BulkParts(n int) bool {
	if w.full(n) {
		return false
	}
	w.header('$', n)
	w.B = slices.Grow(w.B, n+2)
	return true
}

// Raw appends bytes of a string opened by BulkParts.
func (w *Writer) Raw(b []byte) { w.B = append(w.B, b...) }

// Zeros appends n zero bytes of a string opened by BulkParts.
func (w *Writer) Zeros(n int) {
	from := len(w.B)
	w.B = append(w.B, make([]byte, n)...)
	clear(w.B[from:])
}

// BulkEnd ends a string opened by BulkParts.
func (w *Writer) BulkEnd() { w.B = append(w.B, '\r', '\n') }

// BulkString replies a binary string.
func (w *Writer) BulkString(s string) {
	if w.full(len(s)) {
		return
	}
	w.header('$', len(s))
	w.B = append(w.B, s...)
	w.B = append(w.B, '\r', '\n')
}

// BulkInt replies an integer as a binary string.
func (w *Writer) BulkInt(n int64) {
	var tmp [20]byte
	w.Bulk(strconv.AppendInt(tmp[:0], n, 10))
}

// Null replies the absence of a value.
func (w *Writer) Null() {
	if w.RESP3 {
		w.B = append(w.B, "_\r\n"...)
	} else {
		w.B = append(w.B, "$-1\r\n"...)
	}
}

// NullArray replies the absence of an array.
func (w *Writer) NullArray() {
	if w.RESP3 {
		w.B = append(w.B, "_\r\n"...)
	} else {
		w.B = append(w.B, "*-1\r\n"...)
	}
}

// Array opens an array of n replies.
func (w *Writer) Array(n int) { w.header('*', n) }

// Map opens a map of n pairs: in RESP2 an array of 2n.
func (w *Writer) Map(n int) {
	if w.RESP3 {
		w.header('%', n)
	} else {
		w.header('*', 2*n)
	}
}

// Set opens a set of n replies: in RESP2 an array.
func (w *Writer) Set(n int) {
	if w.RESP3 {
		w.header('~', n)
	} else {
		w.header('*', n)
	}
}

// Push opens an out-of-band message of n replies: in RESP2 an array.
func (w *Writer) Push(n int) {
	if w.RESP3 {
		w.header('>', n)
	} else {
		w.header('*', n)
	}
}

// Bool replies a boolean: in RESP2 1 or 0.
func (w *Writer) Bool(v bool) {
	switch {
	case w.RESP3 && v:
		w.B = append(w.B, "#t\r\n"...)
	case w.RESP3:
		w.B = append(w.B, "#f\r\n"...)
	case v:
		w.Int(1)
	default:
		w.Int(0)
	}
}

// Double replies a float: in RESP2 a binary string.
func (w *Writer) Double(f float64) {
	var tmp [32]byte
	b := AppendDouble(tmp[:0], f)
	if !w.RESP3 {
		w.Bulk(b)
		return
	}
	w.B = append(w.B, ',')
	w.B = append(w.B, b...)
	w.B = append(w.B, '\r', '\n')
}

// Verbatim replies text of a three-letter format ("txt"): in RESP2 a binary string.
func (w *Writer) Verbatim(format, s string) {
	if !w.RESP3 {
		w.BulkString(s)
		return
	}
	w.header('=', len(s)+4)
	w.B = append(w.B, format...)
	w.B = append(w.B, ':')
	w.B = append(w.B, s...)
	w.B = append(w.B, '\r', '\n')
}

// BigNumber replies an integer of any size, given in decimal: in RESP2 a binary string.
func (w *Writer) BigNumber(s string) {
	if !w.RESP3 {
		w.BulkString(s)
		return
	}
	w.B = append(w.B, '(')
	w.B = append(w.B, s...)
	w.B = append(w.B, '\r', '\n')
}
