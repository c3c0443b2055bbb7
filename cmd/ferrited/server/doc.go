// Package server builds the object graph of ferrited and takes it down again, in
// one visible order:
//
//	directory lock ─► engine, hot tier ─► http ─► commit log ─► transaction store ─► catalog
//	  ─► SQL engine ─► sessions ─► sockets (pg, resp)
//
// Close goes the other way: sockets stop accepting and drain, sessions end, the
// store flushes, the engine closes, the lock goes.
//
// Words:
//   - drain: statements and transactions in progress may end within
//     --shutdown-timeout; idle clients are told at once (57P01).
package server
