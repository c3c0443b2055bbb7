package main

import (
	"fmt"
	"regexp"
	"strconv"
)

var transactions = regexp.MustCompile(`number of transactions actually processed: (\d+)`)

func (s *server) pgbench(args ...string) (string, error) {
	return command("pgbench", append([]string{"-h", "127.0.0.1", "-p", strconv.Itoa(s.pgPort), "-U", "postgres", "postgres"}, args...)...)
}

// benchPgbench measures the built-in select-only and tpcb-like scripts with
// prepared statements and eight clients, every commit synced.
func benchPgbench(o options) error {
	ferrite, err := startFerrite(o, "--durability", "fsync")
	if err != nil {
		return err
	}
	defer ferrite.stop()
	postgres, err := startPeer(o, startPostgres, "--durability", "fsync")
	if err != nil {
		return err
	}
	defer postgres.stop()
	for _, s := range []*server{ferrite, postgres} {
		if _, err := s.pgbench("-i", "-q", "-s", strconv.Itoa(o.scale)); err != nil {
			return err
		}
	}
	header(postgres.name)
	for _, script := range []string{"select-only", "tpcb-like"} {
		results := map[*server][]sample{}
		for range o.rounds {
			for _, s := range []*server{ferrite, postgres} {
				m, err := measure(s, func() (float64, error) { return s.pgbenchRun(o, script) })
				if err != nil {
					return fmt.Errorf("%s on %s: %w", script, s.name, err)
				}
				results[s] = append(results[s], m)
			}
		}
		line("pgbench "+script+" -M prepared -c 8", results[ferrite], results[postgres])
	}
	return nil
}

func (s *server) pgbenchRun(o options, script string) (float64, error) {
	out, err := s.pgbench("-n", "-b", script, "-M", "prepared", "-c", "8", "-j", "2", "-T", strconv.Itoa(o.seconds))
	if err != nil {
		return 0, err
	}
	m := transactions.FindStringSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("no count of transactions in\n%s", out)
	}
	return strconv.ParseFloat(m[1], 64)
}
