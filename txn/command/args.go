package command

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/ferritedb/ferrite/txn/redis"
)

// int reads argument i as an integer.
func (x *Exec) Int(i int) (int64, error) {
	n, ok := redis.ParseInt(x.Args[i])
	if !ok {
		return 0, ErrNotInt
	}
	return n, nil
}

// floatBytesMax is Redis' bound of a float's text.
const floatBytesMax = 5 << 10

// parseFloat reads a double as Redis does: as C's strtod, hexadecimal included,
// but no spaces, no NaN, nothing out of range.
func parseFloat(b []byte) (float64, bool) {
	if len(b) == 0 || isSpaceByte(b[0]) || len(b) > floatBytesMax {
		return 0, false
	}
	f, err := strconv.ParseFloat(floatText(b), 64)
	return f, err == nil && !math.IsNaN(f)
}

// floatText is a C float in Go's spelling: a hexadecimal one needs an exponent
// there, and underscores are no part of a number.
func floatText(b []byte) string {
	s := string(b)
	if strings.Contains(s, "_") {
		return ""
	}
	digits := strings.TrimLeft(s, "+-")
	if len(digits) > 2 && digits[0] == '0' && digits[1]|0x20 == 'x' && !strings.ContainsAny(digits, "pP") {
		s += "p0"
	}
	return s
}

func isSpaceByte(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// float reads argument i as a double.
func (x *Exec) float(i int) (float64, error) {
	f, ok := parseFloat(x.Args[i])
	if !ok {
		return 0, errNotFloat
	}
	return f, nil
}

// is tells whether argument i is a word, in any case.
func (x *Exec) Is(i int, word string) bool { return EqualFold(x.Args[i], word) }

// timeout reads argument i as the seconds that a command may block; 0: for ever.
func (x *Exec) timeout(i int) (time.Duration, error) {
	f, ok := parseFloat(x.Args[i])
	if !ok || math.IsInf(f, 0) {
		return 0, errTimeoutFloat
	}
	if f < 0 {
		return 0, ErrTimeoutNeg
	}
	ms := math.Ceil(f * 1000)
	if ms > float64(math.MaxInt64/int64(time.Millisecond)) {
		return 0, errTimeoutRange
	}
	return time.Duration(ms) * time.Millisecond, nil
}

// expireUnit is how a command gives a time.
type expireUnit struct {
	ms       bool // milliseconds, else seconds
	absolute bool // Unix time, else from now
}

// expireAt reads argument i as a time of expiry in Unix milliseconds. Where
// positive, zero and less are errors.
func (x *Exec) expireAt(i int, u expireUnit, positive bool) (int64, error) {
	n, err := x.Int(i)
	if err != nil {
		return 0, err
	}
	bad := Err("ERR invalid expire time in '" + x.Cmd.full + "' command")
	if positive && n <= 0 {
		return 0, bad
	}
	if !u.ms {
		if n > math.MaxInt64/1000 || n < math.MinInt64/1000 {
			return 0, bad
		}
		n *= 1000
	}
	if !u.absolute {
		if n > math.MaxInt64-x.Tx.NowMs() {
			return 0, bad
		}
		n += x.Tx.NowMs()
	}
	return n, nil
}

// itoa spells n in scratch, valid until the next call.
func (x *Exec) itoa(n int64) []byte {
	x.num = strconv.AppendInt(x.num[:0], n, 10)
	return x.num
}

// span cuts [start, end], with Redis' negative indexes, to [from, to) of n.
func span(start, end, n int64) (from, to int64) {
	if start < 0 {
		start = max(start+n, 0)
	}
	if end < 0 {
		end += n
	}
	end = min(end, n-1)
	if start > end || n == 0 {
		return 0, 0
	}
	return start, end + 1
}
