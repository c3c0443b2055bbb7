package types

import (
	"strings"
	"testing"
	"unsafe"
)

// TestSize: what large values hold is counted, and a clone shares nothing.
func TestSize(t *testing.T) {
	long := strings.Repeat("x", 1000)
	num, err := Parse(Numeric, -1, strings.Repeat("9", 1000), nil)
	if err != nil {
		t.Fatal(err)
	}
	array := MakeArray(&Array{Elem: Text, Dims: []int32{2}, Lower: []int32{1}, Elems: []Datum{MakeStr(long), MakeStr(long)}})
	for what, c := range map[string]struct {
		d           Datum
		least, most int64
	}{
		"int":     {MakeInt(5), 0, 0},
		"text":    {MakeStr(long), 1000, 1000},
		"numeric": {num, 400, 1000},
		"array":   {array, 2000, 2400},
		"record":  {MakeRecord(&Record{Types: []*T{Text}, Fields: []Datum{array}}), 2000, 2500},
		"range":   {MakeOther(&Range{Lower: num, Upper: num}), 800, 2200},
		"bits":    {MakeOther(BitString(long)), 1000, 1100},
	} {
		if n := Size(c.d); n < c.least || n > c.most {
			t.Errorf("%s: %d bytes, want %d to %d", what, n, c.least, c.most)
		}
	}
	part := MakeStr(long[10:20])
	clone := Clone(part)
	if clone.Str() != part.Str() || unsafe.StringData(clone.Str()) == unsafe.StringData(part.Str()) {
		t.Error("a clone is the string itself")
	}
}
