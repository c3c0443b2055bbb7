package pg

import (
	"testing"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/sql/types"
)

// Rows that are not what the client was told of are an error, and leave no part of
// a message behind: whatever comes next would be misread.
func TestRowsOfOtherTypes(t *testing.T) {
	kinds := map[*types.T]types.Datum{
		types.Int4: types.MakeInt(7), types.Text: types.MakeStr("x"), types.Bytea: types.MakeBytes([]byte{1}), types.Float8: types.MakeFloat(1),
		types.Bool: types.MakeBool(true), types.Numeric: types.MakeDecimal(types.NumericFromInt(1)), types.IntervalT: types.MakeInterval(types.Interval{Days: 1}),
		types.Int4Array: types.MakeArray(types.NewArray(types.Int4, []types.Datum{types.MakeInt(1)})),
		types.Int4range: types.MakeOther(types.EmptyRange),
		types.RecordT:   types.MakeRecord(&types.Record{Types: []*types.T{types.Int4}, Fields: []types.Datum{types.MakeInt(1)}}),
	}
	for told := range kinds {
		for is, d := range kinds {
			for _, f := range []session.Format{session.FormatText, session.FormatBinary} {
				c := &chunk.Chunk{Cols: make([]chunk.Vec, 1), Rows: 1}
				c.Cols[0].Init(is.Kind)
				c.Cols[0].Append(d)
				w := &writer{out: []byte("before")}
				_, err := w.rows(nil, []session.Column{{Name: "c", T: told}}, []session.Format{f}, c, 0, 1, nil)
				if told == is {
					if err != nil || len(w.out) == len("before") {
						t.Errorf("%s: %v, %d bytes", told.Name, err, len(w.out))
					}
					continue
				}
				if pgerr.Code(err) != pgerr.InternalError || string(w.out) != "before" {
					t.Errorf("%s told as %s: %v, %q", is.Name, told.Name, err, w.out)
				}
			}
		}
	}
	w := &writer{out: []byte("before")}
	if _, err := w.rows(nil, []session.Column{{Name: "a", T: types.Int4}, {Name: "b", T: types.Int4}}, nil, &chunk.Chunk{Cols: make([]chunk.Vec, 1), Rows: 0}, 0, 0, nil); err == nil || string(w.out) != "before" {
		t.Errorf("rows that lack a column: %v, %q", err, w.out)
	}
}

// A panic while a row is written takes the row back.
func TestRowsPanic(t *testing.T) {
	c := &chunk.Chunk{Cols: make([]chunk.Vec, 2), Rows: 1}
	c.Cols[0].Init(types.KindInt)
	c.Cols[0].Append(types.MakeInt(1))
	c.Cols[1].Init(types.KindOther)
	c.Cols[1].Append(types.MakeOther("no range"))
	w := &writer{out: []byte("before")}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("nothing panics: nothing is tested")
			}
		}()
		_, _ = w.rows(nil, []session.Column{{Name: "a", T: types.Int4}, {Name: "b", T: types.Int4range}}, nil, c, 0, 1, nil)
	}()
	if string(w.out) != "before" {
		t.Errorf("half a row stays: %q", w.out)
	}
}
