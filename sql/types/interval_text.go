package types

import "strconv"

func textInterval(dst []byte, d Datum, _ *T, c *IOContext) []byte {
	v := d.Interval()
	switch c.IntervalStyle {
	case IntervalISO8601:
		return appendISOInterval(dst, v)
	case IntervalSQLStandard:
		return appendSQLInterval(dst, v)
	case IntervalPostgresVerbose:
		return appendVerboseInterval(dst, v)
	}
	w := intervalWriter{dst: dst, start: len(dst)}
	w.part(int64(v.Months/12), "year")
	w.part(int64(v.Months%12), "mon")
	w.part(int64(v.Days), "day")
	if v.Micros == 0 && len(w.dst) > w.start {
		return w.dst
	}
	dst = w.dst
	if len(dst) > w.start {
		dst = append(dst, ' ')
	}
	us := v.Micros
	if us < 0 {
		dst = append(dst, '-')
		us = -us
	} else if w.before {
		dst = append(dst, '+')
	}
	return AppendClock(dst, us)
}

// intervalWriter writes "1 year 2 mons"; after a negative part, positive ones
// get a sign.
type intervalWriter struct {
	dst    []byte
	start  int
	before bool
}

func (w *intervalWriter) part(n int64, unit string) {
	if n == 0 {
		return
	}
	if len(w.dst) > w.start {
		w.dst = append(w.dst, ' ')
	}
	if w.before && n > 0 {
		w.dst = append(w.dst, '+')
	}
	w.dst = append(append(strconv.AppendInt(w.dst, n, 10), ' '), unit...)
	if n != 1 {
		w.dst = append(w.dst, 's')
	}
	w.before = n < 0
}

func appendISOInterval(dst []byte, v Interval) []byte {
	if v == (Interval{}) {
		return append(dst, "PT0S"...)
	}
	part := func(n int64, letter byte) {
		if n != 0 {
			dst = append(strconv.AppendInt(dst, n, 10), letter)
		}
	}
	dst = append(dst, 'P')
	part(int64(v.Months/12), 'Y')
	part(int64(v.Months%12), 'M')
	part(int64(v.Days), 'D')
	if v.Micros == 0 {
		return dst
	}
	dst = append(dst, 'T')
	part(v.Micros/MicrosPerHour, 'H')
	part(v.Micros/MicrosPerMinute%60, 'M')
	if sec := v.Micros % MicrosPerMinute; sec != 0 {
		dst = append(appendSeconds(dst, sec), 'S')
	}
	return dst
}

func appendSeconds(dst []byte, us int64) []byte {
	if us < 0 {
		dst = append(dst, '-')
		us = -us
	}
	return appendFraction(strconv.AppendInt(dst, us/MicrosPerSecond, 10), us%MicrosPerSecond)
}

func appendVerboseInterval(dst []byte, v Interval) []byte {
	dst = append(dst, '@')
	first, ago := true, false
	part := func(n int64, unit string) {
		if n == 0 {
			return
		}
		if first {
			ago = n < 0
			first = false
		}
		if ago {
			n = -n
		}
		dst = append(append(strconv.AppendInt(append(dst, ' '), n, 10), ' '), unit...)
		if n != 1 {
			dst = append(dst, 's')
		}
	}
	part(int64(v.Months/12), "year")
	part(int64(v.Months%12), "mon")
	part(int64(v.Days), "day")
	part(v.Micros/MicrosPerHour, "hour")
	part(v.Micros/MicrosPerMinute%60, "min")
	if sec := v.Micros % MicrosPerMinute; sec != 0 {
		if first {
			ago = sec < 0
			first = false
		}
		if ago {
			sec = -sec
		}
		dst = append(appendSeconds(append(dst, ' '), sec), " sec"...)
		if abs64(sec) != MicrosPerSecond {
			dst = append(dst, 's')
		}
	}
	if first {
		dst = append(dst, " 0"...)
	}
	if ago {
		dst = append(dst, " ago"...)
	}
	return dst
}

func appendSQLInterval(dst []byte, v Interval) []byte {
	neg := v.Months < 0 || v.Days < 0 || v.Micros < 0
	pos := v.Months > 0 || v.Days > 0 || v.Micros > 0
	hasYM, hasDT := v.Months != 0, v.Days != 0 || v.Micros != 0
	sign := func(n int64) {
		if n < 0 {
			dst = append(dst, '-')
		} else {
			dst = append(dst, '+')
		}
	}
	clock := func(us int64) { // hours without a leading zero
		us = abs64(us)
		dst = strconv.AppendInt(dst, us/MicrosPerHour, 10)
		dst = appendTwo(append(dst, ':'), int(us/MicrosPerMinute%60))
		dst = appendTwo(append(dst, ':'), int(us/MicrosPerSecond%60))
		dst = appendFraction(dst, us%MicrosPerSecond)
	}
	yearMonth := func() {
		m := abs64(int64(v.Months))
		dst = strconv.AppendInt(append(strconv.AppendInt(dst, m/12, 10), '-'), m%12, 10)
	}
	switch {
	case !hasYM && !hasDT:
		return append(dst, '0')
	case neg && pos || hasYM && hasDT:
		sign(int64(v.Months))
		yearMonth()
		dst = append(dst, ' ')
		sign(int64(v.Days))
		dst = append(strconv.AppendInt(dst, abs64(int64(v.Days)), 10), ' ')
		sign(v.Micros)
		clock(v.Micros)
		return dst
	}
	if neg {
		dst = append(dst, '-')
	}
	if hasYM {
		yearMonth()
		return dst
	}
	if v.Days != 0 {
		dst = append(strconv.AppendInt(dst, abs64(int64(v.Days)), 10), ' ')
	}
	clock(v.Micros)
	return dst
}
