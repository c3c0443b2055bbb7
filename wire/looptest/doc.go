// Package looptest is the suite that every RESP loop passes: the same dialogues
// over real sockets against wire/epoll and wire/netpoll.
//
//	suite ──► loops (one entry per loop) ──► resp.Server ──► store in memory
//
// It has tests only.
package looptest
