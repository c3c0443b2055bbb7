package main

import (
	"github.com/ferritedb/ferrite/kv/clock"

	"fmt"
	"slices"
)

// sample is one measurement.
type sample struct {
	perCPU, perSecond float64
}

// measure runs load, which returns how many operations it did, and relates them
// to the server's CPU time.
func measure(s *server, load func() (float64, error)) (sample, error) {
	before, err := cpuSeconds(s.pid)
	if err != nil {
		return sample{}, err
	}
	start := clock.Real.Now()
	ops, err := load()
	if err != nil {
		return sample{}, err
	}
	wall := clock.Real.Now().Sub(start).Seconds()
	after, err := cpuSeconds(s.pid)
	if err != nil {
		return sample{}, err
	}
	return sample{perCPU: ops / max(after-before, 1.0/ticksPerSecond), perSecond: ops / wall}, nil
}

func median(xs []sample, f func(sample) float64) float64 {
	v := make([]float64, len(xs))
	for i, x := range xs {
		v[i] = f(x)
	}
	slices.Sort(v)
	return v[len(v)/2]
}

// line compares two servers on one load.
func line(name string, ferrite, peer []sample) {
	cpu := func(s sample) float64 { return s.perCPU }
	wall := func(s sample) float64 { return s.perSecond }
	fmt.Printf("| %s | %.0f | %.0f | %.2f | %.0f | %.0f | %.2f |\n", name,
		median(ferrite, cpu), median(peer, cpu), median(ferrite, cpu)/median(peer, cpu),
		median(ferrite, wall), median(peer, wall), median(ferrite, wall)/median(peer, wall))
}

func header(peer string) {
	fmt.Printf("\n| load | ferrite ops/CPU-s | %s ops/CPU-s | ratio | ferrite ops/s | %s ops/s | ratio |\n|---|---|---|---|---|---|---|\n", peer, peer)
}
