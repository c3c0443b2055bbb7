package enc

import "bytes"

const (
	escape      byte = 0x00
	escapedZero byte = 0xff
	escapedEnd  byte = 0x01
)

// AppendBytes appends bytes, or text compared bytewise.
func AppendBytes(dst, v []byte, dir Direction) []byte {
	n := len(dst)
	dst = appendEscaped(dst, v)
	dst = append(dst, escape, escapedEnd)
	invert(dst[n:], dir)
	return dst
}

// AppendString is AppendBytes of a string.
func AppendString(dst []byte, v string, dir Direction) []byte {
	n := len(dst)
	for i := 0; i < len(v); i++ {
		dst = append(dst, v[i])
		if v[i] == escape {
			dst = append(dst, escapedZero)
		}
	}
	dst = append(dst, escape, escapedEnd)
	invert(dst[n:], dir)
	return dst
}

// AppendBytesPrefix appends what the encodings of all values that begin with v
// begin with: the bounds of a LIKE 'v%' scan are it and its prefix end.
func AppendBytesPrefix(dst, v []byte, dir Direction) []byte {
	n := len(dst)
	dst = appendEscaped(dst, v)
	invert(dst[n:], dir)
	return dst
}

func appendEscaped(dst, v []byte) []byte {
	for {
		i := bytes.IndexByte(v, escape)
		if i < 0 {
			return append(dst, v...)
		}
		dst = append(dst, v[:i]...)
		dst = append(dst, escape, escapedZero)
		v = v[i+1:]
	}
}

// DecodeBytes appends to dst the value that AppendBytes wrote.
func DecodeBytes(dst, b []byte, dir Direction) (v, rest []byte, err error) {
	m := dir.mask()
	n := len(dst)
	for at := b; ; {
		i := bytes.IndexByte(at, escape^m)
		if i < 0 || i+1 >= len(at) {
			return dst[:n], b, ErrMalformed
		}
		from := len(dst)
		dst = append(dst, at[:i]...)
		invert(dst[from:], dir)
		switch at[i+1] ^ m {
		case escapedEnd:
			return dst, at[i+2:], nil
		case escapedZero:
			dst = append(dst, 0)
		default:
			return dst[:n], b, ErrMalformed
		}
		at = at[i+2:]
	}
}

// SkipBytes gives what follows an AppendBytes encoding.
func SkipBytes(b []byte, dir Direction) (rest []byte, err error) {
	m := dir.mask()
	for at := b; ; {
		i := bytes.IndexByte(at, escape^m)
		if i < 0 || i+1 >= len(at) {
			return b, ErrMalformed
		}
		switch at[i+1] ^ m {
		case escapedEnd:
			return at[i+2:], nil
		case escapedZero:
			at = at[i+2:]
		default:
			return b, ErrMalformed
		}
	}
}

// UUIDBytes is the size of a UUID.
const UUIDBytes = 16

// AppendUUID appends a UUID.
func AppendUUID(dst []byte, v [UUIDBytes]byte, dir Direction) []byte {
	invert(v[:], dir)
	return append(dst, v[:]...)
}

// DecodeUUID reads what AppendUUID wrote.
func DecodeUUID(b []byte, dir Direction) (v [UUIDBytes]byte, rest []byte, err error) {
	if len(b) < UUIDBytes {
		return v, b, ErrMalformed
	}
	copy(v[:], b)
	invert(v[:], dir)
	return v, b[UUIDBytes:], nil
}
