package types

import (
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

// jsonDepthMax bounds the nesting of JSON values.
const jsonDepthMax = 6000

// JSONKind is the kind of a JSON value.
type JSONKind byte

// The JSON kinds.
const (
	JSONNull   JSONKind = 'n'
	JSONBool   JSONKind = 'b'
	JSONNumber JSONKind = '#'
	JSONString JSONKind = 's'
	JSONArray  JSONKind = 'a'
	JSONObject JSONKind = 'o'
)

// JSONValue is a parsed JSON value. Immutable.
type JSONValue struct {
	Kind  JSONKind
	Bool  bool
	Str   string       // the string's value, or the number's text
	Keys  []string     // of an object, in order of writing
	Elems []*JSONValue // of an array, or the values of Keys
	Raw   string       // the text it was parsed from, spaces around cut
}

// Get finds the value of a key (the last one where a key is repeated).
func (v *JSONValue) Get(key string) *JSONValue {
	if v.Kind != JSONObject {
		return nil
	}
	for i := len(v.Keys) - 1; i >= 0; i-- {
		if v.Keys[i] == key {
			return v.Elems[i]
		}
	}
	return nil
}

// Index finds an array's element; a negative i counts from the end.
func (v *JSONValue) Index(i int) *JSONValue {
	if v.Kind != JSONArray {
		return nil
	}
	if i < 0 {
		i += len(v.Elems)
	}
	if i < 0 || i >= len(v.Elems) {
		return nil
	}
	return v.Elems[i]
}

// jsonNodeBytes is about what a JSONValue holds, its place in its parent counted.
const jsonNodeBytes = 112

type jsonParser struct {
	s string
	i int
	// b counts steps, levels and the nodes of the tree; taken is what it gets back
	// when the text is read: the tree is garbage after the call that asked for it.
	b     *budget.Run
	taken int64
	// nul lets \u0000 pass, which json's text may hold.
	nul bool
}

// ParseJSON is ParseJSONIn without a budget.
func ParseJSON(s string) (*JSONValue, error) { return ParseJSONIn(nil, s) }

// ParseJSONIn reads one JSON text; errors are those of json's input (22P02), or
// the budget's: a tree holds up to a hundred times what its text does.
func ParseJSONIn(b *budget.Run, s string) (*JSONValue, error) {
	p := &jsonParser{s: s, b: b}
	v := &JSONValue{}
	return v, p.whole(func() error { return p.value(v, 0) })
}

// CheckJSON is ParseJSONIn without the tree.
func CheckJSON(b *budget.Run, s string) error {
	p := &jsonParser{s: s, b: b, nul: true}
	return p.whole(func() error { return p.value(nil, 0) })
}

// whole reads one value and nothing behind it.
func (p *jsonParser) whole(value func() error) error {
	defer func() { p.b.Give(p.taken) }()
	if err := value(); err != nil {
		return err
	}
	p.space()
	if p.i < len(p.s) {
		return p.expected("end of input")
	}
	return nil
}

// hold counts n bytes until the text is read.
func (p *jsonParser) hold(n int64) error {
	err := p.b.Take(n)
	if err == nil {
		p.taken += n
	}
	return err
}

// enter opens a level of nesting; p.b.Leave closes it.
func (p *jsonParser) enter(depth int) error {
	if depth > jsonDepthMax {
		return &budget.Exceeded{Kind: budget.ErrDepth, Limit: jsonDepthMax}
	}
	return p.b.Enter()
}

func (p *jsonParser) space() {
	for p.i < len(p.s) && (p.s[p.i] == ' ' || p.s[p.i] == '\t' || p.s[p.i] == '\n' || p.s[p.i] == '\r') {
		p.i++
	}
}

func (p *jsonParser) fail(detail string) error {
	at := min(p.i, len(p.s))
	line := 1 + strings.Count(p.s[:at], "\n")
	e := pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type json").WithDetail(detail)
	return e.WithWhere("JSON data, line " + itoa(line) + ": " + p.context(at, min(len(p.s), p.i+len(p.token()))))
}

// jsonContextBytes is how much of the line an error shows.
const jsonContextBytes = 50

// context is the part of the line at that ends with the token's end.
func (p *jsonParser) context(at, end int) string {
	start := strings.LastIndexByte(p.s[:at], '\n') + 1
	from := start
	for end-from >= jsonContextBytes {
		from += len(firstChar(p.s[from:]))
	}
	out := p.s[from:end]
	if from-start <= 3 {
		out = p.s[start:end]
	} else {
		out = "..." + out
	}
	if end < len(p.s) && at < len(p.s) && p.s[end] != '\n' && p.s[end] != '\r' {
		out += "..."
	}
	return out
}

// token is what stands at the error: a word, a number, or one character.
func (p *jsonParser) token() string {
	if p.i >= len(p.s) {
		return ""
	}
	j := p.i
	for j < len(p.s) && (isLetter(p.s[j]) || isDigit(p.s[j]) || p.s[j] == '_' || p.s[j] >= 0x80 || j > p.i && (p.s[j] == '.' || p.s[j] == '-' || p.s[j] == '+')) {
		j++
	}
	if j == p.i {
		j += len(firstChar(p.s[p.i:]))
	}
	return p.s[p.i:j]
}

func (p *jsonParser) expected(what string) error {
	if p.i >= len(p.s) {
		return p.fail("The input string ended unexpectedly.")
	}
	t := p.token()
	if strings.ContainsAny(t[:1], "{}[],:") || t[0] == '"' || isDigit(t[0]) || t == "true" || t == "false" || t == "null" {
		return p.fail("Expected " + what + ", but found \"" + t + "\".")
	}
	return p.fail("Token \"" + t + "\" is invalid.")
}

// value reads a value into v; nil: it is only checked.
func (p *jsonParser) value(v *JSONValue, depth int) error {
	if err := p.b.Step(1); err != nil {
		return err
	}
	p.space()
	if p.i >= len(p.s) {
		return p.fail("The input string ended unexpectedly.")
	}
	start := p.i
	var got JSONValue
	var err error
	switch c := p.s[p.i]; {
	case c == '{' || c == '[':
		if err := p.enter(depth); err != nil {
			return err
		}
		if got.Kind = JSONObject; c == '[' {
			got.Kind = JSONArray
			err = p.array(&got, depth, v == nil)
		} else {
			err = p.object(&got, depth, v == nil)
		}
		p.b.Leave()
	case c == '"':
		got.Kind = JSONString
		got.Str, err = p.str()
	case c == '-' || isDigit(c):
		got.Kind = JSONNumber
		err = p.number()
		got.Str = p.s[start:p.i]
	default:
		got.Kind, got.Bool, err = p.word()
	}
	if v != nil {
		*v = got
		v.Raw = p.s[start:p.i]
	}
	return err
}

// word reads true, false or null.
func (p *jsonParser) word() (JSONKind, bool, error) {
	switch w := p.token(); w {
	case "true", "false":
		p.i += len(w)
		return JSONBool, w == "true", nil
	case "null":
		p.i += len(w)
		return JSONNull, false, nil
	}
	return JSONNull, false, p.expected("JSON value")
}

// element reads a value of an array or object; nil where it is only checked.
func (p *jsonParser) element(depth int, check bool) (*JSONValue, error) {
	if check {
		return nil, p.value(nil, depth+1)
	}
	if err := p.hold(jsonNodeBytes); err != nil {
		return nil, err
	}
	e := &JSONValue{}
	return e, p.value(e, depth+1)
}

func (p *jsonParser) object(v *JSONValue, depth int, check bool) error {
	p.i++
	p.space()
	if p.i < len(p.s) && p.s[p.i] == '}' {
		p.i++
		return nil
	}
	for first := true; ; first = false {
		k, err := p.key(first)
		if err != nil {
			return err
		}
		e, err := p.element(depth, check)
		if err != nil {
			return err
		}
		if !check {
			v.Keys, v.Elems = append(v.Keys, k), append(v.Elems, e)
		}
		p.space()
		if p.i < len(p.s) && p.s[p.i] == ',' {
			p.i++
			continue
		}
		if p.i < len(p.s) && p.s[p.i] == '}' {
			p.i++
			return nil
		}
		return p.expected("\",\" or \"}\"")
	}
}

// key reads the key of a member and the colon.
func (p *jsonParser) key(first bool) (string, error) {
	p.space()
	if p.i >= len(p.s) || p.s[p.i] != '"' {
		if first {
			return "", p.expected("string or \"}\"")
		}
		return "", p.expected("string")
	}
	k, err := p.str()
	if err != nil {
		return "", err
	}
	p.space()
	if p.i >= len(p.s) || p.s[p.i] != ':' {
		return "", p.expected("\":\"")
	}
	p.i++
	return k, nil
}

func (p *jsonParser) array(v *JSONValue, depth int, check bool) error {
	p.i++
	p.space()
	if p.i < len(p.s) && p.s[p.i] == ']' {
		p.i++
		return nil
	}
	for {
		e, err := p.element(depth, check)
		if err != nil {
			return err
		}
		if !check {
			v.Elems = append(v.Elems, e)
		}
		p.space()
		if p.i < len(p.s) && p.s[p.i] == ',' {
			p.i++
			continue
		}
		if p.i < len(p.s) && p.s[p.i] == ']' {
			p.i++
			return nil
		}
		return p.expected("\",\" or \"]\"")
	}
}

func (p *jsonParser) number() error {
	start := p.i
	if p.s[p.i] == '-' {
		p.i++
	}
	digits := func() bool {
		n := p.i
		for p.i < len(p.s) && isDigit(p.s[p.i]) {
			p.i++
		}
		return p.i > n
	}
	zero := p.i < len(p.s) && p.s[p.i] == '0'
	first := p.i
	ok := digits() && !(zero && p.i > first+1)
	if ok && p.i < len(p.s) && p.s[p.i] == '.' {
		p.i++
		ok = digits()
	}
	if ok && p.i < len(p.s) && p.s[p.i]|0x20 == 'e' {
		p.i++
		if p.i < len(p.s) && (p.s[p.i] == '+' || p.s[p.i] == '-') {
			p.i++
		}
		ok = digits()
	}
	if !ok || p.i < len(p.s) && (isLetter(p.s[p.i]) || p.s[p.i] == '.') {
		p.i = start
		return p.fail("Token \"" + p.token() + "\" is invalid.")
	}
	return nil
}

func (p *jsonParser) str() (string, error) {
	start := p.i
	p.i++
	from := p.i
	for p.i < len(p.s) && p.s[p.i] != '"' && p.s[p.i] != '\\' && p.s[p.i] >= 0x20 {
		p.i++
	}
	if p.i < len(p.s) && p.s[p.i] == '"' {
		p.i++
		return p.s[from : p.i-1], nil
	}
	b := []byte(p.s[from:p.i])
	for p.i < len(p.s) {
		c := p.s[p.i]
		switch {
		case c == '"':
			p.i++
			return string(b), nil
		case c < 0x20:
			return "", p.fail("Character with value 0x" + bitsHex(c) + " must be escaped.")
		case c != '\\':
			b = append(b, c)
			p.i++
		default:
			var err error
			if b, err = p.escape(b); err != nil {
				return "", err
			}
		}
	}
	p.i = start
	e := p.fail("Token \"" + p.s[start:] + "\" is invalid.")
	return "", e
}

func bitsHex(c byte) string {
	const digits = "0123456789abcdef"
	return string(digits[c>>4]) + string(digits[c&15])
}

var jsonEscapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (p *jsonParser) escape(b []byte) ([]byte, error) {
	if p.i+1 >= len(p.s) {
		return nil, p.fail("The input string ended unexpectedly.")
	}
	c := p.s[p.i+1]
	if e, ok := jsonEscapes[c]; ok {
		p.i += 2
		return append(b, e), nil
	}
	if c != 'u' {
		return nil, p.fail("Escape sequence \"\\" + firstChar(p.s[p.i+1:]) + "\" is invalid.")
	}
	r, ok := p.hex4()
	if !ok {
		return nil, p.fail("\"\\u\" must be followed by four hexadecimal digits.")
	}
	if r == 0 && !p.nul {
		return nil, pgerr.New(pgerr.UntranslatableCharacter, "unsupported Unicode escape sequence").
			WithDetail("\\u0000 cannot be converted to text.")
	}
	if utf16.IsSurrogate(r) {
		if r >= 0xdc00 || p.i+1 >= len(p.s) || p.s[p.i] != '\\' || p.s[p.i+1] != 'u' {
			return nil, p.fail("Unicode low surrogate must follow a high surrogate.")
		}
		low, ok := p.hex4()
		if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
			return nil, p.fail("Unicode low surrogate must follow a high surrogate.")
		}
	}
	return utf8.AppendRune(b, r), nil
}

