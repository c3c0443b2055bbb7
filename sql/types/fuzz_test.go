package types

import (
	"testing"
	"time"
)

// fuzzTypes are the types whose text and binary input is fuzzed.
func fuzzTypes() []*T {
	var out []*T
	for _, t := range All() {
		if t.Typtype != 'p' {
			out = append(out, t)
		}
	}
	return out
}

// FuzzParse: no text makes any type's input panic, and what it reads it can
// write and read again as the same value.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"1", "-1.5e3", "NaN", "infinity", "{1,2}", "[1,2)", "(1,2)", "2024-02-29 12:00:00+01", "P1Y2M", "1-2 3:4",
		`{"a":[1,"x"]}`, "\\xdead", "1.2.3.4/24", "a:1 b:2", "'a' & !'b'", "J2451187", "$1.5", "B101", "08:00:2b:01:02:03", "now"} {
		for i := range 3 {
			f.Add(uint16(i*37), s)
		}
	}
	list := fuzzTypes()
	c := &IOContext{Now: time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)}
	f.Fuzz(func(t *testing.T, n uint16, s string) {
		typ := list[int(n)%len(list)]
		d, err := Parse(typ, -1, s, c)
		if err != nil {
			return
		}
		text := Format(d, typ, c)
		again, err := Parse(typ, -1, text, c)
		if err != nil {
			t.Fatalf("%s: %q reads as %q, which does not read: %v", typ.Name, s, text, err)
		}
		if out := Format(again, typ, c); out != text {
			t.Fatalf("%s: %q reads as %q, then as %q", typ.Name, s, text, out)
		}
		if HasOrder(typ) && Compare(typ, d, again) == 0 && Hash(typ, 0, d) != Hash(typ, 0, again) {
			t.Fatalf("%s: equal values of %q hash apart", typ.Name, s)
		}
	})
}

// FuzzDecodeBinary: no bytes make any type's binary input panic.
func FuzzDecodeBinary(f *testing.F) {
	for _, b := range [][]byte{{0}, {0, 1, 0, 0, 0, 0, 0, 0}, {0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 5}} {
		f.Add(uint16(0), b)
	}
	list := fuzzTypes()
	f.Fuzz(func(_ *testing.T, n uint16, b []byte) {
		typ := list[int(n)%len(list)]
		if d, err := DecodeBinary(typ, b); err == nil && !d.IsNull() {
			AppendText(nil, d, typ, nil)
		}
	})
}
