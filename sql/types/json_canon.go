package types

import (
	"slices"
	"strings"
)

// canon reads a value and appends it as jsonb holds it: as AppendJSONB of
// CanonJSON of the tree does, without the tree.
func (p *jsonParser) canon(dst []byte, depth int) ([]byte, error) {
	if err := p.b.Step(1); err != nil {
		return dst, err
	}
	p.space()
	if p.i >= len(p.s) {
		return dst, p.fail("The input string ended unexpectedly.")
	}
	var err error
	switch c := p.s[p.i]; {
	case c == '{' || c == '[':
		if err := p.enter(depth); err != nil {
			return dst, err
		}
		if c == '[' {
			dst, err = p.canonArray(dst, depth)
		} else {
			dst, err = p.canonObject(dst, depth)
		}
		p.b.Leave()
	case c == '"':
		var s string
		if s, err = p.str(); err == nil {
			dst = AppendJSONString(dst, s)
		}
	case c == '-' || isDigit(c):
		start := p.i
		if err = p.number(); err == nil {
			dst, err = appendCanonNumber(dst, p.s[start:p.i])
		}
	default:
		start := p.i
		_, _, err = p.word()
		dst = append(dst, p.s[start:p.i]...)
	}
	if err != nil {
		return dst, err
	}
	return dst, p.b.Fits(int64(len(dst)))
}

// appendCanonNumber writes a number in numeric's form: 1e2 is 100, -0 is 0.
func appendCanonNumber(dst []byte, s string) ([]byte, error) {
	if whole, frac, _ := strings.Cut(s, "."); len(whole) <= numericDigitsBeforeMax && len(frac) <= numericScaleDisplayMax &&
		s[0] != '-' && strings.IndexAny(s, "eE") < 0 {
		return append(dst, s...), nil
	}
	n, err := ParseNumeric(s)
	if err != nil {
		return dst, err
	}
	return AppendNumeric(dst, n), nil
}

func (p *jsonParser) canonArray(dst []byte, depth int) ([]byte, error) {
	p.i++
	dst = append(dst, '[')
	if p.space(); p.i < len(p.s) && p.s[p.i] == ']' {
		p.i++
		return append(dst, ']'), nil
	}
	for {
		var err error
		if dst, err = p.canon(dst, depth+1); err != nil {
			return dst, err
		}
		p.space()
		if p.i < len(p.s) && p.s[p.i] == ',' {
			p.i++
			dst = append(dst, ", "...)
			continue
		}
		if p.i < len(p.s) && p.s[p.i] == ']' {
			p.i++
			return append(dst, ']'), nil
		}
		return dst, p.expected("\",\" or \"]\"")
	}
}

// jsonMember is a member as it was written to the output.
type jsonMember struct {
	key        string
	start, end int
}

const jsonMemberBytes = 32

// CompareJSONKeys is jsonb's order of keys: by length, then by bytes.
func CompareJSONKeys(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// canonObject writes the members as they come, and once more in order where they
// did not come so.
func (p *jsonParser) canonObject(dst []byte, depth int) ([]byte, error) {
	p.i++
	dst = append(dst, '{')
	if p.space(); p.i < len(p.s) && p.s[p.i] == '}' {
		p.i++
		return append(dst, '}'), nil
	}
	var members []jsonMember
	from, ordered := len(dst), true
	for {
		k, err := p.key(len(members) == 0)
		if err != nil {
			return dst, err
		}
		if err := p.hold(jsonMemberBytes); err != nil {
			return dst, err
		}
		if n := len(members); n > 0 {
			ordered = ordered && CompareJSONKeys(members[n-1].key, k) < 0
			dst = append(dst, ", "...)
		}
		m := jsonMember{key: k, start: len(dst)}
		if dst, err = p.canon(append(AppendJSONString(dst, k), ": "...), depth+1); err != nil {
			return dst, err
		}
		m.end = len(dst)
		members = append(members, m)
		p.space()
		if p.i < len(p.s) && p.s[p.i] == ',' {
			p.i++
			continue
		}
		if p.i >= len(p.s) || p.s[p.i] != '}' {
			return dst, p.expected("\",\" or \"}\"")
		}
		p.i++
		break
	}
	if !ordered {
		if err := p.b.Step((len(dst) - from) / 64); err != nil {
			return dst, err
		}
		dst = sortMembers(dst, from, members)
	}
	return append(dst, '}'), nil
}

// sortMembers orders the members that stand behind from; of equal keys the last
// one stays.
func sortMembers(dst []byte, from int, members []jsonMember) []byte {
	slices.SortStableFunc(members, func(a, b jsonMember) int { return CompareJSONKeys(a.key, b.key) })
	written := slices.Clone(dst[from:])
	dst = dst[:from]
	for i, m := range members {
		if i+1 < len(members) && members[i+1].key == m.key {
			continue
		}
		if len(dst) > from {
			dst = append(dst, ", "...)
		}
		dst = append(dst, written[m.start-from:m.end-from]...)
	}
	return dst
}
