package expr

import (
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// withOuter runs f with the columns given put into ctx.Outer.
func withOuter(ctx *Ctx, ids []ColID, vals []types.Datum, f func() error) error {
	saved := ctx.Outer
	inner := make(map[ColID]types.Datum, len(saved)+len(ids))
	for k, v := range saved {
		inner[k] = v
	}
	for i, id := range ids {
		inner[id] = vals[i]
	}
	ctx.Outer = inner
	err := f()
	ctx.Outer = saved
	return err
}

// subqueryRows runs the plan for the current row.
func subqueryRows(ctx *Ctx, e *Subquery, lookup Lookup) ([][]types.Datum, error) {
	if ctx.RunSubquery == nil {
		return nil, pgerr.NotSupported("a subquery in this place")
	}
	if len(e.Outer) == 0 {
		return ctx.RunSubquery(ctx, e)
	}
	ids, vals := make([]ColID, len(e.Outer)), make([]types.Datum, len(e.Outer))
	for i := range e.Outer {
		d, err := evalCol(ctx, &e.Outer[i], lookup)
		if err != nil {
			return nil, err
		}
		ids[i], vals[i] = e.Outer[i].ID, d
	}
	var rows [][]types.Datum
	err := withOuter(ctx, ids, vals, func() (err error) {
		rows, err = ctx.RunSubquery(ctx, e)
		return err
	})
	return rows, err
}

func evalSubquery(ctx *Ctx, e *Subquery, lookup Lookup) (types.Datum, error) {
	rows, err := subqueryRows(ctx, e, lookup)
	if err != nil {
		return types.Null, err
	}
	return subqueryResult(ctx, e, rows, lookup)
}

func subqueryResult(ctx *Ctx, e *Subquery, rows [][]types.Datum, lookup Lookup) (types.Datum, error) {
	switch e.Kind {
	case SubExists:
		return types.MakeBool(len(rows) > 0), nil
	case SubScalar, SubRow:
		if len(rows) > 1 {
			return types.Null, pgerr.New(pgerr.CardinalityViolation, "more than one row returned by a subquery used as an expression")
		}
		if len(rows) == 0 {
			return types.Null, nil
		}
		if e.Kind == SubScalar {
			return rows[0][0], nil
		}
		r := &types.Record{Fields: rows[0]}
		for i := range rows[0] {
			r.Types = append(r.Types, e.T.Fields[i].Type)
		}
		return types.MakeRecord(r), nil
	case SubArray:
		elems := make([]types.Datum, len(rows))
		for i, r := range rows {
			elems[i] = r[0]
		}
		return types.MakeArray(types.NewArray(e.T.Elem, elems)), nil
	}
	args, err := evalArgs(ctx, e.Args, lookup)
	if err != nil {
		return types.Null, err
	}
	all := e.Kind == SubAll
	out := types.MakeBool(all)
	for _, r := range rows {
		d, err := subqueryTest(ctx, e, args, r)
		switch {
		case err != nil:
			return types.Null, err
		case d.IsNull():
			out = types.Null
		case d.Bool() != all:
			return d, nil
		}
	}
	return out, nil
}

// subqueryTest compares the left side with one row.
func subqueryTest(ctx *Ctx, e *Subquery, args, row []types.Datum) (types.Datum, error) {
	if e.Test == nil || len(e.RowCols) == 0 && len(e.Eqs) == len(args) {
		out := types.MakeBool(true)
		for i, eq := range e.Eqs {
			d, err := callEq(ctx, eq, args[i], row[i], e.Args[i].Type(), eq.Args[1])
			switch {
			case err != nil:
				return types.Null, err
			case d.IsNull():
				out = types.Null
			case !d.Bool():
				return d, nil
			}
		}
		return out, nil
	}
	return EvalOne(ctx, e.Test, func(id ColID) (types.Datum, bool) {
		for i, c := range e.ArgCols {
			if c.ID == id {
				return args[i], true
			}
		}
		for i, c := range e.RowCols {
			if c == id {
				return row[i], true
			}
		}
		return types.Null, false
	})
}
