package builtin

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/sql/types/typetest"
)

const (
	// extremeBytes is the budget of one call, and extremeAllocMax what it may
	// allocate in all, garbage included.
	extremeBytes    = 64 << 20
	extremeAllocMax = 1 << 30
	// extremeRounds is how often each function is called; FERRITE_ROUNDS changes it.
	extremeRounds = 3
	// A call is cancelled after extremeCancel, and hangs after extremeHang.
	extremeCancel = 2 * time.Second
	extremeHang   = 20 * time.Second
	extremeRows   = 1000
)

// extreme is one function, operator, cast, aggregate or set-returning function.
type extreme struct {
	name string
	args []*types.T
	// run calls it; given are the types of args with polymorphic ones settled.
	run func(ctx *expr.Ctx, given []*types.T, args []types.Datum) error
}

func (x *extreme) describe(given []*types.T, args []types.Datum) string {
	var out []string
	for i, d := range args {
		s := "NULL"
		if !d.IsNull() {
			s = types.Format(d, given[i], nil)
		}
		if len(s) > 60 {
			s = s[:60] + "… (" + strconv.Itoa(len(s)) + " bytes)"
		}
		out = append(out, fmt.Sprintf("%q::%s", s, given[i].Name))
	}
	return x.name + "(" + strings.Join(out, ", ") + ")"
}

// ofServer are functions that act on sequences and other sessions, or sleep: a
// server's tests call them.
var ofServer = map[string]bool{"nextval": true, "currval": true, "lastval": true, "setval": true, "pg_cancel_backend": true,
	"pg_terminate_backend": true, "pg_sleep": true, "pg_sleep_for": true, "pg_sleep_until": true}

// extremes lists everything that is registered, in a fixed order.
func extremes() []*extreme {
	var out []*extreme
	All(func(def any) {
		switch d := def.(type) {
		case *expr.FuncDef:
			if ofServer[d.Name] {
				return
			}
			out = append(out, &extreme{name: Signature(d.Name, d.Args), args: d.Args, run: runFunc(d)})
		case *expr.AggDef:
			if d.Kind != 'w' {
				out = append(out, &extreme{name: "aggregate " + Signature(d.Name, d.Args), args: d.Args, run: runAgg(d)})
			}
		case *SRF:
			out = append(out, &extreme{name: "set " + Signature(d.Name, d.Args), args: d.Args, run: runSRF(d)})
		}
	})
	for _, from := range append(typetest.List(), types.Unknown, types.TextArray, types.Int4Array) {
		for _, to := range types.All() {
			if to.Typtype == 'p' || !castable(from, to) {
				continue
			}
			out = append(out, &extreme{name: "cast " + from.Name + " to " + to.Name, args: []*types.T{from}, run: runCast(from, to)})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].name < out[j].name })
	return out
}

func castable(from, to *types.T) bool {
	if from.Is(to) {
		return false
	}
	if from.IsString() || to.IsString() || from.Is(types.Unknown) {
		return true
	}
	_, ok := types.FindCast(from, to)
	return ok
}

// useResult looks at a result as its receivers do.
func useResult(d types.Datum, t *types.T) error {
	if d.IsNull() || t.Is(types.Void) {
		return nil
	}
	if u := t.Underlying(); u.Kind != types.KindNull && d.Kind() != u.Kind {
		return fmt.Errorf("the result is of kind %d, type %s of kind %d", d.Kind(), t.Name, u.Kind)
	}
	if n := len(types.Format(d, t, nil)); n > 1<<30 {
		return fmt.Errorf("a result of %d bytes", n)
	}
	types.AppendBinary(nil, d, t)
	if types.HasOrder(t) && types.Compare(t, d, d) != 0 {
		return fmt.Errorf("the result does not equal itself")
	}
	return nil
}

func constsOf(given []*types.T) (out []expr.Expr) {
	for _, t := range given {
		out = append(out, &expr.Const{T: t, Mod: -1})
	}
	return out
}

func runFunc(d *expr.FuncDef) func(*expr.Ctx, []*types.T, []types.Datum) error {
	return func(ctx *expr.Ctx, given []*types.T, args []types.Datum) error {
		ret, err := settledResult(d.Args, given, d.Ret)
		if err != nil {
			return err
		}
		v, err := expr.CallFunc(ctx, &expr.Func{Def: d, Args: constsOf(given), T: ret}, args)
		if err != nil {
			return err
		}
		return useResult(v, ret)
	}
}

