package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

type options struct {
	only, ferrited, dir string
	against             string
	rounds, seconds     int
	scale               int
	users, orders       int
}

func main() {
	var o options
	flag.StringVar(&o.only, "only", "", "run one part: pgbench, redis, join, doors, or memory, which only runs where it is named")
	flag.StringVar(&o.ferrited, "ferrited", "bin/ferrited", "the server's binary")
	flag.StringVar(&o.against, "against", "", "a binary of another release to be the peer, in the place of PostgreSQL and Redis")
	flag.StringVar(&o.dir, "dir", "", "where the servers keep data (default: a temporary directory)")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds; the median counts")
	flag.IntVar(&o.seconds, "seconds", 10, "length of one measurement")
	flag.IntVar(&o.scale, "scale", 10, "pgbench scale")
	flag.IntVar(&o.users, "users", 100_000, "hashes users:* of the join")
	flag.IntVar(&o.orders, "orders", 1_000_000, "hashes orders:* of the join")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	if o.dir == "" {
		dir, err := os.MkdirTemp("", "ferrite-bench")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		o.dir = dir
	}
	if err := os.Chmod(o.dir, 0o777); err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	parts := []struct {
		name string
		run  func(options) error
	}{{"pgbench", benchPgbench}, {"redis", benchRedis}, {"join", benchJoin}, {"doors", benchDoors}, {"memory", benchMemory}}
	for _, p := range parts {
		if o.only != p.name && (o.only != "" || p.name == "memory") {
			continue
		}
		select {
		case <-stop:
			return fmt.Errorf("interrupted")
		default:
		}
		if err := p.run(o); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}
