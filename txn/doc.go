// Package txn is the transaction contract that SQL and RESP see: one keyspace
// of records with versions, isolation levels, row locks and durability.
//
//	sql/exec, resp/keyspace ──► txn.Txn ◄── txn/local (over kv.Engine)
//
// Words:
//   - record: value plus commit timestamp plus optional expiry of one key.
//   - snapshot: the state a Txn reads. READ COMMITTED takes a new one at each
//     BeginStatement; REPEATABLE READ and SERIALIZABLE keep the first.
//   - newest: the latest committed record, whatever the snapshot.
//   - position: a place in the commit log; durable once the log is synced past it.
//
// A Txn sees its own writes over its snapshot. A record whose expiry has passed
// is absent for every reader, whether or not it has been removed yet.
//
// Visible order = log order = timestamp order.
package txn
