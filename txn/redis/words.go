package redis

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f' || c == 0
}

// SplitWords splits a line into words as Redis' sdssplitargs: "…" with escapes,
// '…' with \' only. Words without quotes alias line. False on unbalanced quotes.
func SplitWords(line []byte, args [][]byte) ([][]byte, bool) {
	i := 0
	for {
		for i < len(line) && isSpace(line[i]) {
			i++
		}
		if i == len(line) {
			return args, true
		}
		from := i
		for i < len(line) && !isSpace(line[i]) && line[i] != '"' && line[i] != '\'' {
			i++
		}
		if i == len(line) || isSpace(line[i]) {
			args = append(args, line[from:i:i])
			continue
		}
		word, n, ok := quotedWord(line[from:])
		if !ok {
			return args, false
		}
		args = append(args, word)
		i = from + n
	}
}

// quotedWord reads a word that has quotes in it.
func quotedWord(b []byte) (word []byte, n int, ok bool) {
	i := 0
	for i < len(b) && !isSpace(b[i]) {
		switch b[i] {
		case '"', '\'':
			q := b[i]
			i++
			for i < len(b) && b[i] != q {
				c, w := unescape(b[i:], q)
				word = append(word, c)
				i += w
			}
			if i == len(b) || i+1 < len(b) && !isSpace(b[i+1]) {
				return nil, 0, false
			}
			return word, i + 1, true
		default:
			word = append(word, b[i])
			i++
		}
	}
	return word, i, true
}

// unescape reads one byte of a quoted word and the width it is written in.
func unescape(b []byte, quote byte) (byte, int) {
	if b[0] != '\\' || len(b) < 2 {
		return b[0], 1
	}
	if quote == '\'' {
		if b[1] == '\'' {
			return '\'', 2
		}
		return '\\', 1
	}
	if b[1] == 'x' && len(b) >= 4 {
		hi, ok1 := hexDigit(b[2])
		lo, ok2 := hexDigit(b[3])
		if ok1 && ok2 {
			return hi<<4 | lo, 4
		}
	}
	switch b[1] {
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'b':
		return '\b', 2
	case 'a':
		return '\a', 2
	}
	return b[1], 2
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
