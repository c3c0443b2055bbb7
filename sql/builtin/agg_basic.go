package builtin

import (
	"math"
	"strings"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// aggregateState is about the memory of a small aggregate's state, in bytes.
const aggregateState = 48

func registerBasicAggregates() {
	simple := func(create func() expr.Agg) func(*expr.AggCall) (expr.Agg, error) {
		return func(*expr.AggCall) (expr.Agg, error) { return create(), nil }
	}
	agg("count", "", simple(func() expr.Agg { return &countAgg{star: true} }))
	agg("count", "any", simple(func() expr.Agg { return &countAgg{} }))
	for _, t := range []string{"int2", "int4"} {
		agg("sum", t, simple(func() expr.Agg { return &sumIntAgg{} }))
	}
	agg("sum", "int8", simple(func() expr.Agg { return &sumWideAgg{} }))
	agg("sum", "numeric", simple(func() expr.Agg { return &sumNumericAgg{} }))
	for _, t := range []string{"float4", "float8"} {
		typ := mustType(t)
		agg("sum", t, simple(func() expr.Agg { return &sumFloatAgg{t: typ} }))
		agg("avg", t, simple(func() expr.Agg { return &avgFloatAgg{} }))
	}
	agg("sum", "money", simple(func() expr.Agg { return &sumIntAgg{} }))
	for _, t := range []string{"int2", "int4", "int8"} {
		agg("avg", t, simple(func() expr.Agg { return &sumWideAgg{avg: true} }))
	}
	agg("avg", "numeric", simple(func() expr.Agg { return &sumNumericAgg{avg: true} }))
	for _, name := range []string{"min", "max"} {
		for _, p := range procFacts[name] {
			if p.kind != 'a' || len(p.args) != 1 {
				continue
			}
			sign := 1
			if name == "min" {
				sign = -1
			}
			agg(name, p.args[0].Name, func(call *expr.AggCall) (expr.Agg, error) {
				t := call.Def.Args[0]
				if t.IsPolymorphic() {
					t = call.Args[0].Type()
				}
				return &extremeAgg{t: t, sign: sign}, nil
			})
		}
	}
	agg("bool_and", "bool", simple(func() expr.Agg { return &boolAgg{and: true} }))
	agg("every", "bool", simple(func() expr.Agg { return &boolAgg{and: true} }))
	agg("bool_or", "bool", simple(func() expr.Agg { return &boolAgg{} }))
	agg("string_agg", "text,text", simple(func() expr.Agg { return &stringAgg{} }))
	agg("string_agg", "bytea,bytea", simple(func() expr.Agg { return &bytesAgg{} }))
	agg("array_agg", "anynonarray", func(call *expr.AggCall) (expr.Agg, error) {
		return &arrayAgg{elem: call.T.Elem}, nil
	})
}

type countAgg struct {
	star bool
	n    int64
}

func (a *countAgg) Add(_ *expr.Ctx, args []types.Datum) error {
	if a.star || !args[0].IsNull() {
		a.n++
	}
	return nil
}

func (a *countAgg) Remove(_ *expr.Ctx, args []types.Datum) error {
	if a.star || !args[0].IsNull() {
		a.n--
	}
	return nil
}

func (a *countAgg) Result(*expr.Ctx) (types.Datum, error) { return types.MakeInt(a.n), nil }
func (a *countAgg) Bytes() int                            { return aggregateState }

// AddCount counts n rows at once (the batch form of count(*)).
func (a *countAgg) AddCount(n int64) { a.n += n }

// sumIntAgg sums int2, int4 and money into int8.
type sumIntAgg struct {
	n, sum int64
}

func (a *sumIntAgg) Add(_ *expr.Ctx, args []types.Datum) error {
	if args[0].IsNull() {
		return nil
	}
	v, ok := AddInt64(a.sum, args[0].Int())
	if !ok {
		return errOutOfRange(types.Int8)
	}
	a.n++
	a.sum = v
	return nil
}

func (a *sumIntAgg) Remove(_ *expr.Ctx, args []types.Datum) error {
	if !args[0].IsNull() {
		a.n--
		a.sum -= args[0].Int()
	}
	return nil
}

func (a *sumIntAgg) Result(*expr.Ctx) (types.Datum, error) {
	if a.n == 0 {
		return types.Null, nil
	}
	return types.MakeInt(a.sum), nil
}

func (a *sumIntAgg) Bytes() int { return aggregateState }

// sumWideAgg sums integers into numeric: in 64 bits while they suffice, with
// what overflowed carried in wide. avg divides at the end.
type sumWideAgg struct {
	n, low int64
	wide   sumNumericAgg
	avg    bool
}

func (a *sumWideAgg) add(v, n int64) error {
	low, ok := AddInt64(a.low, v)
	if !ok {
		a.wide.add(types.MakeDecimal(types.NumericFromInt(a.low)))
		low = v
	}
	a.low = low
	a.n += n
	return nil
}

func (a *sumWideAgg) Add(_ *expr.Ctx, args []types.Datum) error {
	if args[0].IsNull() {
		return nil
	}
	return a.add(args[0].Int(), 1)
}

func (a *sumWideAgg) Remove(_ *expr.Ctx, args []types.Datum) error {
	if args[0].IsNull() {
		return nil
	}
	if args[0].Int() == math.MinInt64 {
		a.wide.add(types.MakeDecimal(types.NegNumeric(types.NumericFromInt(math.MinInt64))))
		a.n--
		return nil
	}
	return a.add(-args[0].Int(), -1)
}

func (a *sumWideAgg) Result(*expr.Ctx) (types.Datum, error) {
	if a.n == 0 {
		return types.Null, nil
	}
	sum := types.NumericFromInt(a.low)
	if a.wide.sum != nil {
		sum = types.AddNumeric(sum, a.wide.sum)
	}
	if a.avg {
		sum, _ = types.DivNumeric(sum, types.NumericFromInt(a.n))
	}
	return types.MakeDecimal(sum), nil
}

func (a *sumWideAgg) Bytes() int { return aggregateState }

// sumNumericAgg sums numerics. What comes as integers of one scale is summed in
// low while 128 bits suffice.
type sumNumericAgg struct {
	n     int64
	sum   *types.Decimal // nil: nothing yet
	low   types.Int128
	scale int
	inLow bool
	avg   bool
}

// AddNumber implements expr.NumberAgg.
func (a *sumNumericAgg) AddNumber(n types.Int128, scale int) {
	a.n++
	if a.inLow && a.scale == scale {
		if sum, ok := a.low.Add(n); ok {
			a.low = sum
			return
		}
	}
	if a.inLow {
		a.add(types.MakeDecimal(a.low.Numeric(a.scale)))
	}
	a.low, a.scale, a.inLow = n, scale, true
}

// total is the sum of everything added, at least one value.
func (a *sumNumericAgg) total() *types.Decimal {
	switch {
	case !a.inLow:
		return a.sum
	case a.sum == nil:
		return a.low.Numeric(a.scale)
	}
	return types.AddNumeric(a.sum, a.low.Numeric(a.scale))
}

func (a *sumNumericAgg) add(d types.Datum) {
	if a.sum == nil {
		a.sum = d.Decimal()
	} else {
		a.sum = types.AddNumeric(a.sum, d.Decimal())
	}
}

func (a *sumNumericAgg) Add(ctx *expr.Ctx, args []types.Datum) error {
	if args[0].IsNull() {
		return nil
	}
	a.n++
	a.add(args[0])
	return ctx.Budget.Step(1 + numericWords(args[0].Decimal())/wordSumsPerStep)
}

func (a *sumNumericAgg) Result(*expr.Ctx) (types.Datum, error) {
	if a.n == 0 {
		return types.Null, nil
	}
	if !a.avg {
		return types.MakeDecimal(a.total()), nil
	}
	v, _ := types.DivNumeric(a.total(), types.NumericFromInt(a.n))
	return types.MakeDecimal(v), nil
}

func (a *sumNumericAgg) Bytes() int { return aggregateState }

type sumFloatAgg struct {
	t   *types.T
	n   int64
	sum float64
}

func (a *sumFloatAgg) Add(_ *expr.Ctx, args []types.Datum) error {
	if args[0].IsNull() {
		return nil
	}
	was, v := a.sum, args[0].Float()
	a.n++
	a.sum += v
	_, err := fitFloat(a.t, a.sum, infinite(was, v), true)
	return err
}

func (a *sumFloatAgg) Result(*expr.Ctx) (types.Datum, error) {
	if a.n == 0 {
		return types.Null, nil
	}
	return fitFloat(a.t, a.sum, true, true)
}

func (a *sumFloatAgg) Bytes() int { return aggregateState }

type avgFloatAgg struct {
	n   int64
	sum float64
}

func (a *avgFloatAgg) Add(_ *expr.Ctx, args []types.Datum) error {
	if !args[0].IsNull() {
		a.n++
		a.sum += args[0].Float()
	}
	return nil
}

func (a *avgFloatAgg) Result(*expr.Ctx) (types.Datum, error) {
	if a.n == 0 {
		return types.Null, nil
	}
	return types.MakeFloat(a.sum / float64(a.n)), nil
}

func (a *avgFloatAgg) Bytes() int { return aggregateState }

// extremeAgg is min (sign -1) and max (sign 1).
type extremeAgg struct {
	t    *types.T
	sign int
	best types.Datum
}

func (a *extremeAgg) Add(_ *expr.Ctx, args []types.Datum) error {
	d := args[0]
	if !d.IsNull() && (a.best.IsNull() || types.Compare(a.t, d, a.best)*a.sign > 0) {
		a.best = types.Clone(d) // its row goes, with what was read beside it
	}
	return nil
}

func (a *extremeAgg) Result(*expr.Ctx) (types.Datum, error) { return a.best, nil }
func (a *extremeAgg) Bytes() int                            { return aggregateState + datumBytes(a.best) }

type boolAgg struct {
	and   bool
	n     int64
	trues int64
}

func (a *boolAgg) Add(_ *expr.Ctx, args []types.Datum) error {
	if !args[0].IsNull() {
		a.n++
		if args[0].Bool() {
			a.trues++
		}
	}
	return nil
}

func (a *boolAgg) Remove(_ *expr.Ctx, args []types.Datum) error {
	if !args[0].IsNull() {
		a.n--
		if args[0].Bool() {
			a.trues--
		}
	}
	return nil
}

func (a *boolAgg) Result(*expr.Ctx) (types.Datum, error) {
	switch {
	case a.n == 0:
		return types.Null, nil
	case a.and:
		return types.MakeBool(a.trues == a.n), nil
	}
	return types.MakeBool(a.trues > 0), nil
}

func (a *boolAgg) Bytes() int { return aggregateState }

type stringAgg struct {
	b   strings.Builder
	any bool
}

func (a *stringAgg) Add(ctx *expr.Ctx, args []types.Datum) error {
	if args[0].IsNull() {
		return nil
	}
	more := len(args[0].Str())
	if a.any && !args[1].IsNull() {
		more += len(args[1].Str())
	}
	if err := enlarge(ctx, a.b.Len(), more); err != nil {
		return err
	}
	if a.any && !args[1].IsNull() {
		a.b.WriteString(args[1].Str())
	}
	a.any = true
	a.b.WriteString(args[0].Str())
	return nil
}

func (a *stringAgg) Result(*expr.Ctx) (types.Datum, error) {
	if !a.any {
		return types.Null, nil
	}
	return types.MakeStr(a.b.String()), nil
}

func (a *stringAgg) Bytes() int { return aggregateState + a.b.Cap() }

type bytesAgg struct {
	b   []byte
	any bool
}

func (a *bytesAgg) Add(ctx *expr.Ctx, args []types.Datum) error {
	if args[0].IsNull() {
		return nil
	}
	more := len(args[0].Bytes())
	if a.any && !args[1].IsNull() {
		more += len(args[1].Bytes())
	}
	if err := enlarge(ctx, len(a.b), more); err != nil {
		return err
	}
	if a.any && !args[1].IsNull() {
		a.b = append(a.b, args[1].Bytes()...)
	}
	a.any = true
	a.b = append(a.b, args[0].Bytes()...)
	return nil
}

func (a *bytesAgg) Result(*expr.Ctx) (types.Datum, error) {
	if !a.any {
		return types.Null, nil
	}
	return types.MakeBytes(append([]byte(nil), a.b...)), nil
}

func (a *bytesAgg) Bytes() int { return aggregateState + cap(a.b) }

type arrayAgg struct {
	elem  *types.T
	elems []types.Datum
	bytes int
}

func (a *arrayAgg) Add(ctx *expr.Ctx, args []types.Datum) error {
	if len(a.elems) >= arrayElementsMax {
		return errArraySize()
	}
	a.elems = append(a.elems, args[0])
	a.bytes += datumBytes(args[0])
	return ctx.Budget.Fits(int64(a.bytes))
}

// compoundBytes is about what a value beside its slot holds.
const compoundBytes = 64

// datumBytes is about what a value holds, its slot counted; parts of arrays and
// records are shared with where they come from.
func datumBytes(d types.Datum) int {
	switch d.Kind() {
	case types.KindStr:
		return datumSlot + len(d.Str())
	case types.KindBytes:
		return datumSlot + len(d.Bytes())
	case types.KindArray:
		return datumSlot*(1+len(d.Array().Elems)) + compoundBytes
	case types.KindDecimal, types.KindInterval, types.KindRecord, types.KindOther:
		return datumSlot + compoundBytes
	}
	return datumSlot
}

func (a *arrayAgg) Result(ctx *expr.Ctx) (types.Datum, error) {
	if len(a.elems) == 0 {
		return types.Null, nil
	}
	if err := ctx.Budget.Fits(int64(len(a.elems)) * datumSlot); err != nil {
		return types.Null, err
	}
	elems := append([]types.Datum(nil), a.elems...)
	return types.MakeArray(&types.Array{Elem: a.elem, Dims: []int32{int32(len(elems))}, Lower: []int32{1}, Elems: elems}), nil
}

func (a *arrayAgg) Bytes() int { return aggregateState + a.bytes }
