package redis

// Match tells whether s matches a glob pattern as Redis' stringmatchlen: *, ?,
// [set] with ranges and ^, and \ to quote. Its work is bounded by
// len(pattern)*len(s).
func Match(pattern, s []byte) bool { return match(pattern, s, false) }

// MatchFold is Match that ignores the case of ASCII letters.
func MatchFold(pattern, s []byte) bool { return match(pattern, s, true) }

func match(p, s []byte, fold bool) bool {
	star, mark := -1, 0 // the last * and where the text after it began
	i, j := 0, 0
	for j < len(s) {
		if i < len(p) && p[i] == '*' {
			star, mark = i, j
			i++
			continue
		}
		if i < len(p) {
			if n, ok := matchOne(p[i:], s[j], fold); ok {
				i += n
				j++
				continue
			}
		}
		if star < 0 {
			return false
		}
		mark++
		i, j = star+1, mark
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// matchOne matches the pattern's first element with one byte, and returns the
// element's width.
func matchOne(p []byte, c byte, fold bool) (int, bool) {
	switch p[0] {
	case '?':
		return 1, true
	case '[':
		return matchSet(p, c, fold)
	case '\\':
		if len(p) >= 2 {
			return 2, same(p[1], c, fold)
		}
	}
	return 1, same(p[0], c, fold)
}

func matchSet(p []byte, c byte, fold bool) (int, bool) {
	i := 1
	not := i < len(p) && p[i] == '^'
	if not {
		i++
	}
	found := false
	c = lower(c, fold)
	for ; i < len(p) && p[i] != ']'; i++ {
		switch {
		case p[i] == '\\' && i+1 < len(p):
			i++
			found = found || lower(p[i], fold) == c
		case i+2 < len(p) && p[i+1] == '-':
			lo, hi := lower(p[i], fold), lower(p[i+2], fold)
			if lo > hi {
				lo, hi = hi, lo
			}
			found = found || c >= lo && c <= hi
			i += 2
		default:
			found = found || lower(p[i], fold) == c
		}
	}
	if i < len(p) {
		i++
	}
	return i, found != not
}

func lower(c byte, fold bool) byte {
	if fold && c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func same(a, b byte, fold bool) bool { return lower(a, fold) == lower(b, fold) }

// LiteralPrefix is the part of a glob pattern that every match starts with.
func LiteralPrefix(p []byte) []byte {
	var out []byte
	for i := 0; i < len(p); i++ {
		switch p[i] {
		case '*', '?', '[':
			return out
		case '\\':
			if i+1 < len(p) {
				i++
			}
		}
		out = append(out, p[i])
	}
	return out
}
