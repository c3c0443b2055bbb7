package command

import (
	"time"

	"github.com/ferritedb/ferrite/wire/resp"
)

// blockOrNull blocks for keys, or replies a null array where the wait is over or
// may not begin.
func (x *Exec) blockOrNull(kind byte, keys [][]byte, d time.Duration) error {
	wait, err := x.blocking(kind, keys, d)
	if err != nil {
		return err
	}
	if wait {
		return errBlocked
	}
	x.w.NullArray()
	return nil
}

// numkeys reads a count of keys at argument i and the keys after it; rest is the
// argument that follows.
func (x *Exec) numkeys(i int) (keys [][]byte, rest int, err error) {
	n, ok := resp.ParseInt(x.args[i])
	if !ok || n <= 0 {
		return nil, 0, errNumkeys
	}
	if n > int64(len(x.args)-i-1) {
		return nil, 0, errSyntax
	}
	rest = i + 1 + int(n)
	return x.args[i+1 : rest], rest, nil
}

// popCount reads the optional "COUNT n" at argument i, the last option.
func (x *Exec) popCount(i int) (int64, error) {
	if i == len(x.args) {
		return 1, nil
	}
	if i+2 != len(x.args) || !x.is(i, "count") {
		return 0, errSyntax
	}
	n, ok := resp.ParseInt(x.args[i+1])
	if !ok || n <= 0 {
		return 0, Err("ERR count should be greater than 0")
	}
	return n, nil
}
