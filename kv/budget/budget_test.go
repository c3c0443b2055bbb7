package budget_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/budget"
)

func TestDepth(t *testing.T) {
	r := budget.New(context.Background(), nil, budget.Limits{Depth: 3})
	var down func() int
	down = func() int {
		if err := r.Enter(); err != nil {
			if !errors.Is(err, budget.ErrDepth) {
				t.Fatal(err)
			}
			return 0
		}
		defer r.Leave()
		return 1 + down()
	}
	for range 2 { // levels that were left are free again
		if n := down(); n != 3 {
			t.Fatalf("%d levels under a limit of 3", n)
		}
	}
}

func TestSteps(t *testing.T) {
	for _, limit := range []int64{1, 10, 4096, 5000, 100_000} {
		r := budget.New(context.Background(), nil, budget.Limits{Steps: limit})
		n := int64(0)
		for r.Step(1) == nil {
			n++
		}
		if n != limit-1 {
			t.Errorf("%d steps under a limit of %d", n, limit)
		}
		if err := r.Step(0); !errors.Is(err, budget.ErrSteps) {
			t.Errorf("after the end: %v", err)
		}
		r.Reset(context.Background())
		if limit > 1 && r.Step(1) != nil {
			t.Error("no step after Reset")
		}
	}
	r := budget.New(context.Background(), nil, budget.Limits{})
	for range 3 { // the count does not wrap
		if r.Step(math.MaxInt) == nil {
			t.Error("MaxInt steps pass the limit")
		}
	}
}

// A cancelled run ends after a bounded number of steps, with the cause.
func TestCancel(t *testing.T) {
	cause := errors.New("the user asked")
	ctx, cancel := context.WithCancelCause(context.Background())
	r := budget.New(ctx, nil, budget.Limits{})
	for range 10_000 {
		if err := r.Step(1); err != nil {
			t.Fatal(err)
		}
	}
	cancel(cause)
	n := 0
	for r.Step(1) == nil {
		if n++; n > 10_000 {
			t.Fatal("10,000 steps after the cancellation")
		}
	}
	if err := r.Step(1); err != cause {
		t.Fatalf("got %v, want the cause", err)
	}
	if err := r.Enter(); err != cause {
		t.Fatalf("Enter of a cancelled run gives %v", err)
	}
	r.Reset(context.Background())
	if err := r.Step(1_000_000); err != nil {
		t.Fatalf("after Reset: %v", err)
	}
}

func TestBytes(t *testing.T) {
	r := budget.New(context.Background(), nil, budget.Limits{Bytes: 100})
	want := func(err error, ok bool) {
		t.Helper()
		if ok != (err == nil) || !ok && !errors.Is(err, budget.ErrMemory) {
			t.Fatalf("got %v", err)
		}
	}
	want(r.Take(60), true)
	want(r.Fits(40), true)
	want(r.Fits(41), false)
	want(r.Take(41), false)
	want(r.Take(math.MaxInt64), false)
	want(r.Fits(math.MaxInt64), false)
	want(r.Take(40), true)
	r.Give(60)
	want(r.Fits(60), true)
	if r.Held() != 40 || r.Peak() != 100 {
		t.Fatalf("held %d, peak %d", r.Held(), r.Peak())
	}
}

// The reference of a run's and the server's accounting: plain sums. Random takes
// and gives of several runs must allow what it allows, but for the slack that
// unused grants of other runs may cost.
func TestServerRandom(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	rnd := rand.New(rand.NewPCG(seed, 1))
	const limit, runs = 64 << 20, 4
	const slack = runs * 3 * (256 << 10)
	server := budget.NewServer(limit)
	rs := make([]*budget.Run, runs)
	held := make([]int64, runs)
	for i := range rs {
		rs[i] = budget.New(context.Background(), server, budget.Limits{Bytes: limit})
	}
	for step := range 20_000 {
		i := rnd.IntN(runs)
		n := rnd.Int64N(1 << (1 + rnd.IntN(25)))
		var sum int64
		for _, h := range held {
			sum += h
		}
		switch rnd.IntN(4) {
		case 0, 1:
			fits, err := rs[i].Fits(n), rs[i].Take(n)
			if err == nil {
				held[i] += n
			}
			if err == nil && sum+n > limit || err != nil && sum+n+slack <= limit {
				t.Fatalf("seed %d step %d: %d bytes beside %d: %v", seed, step, n, sum, err)
			}
			if fits != nil && sum+n+slack <= limit {
				t.Fatalf("seed %d step %d: %d bytes beside %d do not fit: %v", seed, step, n, sum, fits)
			}
		case 2:
			n = min(n, held[i])
			rs[i].Give(n)
			held[i] -= n
		case 3:
			if rnd.IntN(50) == 0 {
				rs[i].Close()
				held[i] = 0
			}
		}
		if rs[i].Held() != held[i] {
			t.Fatalf("seed %d step %d: holds %d, want %d", seed, step, rs[i].Held(), held[i])
		}
	}
	for _, r := range rs {
		r.Close()
	}
	if server.Used() != 0 {
		t.Fatalf("seed %d: %d bytes are reserved after all", seed, server.Used())
	}
}

