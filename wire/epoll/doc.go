// Package epoll is the RESP loop for Linux: each worker is a goroutine locked to
// its thread with an epoll instance, a shard, and the connections given to it.
//
//	epoll_wait ─► accept (worker 0 hands connections round)
//	          ├─► recv ─► Shard.Input, one buffer for all connections of the worker
//	          └─► eventfd ─► Shard.Deliver
//	   then       Shard.EndTurn ─► one send per connection with output
//
// Invariants:
//   - Sockets are non-blocking and level-triggered; a worker waits in epoll_wait
//     only.
//   - A connection is watched for output only while some of it could not be sent,
//     and for input only while its client wants to be read.
//   - Everything but Post belongs to the worker's goroutine.
package epoll
