package exec

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/sql/write"
)

// table is rows in memory with their types: what operators of these tests read.
type table struct {
	types []*types.T
	rows  [][]Datum
}

// The columns of random tables.
var randomTypes = []*types.T{types.Int8, types.Text, types.Numeric, types.Int8Array}

// randomTable makes rows of randomTypes with few distinct values and NULLs.
func randomTable(r *rand.Rand, n int) *table {
	t := &table{types: randomTypes}
	for range n {
		k := r.IntN(n/3 + 1)
		row := []Datum{types.MakeInt(int64(k)), types.MakeStr(strings.Repeat("s", r.IntN(9)) + fmt.Sprint(r.IntN(30))),
			numeric(fmt.Sprintf("%d.%d", r.IntN(20), r.IntN(2)*5)),
			types.MakeArray(&types.Array{Elem: types.Int8, Dims: []int32{2}, Lower: []int32{1}, Elems: []Datum{types.MakeInt(int64(r.IntN(5))), types.Null}})}
		for i := range row {
			if r.IntN(12) == 0 {
				row[i] = types.Null
			}
		}
		t.rows = append(t.rows, row)
	}
	return t
}

func (t *table) kinds() Kinds {
	var k Kinds
	for _, x := range t.types {
		k = append(k, x.Kind)
	}
	return k
}

// layout numbers the columns from first.
func (t *table) layout(first expr.ColID) []expr.ColID {
	var out []expr.ColID
	for i := range t.types {
		out = append(out, first+expr.ColID(i))
	}
	return out
}

// col compiles column i of t, whose columns are numbered from first.
func (t *table) col(i int) *Expr { return compiled(t.ref(i, 1), t.layout(1)) }

func (t *table) ref(i int, first expr.ColID) expr.Expr {
	return &expr.Col{ID: first + expr.ColID(i), T: t.types[i], Mod: -1}
}

func compiled(e expr.Expr, layout []expr.ColID) *Expr {
	c, err := Compile(e, layout)
	if err != nil {
		panic(err)
	}
	return c
}

// source gives the rows of a table in chunks of random sizes.
type source struct {
	t    *table
	seed uint64
	fail error // after the rows
}

func (s *source) New() Operator { return &sourceOp{spec: s} }

type sourceOp struct {
	spec *source
	rnd  *rand.Rand
	run  *Run
	at   int
	open bool
	out  chunk.Chunk
}

func (op *sourceOp) Open(run *Run) error {
	if op.open {
		return errors.New("source opened twice")
	}
	op.open, op.run, op.at = true, run, 0
	op.rnd = rand.New(rand.NewPCG(op.spec.seed, 9))
	op.out.Cols = newCols(op.spec.t.kinds())
	return nil
}

func (op *sourceOp) Close() { op.open = false }

func (op *sourceOp) Next(ctx context.Context) (*chunk.Chunk, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	op.out.Reset()
	for j := range op.out.Cols { // in whatever form scans give
		switch v := &op.out.Cols[j]; {
		case op.rnd.IntN(2) == 0:
		case v.Kind == types.KindStr:
			v.Pack()
		case v.Kind == types.KindDecimal:
			v.Scale64(1)
		}
	}
	n := 1 + op.rnd.IntN(op.run.rows())
	for ; op.at < len(op.spec.t.rows) && op.out.Rows < n; op.at++ {
		op.out.AppendRow(op.spec.t.rows[op.at])
	}
	if op.out.Rows == 0 {
		return nil, op.spec.fail
	}
	return &op.out, nil
}

// tempFiles makes the temporary files of a test, in memory, and knows which are
// open. Where failAt is not 0, the failAt-th call (open, write or read) fails.
type tempFiles struct {
	open   int
	made   int
	calls  int
	failAt int
	err    error
}

func (f *tempFiles) call() error {
	if f.calls++; f.calls == f.failAt {
		return f.err
	}
	return nil
}

type tempFile struct {
	files *tempFiles
	b     []byte
}

func (f *tempFiles) OpenTemp(string) (TempFile, error) {
	if err := f.call(); err != nil {
		return nil, err
	}
	f.open++
	f.made++
	return &tempFile{files: f}, nil
}

func (t *tempFile) Write(p []byte) (int, error) {
	if err := t.files.call(); err != nil {
		return 0, err
	}
	t.b = append(t.b, p...)
	return len(p), nil
}

func (t *tempFile) ReadAt(p []byte, off int64) (int, error) {
	if err := t.files.call(); err != nil {
		return 0, err
	}
	return bytes.NewReader(t.b).ReadAt(p, off)
}

func (t *tempFile) Close() error {
	t.files.open--
	return nil
}

// budgets are the ways each operator is tested: all in memory, some of it, and
// every row on disk.
var budgets = []struct {
	name string
	work int64
	rows int // of a chunk
}{
	{"in memory", 0, 0},
	{"chunks of 7", 0, 7},
	{"8 kB", 8 << 10, 50},
	{"1 byte", 1, 13},
}

