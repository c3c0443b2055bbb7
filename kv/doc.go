// Package kv is the ordered-engine contract: an ordered map of bytes to bytes
// with atomic batches, consistent snapshots and a notion of what is durable.
//
//	txn/local ──► kv.Engine ◄── kv/pebblekv   (Pebble v2, its own WAL off)
//	                        ◄── kv/memkv      (ordered tree: the reference model)
//
// An engine has no log of its own. Apply makes a batch visible atomically but
// not durable; what was applied becomes durable in order (a crash keeps a
// prefix of the applied batches) at a Flush or when the engine flushes by
// itself. Whoever needs more keeps a log and replays it: every batch carries
// the log position it stands for under a key of its own, and that key read with
// IterOptions.DurableOnly says from where to replay.
//
// A Bulk is a batch of any size, in key order: what it holds goes to storage as it
// comes and is visible, all at once, when it is applied.
//
// Keys order bytewise. Empty keys are invalid. Values may be empty.
//
// The engine knows nothing of transactions, versions or types.
package kv
