package regex

import (
	"unicode/utf8"

	"github.com/ferritedb/ferrite/kv/budget"
)

// costDirect is the cost up to which the package regexp runs: some milliseconds.
const costDirect = 1 << 20

// direct counts the work and tells whether regexp may do it.
func (r *Regexp) direct(b *budget.Run, n int) (bool, error) {
	cost := int64(n+1) * int64(len(r.prog.Inst))
	if cost > costDirect {
		return false, nil
	}
	return true, b.Step(1 + n/16)
}

// Match tells whether s has a match.
func (r *Regexp) Match(b *budget.Run, s string) (bool, error) {
	ok, err := r.direct(b, len(s))
	if err != nil {
		return false, err
	}
	if ok {
		return r.re.MatchString(s), nil
	}
	m, err := newMachine(r, b, s, false)
	if err != nil {
		return false, err
	}
	defer m.done()
	loc, err := m.find(0)
	return loc != nil, err
}

// Find gives the location of the first match in s; nil for none.
func (r *Regexp) Find(b *budget.Run, s string) ([]int, error) {
	ok, err := r.direct(b, len(s))
	if ok || err != nil {
		return r.re.FindStringSubmatchIndex(s), err
	}
	var out []int
	err = r.Each(b, s, 0, func(loc []int) (bool, error) {
		out = loc
		return false, nil
	})
	return out, err
}

// Each calls f with the location of each match that starts at or after byte
// from, in order, until f gives false. Behind an empty match the search goes on
// one character later. A location is f's to keep.
func (r *Regexp) Each(b *budget.Run, s string, from int, f func(loc []int) (bool, error)) error {
	ok, err := r.direct(b, len(s))
	if err != nil {
		return err
	}
	if ok && from == 0 && !r.empty { // regexp passes over empty matches behind others
		for _, loc := range r.re.FindAllStringSubmatchIndex(s, -1) {
			if more, err := f(loc); err != nil || !more {
				return err
			}
		}
		return nil
	}
	m, err := newMachine(r, b, s, true)
	if err != nil {
		return err
	}
	defer m.done()
	for at := from; at <= len(s); {
		loc, err := m.find(at)
		if err != nil || loc == nil {
			return err
		}
		if more, err := f(append([]int(nil), loc...)); err != nil || !more {
			return err
		}
		if at = loc[1]; loc[0] == loc[1] {
			if at >= len(s) {
				return nil
			}
			_, n := utf8.DecodeRuneInString(s[at:])
			at += n
		}
	}
	return nil
}
