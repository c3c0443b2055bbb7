package ferrite

import (
	"bytes"
	"errors"
	"strconv"
)

var errReply = errors.New("ferrite: malformed reply")

// decodeReply reads one RESP2 reply; ok is false where it is not whole yet.
func decodeReply(b []byte) (reply any, rest []byte, ok bool, err error) {
	end := bytes.Index(b, []byte("\r\n"))
	if end < 0 {
		return nil, b, false, nil
	}
	head, rest := b[1:end], b[end+2:]
	switch b[0] {
	case '+':
		return string(head), rest, true, nil
	case '-':
		return Error(head), rest, true, nil
	}
	n, err := strconv.ParseInt(string(head), 10, 64)
	if err != nil {
		return nil, b, false, errReply
	}
	switch b[0] {
	case ':':
		return n, rest, true, nil
	case '$':
		if n < 0 {
			return nil, rest, true, nil
		}
		if int64(len(rest)) < n+2 {
			return nil, b, false, nil
		}
		return string(rest[:n]), rest[n+2:], true, nil
	case '*':
		if n < 0 {
			return nil, rest, true, nil
		}
		list := make([]any, 0, min(n, 1024))
		for range n {
			var one any
			if one, rest, ok, err = decodeReply(rest); err != nil || !ok {
				return nil, b, false, err
			}
			list = append(list, one)
		}
		return list, rest, true, nil
	}
	return nil, b, false, errReply
}