// hex4 reads \uXXXX at the position.
func (p *jsonParser) hex4() (rune, bool) {
	if p.i+6 > len(p.s) {
		return 0, false
	}
	var r rune
	for _, c := range []byte(p.s[p.i+2 : p.i+6]) {
		d, ok := hexDigit(c)
		if !ok {
			return 0, false
		}
		r = r<<4 | rune(d)
	}
	p.i += 6
	return r, true
}

// AppendJSONString writes s as a JSON string the way PostgreSQL escapes it.
func AppendJSONString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, `\b`...)
		case '\f':
			dst = append(dst, `\f`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			if c < 0x20 {
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			} else {
				dst = append(dst, c)
			}
		}
	}
	return append(dst, '"')
}

// CanonJSON is v as jsonb holds it: keys once (the last value wins), sorted by
// length then bytes; numbers in numeric's form.
func CanonJSON(v *JSONValue) (*JSONValue, error) {
	switch v.Kind {
	case JSONNumber:
		n, err := ParseNumeric(v.Str)
		if err != nil {
			return nil, err
		}
		return &JSONValue{Kind: JSONNumber, Str: string(AppendNumeric(nil, n))}, nil
	case JSONArray:
		out := &JSONValue{Kind: JSONArray, Elems: make([]*JSONValue, len(v.Elems))}
		for i, e := range v.Elems {
			c, err := CanonJSON(e)
			if err != nil {
				return nil, err
			}
			out.Elems[i] = c
		}
		return out, nil
	case JSONObject:
		elems := make([]*JSONValue, len(v.Elems))
		for i, e := range v.Elems {
			c, err := CanonJSON(e)
			if err != nil {
				return nil, err
			}
			elems[i] = c
		}
		return SortedObject(v.Keys, elems), nil
	}
	return v, nil
}

