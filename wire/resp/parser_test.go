package resp

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

var testLimits = &ParserLimits{BulkBytesMax: 1 << 20}

// parseAll cuts every command out of buf, given to the parser whole.
func parseAll(buf []byte) (cmds [][][]byte, rest int, err error) {
	var p Parser
	for pos := 0; ; {
		n, args, err := p.Next(buf[pos:], nil, testLimits)
		if err != nil || n == 0 {
			return cmds, len(buf) - pos, err
		}
		cmds = append(cmds, args)
		pos += n
	}
}

// parsePieces does the same with the bytes arriving a few at a time.
func parsePieces(buf []byte, step int) (cmds [][][]byte, rest int, err error) {
	var p Parser
	pos := 0
	for end := 0; end <= len(buf); {
		n, args, err := p.Next(buf[pos:end], nil, testLimits)
		if err != nil {
			return cmds, 0, err
		}
		if n > 0 {
			cmds = append(cmds, args)
			pos += n
			continue
		}
		if end == len(buf) {
			break
		}
		end = min(end+step, len(buf))
	}
	return cmds, len(buf) - pos, nil
}

func show(cmds [][][]byte) string {
	var b strings.Builder
	for _, c := range cmds {
		fmt.Fprintf(&b, "%q;", c)
	}
	return b.String()
}

func TestParser(t *testing.T) {
	for in, want := range map[string]string{
		"*1\r\n$4\r\nPING\r\n":              `["PING"];`,
		"*0\r\n*-1\r\n":                     `[];[];`,
		"*2\r\n$0\r\n\r\n$1\r\na\r\n":       `["" "a"];`,
		"PING\r\nset a b\n":                 `["PING"];["set" "a" "b"];`,
		"  set  \"a\\x41\\n\" 'b\\'c' \r\n": `["set" "aA\n" "b'c"];`,
		"\r\n":                              `[];`,
		"*1\r\n$3\r\na\r\n\r\n":             `["a\r\n"];`,
	} {
		cmds, rest, err := parseAll([]byte(in))
		if show(cmds) != want || rest != 0 || err != nil {
			t.Errorf("%q: %s, %d left, %v; want %s", in, show(cmds), rest, err, want)
		}
	}
}

func TestParserUnauthenticated(t *testing.T) {
	lim := &ParserLimits{BulkBytesMax: 1 << 20, Unauth: true}
	for in, want := range map[string]string{
		"*11\r\n":            "Protocol error: unauthenticated multibulk length",
		"*1\r\n$16385\r\n":   "Protocol error: unauthenticated bulk length",
		"*1\r\n$4\r\nPING\r": "",
	} {
		var p Parser
		_, _, err := p.Next([]byte(in), nil, lim)
		if got := fmt.Sprint(err); err != nil && got != want || err == nil && want != "" {
			t.Errorf("%q: %v", in, err)
		}
	}
}

// FuzzParser: however the bytes are cut, the commands are the same, and errors
// are protocol errors.
func FuzzParser(f *testing.F) {
	f.Add([]byte("*2\r\n$3\r\nGET\r\n$1\r\na\r\nPING\r\n"), uint8(1))
	f.Add([]byte("*1\r\n$-1\r\n"), uint8(3))
	f.Add([]byte("set \"a b\" 'c'\r\n*0\r\n"), uint8(2))
	f.Fuzz(func(t *testing.T, in []byte, step uint8) {
		whole, rest, err := parseAll(bytes.Clone(in))
		var pe *ProtocolError
		if err != nil && !errors.As(err, &pe) {
			t.Fatalf("error of another kind: %v", err)
		}
		pieces, rest2, err2 := parsePieces(bytes.Clone(in), int(step%16)+1)
		if show(whole) != show(pieces) || fmt.Sprint(err) != fmt.Sprint(err2) || err == nil && rest != rest2 {
			t.Fatalf("whole %s %d %v\npieces %s %d %v", show(whole), rest, err, show(pieces), rest2, err2)
		}
	})
}
