package main

import (
	"encoding/binary"
	"math/rand/v2"
)

// mutate damages a conversation of whole messages in one to three ways.
func mutate(r *rand.Rand, messages [][]byte) []byte {
	list := make([][]byte, len(messages))
	for i, m := range messages {
		list[i] = append([]byte(nil), m...)
	}
	for range 1 + r.IntN(3) {
		list = mutateOrder(r, list)
	}
	var all []byte
	for _, m := range list {
		all = append(all, m...)
	}
	for range r.IntN(3) {
		all = mutateBytes(r, all)
	}
	return all
}

func mutateOrder(r *rand.Rand, list [][]byte) [][]byte {
	if len(list) < 2 {
		return list
	}
	i, j := r.IntN(len(list)), r.IntN(len(list))
	switch r.IntN(5) {
	case 0:
		list[i], list[j] = list[j], list[i]
	case 1:
		list = append(list, list[i])
	case 2:
		list = append(list[:i], list[i+1:]...)
	case 3: // a message's length lies, where it has one
		if m := list[i]; len(m) >= 5 {
			binary.BigEndian.PutUint32(m[1:5], lie(r, uint32(len(m)-1)))
		}
	}
	return list
}

var lies = []uint32{0, 1, 3, 4, 5, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffb, 1 << 20, 200 << 20}

func lie(r *rand.Rand, n uint32) uint32 {
	switch r.IntN(3) {
	case 0:
		return n + 1
	case 1:
		return n - 1
	}
	return pick(r, lies)
}

func mutateBytes(r *rand.Rand, b []byte) []byte {
	if len(b) == 0 {
		return b
	}
	i := r.IntN(len(b))
	switch r.IntN(6) {
	case 0:
		b[i] ^= 1 << r.IntN(8)
	case 1:
		return b[:i]
	case 2:
		b[i] = byte(r.IntN(256))
	case 3: // a span twice
		j := min(len(b), i+1+r.IntN(64))
		return append(b[:j:j], b[i:]...)
	case 4: // a span less
		j := min(len(b), i+1+r.IntN(16))
		return append(b[:i:i], b[j:]...)
	case 5: // an integer at its end
		v := pick(r, lies)
		for k := 0; k < 4 && i+k < len(b); k++ {
			b[i+k] = byte(v >> (24 - 8*k))
		}
	}
	return b
}
