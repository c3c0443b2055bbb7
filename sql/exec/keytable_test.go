package exec

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/sql/types/typetest"
)

// For every type: what groups, DISTINCT and hash joins take for one key is what
// compares equal.
func TestKeyTableOfAllTypes(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	rnd := rand.New(rand.NewPCG(seed, 1))
	list := typetest.List()
	for _, typ := range list {
		if a := types.ArrayOf(typ); a != nil {
			list = append(list, a)
		}
	}
	for _, typ := range list {
		if !types.HasEquality(typ) {
			continue
		}
		vals := typetest.Values(typ)
		for range 40 {
			vals = append(vals, typetest.Random(rnd, typ))
		}
		for _, second := range []bool{false, true} { // alone, and before another column
			ts := []*types.T{typ}
			if second {
				ts = append(ts, types.Int4)
			}
			cols := make([]*chunk.Vec, len(ts))
			for j := range ts {
				cols[j] = &chunk.Vec{}
				cols[j].Init(ts[j].Kind)
			}
			for _, v := range vals {
				cols[0].Append(v)
				if second {
					cols[1].Append(types.MakeInt(0))
				}
			}
			ids := make([]int32, len(vals))
			if err := newKeyTable(ts, true).lookup(cols, len(vals), ids, true); err != nil {
				t.Fatalf("seed %d: type %s: %v", seed, typ.Name, err)
			}
			checkIDs(t, seed, typ, vals, ids)
		}
	}
}

func checkIDs(t *testing.T, seed uint64, typ *types.T, vals []types.Datum, ids []int32) {
	for i, a := range vals {
		for j, b := range vals[:i] {
			if c := types.Compare(typ, a, b); (c == 0) != (ids[i] == ids[j]) {
				t.Errorf("seed %d: type %s: %s and %s compare %d, their key numbers are %d and %d", seed, typ.Name,
					types.Format(a, typ, nil), types.Format(b, typ, nil), c, ids[i], ids[j])
				return
			}
		}
	}
}
