package copy

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// pieces gives a text in pieces of n bytes.
type pieces struct {
	rest []byte
	n    int
}

func (p *pieces) Next() ([]byte, error) {
	if len(p.rest) == 0 {
		return nil, io.EOF
	}
	k := min(p.n, len(p.rest))
	b := append([]byte(nil), p.rest[:k]...) // its own memory, as the wire's is
	p.rest = p.rest[k:]
	return b, nil
}

func decodeAll(o *Options, names []string, text string, n int) string {
	d := NewDecoder(o, names, &pieces{[]byte(text), n})
	var out strings.Builder
	for {
		fields, err := d.Next()
		if err != nil {
			e := pgerr.From(err)
			fmt.Fprintf(&out, "line %d: %s %s\n", d.Line(), e.Code, e.Message)
			return out.String()
		}
		if fields == nil {
			return out.String()
		}
		fmt.Fprintf(&out, "%d:", d.Line())
		for _, f := range fields {
			if f.Null {
				out.WriteString(" NULL")
			} else {
				fmt.Fprintf(&out, " %q", f.Bytes)
			}
		}
		out.WriteString("\n")
	}
}

// written reads the options of a script line: format=csv header null=x …
func written(args []datadriven.CmdArg) (w *Written, names []string) {
	w, names = &Written{}, []string{"a", "b"}
	for _, a := range args {
		v := ""
		if len(a.Vals) > 0 {
			v = strings.NewReplacer("tab", "\t", "empty", "").Replace(a.Vals[0])
		}
		switch a.Key {
		case "columns":
			names = a.Vals
		case "format":
			w.Format = v
		case "header":
			w.Header = SkipHeader
		case "match":
			w.Header = MatchHeader
		case "null":
			w.Null = &v
		case "delimiter":
			w.Delimiter = &v
		case "quote":
			w.Quote = &v
		case "escape":
			w.Escape = &v
		case "force_null":
			w.HasNull, w.ForceNull = true, a.Vals
		case "force_not_null":
			w.HasForceNotNull, w.ForceNotNull = true, a.Vals
		case "force_quote":
			w.HasForceQuote, w.ForceQuote = true, a.Vals
		}
	}
	return w, names
}

// TestScripts runs testdata/copy: `read` decodes its input, in pieces of every
// size, `raw` does so with a
// quoted string, `write` encodes rows of words (NULL is one), `options` resolves
// options.
func TestScripts(t *testing.T) {
	datadriven.RunTest(t, "testdata/copy", func(t *testing.T, d *datadriven.TestData) string {
		w, names := written(d.CmdArgs)
		o, err := Resolve(w, names, d.Cmd != "write")
		if err != nil {
			e := pgerr.From(err)
			return e.Code + " " + e.Message + "\n"
		}
		text := d.Input + "\n"
		if d.Cmd == "raw" {
			var err error
			if text, err = strconv.Unquote(d.Input); err != nil {
				return err.Error()
			}
		}
		if d.Cmd == "write" {
			return write(o, names, d.Input)
		}
		want := decodeAll(o, names, text, len(text)+1)
		for n := 1; n <= len(text); n++ {
			if got := decodeAll(o, names, text, n); got != want {
				t.Errorf("%s: in pieces of %d: %s, whole: %s", d.Pos, n, got, want)
			}
		}
		return want
	})
}

func textTypes(n int) (ts []*types.T, kinds []types.Kind) {
	for range n {
		ts, kinds = append(ts, types.Text), append(kinds, types.KindStr)
	}
	return ts, kinds
}

func write(o *Options, names []string, input string) string {
	ts, kinds := textTypes(len(names))
	e := NewEncoder(o, names, ts, nil)
	out := e.Header(nil)
	for _, line := range strings.Split(input, "\n") {
		c := chunk.New(kinds)
		var row []types.Datum
		for rest := line; rest != ""; {
			if after, ok := strings.CutPrefix(rest, "NULL"); ok {
				row, rest = append(row, types.Null), strings.TrimSpace(after)
				continue
			}
			word, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return err.Error()
			}
			s, _ := strconv.Unquote(word)
			row = append(row, types.MakeStr(s))
			rest = strings.TrimSpace(rest[len(word):])
		}
		c.AppendRow(row)
		out = e.Row(out, c, 0)
	}
	return fmt.Sprintf("%q\n", e.Trailer(out))
}

// TestRoundTrip writes random rows in each format and reads them back.
func TestRoundTrip(t *testing.T) {
	value := rapid.StringOf(rapid.RuneFrom([]rune("ab,\"'\\\t\n\r.N\b\vé|x1")))
	rapid.Check(t, func(rt *rapid.T) {
		columns := rapid.IntRange(1, 4).Draw(rt, "columns")
		w := &Written{Format: rapid.SampledFrom([]string{"text", "csv", "binary"}).Draw(rt, "format")}
		if w.Format != "binary" {
			w.Header = rapid.SampledFrom([]Header{NoHeader, SkipHeader, MatchHeader}).Draw(rt, "header")
			delimiter := rapid.SampledFrom([]string{",", "|", "\t", ";"}).Draw(rt, "delimiter")
			w.Delimiter = &delimiter
		}
		names := []string{"a", "b", "c,d", "e\"f"}[:columns]
		ts, kinds := textTypes(columns)
		o, err := Resolve(w, names, true)
		if err != nil {
			rt.Fatal(err)
		}
		e := NewEncoder(o, names, ts, nil)
		data, want := e.Header(nil), ""
		for i := range rapid.IntRange(0, 5).Draw(rt, "rows") {
			c := chunk.New(kinds)
			var row []types.Datum
			line := ""
			for range columns {
				if rapid.IntRange(0, 4).Draw(rt, "null") == 0 {
					row = append(row, types.Null)
					line += " NULL"
					continue
				}
				s := value.Draw(rt, "value")
				row = append(row, types.MakeStr(s))
				line += fmt.Sprintf(" %q", s)
			}
			c.AppendRow(row)
			data = e.Row(data, c, 0)
			want += line + "\n"
			_ = i
		}
		data = e.Trailer(data)
		got := ""
		for _, l := range strings.SplitAfter(decodeAll(o, names, string(data), rapid.IntRange(1, 20).Draw(rt, "piece")), "\n") {
			_, rest, ok := strings.Cut(l, ":")
			if ok {
				got += rest
			}
		}
		if got != want {
			rt.Fatalf("%s: wrote %q, got %s, want %s", w.Format, data, got, want)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add("1\t2\n\\N\t\\x41\\101\n\\.\n", uint8(0), 3)
	f.Add("\"a\"\"b\",\n\"\n", uint8(1), 1)
	f.Add(signature+"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x01x\xff\xff\xff\xff\xff\xff", uint8(2), 5)
	f.Fuzz(func(t *testing.T, data string, format uint8, n int) {
		if n < 1 {
			n = 1
		}
		o, err := Resolve(&Written{Format: []string{"text", "csv", "binary"}[format%3]}, []string{"a", "b"}, true)
		if err != nil {
			t.Fatal(err)
		}
		names := []string{"a", "b"}
		if a, b := decodeAll(o, names, data, n), decodeAll(o, names, data, len(data)+1); a != b {
			t.Fatalf("in pieces of %d: %s, whole: %s", n, a, b)
		}
	})
}
