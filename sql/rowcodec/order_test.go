package rowcodec_test

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/sql/types/typetest"
)

// For every type: bytes of keys order as the type compares, equal values have
// equal keys, and equal hashes.
func TestOrderOfAllTypes(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	rnd := rand.New(rand.NewPCG(seed, 1))
	list := typetest.List()
	for _, typ := range list {
		if a := types.ArrayOf(typ); a != nil {
			list = append(list, a)
		}
	}
	for _, typ := range list {
		if !types.HasOrder(typ) {
			continue
		}
		vals := typetest.Values(typ)
		for range 60 {
			vals = append(vals, typetest.Random(rnd, typ))
		}
		keys := make([][]byte, len(vals))
		for i, v := range vals {
			var err error
			if keys[i], err = rowcodec.AppendOrdered(nil, v, typ); err != nil {
				t.Fatalf("seed %d: %s %s: %v", seed, typ.Name, types.Format(v, typ, nil), err)
			}
		}
		checkOrder(t, seed, typ, vals, keys)
	}
}

func checkOrder(t *testing.T, seed uint64, typ *types.T, vals []types.Datum, keys [][]byte) {
	for i, a := range vals {
		for j, b := range vals {
			want := types.Compare(typ, a, b)
			text := func() string { return types.Format(a, typ, nil) + " and " + types.Format(b, typ, nil) }
			if back := types.Compare(typ, b, a); sign(back) != -sign(want) {
				t.Fatalf("seed %d: type %s: %s compare %d, the other way round %d", seed, typ.Name, text(), want, back)
			}
			if got := bytes.Compare(keys[i], keys[j]); got != sign(want) {
				t.Errorf("seed %d: type %s: %s compare %d, their keys %d", seed, typ.Name, text(), want, got)
				return
			}
			if (want == 0) != types.Equal(typ, a, b) {
				t.Fatalf("seed %d: type %s: %s compare %d, Equal tells %v", seed, typ.Name, text(), want, types.Equal(typ, a, b))
			}
			if want == 0 && types.Hash(typ, 1, a) != types.Hash(typ, 1, b) {
				t.Errorf("seed %d: type %s: %s are equal and their hashes are not", seed, typ.Name, text())
				return
			}
		}
	}
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// For every type and both formats and directions: a row whose primary key it is,
// and the entry of an index over it, give the value back.
func TestKeysOfAllTypesRead(t *testing.T) {
	for _, typ := range typetest.List() {
		if !types.HasOrder(typ) {
			continue
		}
		for _, format := range []uint8{catalog.KeyFormatOld, catalog.KeyFormat} {
			for _, desc := range []bool{false, true} {
				for _, v := range typetest.Values(typ) {
					readBack(t, typ, format, desc, v)
				}
			}
		}
	}
}

func readBack(t *testing.T, typ *types.T, format uint8, desc bool, v types.Datum) {
	t.Helper()
	keys := []catalog.IndexKey{{Attnum: 1, Type: typ, Desc: desc}}
	desc2 := &catalog.Table{Storage: 7, Columns: []catalog.Column{{Name: "c", Attnum: 1, Type: typ, Mod: -1}, {Name: "d", Attnum: 2, Type: typ, Mod: -1}},
		Indexes: []*catalog.Index{{ID: 1, Primary: true, Unique: true, Keys: keys, KeyFormat: format}, {ID: 2, Keys: keys, KeyFormat: format, Include: []int16{2}}}}
	tab := rowcodec.NewTable(desc2)
	row := []types.Datum{v, v}
	key, err := tab.AppendKey(nil, row)
	if err != nil {
		t.Fatal(err)
	}
	val, err := tab.AppendValue(nil, row)
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, decode func(cols []chunk.Vec) error) {
		cols := make([]chunk.Vec, 2)
		for i := range cols {
			cols[i].Init(typ.Kind)
		}
		if err := decode(cols); err != nil {
			t.Fatalf("%s of type %s, format %d: %v", what, typ.Name, format, err)
		}
		for _, c := range cols {
			if got := c.Datum(0); types.Format(got, typ, nil) != types.Format(v, typ, nil) {
				t.Fatalf("%s of type %s, format %d: %s became %s", what, typ.Name, format, types.Format(v, typ, nil), types.Format(got, typ, nil))
			}
		}
	}
	check("row", func(cols []chunk.Vec) error {
		return tab.NewDecoder([]int16{1, 2}).Decode(cols, key, val, &rowcodec.Arena{})
	})
	ix := tab.NewIndex(desc2.Indexes[1])
	ekey, eval, err := ix.AppendEntry(nil, nil, row[:1], row, key)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := ix.RowKey(nil, ekey, eval); err != nil || !bytes.Equal(back, key) {
		t.Fatalf("entry of type %s, format %d: row key %x, want %x, %v", typ.Name, format, back, key, err)
	}
	if d, ok := ix.NewDecoder([]int16{1, 2}); ok {
		check("entry", func(cols []chunk.Vec) error { return d.Decode(cols, ekey, eval, &rowcodec.Arena{}) })
	}
}
