// Package netpoll is the portable RESP loop: one goroutine reads each connection,
// and each connection is a shard of its own, so that a turn is one client's
// pipeline.
//
//	reader goroutine ─lock─► Shard.Input, EndTurn ─► flush ─► net.Conn
//	Post ─► deliver goroutine ─lock─┘
//
// Invariants:
//   - The shard is used under conn.mu only.
//   - A write to the network happens without the lock, by one goroutine at a time
//     (conn.writing); output made meanwhile is sent by the same goroutine.
package netpoll
