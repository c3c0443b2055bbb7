// Command bench measures Ferrite beside PostgreSQL and Redis: the same load
// generators (pgbench, redis-benchmark) against each server in turn, several
// rounds, the unit being operations per CPU-second of the server's processes,
// the figure given the median of the rounds.
//
//	bench [-only pgbench|redis|join|doors|memory] [-rounds 3] [-seconds 10] [-scale 10]
//	      [-ferrited bin/ferrited] [-against another/ferrited]
//
// It starts every server itself, on loopback ports of its own with data in a
// temporary directory, and stops them. It needs pgbench, postgres (Debian's
// postgresql-15), redis-server and redis-benchmark.
package main
