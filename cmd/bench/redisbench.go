package main

import (
	"fmt"
	"strconv"
)

// keyspaceKeys is how many different keys the load touches; valueBytes the size
// of their values.
const (
	keyspaceKeys = 1_000_000
	valueBytes   = 64
	respClients  = 50
)

// benchRedis measures SET and GET, unpipelined and at pipeline 16, both servers
// syncing their log every second.
func benchRedis(o options) error {
	ferrite, err := startFerrite(o, "--resp-durability", "everysec")
	if err != nil {
		return err
	}
	defer ferrite.stop()
	redis, err := startPeer(o, startRedis, "--resp-durability", "everysec")
	if err != nil {
		return err
	}
	defer redis.stop()
	for _, s := range []*server{ferrite, redis} {
		if _, err := s.redisBenchmark("set", 64, 2*keyspaceKeys); err != nil {
			return err
		}
	}
	header(redis.name)
	for _, depth := range []int{1, 16} {
		for _, op := range []string{"set", "get"} {
			n := 100_000 * o.seconds / 2
			if depth > 1 {
				n *= 4
			}
			results := map[*server][]sample{}
			for range o.rounds {
				for _, s := range []*server{ferrite, redis} {
					m, err := measure(s, func() (float64, error) { return s.redisBenchmark(op, depth, n) })
					if err != nil {
						return fmt.Errorf("%s on %s: %w", op, s.name, err)
					}
					results[s] = append(results[s], m)
				}
			}
			line(fmt.Sprintf("redis-benchmark %s -P %d", op, depth), results[ferrite], results[redis])
		}
	}
	return nil
}

func (s *server) redisBenchmark(op string, depth, n int) (float64, error) {
	_, err := command("redis-benchmark", "-p", strconv.Itoa(s.rePort), "-t", op, "-P", strconv.Itoa(depth),
		"-n", strconv.Itoa(n), "-r", strconv.Itoa(keyspaceKeys), "-d", strconv.Itoa(valueBytes), "-c", strconv.Itoa(respClients), "-q")
	return float64(n), err
}
