package exec

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/write"
)

// TestWorkers runs operators that spill at once, each on a worker of one
// execution, and compares with what each gives alone: the workers share the
// budget and the bound on temporary files, and nothing is left of either.
func TestWorkers(t *testing.T) {
	const rounds = 4
	r := rand.New(rand.NewPCG(11, 11))
	for _, work := range []int64{0, 8 << 10, 1} {
		rn := &runner{t: t, work: work, chunkRows: 17, files: &tempFiles{}}
		type job struct {
			name string
			spec Spec
			rows int
		}
		var jobs []job
		for name, spec := range spillingSpecs(rn, r) {
			rows, err := drained(spec.New(), rn.run())
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			jobs = append(jobs, job{name, spec, rows})
		}
		slices.SortFunc(jobs, func(a, b job) int { return strings.Compare(a.name, b.name) })
		first := rn.run()
		first.Stats = NewStats(clock.Real)
		first.OpenTemp, first.TempDir = OpenTemp, t.TempDir() // tempFiles are for one goroutine
		workers := make([]*Run, len(jobs))
		var wg sync.WaitGroup
		for i, j := range jobs {
			w := first.Worker(write.Env{Eval: &expr.Ctx{Context: t.Context()}}, NewStats(clock.Real))
			workers[i] = w
			wg.Go(func() {
				for range rounds {
					rows, err := drained((&Counted{In: j.spec, Key: j.name}).New(), w)
					if err != nil || rows != j.rows {
						t.Errorf("%s with %d bytes of work_mem: %d rows, want %d: %v", j.name, work, rows, j.rows, err)
					}
				}
			})
		}
		wg.Wait()
		for i, w := range workers {
			w.Reset()
			first.Stats.Add(w.Stats)
			if c := first.Stats.Of(jobs[i].name); c == nil || c.Rows != int64(rounds*jobs[i].rows) || c.Loops != rounds {
				t.Errorf("%s: counters %+v", jobs[i].name, c)
			}
			if n := w.Mem.Used(); n != 0 {
				t.Errorf("%s holds %d bytes", jobs[i].name, n)
			}
		}
		if first.Mem.pool.used != 0 || first.temp.used.Load() != 0 || rn.files.open != 0 {
			t.Errorf("left over: %d bytes of memory, %d of temporary files, %d files", first.Mem.pool.used, first.temp.used.Load(), rn.files.open)
		}
	}
}

// drained runs op to its end and counts its rows.
func drained(op Operator, run *Run) (rows int, err error) {
	defer op.Close()
	if err := op.Open(run); err != nil {
		return 0, err
	}
	for {
		c, err := op.Next(run.Eval.Context)
		if err != nil || c == nil {
			return rows, err
		}
		rows += c.Rows
	}
}
