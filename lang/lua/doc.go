// Package lua runs the scripts of EVAL in Lua 5.1 with Redis' library.
//
//	source ──Compile──► Script ──State.Run──► a reply
//	                                └──redis.call──► Host (the door's commands)
//
// A script sees the libraries through tables that cannot be written, and has
// globals of its own that it cannot add to, so that nothing of one script is there
// for the next. The package knows no command: Host is injected.
package lua
