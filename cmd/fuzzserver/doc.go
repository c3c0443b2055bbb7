// Command fuzzserver attacks a running server over both its ports and fails
// where the process dies, hangs, outgrows its memory, drops a connection without
// a word or reports an error of its own making.
//
//	fuzzserver [-duration 10m] [-seed N] [-only sql,lua] [-ferrited bin/ferrited] [-pg-port N] [-resp-port N]
//
// It starts the server itself, in a fresh directory, on loopback. After a death
// or a hang it tries the inputs that were under way one by one against a new
// server, to name the one that did it, and goes on.
//
//	server.go     one life of the server: start, stop, memory, stacks
//	harness.go    the lives one after the other; which server attackers talk to
//	watchdog.go   probes of both ports, memory, scripts that run for ever
//	report.go     what was found, each kind once, and the inputs under way
//	replay.go     finds the input that did it
//	input.go      one input: how it is sent, how its answer is judged
//	extreme.go    values at the ends of their types
//	mutate.go     damage to recorded messages
//	wirepg.go     attacker: damaged PostgreSQL conversations, stalled readers, cancels
//	wireresp.go   attacker: damaged pipelines, unfinished bulks, stalled subscribers
//	catalog.go    functions, operators and types as the server's own catalog lists them
//	exprgen.go    random typed expressions over the catalog
//	querygen.go   random statements over them
//	sql.go        attackers: every function in turn, and random statements
//	command.go    attacker: every command with extremes
//	lua.go        attacker: random scripts
package main
