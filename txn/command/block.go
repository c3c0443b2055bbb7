package command

import (
	"time"

	"github.com/ferritedb/ferrite/txn/redis"
)

// blockOrNull blocks for keys, or replies a null array where the wait is over or
// may not begin.
func (x *Exec) blockOrNull(kind byte, keys [][]byte, d time.Duration) error {
	wait, err := x.block(kind, keys, d)
	if err != nil {
		return err
	}
	if wait {
		return ErrBlocked
	}
	x.W.NullArray()
	return nil
}

// numkeys reads a count of keys at argument i and the keys after it; rest is the
// argument that follows.
func (x *Exec) numkeys(i int) (keys [][]byte, rest int, err error) {
	n, ok := redis.ParseInt(x.Args[i])
	if !ok || n <= 0 {
		return nil, 0, errNumkeys
	}
	if n > int64(len(x.Args)-i-1) {
		return nil, 0, ErrSyntax
	}
	rest = i + 1 + int(n)
	return x.Args[i+1 : rest], rest, nil
}

// popCount reads the optional "COUNT n" at argument i, the last option.
func (x *Exec) popCount(i int) (int64, error) {
	if i == len(x.Args) {
		return 1, nil
	}
	if i+2 != len(x.Args) || !x.Is(i, "count") {
		return 0, ErrSyntax
	}
	n, ok := redis.ParseInt(x.Args[i+1])
	if !ok || n <= 0 {
		return 0, Err("ERR count should be greater than 0")
	}
	return n, nil
}
