package write

import (
	"slices"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// Target describes a stored table that rows are written to. A row chunk of it
// has one column for each live column, in the order of Live. Immutable.
type Target struct {
	Desc    *catalog.Table
	Codec   *rowcodec.Table
	Live    []int16 // attnums
	Kinds   []types.Kind
	Indexes []*TargetIndex // without the primary one
	NotNull []int          // positions in Live
	decoder *rowcodec.Decoder
}

// TargetIndex is a secondary index of a Target. Its expressions read row chunks.
type TargetIndex struct {
	Codec *rowcodec.Index
	// Keys[i] is nil where key column i is the plain column at At[i].
	Keys  []*expr.Compiled
	At    []int
	Where *expr.Compiled // nil: not partial
}

// NewTarget describes t without expression keys and predicates; the caller
// completes Indexes where it has them.
func NewTarget(codec *rowcodec.Table) *Target {
	t := &Target{Desc: codec.Desc(), Codec: codec}
	for i := range t.Desc.Columns {
		c := &t.Desc.Columns[i]
		if c.Dropped {
			continue
		}
		if c.NotNull {
			t.NotNull = append(t.NotNull, len(t.Live))
		}
		t.Live = append(t.Live, c.Attnum)
		t.Kinds = append(t.Kinds, c.Type.Kind)
	}
	t.decoder = codec.NewDecoder(t.Live)
	primary := t.Desc.PrimaryIndex()
	for _, ix := range t.Desc.Indexes {
		if ix == primary {
			for _, k := range ix.Keys {
				if at := t.Position(k.Attnum); !t.requires(at) {
					t.NotNull = append(t.NotNull, at)
				}
			}
			continue
		}
		x := &TargetIndex{Codec: codec.NewIndex(ix), Keys: make([]*expr.Compiled, len(ix.Keys)), At: make([]int, len(ix.Keys))}
		for i, k := range ix.Keys {
			x.At[i] = t.Position(k.Attnum)
		}
		t.Indexes = append(t.Indexes, x)
	}
	return t
}

func (t *Target) requires(at int) bool {
	for _, n := range t.NotNull {
		if n == at {
			return true
		}
	}
	return false
}

// Position is the place of an attnum in Live, -1 where it is not there.
func (t *Target) Position(attnum int16) int {
	for i, a := range t.Live {
		if a == attnum {
			return i
		}
	}
	return -1
}

// reads tells whether the entries of x may change when the columns at the
// positions set do.
func (x *TargetIndex) reads(t *Target, set []bool) bool {
	if x.Where != nil {
		return true
	}
	for i, k := range x.Keys {
		if k != nil || x.At[i] >= 0 && set[x.At[i]] {
			return true
		}
	}
	for _, a := range x.Codec.Desc().Include {
		if at := t.Position(a); at >= 0 && set[at] {
			return true
		}
	}
	return false
}

// KeyColumns are the positions among set of the columns that make LockMode ask for
// the strongest lock.
func (t *Target) KeyColumns(set []bool) []int {
	var out []int
	for _, ix := range t.Desc.Indexes {
		if !ix.Unique || ix.Where != "" {
			continue
		}
		for _, k := range ix.Keys {
			if at := t.Position(k.Attnum); at >= 0 && set[at] && !slices.Contains(out, at) {
				out = append(out, at)
			}
		}
	}
	return out
}

// LockMode is the row lock that a change of the columns at set needs: key
// columns (of unique indexes that foreign keys may refer to) need the strongest.
func (t *Target) LockMode(set []bool) txn.RowMode {
	if len(t.KeyColumns(set)) > 0 {
		return txn.ForUpdate
	}
	return txn.ForNoKeyUpdate
}

// movesKey tells whether the primary key may change when the columns at set do.
func (t *Target) movesKey(set []bool) bool {
	if p := t.Desc.PrimaryIndex(); p != nil {
		for _, k := range p.Keys {
			if set[t.Position(k.Attnum)] {
				return true
			}
		}
	}
	return false
}

func (t *Target) putOptions() txn.PutOptions {
	return txn.PutOptions{KeepHistory: t.Desc.KeepHistorySeconds > 0}
}

// NewRows is an empty row chunk.
func (t *Target) NewRows() chunk.Chunk { return *chunk.New(t.Kinds) }

// Decode appends the row stored as value under key to the columns of a row chunk.
func (t *Target) Decode(rows *chunk.Chunk, key, value []byte, a *rowcodec.Arena) error {
	if err := t.decoder.Decode(rows.Cols, key, value, a); err != nil {
		return err
	}
	rows.Rows++
	return nil
}

// slots spreads row i of a row chunk to datums by attnum-1.
func (t *Target) slots(dst []types.Datum, c *chunk.Chunk, i int) []types.Datum {
	dst = slices.Grow(dst[:0], t.Codec.Width())[:t.Codec.Width()]
	clear(dst)
	for j, a := range t.Live {
		dst[a-1] = c.Cols[j].Datum(i)
	}
	return dst
}