// each runs f for a few seeds and every budget.
func each(t *testing.T, f func(t *testing.T, r *rand.Rand, run *runner)) {
	for _, b := range budgets {
		t.Run(b.name, func(t *testing.T) {
			for seed := range uint64(3) {
				rn := &runner{t: t, seed: seed, work: b.work, chunkRows: b.rows, files: &tempFiles{}}
				f(t, rand.New(rand.NewPCG(seed, uint64(b.work))), rn)
				if b.work == 1 && rn.files.made == 0 && !rn.noSpill {
					t.Errorf("nothing was spilled within a budget of a byte")
				}
			}
		})
	}
}

// runner runs operators and looks that they give back what they took.
type runner struct {
	t         *testing.T
	seed      uint64
	work      int64
	chunkRows int
	files     *tempFiles
	noSpill   bool // the operator need not spill
	ctx       context.Context
}

func (r *runner) source(t *table) Spec { return &source{t: t, seed: r.seed} }

func (r *runner) run() *Run {
	ctx := r.ctx
	if ctx == nil {
		ctx = r.t.Context()
	}
	run := &Run{Env: write.Env{Eval: &expr.Ctx{Context: ctx}}, Mem: NewMemory(r.work), ChunkRows: r.chunkRows, OpenTemp: r.files.OpenTemp}
	run.temp.buffer = 64
	return run
}

// rows runs spec, twice with the same operator, and gives its rows as text.
func (r *runner) rows(spec Spec, ts []*types.T) []string {
	r.t.Helper()
	op := spec.New()
	first, err := r.collect(op, ts)
	if err != nil {
		r.t.Fatalf("seed %d: %v", r.seed, err)
	}
	again, err := r.collect(op, ts)
	if err != nil || !slices.Equal(slices.Sorted(slices.Values(first)), slices.Sorted(slices.Values(again))) {
		r.t.Fatalf("seed %d: run again: %d rows, %v; at first %d", r.seed, len(again), err, len(first))
	}
	return first
}

func (r *runner) collect(op Operator, ts []*types.T) (rows []string, err error) {
	run := r.run()
	defer func() {
		op.Close()
		run.Reset()
		if n := run.Mem.Used(); n != 0 {
			r.t.Errorf("seed %d: %d bytes are still taken", r.seed, n)
		}
		if r.files.open != 0 || run.temp.used.Load() != 0 {
			r.t.Errorf("seed %d: %d temporary files are still open, %d bytes counted", r.seed, r.files.open, run.temp.used.Load())
		}
	}()
	if err := op.Open(run); err != nil {
		return nil, err
	}
	for {
		c, err := op.Next(run.Eval.Context)
		if err != nil {
			return rows, err
		}
		if c == nil {
			if c, err = op.Next(run.Eval.Context); c != nil || err != nil {
				r.t.Errorf("seed %d: rows or an error after the end", r.seed)
			}
			return rows, nil
		}
		if c.Rows == 0 || c.Rows > run.rows()*2 {
			r.t.Errorf("seed %d: chunk of %d rows", r.seed, c.Rows)
		}
		for i := range c.Rows {
			if ts == nil {
				continue
			}
			rows = append(rows, text(c.Row(nil, i), ts))
		}
	}
}

func text(row []Datum, ts []*types.T) string {
	var b strings.Builder
	for i, d := range row {
		if i > 0 {
			b.WriteByte('|')
		}
		if d.IsNull() {
			b.WriteString("NULL")
		} else {
			b.WriteString(types.Format(d, ts[i], nil))
		}
	}
	return b.String()
}

func texts(rows [][]Datum, ts []*types.T) []string {
	var out []string
	for _, r := range rows {
		out = append(out, text(r, ts))
	}
	return out
}

// same compares rows, in any order unless ordered.
func (r *runner) same(what string, got, want []string, ordered bool) {
	r.t.Helper()
	if !ordered {
		got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	}
	if slices.Equal(got, want) {
		return
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			r.t.Fatalf("seed %d: %s: %d rows, want %d; from row %d: got %.300q want %.300q", r.seed, what, len(got), len(want), i,
				got[min(i, len(got)):], want[min(i, len(want)):])
		}
	}
}

func operator(name string, l, r expr.Expr) expr.Expr {
	o, err := builtin.ResolveOperator(name, l.Type(), r.Type())
	if err != nil {
		panic(err)
	}
	return &expr.Func{Def: o.Fn, Args: []expr.Expr{l, r}, T: o.Fn.Ret, Op: name}
}

func aggregate(name string, args ...expr.Expr) *expr.AggCall {
	var ts []*types.T
	for _, a := range args {
		ts = append(ts, a.Type())
	}
	m, err := builtin.ResolveFunction("", name, ts, false)
	if err != nil {
		panic(err)
	}
	return &expr.AggCall{Def: m.Agg, Args: args, T: m.Ret}
}

var errDisk = fmt.Errorf("write: %w", syscall.ENOSPC)