func settledResult(params, given []*types.T, ret *types.T) (*types.T, error) {
	for len(params) < len(given) {
		params = append(params[:len(params):len(params)], params[len(params)-1])
	}
	m, err := settle(Match{}, params[:len(given)], given, ret)
	return m.Ret, err
}

func runAgg(d *expr.AggDef) func(*expr.Ctx, []*types.T, []types.Datum) error {
	return func(ctx *expr.Ctx, given []*types.T, args []types.Datum) error {
		ret, err := settledResult(d.Args, given, d.Ret)
		if err != nil {
			return err
		}
		call := &expr.AggCall{Def: d, Args: constsOf(given), T: ret}
		if d.Kind == 'o' {
			if len(d.Args) > 0 && d.Args[0].Is(types.Any) { // ranks its direct arguments among the rows
				given, args = append(given[:1:1], given[0]), append(args[:1:1], args[0])
				call.Args = constsOf(given)
			}
			direct := len(given) - 1
			call.Args, call.Direct = call.Args[direct:], call.Args[:direct]
			call.OrderBy = []expr.SortKey{{Expr: call.Args[0]}}
		}
		st, err := d.New(call)
		if err != nil {
			return err
		}
		if sized, ok := st.(expr.SizedAgg); ok && len(args) > 0 {
			rows := int64(50)
			if args[len(args)-1].IsNull() { // only others count
				rows = 0
			}
			sized.Begin(rows, args[:len(args)-len(call.OrderBy)])
		}
		for range 50 {
			if err := st.Add(ctx, args); err != nil {
				return err
			}
			if err := ctx.Budget.Fits(int64(st.Bytes())); err != nil { // as the executor does
				return err
			}
		}
		v, err := st.Result(ctx)
		if err != nil {
			return err
		}
		return useResult(v, ret)
	}
}

