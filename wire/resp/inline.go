package resp

import (
	"bytes"

	"github.com/ferritedb/ferrite/txn/redis"
)

// nextInline reads a command written as one line of words.
func nextInline(buf []byte, args [][]byte) (int, [][]byte, error) {
	nl := bytes.IndexByte(buf, '\n')
	if nl < 0 {
		if len(buf) > inlineBytesMax {
			return 0, args, protocolError("too big inline request")
		}
		return 0, args, nil
	}
	line := buf[:nl]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	args, ok := redis.SplitWords(line, args)
	if !ok {
		return 0, args, protocolError("unbalanced quotes in request")
	}
	return nl + 1, args, nil
}
