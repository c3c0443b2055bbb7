package builtin

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// windowFunc is a window function proper as a plain function of a row.
type windowFunc func(ctx *expr.Ctx, p expr.Partition, row int) (types.Datum, error)

// Eval implements expr.WindowFunc.
func (f windowFunc) Eval(ctx *expr.Ctx, p expr.Partition, row int) (types.Datum, error) {
	return f(ctx, p, row)
}

func window(name, args string, f windowFunc) {
	p, ok := procFor(name, typeList(args))
	if !ok {
		panic("builtin: no facts for window function " + name)
	}
	RegisterAgg(&expr.AggDef{OID: p.oid, Name: name, Args: p.args, Ret: p.ret, Kind: 'w', Window: f})
}

func registerWindows() {
	window("row_number", "", func(_ *expr.Ctx, _ expr.Partition, row int) (types.Datum, error) {
		return types.MakeInt(int64(row) + 1), nil
	})
	window("rank", "", func(_ *expr.Ctx, p expr.Partition, row int) (types.Datum, error) {
		start, _ := p.Peers(row)
		return types.MakeInt(int64(start) + 1), nil
	})
	window("dense_rank", "", func(_ *expr.Ctx, p expr.Partition, row int) (types.Datum, error) {
		return types.MakeInt(int64(p.Group(row)) + 1), nil
	})
	window("percent_rank", "", func(_ *expr.Ctx, p expr.Partition, row int) (types.Datum, error) {
		if p.Len() <= 1 {
			return types.MakeFloat(0), nil
		}
		start, _ := p.Peers(row)
		return types.MakeFloat(float64(start) / float64(p.Len()-1)), nil
	})
	window("cume_dist", "", func(_ *expr.Ctx, p expr.Partition, row int) (types.Datum, error) {
		_, end := p.Peers(row)
		return types.MakeFloat(float64(end) / float64(p.Len())), nil
	})
	window("ntile", "int4", ntile)
	for _, sign := range []int64{-1, 1} {
		name := map[int64]string{-1: "lag", 1: "lead"}[sign]
		f := func(_ *expr.Ctx, p expr.Partition, row int) (types.Datum, error) { return offsetValue(p, row, sign, 1) }
		window(name, "anyelement", f)
		withOffset := func(nargs int) windowFunc {
			return func(_ *expr.Ctx, p expr.Partition, row int) (types.Datum, error) {
				return offsetValue(p, row, sign, nargs)
			}
		}
		window(name, "anyelement,int4", withOffset(2))
		window(name, "anycompatible,int4,anycompatible", withOffset(3))
	}
	window("first_value", "anyelement", func(_ *expr.Ctx, p expr.Partition, row int) (types.Datum, error) {
		return frameValue(p, row, 1, false), nil
	})
	window("last_value", "anyelement", func(_ *expr.Ctx, p expr.Partition, row int) (types.Datum, error) {
		return frameValue(p, row, 1, true), nil
	})
	window("nth_value", "anyelement,int4", func(_ *expr.Ctx, p expr.Partition, row int) (types.Datum, error) {
		n := p.Arg(row, 1)
		if n.IsNull() {
			return types.Null, nil
		}
		if n.Int() <= 0 {
			return types.Null, pgerr.New(pgerr.InvalidArgumentForNthValueFunction, "argument of nth_value must be greater than zero")
		}
		return frameValue(p, row, n.Int(), false), nil
	})
}

func ntile(_ *expr.Ctx, p expr.Partition, row int) (types.Datum, error) {
	d := p.Arg(0, 0)
	if d.IsNull() {
		return types.Null, nil
	}
	n, total := d.Int(), int64(p.Len())
	if n <= 0 {
		return types.Null, pgerr.New(pgerr.InvalidArgumentForNtileFunction, "argument of ntile must be greater than zero")
	}
	size, extra, r := total/n, total%n, int64(row)
	if r < extra*(size+1) {
		return types.MakeInt(r/(size+1) + 1), nil
	}
	return types.MakeInt(extra + (r-extra*(size+1))/size + 1), nil
}

// offsetValue is lag (sign -1) or lead: the value some rows away, or the default.
func offsetValue(p expr.Partition, row int, sign int64, nargs int) (types.Datum, error) {
	by := int64(1)
	if nargs > 1 {
		d := p.Arg(row, 1)
		if d.IsNull() {
			return types.Null, nil
		}
		by = d.Int()
	}
	at := int64(row) + sign*by
	if at < 0 || at >= int64(p.Len()) {
		if nargs > 2 {
			return p.Arg(row, 2), nil
		}
		return types.Null, nil
	}
	return p.Arg(int(at), 0), nil
}

// frameValue is the first argument at row n of the frame, from its end where
// last is set.
func frameValue(p expr.Partition, row int, n int64, last bool) types.Datum {
	start, end := p.Frame(row)
	for i := range end - start {
		r := start + i
		if last {
			r = end - 1 - i
		}
		if !p.InFrame(row, r) {
			continue
		}
		if n--; n == 0 {
			return p.Arg(r, 0)
		}
	}
	return types.Null
}
