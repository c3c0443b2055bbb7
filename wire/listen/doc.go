// Package listen opens sockets, bounds how many connections are open, and
// drains them at shutdown.
//
//	Open ──► Listener.Serve(handle) ──► one goroutine per connection
//	     └─► Listener.File            ──► an event loop accepts by itself, counting with Limit
//
// Words:
//   - limit: the number of connections that may be open at once; those above it
//     are given to Options.Refuse and closed.
//   - drain: accepting stops at once, handlers are told through Draining, and
//     what is still open when the context ends is closed.
//
// Sockets are plain TCP (never MPTCP, on which zero-copy sends fail) or unix.
// The package knows no protocol.
package listen
