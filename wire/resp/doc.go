// Package resp is the Redis protocol: parsing, the state of a client, and the
// contract between event loops and commands.
//
//	epoll, netpoll ──bytes──► Shard ──arguments──► Executor (resp/command)
//	      ▲                     │ one txn.Txn per turn
//	      └──replies────────────┘ after the commit
//
// Words:
//   - loop: what moves bytes between sockets and clients: one goroutine per core
//     (epoll) or per connection (netpoll).
//   - shard: the clients of one loop, and the state its turns need. Its methods
//     are called by one goroutine at a time; only Post may be called from anywhere.
//   - turn: the commands that arrived together. A turn is one transaction: one
//     commit and one write to the log, then all its replies go out.
//   - parked client: one whose next command cannot run yet: it waits for a lock, a
//     key (BLPOP), a pause's end, or a detached command. The command stays at the
//     front of its input and runs again, so parking keeps no copy of it.
//   - detached command: one that reads much (KEYS); it runs in its own goroutine
//     over a snapshot while its client is parked.
//   - outside command: one that may run long and write (a script that outgrew its
//     share of a turn); it runs in its own goroutine and transaction, waits for
//     locks there, and its effects on the shard come after its commit.
//
// Invariants:
//
//   - Nothing inside a turn waits: locks are tried, never waited for. On a
//     conflict the turn is committed, and a goroutine waits for the lock in a
//     transaction of its own, in which the command then runs.
//
//   - A reply is sent after the commit of its turn, and under fsync durability
//     after the log is synced past it; replies of one client keep their order.
//
//   - What other shards shall see of a turn (messages, wake-ups) is posted to them
//     after its commit.
//
//   - A client's input and output are bounded (limits.go): a client that does not
//     read its replies is not read from.
//
//   - A panic is caught where it happens (guard.go): a command's is undone and
//     answered with an error, the others of its turn stay.
//
//   - No client is written to or closed under a lock that closing takes: who is
//     past an output limit is closed when the turn ends.
//
// The package stores nothing and knows no command's meaning, except that it
// carries the state that commands keep in a client.
package resp