func runSRF(d *SRF) func(*expr.Ctx, []*types.T, []types.Datum) error {
	return func(ctx *expr.Ctx, given []*types.T, args []types.Datum) error {
		for _, a := range args {
			if a.IsNull() && d.Strict {
				return nil
			}
		}
		ret, err := settledResult(d.Args, given, d.Ret)
		if err != nil {
			return err
		}
		rows, err := d.Open(ctx, args, SRFTypes{Args: given, Ret: ret})
		if err != nil {
			return err
		}
		for range extremeRows {
			row, ok, err := rows.Next(ctx)
			if err != nil || !ok {
				return err
			}
			for i, v := range row {
				t := ret
				if len(d.Columns) > 0 {
					t = d.Columns[i].Type
				}
				if t.Is(types.RecordT) || t.IsPolymorphic() {
					continue
				}
				if err := useResult(v, t); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

func runCast(from, to *types.T) func(*expr.Ctx, []*types.T, []types.Datum) error {
	return func(ctx *expr.Ctx, _ []*types.T, args []types.Datum) error {
		e := &expr.Cast{Arg: &expr.Const{Value: args[0], T: from, Mod: -1}, T: to, Mod: -1, Explicit: true}
		v, err := expr.EvalOne(ctx, e, nil)
		if err != nil {
			return err
		}
		return useResult(v, to)
	}
}

// concrete chooses types for parameters: one element type for all that must
// agree.
func concrete(rnd *rand.Rand, params []*types.T) []*types.T {
	elems := []*types.T{types.Int4, types.Text, types.Numeric, types.JSONB, types.Timestamptz, types.Bytea, typetest.Composite, types.Float8}
	elem := elems[rnd.IntN(len(elems))]
	rng := types.Int4range
	for _, p := range params {
		switch p {
		case types.Anyrange, types.Anymultirange, types.Anycompatiblerange, types.Anycompatiblemultirange:
			rs := []*types.T{types.Int4range, types.Numrange, types.Tstzrange, types.Daterange}
			rng = rs[rnd.IntN(len(rs))]
			elem = rng.Elem
		case types.Anyenum:
			elem = typetest.Enum
		case types.Anyarray, types.Anycompatiblearray:
			if types.ArrayOf(elem) == nil {
				elem = types.Text
			}
		}
	}
	var out []*types.T
	for _, p := range params {
		switch p {
		case types.Any:
			list := typetest.List()
			p = list[rnd.IntN(len(list))]
		case types.Anyelement, types.Anynonarray, types.Anycompatible, types.Anycompatiblenonarray, types.Anyenum:
			p = elem
		case types.Anyarray, types.Anycompatiblearray:
			p = types.ArrayOf(elem)
		case types.Anyrange, types.Anycompatiblerange:
			p = rng
		case types.Anymultirange, types.Anycompatiblemultirange:
			p = types.MultirangeOf(rng)
		case types.RecordT:
			p = typetest.Composite
		}
		out = append(out, p)
	}
	return out
}

var hugeCache = map[types.OID][]types.Datum{}

// pickValue chooses a value of t: an extreme mostly, at times NULL or a large one.
func pickValue(rnd *rand.Rand, t *types.T, huge bool) types.Datum {
	if huge {
		if _, ok := hugeCache[t.OID]; !ok {
			hugeCache[t.OID] = typetest.Huge(t)
		}
		if list := hugeCache[t.OID]; len(list) > 0 {
			return list[rnd.IntN(len(list))]
		}
	}
	if rnd.IntN(12) == 0 {
		return types.Null
	}
	if t.Is(types.Unknown) || t.Is(types.Cstring) || t.Is(types.Dyn) || len(typetest.Values(t)) == 0 && t.Kind == types.KindStr {
		return typetest.Random(rnd, types.Text)
	}
	if len(typetest.Values(t)) == 0 {
		if t.Kind == types.KindInt {
			return typetest.Random(rnd, types.Oid)
		}
		return types.Null
	}
	return typetest.Random(rnd, t)
}

// try calls x once and reports what must not be.
func (x *extreme) try(t *testing.T, rnd *rand.Rand, note string) {
	given := concrete(rnd, x.args)
	args := make([]types.Datum, len(given))
	huge := rnd.IntN(3) == 0
	for i, typ := range given {
		args[i] = pickValue(rnd, typ, huge && rnd.IntN(2) == 0)
	}
	parent, cancel := context.WithTimeout(context.Background(), extremeCancel)
	defer cancel()
	ctx := testCtx(time.UTC)
	ctx.Context = parent
	ctx.Budget = budget.New(parent, nil, budget.Limits{Bytes: extremeBytes})
	hang := time.AfterFunc(extremeHang, func() {
		buf := make([]byte, 1<<16)
		panic(fmt.Sprintf("%s: %s hangs\n%s", note, x.describe(given, args), buf[:runtime.Stack(buf, true)]))
	})
	defer hang.Stop()
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("%s: %s panics: %v\n%s", note, x.describe(given, args), r, cutStack(debug.Stack()))
		}
	}()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := x.run(ctx, given, args)
	if parent.Err() != nil && testing.Verbose() {
		t.Logf("%s: %s was cancelled", note, x.describe(given, args))
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > extremeAllocMax {
		t.Errorf("%s: %s allocates %d MiB under a budget of %d MiB", note, x.describe(given, args), n>>20, extremeBytes>>20)
	}
	if err != nil && parent.Err() == nil && pgerr.Code(err) == pgerr.InternalError {
		t.Errorf("%s: %s: %v", note, x.describe(given, args), err)
	}
}

// cutStack keeps the frames where it went wrong.
func cutStack(stack []byte) string {
	lines := strings.Split(string(stack), "\n")
	return strings.Join(lines[min(len(lines), 7):min(len(lines), 21)], "\n")
}

// extremesSeed is what TestExtremes runs with; FuzzExtremes looks further.
const extremesSeed = 4

// TestExtremes calls everything that is registered with the extremes of its
// argument types. FERRITE_SEED repeats a run; FERRITE_ONLY keeps to functions
// whose name holds a text.
func TestExtremes(t *testing.T) {
	seed := uint64(extremesSeed)
	if s := os.Getenv("FERRITE_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	list := extremes()
	if len(list) < 2000 {
		t.Fatalf("only %d functions and casts", len(list))
	}
	only, rounds := os.Getenv("FERRITE_ONLY"), extremeRounds
	if n, err := strconv.Atoi(os.Getenv("FERRITE_ROUNDS")); err == nil {
		rounds = n
	}
	for i, x := range list {
		if !strings.Contains(x.name, only) {
			continue
		}
		rnd := rand.New(rand.NewPCG(seed, uint64(i)))
		for round := range rounds {
			x.try(t, rnd, fmt.Sprintf("seed %d, round %d", seed, round))
		}
	}
}

// FuzzExtremes is TestExtremes steered by coverage.
func FuzzExtremes(f *testing.F) {
	list := extremes()
	for i := range 20 {
		f.Add(uint64(i*97), uint64(i))
	}
	f.Fuzz(func(t *testing.T, which, seed uint64) {
		x := list[which%uint64(len(list))]
		x.try(t, rand.New(rand.NewPCG(seed, which)), fmt.Sprintf("which %d, seed %d", which, seed))
	})
}