// SortedObject makes an object with jsonb's order of keys; later values win.
func SortedObject(keys []string, elems []*JSONValue) *JSONValue {
	order := make([]int, len(keys))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if len(keys[a]) != len(keys[b]) {
			return len(keys[a]) - len(keys[b])
		}
		return strings.Compare(keys[a], keys[b])
	})
	out := &JSONValue{Kind: JSONObject}
	for n, i := range order {
		if n > 0 && keys[order[n-1]] == keys[i] {
			out.Elems[len(out.Elems)-1] = elems[i]
			continue
		}
		out.Keys, out.Elems = append(out.Keys, keys[i]), append(out.Elems, elems[i])
	}
	return out
}

// AppendJSONB writes a canonical value in jsonb's text form.
func AppendJSONB(dst []byte, v *JSONValue) []byte {
	switch v.Kind {
	case JSONNull:
		return append(dst, "null"...)
	case JSONBool:
		if v.Bool {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case JSONNumber:
		return append(dst, v.Str...)
	case JSONString:
		return AppendJSONString(dst, v.Str)
	case JSONArray:
		dst = append(dst, '[')
		for i, e := range v.Elems {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = AppendJSONB(dst, e)
		}
		return append(dst, ']')
	}
	dst = append(dst, '{')
	for i, e := range v.Elems {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = AppendJSONB(append(AppendJSONString(dst, v.Keys[i]), ": "...), e)
	}
	return append(dst, '}')
}

// AppendJSONBIn is AppendJSONB within a budget: values may share parts, so that
// the text is longer than what holds them.
func AppendJSONBIn(b *budget.Run, dst []byte, v *JSONValue) ([]byte, error) {
	if v.Kind != JSONArray && v.Kind != JSONObject {
		dst = AppendJSONB(dst, v)
		return dst, b.Fits(int64(len(dst)))
	}
	if err := b.Enter(); err != nil {
		return dst, err
	}
	defer b.Leave()
	open, end := byte('['), byte(']')
	if v.Kind == JSONObject {
		open, end = '{', '}'
	}
	dst = append(dst, open)
	for i, e := range v.Elems {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if v.Kind == JSONObject {
			dst = append(AppendJSONString(dst, v.Keys[i]), ": "...)
		}
		if err := b.Step(1); err != nil {
			return dst, err
		}
		var err error
		if dst, err = AppendJSONBIn(b, dst, e); err != nil {
			return dst, err
		}
	}
	return append(dst, end), nil
}

// MakeJSONBIn is MakeJSONB within a budget.
func MakeJSONBIn(b *budget.Run, v *JSONValue) (Datum, error) {
	text, err := AppendJSONBIn(b, nil, v)
	return MakeStr(string(text)), err
}

// MakeJSONB is a canonical value as a jsonb datum.
func MakeJSONB(v *JSONValue) Datum { return MakeStr(string(AppendJSONB(nil, v))) }

// JSONBTreeIn parses a jsonb datum; the error is the budget's.
func JSONBTreeIn(b *budget.Run, d Datum) (*JSONValue, error) { return ParseJSONIn(b, d.Str()) }

// JSONBTree parses a jsonb datum, which is known to be valid. For what has no
// budget at hand: orders, hashes, keys.
func JSONBTree(d Datum) *JSONValue {
	v, err := ParseJSON(d.Str())
	if err != nil {
		return &JSONValue{Kind: JSONNull}
	}
	return v
}
