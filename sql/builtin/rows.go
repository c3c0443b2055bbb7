package builtin

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// listRows gives rows that are all in memory.
type listRows struct {
	rows [][]types.Datum
	at   int
}

// Next implements Rows.
func (r *listRows) Next(*expr.Ctx) ([]types.Datum, bool, error) {
	if r.at >= len(r.rows) {
		return nil, false, nil
	}
	r.at++
	return r.rows[r.at-1], true, nil
}

// MakeRows gives rows that are all in memory.
func MakeRows(rows [][]types.Datum) Rows { return &listRows{rows: rows} }

// valueRows gives one column.
func valueRows(vals []types.Datum) Rows { return &columnRows{vals: vals} }

type columnRows struct {
	vals []types.Datum
	row  [1]types.Datum
}

// Next implements Rows.
func (r *columnRows) Next(*expr.Ctx) ([]types.Datum, bool, error) {
	if len(r.vals) == 0 {
		return nil, false, nil
	}
	r.row[0], r.vals = r.vals[0], r.vals[1:]
	return r.row[:], true, nil
}

// funcRows gives rows as a function makes them.
type funcRows func(ctx *expr.Ctx) ([]types.Datum, bool, error)

// Next implements Rows.
func (f funcRows) Next(ctx *expr.Ctx) ([]types.Datum, bool, error) { return f(ctx) }
