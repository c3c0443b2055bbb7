package redis

import (
	"bytes"
	"errors"
	"strconv"
)

// Reply is a reply as a tree.
type Reply struct {
	// Kind is the byte that a reply starts with in RESP: '+' and '-' for simple
	// strings and errors, ':' '$' '*', and in RESP3 '%' '~' '>' ',' '#' '(' '='.
	// A null, of whatever spelling, is '_'.
	Kind byte
	// Int is the value of ':', and 1 or 0 for '#'.
	Int int64
	// Text is the value of the rest, spelt as on the wire; it aliases what was read.
	Text []byte
	// Items of '*', '~' and '>'; of '%' keys and values in turn.
	Items []Reply
}

// ErrReply: bytes that are no reply.
var ErrReply = errors.New("malformed reply")

// replyDepthMax bounds how deep Read follows arrays.
const replyDepthMax = 256

// itemsAhead bounds what a length makes room for before its items were seen.
const itemsAhead = 1024

// Read reads the reply at the front of b and gives what follows it; ok is false
// where it is not whole yet.
func Read(b []byte) (r Reply, rest []byte, ok bool, err error) { return read(b, 0) }

func read(b []byte, depth int) (r Reply, rest []byte, ok bool, err error) {
	end := bytes.IndexByte(b, '\n')
	if end < 1 {
		return r, b, false, nil
	}
	if b[end-1] != '\r' || end < 2 || depth > replyDepthMax {
		return r, b, false, ErrReply
	}
	r.Kind, r.Text, rest = b[0], b[1:end-1], b[end+1:]
	switch r.Kind {
	case '+', '-', ',', '(', '_':
		return r, rest, true, nil
	case '#':
		r.Int = int64(btoi(string(r.Text) == "t"))
		return r, rest, true, nil
	}
	n, perr := strconv.ParseInt(string(r.Text), 10, 64)
	if perr != nil {
		return r, b, false, ErrReply
	}
	switch r.Kind {
	case ':':
		r.Int = n
		return r, rest, true, nil
	case '$', '=':
		if n < 0 {
			return Reply{Kind: '_'}, rest, true, nil
		}
		if int64(len(rest))-2 < n {
			return r, b, false, nil
		}
		r.Text = rest[:n]
		return r, rest[n+2:], true, nil
	case '%':
		return r.items(b, rest, 2*n, depth)
	case '*', '~', '>':
		return r.items(b, rest, n, depth)
	}
	return r, b, false, ErrReply
}

// items reads the n items of an array and its kin, whose head is read.
func (r Reply) items(b, rest []byte, n int64, depth int) (Reply, []byte, bool, error) {
	if n < 0 {
		return Reply{Kind: '_'}, rest, true, nil
	}
	r.Text = nil
	r.Items = make([]Reply, 0, min(n, itemsAhead))
	for range n {
		one, next, ok, err := read(rest, depth+1)
		if err != nil || !ok {
			return r, b, false, err
		}
		r.Items, rest = append(r.Items, one), next
	}
	return r, rest, true, nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