func TestServerConcurrent(t *testing.T) {
	server := budget.NewServer(8 << 20)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			r := budget.New(context.Background(), server, budget.Limits{})
			for range 1000 {
				if r.Take(700<<10) == nil {
					if server.Used() > 8<<20+8*(1<<20) { // takes that are about to be undone count shortly
						t.Error("more than the limit is reserved")
					}
					r.Give(700 << 10)
				}
			}
			r.Close()
		})
	}
	wg.Wait()
	if server.Used() != 0 {
		t.Fatalf("%d bytes are reserved after all", server.Used())
	}
}

func TestNil(t *testing.T) {
	var r *budget.Run
	var s *budget.Server
	for _, err := range []error{r.Enter(), r.Step(math.MaxInt), r.Take(math.MaxInt64), r.Fits(math.MaxInt64)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	r.Leave()
	r.Give(1)
	r.Close()
	if !s.TryReserve(1) || s.Used() != 0 || s.Limit() != 0 {
		t.Fatal("a nil Server bounds")
	}
	s.Release(1)
}

// What a statement does to its budget must cost no allocation.
func TestAllocations(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r := budget.New(ctx, budget.NewServer(1<<30), budget.Limits{})
	if n := testing.AllocsPerRun(100, func() {
		r.Reset(ctx)
		for range 10_000 {
			if r.Enter() != nil || r.Take(1000) != nil || r.Fits(1000) != nil || r.Step(3) != nil {
				t.Fatal("refused")
			}
			r.Leave()
			r.Give(1000)
		}
		r.Close()
	}); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}

func BenchmarkStep(b *testing.B) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r := budget.New(ctx, nil, budget.Limits{})
	for b.Loop() {
		if r.Step(1) != nil {
			b.Fatal("refused")
		}
	}
}

// A run without a grant waits for one in the order of asking, and goes before
// those that come later though they ask for less.
func TestAdmission(t *testing.T) {
	server := budget.NewServer(1 << 20)
	limits := budget.Limits{Bytes: 1 << 30, Wait: time.Hour}
	holder := budget.New(t.Context(), server, limits)
	if err := holder.Take(1 << 20); err != nil {
		t.Fatal(err)
	}
	order := make(chan int, 3)
	var wg sync.WaitGroup
	for i, n := range []int64{900 << 10, 800 << 10, 1} {
		wg.Go(func() {
			r := budget.New(t.Context(), server, limits)
			if err := r.Take(n); err != nil {
				t.Error(err)
			}
			order <- i
			r.Close()
		})
		for server.Waiting() != int64(i)+1 {
			runtime.Gosched()
		}
	}
	holder.Close()
	wg.Wait()
	for want := range 3 {
		if got := <-order; got != want {
			t.Fatalf("run %d was admitted before run %d", got, want)
		}
	}
	if server.Used() != 0 || server.Waiting() != 0 {
		t.Fatalf("%d bytes are reserved, %d runs wait", server.Used(), server.Waiting())
	}
}

// Waiting ends with the time allowed, and with the run's context; one who has a
// grant, or may not wait, is refused at once.
func TestAdmissionEnds(t *testing.T) {
	server := budget.NewServer(1 << 20)
	holder := budget.New(t.Context(), server, budget.Limits{Bytes: 1 << 30, Wait: time.Hour})
	if err := holder.Take(1 << 20); err != nil {
		t.Fatal(err)
	}
	if err := holder.Take(1); !errors.Is(err, budget.ErrMemory) {
		t.Fatalf("who holds a grant: %v", err)
	}
	for _, wait := range []time.Duration{0, time.Millisecond} {
		var x *budget.Exceeded
		r := budget.New(t.Context(), server, budget.Limits{Wait: wait})
		if err := r.Take(1); !errors.As(err, &x) || !x.Server {
			t.Fatalf("after %v: %v", wait, err)
		}
	}
	cause := errors.New("the user asked")
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan error)
	go func() { done <- budget.New(ctx, server, budget.Limits{Wait: time.Hour}).Take(1) }()
	for server.Waiting() == 0 {
		runtime.Gosched()
	}
	cancel(cause)
	if err := <-done; err != cause {
		t.Fatalf("cancelled: %v", err)
	}
	big := budget.New(t.Context(), server, budget.Limits{Bytes: 1 << 30, Wait: time.Hour})
	if err := big.Take(2 << 20); !errors.Is(err, budget.ErrMemory) {
		t.Fatalf("more than the server has: %v", err)
	}
	holder.Close()
	if server.Used() != 0 || server.Waiting() != 0 {
		t.Fatalf("%d bytes are reserved, %d runs wait", server.Used(), server.Waiting())
	}
	if p := server.TakePeak(); p < 1<<20 || server.TakePeak() != 0 {
		t.Fatalf("peak %d", p)
	}
}

// Many runs that take random amounts in a small server all end, and leave nothing.
func TestAdmissionRandom(t *testing.T) {
	server := budget.NewServer(4 << 20)
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(i), 3))
			r := budget.New(t.Context(), server, budget.Limits{Bytes: 1 << 30, Wait: time.Minute})
			for range 200 {
				if err := r.Take(rnd.Int64N(2 << 20)); err != nil {
					t.Errorf("seed %d: first take: %v", i, err)
				}
				_ = r.Take(rnd.Int64N(2 << 20)) // may not fit beside others
				r.Reset(t.Context())
			}
			r.Close()
		})
	}
	wg.Wait()
	if server.Used() != 0 || server.Waiting() != 0 {
		t.Fatalf("%d bytes are reserved, %d runs wait", server.Used(), server.Waiting())
	}
}
