package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
)

type options struct {
	ferrited, dir    string
	pgPort, respPort int
	duration         time.Duration
	seed             uint64
	memory           int64
	only             string
	failuresMax      int
	serverFlags      string
}

func main() {
	var o options
	flag.StringVar(&o.ferrited, "ferrited", "bin/ferrited", "the server's binary")
	flag.StringVar(&o.dir, "dir", "", "where data, logs and stacks go (default: a temporary directory, removed if nothing is found)")
	flag.IntVar(&o.pgPort, "pg-port", 15910, "port for the server's PostgreSQL clients")
	flag.IntVar(&o.respPort, "resp-port", 15911, "port for the server's Redis clients")
	flag.DurationVar(&o.duration, "duration", 10*time.Minute, "how long to attack")
	flag.Uint64Var(&o.seed, "seed", 0, "seed of everything random; 0: from the system")
	flag.Int64Var(&o.memory, "memory", 1<<30, "the server's setting memory, in bytes")
	flag.StringVar(&o.only, "only", "", "attackers to run, comma separated: "+strings.Join(attackerNames(), ", "))
	flag.IntVar(&o.failuresMax, "failures", 100, "stop after so many different failures")
	flag.StringVar(&o.serverFlags, "server-flags", "", "more flags for the server, separated by spaces")
	flag.Parse()
	if o.seed == 0 {
		o.seed = clock.Entropy.Uint64()
	}
	found, err := run(o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fuzzserver:", err)
		os.Exit(2)
	}
	if found > 0 {
		os.Exit(1)
	}
}

// attackers by name; several workers each where that finds more.
var attackers = []struct {
	name    string
	workers int
	run     func(context.Context, *worker)
}{
	{"pgwire", 2, attackPgWire},
	{"respwire", 2, attackRespWire},
	{"stall", 1, attackStall},
	{"functions", 2, attackFunctions},
	{"sql", 3, attackSQL},
	{"commands", 2, attackCommands},
	{"lua", 2, attackLua},
}

func attackerNames() []string {
	var names []string
	for _, a := range attackers {
		names = append(names, a.name)
	}
	return names
}

// run attacks for the duration and returns how many kinds of failure it found.
func run(o options) (int, error) {
	temporary := o.dir == ""
	if temporary {
		dir, err := os.MkdirTemp("", "ferrite-fuzz")
		if err != nil {
			return 0, err
		}
		o.dir = dir
	}
	fmt.Printf("seed %d, %s, files in %s\n", o.seed, o.duration, o.dir)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, o.duration)
	defer cancel()
	h := newHarness(o, cancel)
	if err := h.start(); err != nil {
		return 0, err
	}
	var wg sync.WaitGroup
	id := uint64(0)
	for _, a := range attackers {
		for range a.workers {
			id++
			if o.only != "" && !slices.Contains(strings.Split(o.only, ","), a.name) {
				continue
			}
			w := newWorker(h, a.name, id)
			wg.Go(func() { a.run(ctx, w) })
		}
	}
	wg.Go(func() { h.watch(ctx) })
	wg.Wait()
	h.finish()
	n := h.report.summary(h)
	if temporary && n == 0 {
		_ = os.RemoveAll(o.dir) // best effort: a leftover harms nobody
	}
	return n, nil
}
