// Package lua runs the scripts of EVAL in Lua 5.1 with Redis' library.
//
//	source ──Compile──► Script ──State.Run──► a reply
//	                                └──redis.call──► Host (the door's commands)
//
// Bounds:
//   - text: Compile refuses what its time would grow too fast with (rewrite.go).
//   - time: before every instruction the state asks its context for Done, and the
//     meter counts there (meter.go); functions of ours that loop count steps of
//     their own. Run's Budget ends a script, or, Inline, its share of a turn. No
//     pcall catches that.
//   - memory: what takes little is charged by the instruction, what takes much by
//     itself, before it is taken: scripts are rewritten so that ".." and t[k] = v
//     are functions of ours. When enough is charged, what the script can reach is
//     measured and taken of the Budget.
//
// A script sees the libraries through tables that cannot be written, and has
// globals of its own that it cannot add to, so that nothing of one script is there
// for the next. The package knows no command: Host is injected.
package lua
