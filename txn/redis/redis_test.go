package redis

import (
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"*", "", true}, {"h?llo", "hello", true}, {"h?llo", "hllo", false}, {"h*llo", "heeello", true},
		{"h[ae]llo", "hallo", true}, {"h[^e]llo", "hello", false}, {"h[a-c]llo", "hbllo", true}, {"h[c-a]llo", "hbllo", true},
		{"a\\*b", "a*b", true}, {"a\\*b", "axb", false}, {"*a*b*c", "xaybzc", true}, {"*a*b*c", "xaybz", false},
		{"[", "[", false}, {"a[", "a", false}, {"", "", true}, {"", "a", false}, {"**", "a", true},
	} {
		if got := Match([]byte(c.pattern), []byte(c.s)); got != c.want {
			t.Errorf("Match(%q, %q) = %v", c.pattern, c.s, got)
		}
	}
	if string(LiteralPrefix([]byte("us\\*er:*"))) != "us*er:" {
		t.Error("LiteralPrefix")
	}
	// A pattern of many stars must not take exponential time.
	if Match([]byte(strings.Repeat("*a", 50)+"b"), []byte(strings.Repeat("a", 5000))) {
		t.Error("matched")
	}
}

func TestWriter(t *testing.T) {
	for _, resp3 := range []bool{false, true} {
		w := &Writer{RESP3: resp3}
		w.Map(1)
		w.Double(3.1)
		w.Double(1e30)
		w.Null()
		w.NullArray()
		w.Bool(true)
		w.Set(12)
		w.Push(2)
		w.Verbatim("txt", "hi")
		w.BigNumber("123")
		w.Error("ERR a\r\nb")
		want := "*2\r\n$18\r\n3.1000000000000001\r\n$5\r\n1e+30\r\n$-1\r\n*-1\r\n:1\r\n*12\r\n*2\r\n$2\r\nhi\r\n$3\r\n123\r\n-ERR a  b\r\n"
		if resp3 {
			want = "%1\r\n,3.1000000000000001\r\n,1e+30\r\n_\r\n_\r\n#t\r\n~12\r\n>2\r\n=6\r\ntxt:hi\r\n(123\r\n-ERR a  b\r\n"
		}
		if string(w.B) != want {
			t.Errorf("resp3 %v:\ngot  %q\nwant %q", resp3, w.B, want)
		}
	}
}

// TestRead reads back what a Writer wrote, whole and cut at every byte.
func TestRead(t *testing.T) {
	for _, resp3 := range []bool{false, true} {
		w := &Writer{RESP3: resp3}
		w.Array(9)
		w.Int(-5)
		w.Bulk([]byte("a\r\nb"))
		w.Null()
		w.NullArray()
		w.Map(1)
		w.BulkString("k")
		w.Double(2.5)
		w.Bool(true)
		w.Verbatim("txt", "hi")
		w.Simple("OK")
		w.Error("ERR no")
		kinds := ":$__*:$+-"
		if resp3 {
			kinds = ":$__%#=+-"
		}
		r, rest, ok, err := Read(append(w.B, "tail"...))
		if err != nil || !ok || string(rest) != "tail" || len(r.Items) != len(kinds) {
			t.Fatalf("resp3 %v: %+v %q %v %v", resp3, r, rest, ok, err)
		}
		for i := range kinds {
			if r.Items[i].Kind != kinds[i] {
				t.Errorf("resp3 %v: item %d is %c, want %c", resp3, i, r.Items[i].Kind, kinds[i])
			}
		}
		if string(r.Items[1].Text) != "a\r\nb" || string(r.Items[4].Items[1].Text) != "2.5" || r.Items[0].Int != -5 {
			t.Errorf("resp3 %v: %+v", resp3, r.Items)
		}
		for n := range w.B {
			if _, rest, ok, err := Read(w.B[:n]); ok || err != nil || len(rest) != n {
				t.Errorf("resp3 %v: cut at %d: %v %v", resp3, n, ok, err)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("*2\r\n$1\r\na\r\n%1\r\n:1\r\n_\r\n"))
	f.Add([]byte("$-1\r\n$9223372036854775807\r\n"))
	f.Add([]byte("%4611686018427387905\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, rest, ok, _ := Read(b); ok && len(rest) >= len(b) {
			t.Fatalf("read nothing of %q", b)
		}
	})
}
