// Package lock is the lock table of one process: who holds what, who waits for
// it, and in which order. It is memory only; nothing here survives a restart,
// and nothing needs to, because the transactions that held the locks do not.
//
//	Owner ──held──► entry{holders, queue} ◄──queued── waiter ── Owner
//	  │ fast slots (weak table locks)
//	  └ moved into an entry by whoever wants a strong lock on that table
//
// Words:
//   - owner: a transaction, or a session for advisory locks that outlive one.
//   - group: the session of an owner. Owners of one group never conflict.
//   - kind: row (by key bytes), table (by id) or advisory.
//   - mode: the strength; each kind has its own conflict table (modes.go).
//   - thin: a row lock without an entry, of an owner that has many (thin.go). It
//     becomes an entry when another asks for the row.
//   - weak: the three table modes that do not conflict with each other. They are
//     noted in the owner's fast slots and touch no shared memory.
//
// Invariants:
//   - A request for a table or an advisory lock is granted at once only if it
//     conflicts with no holder and with no waiter that stands before it; so nobody
//     starves. One for a row looks at the holders alone, as in PostgreSQL; what is
//     released goes to the waiters in their order.
//   - An owner that holds an entry and asks for more stands before the waiters
//     its held modes block, as PostgreSQL does it: waiting behind them could
//     never end.
//   - An owner waits for at most one lock at a time.
//   - A cycle is looked for by the one who starts to wait, with all shards
//     locked, so that what it sees is one state: the closer of a cycle is its
//     victim and no cycle is ever reported that did not exist. A cycle that goes
//     through places in a queue is broken by changing them, where that helps.
//
// Locks taken in this order: Owner.fastMu, shard.mu by index, Table.groupMu;
// Table.ownersMu last.
package lock
