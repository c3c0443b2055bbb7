package types

import (
	"sort"
	"strings"
)

// tsvector and tsquery are held as their text: lexemes in quotes, sorted by
// length then bytes, with positions.

func parseTsvector(_ *T, _ int32, s string, _ *IOContext) (Datum, error) {
	positions := map[string][]string{}
	for i := 0; i < len(s); {
		if isSpace(s[i]) {
			i++
			continue
		}
		var lex strings.Builder
		if s[i] == '\'' {
			i++
			w, end := tsLexeme(s, i-1)
			if end < 0 {
				return Null, errTs("tsvector", s)
			}
			lex.WriteString(w)
			i = end
		} else {
			for i < len(s) && !isSpace(s[i]) && s[i] != ':' {
				lex.WriteByte(s[i])
				i++
			}
		}
		word := lex.String()
		pos := positions[word]
		if i < len(s) && s[i] == ':' {
			j := i + 1
			for j < len(s) && !isSpace(s[j]) {
				j++
			}
			pos = append(pos, strings.Split(s[i+1:j], ",")...)
			i = j
		}
		positions[word] = pos
	}
	return MakeStr(FormatTsvector(positions)), nil
}

func errTs(typ, s string) error {
	return errSyntaxIn(typ, s)
}

// FormatTsvector writes lexemes with their positions as tsvector text.
func FormatTsvector(positions map[string][]string) string {
	words := make([]string, 0, len(positions))
	for w := range positions {
		words = append(words, w)
	}
	sort.Slice(words, func(i, j int) bool {
		if len(words[i]) != len(words[j]) {
			return len(words[i]) < len(words[j])
		}
		return words[i] < words[j]
	})
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(quoteLexeme(w))
		if p := positions[w]; len(p) > 0 {
			b.WriteString(":" + strings.Join(p, ","))
		}
	}
	return b.String()
}

func quoteLexeme(w string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(w, `\`, `\\`), "'", "''") + "'"
}

// tsLexeme reads a lexeme from i, bare or in quotes; end is -1 where its quotes
// are not closed.
func tsLexeme(s string, i int) (word string, end int) {
	var b strings.Builder
	quoted := s[i] == '\''
	if quoted {
		i++
	}
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
			continue
		case quoted && c == '\'' && i+1 < len(s) && s[i+1] == '\'':
			i++
		case quoted && c == '\'':
			return b.String(), i + 1
		case !quoted && (isSpace(c) || strings.IndexByte("&|!()<:'", c) >= 0):
			if b.Len() == 0 {
				return "", -1
			}
			return b.String(), i
		}
		b.WriteByte(c)
	}
	if quoted {
		return "", -1
	}
	return b.String(), i
}

// parseTsquery normalises spacing and quotes bare lexemes.
func parseTsquery(_ *T, _ int32, s string, _ *IOContext) (Datum, error) {
	var out []byte
	operand := false
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case isSpace(c):
			i++
		case c == '&' || c == '|':
			if !operand {
				return Null, errTs("tsquery", s)
			}
			out = append(out, ' ', c, ' ')
			operand = false
			i++
		case c == '<':
			j := strings.IndexByte(s[i:], '>')
			if j < 0 || !operand {
				return Null, errTs("tsquery", s)
			}
			out = append(append(append(out, ' '), s[i:i+j+1]...), ' ')
			operand = false
			i += j + 1
		case c == '!' || c == '(':
			out = append(out, c)
			i++
		case c == ')':
			out = append(out, c)
			i++
		default:
			if operand {
				return Null, errTs("tsquery", s)
			}
			word, j := tsLexeme(s, i)
			if j < 0 || word == "" {
				return Null, errTs("tsquery", s)
			}
			out = append(out, quoteLexeme(word)...)
			k := j
			if k < len(s) && s[k] == ':' {
				for k < len(s) && !strings.ContainsRune(" &|!()<", rune(s[k])) {
					k++
				}
				out = append(out, s[j:k]...)
			}
			operand = true
			i = k
		}
	}
	if !operand && len(out) > 0 {
		return Null, errTs("tsquery", s)
	}
	return MakeStr(string(out)), nil
}
