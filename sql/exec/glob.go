package exec

import "strings"

// globMatch matches key against a Redis glob: * ? [set] [^set] \x.
func globMatch(pattern, key string) bool {
	for len(pattern) > 0 {
		switch pattern[0] {
		case '*':
			for len(pattern) > 1 && pattern[1] == '*' {
				pattern = pattern[1:]
			}
			if len(pattern) == 1 {
				return true
			}
			for i := 0; i <= len(key); i++ {
				if globMatch(pattern[1:], key[i:]) {
					return true
				}
			}
			return false
		case '?':
			if key == "" {
				return false
			}
		case '[':
			if key == "" {
				return false
			}
			rest, ok := globSet(pattern[1:], key[0])
			if !ok {
				return false
			}
			pattern, key = rest, key[1:]
			continue
		default:
			if pattern[0] == '\\' && len(pattern) > 1 {
				pattern = pattern[1:]
			}
			if key == "" || pattern[0] != key[0] {
				return false
			}
		}
		pattern, key = pattern[1:], key[1:]
	}
	return key == ""
}

// globSet matches c against the set whose [ has been read, and returns what
// follows its ].
func globSet(p string, c byte) (rest string, ok bool) {
	not := strings.HasPrefix(p, "^")
	if not {
		p = p[1:]
	}
	found := false
	for len(p) > 0 && p[0] != ']' {
		switch {
		case p[0] == '\\' && len(p) > 1:
			found = found || p[1] == c
			p = p[2:]
		case len(p) > 2 && p[1] == '-' && p[2] != ']':
			lo, hi := p[0], p[2]
			if lo > hi {
				lo, hi = hi, lo
			}
			found = found || lo <= c && c <= hi
			p = p[3:]
		default:
			found = found || p[0] == c
			p = p[1:]
		}
	}
	if p != "" {
		p = p[1:]
	}
	return p, found != not
}

// keyGlob is a key pattern taken apart: literal prefix, what varies, and where
// that is a single *, the literal suffix.
type keyGlob struct {
	pattern, prefix, suffix string
	// simple: prefix, one *, suffix.
	simple bool
}

func newKeyGlob(pattern string) keyGlob {
	i := strings.IndexAny(pattern, `*?[\`)
	if i < 0 {
		return keyGlob{pattern: pattern, prefix: pattern}
	}
	g := keyGlob{pattern: pattern, prefix: pattern[:i]}
	rest := pattern[i+1:]
	if pattern[i] == '*' && !strings.ContainsAny(rest, `*?[\`) {
		g.simple, g.suffix = true, rest
	}
	return g
}

func (g *keyGlob) match(key string) bool {
	if !strings.HasPrefix(key, g.prefix) {
		return false
	}
	if g.simple {
		return len(key) >= len(g.prefix)+len(g.suffix) && strings.HasSuffix(key, g.suffix)
	}
	return globMatch(g.pattern, key)
}

// id is what the * of a simple pattern stands for; what follows the literal
// prefix otherwise.
func (g *keyGlob) id(key string) string {
	return key[len(g.prefix) : len(key)-len(g.suffix)]
}

// keyOf is the key whose id is id; only for simple patterns.
func (g *keyGlob) keyOf(id string) string { return g.prefix + id + g.suffix }
