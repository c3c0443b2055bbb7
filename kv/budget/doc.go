// Package budget bounds what one run may use (depth of recursion, steps, bytes)
// and ends it where it is cancelled; above all runs stands the server's memory.
//
//	Server ◄── grants of bytes ── Run ◄── Enter, Step, Take, Fits ── whoever recurses,
//	                               ▲                                 loops, holds or makes
//	                    context ───┘
//
// A run is a statement, a script or a command. Every layer charges the same Run,
// so that no way of nesting them escapes it: a jsonpath inside a function inside
// a script counts on.
//
// Words:
//   - depth: levels of recursion open now. Enter and Leave come in pairs:
//     if err := r.Enter(); err != nil { return err }; defer r.Leave().
//   - step: a unit of work of some 10 ns, so that looking at the context every
//     few thousand of them ends a cancelled run within a millisecond or so.
//   - bytes held: memory that outlives the call that made it (a hash table, the
//     state of an aggregate, a result under construction). Who takes gives back,
//     or leaves it to Close.
//   - grant: bytes that a run has reserved of the server, more than it holds, so
//     that the shared counter is touched once a grant and not once a row. The
//     first one may be waited for (Limits.Wait), in the order of asking.
//
// A nil *Run and a nil *Server bound nothing: tests and internal work need none.
// The errors say what was exceeded and carry no wording of a door: sql/pgerr and
// the RESP replies word them.
package budget
