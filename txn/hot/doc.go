// Package hot is the hot tier: recent and hot records of the Redis keyspace in
// off-heap memory, before a slower ordered engine. It is an engine itself, so
// that whoever has a kv.Engine can have this one.
//
//	Apply ─► table, dirty ──drain: one sorted batch──► inner engine
//	           ▲ clean copies                              │
//	Get ─► table ──miss──────────────────────────────────► │
//	NewIter, NewSnapshot ─► drain, then ───────────────────┘
//
// # Words
//
//   - class: what the first byte of a key says of it. Through goes to the inner
//     engine at once; Back is kept in the table until it is drained; Cached is
//     kept for as long as there is room.
//   - dirty: in the table and not in the inner engine. A deletion is a dirty
//     tombstone.
//   - drain: writing all that is dirty to the inner engine in one batch. The
//     dirty records are frozen first, in an instant; writes of Back and Cached
//     keys go on meanwhile, into records of their own.
//
// A batch with a Through key, or with a range to delete, is drained together
// with what is dirty, in one inner batch. So the inner engine always holds what a
// prefix of the batches makes, and a crash keeps a prefix here because it does
// there. Overwrites between two drains cost the inner engine nothing.
//
// # Table
//
// Shards by hash, each with a lock, an open-addressing array of slots and a ring
// of segments. All of it is one anonymous mapping that the garbage collector does
// not know.
//
//	slot (8 bytes)    tag 16 bits of the hash | offset of the record in the shard / 8; 0 empty, 1 deleted
//	record            hash u64, value length u32, value capacity u32, key length u16,
//	                  flags u8, 0 u8, epoch u32, used u32, 0 u32; key; value; to a multiple of 8
//
// A segment is filled front to back. A shard that needs room takes the next
// segment that no dirty record lies in, keeps the records in it that were used
// since it was last looked at (by moving them to its front), and forgets the
// others. Where every segment has a dirty record, the writer drains.
//
// # Invariants
//
//   - writeMu, then drainMu, then a shard's lock. Who holds drainMu never waits
//     for writeMu.
//   - A record of an epoch that is frozen does not change; writing its key makes
//     a new record. An entry of the dirty list keeps its segment where it is.
//   - A record leaves the table only when the inner engine has it, so a reader
//     that misses finds it there. A reader puts what it found there into the
//     table only where the shard saw no write meanwhile.
//   - While the table is full, in the sense that it has every Cached key there is,
//     a miss is the answer. Eviction ends that before the record is gone.
//
// It orders nothing, logs nothing and makes nothing durable by itself.
package hot
