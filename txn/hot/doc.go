// Package hot is the hot tier: recent and hot records of the Redis keyspace in
// off-heap memory, before a slower ordered engine. It is an engine itself, so
// that whoever has a kv.Engine can have this one.
//
//	Apply ─► table, list ──drain: sorted batches──► inner engine
//	           ▲    │ clean copies                      │
//	Get ─► table ───┼── miss ─────────────────────────► │
//	NewIter, NewSnapshot ─► lists, merged over ─────────┘
//
// # Words
//
//   - class: what the first byte of a key says of it. Through goes to the inner
//     engine at once; Back is kept in the table until it is drained; Cached is
//     kept for as long as there is room.
//   - seq: the number of a batch. A record has that of the batch that wrote it, a
//     state that of the last batch in it.
//   - dirty: in the table and not in the inner engine. A deletion is a dirty
//     tombstone.
//   - list: the records that became dirty between two freezes, in that order.
//   - drain: writing all that is dirty to the inner engine, in one batch where no
//     snapshot asks for more. The list is frozen first, in an instant; writes of
//     Back and Cached keys go on meanwhile, into records of their own.
//   - reader: an open snapshot, or an iterator over the present, that holds lists.
//
// A batch with a Through key, or with a range to delete, is drained together
// with what is dirty, in one inner batch. So the inner engine always holds what a
// prefix of the batches makes, and a crash keeps a prefix here because it does
// there. Overwrites between two drains cost the inner engine nothing.
//
// Who applies under a lock has the batch admitted before (Admit): it waits there
// for the drain that Apply would make, so that what is left for Apply is small.
//
// A bulk goes to the inner engine, after a drain; what the table has of its keys
// is forgotten.
//
// # Snapshots
//
// A snapshot drains nothing and copies nothing. It is a seq, a snapshot of the
// inner engine, and the lists that the inner engine does not have, as long as they
// are then. From then on a write leaves records up to the newest reader's seq as
// they are and makes new ones, as it does for records of frozen lists; without a
// reader it changes them in place.
//
//	Get       the table's record where its seq is of the state; else, where that
//	          record replaced a dirty one, the lists; else the inner snapshot
//	NewIter   the keys of the lists in order, the newest version of each that is
//	          of the state, merged over the inner iterator
//
// The order of a list is made when a reader asks for it, for one first byte, and
// kept for all readers of the list: sorted runs (run.go), the last of them of what
// was added since. Runs of like size are merged, so that a small scan pays for
// what was written since the last one and not for all that is dirty.
//
// Old versions lie in the table's memory and count as dirty, so DirtyBytesMax
// bounds them: past it there is a drain. A drain that comes to the state of an open
// snapshot ends a batch there and gives the snapshot a snapshot of the inner
// engine in the place of its lists (it rebases it). So no snapshot, however old,
// holds records that were drained. An iterator does, until it is closed; where that
// leaves no segment free, batches go to the inner engine directly.
//
// # Table
//
// Shards by hash, each with a lock, an open-addressing array of slots and a ring
// of segments. All of it is one anonymous mapping that the garbage collector does
// not know.
//
//	slot (8 bytes)    tag 16 bits of the hash | offset of the record in the shard / 8; 0 empty, 1 deleted
//	record            hash u64, value length u32, value capacity u32, key length u16,
//	                  flags u8, 0 u8, used u32, seq u64; key; value; to a multiple of 8
//
// A segment is filled front to back. A shard that needs room takes the next
// segment that no listed record lies in, keeps the records in it that were used
// since it was last looked at (by moving them to its front), and forgets the
// others. Where every segment has a listed record, the writer drains.
//
// # Invariants
//
//   - writeMu, then drainMu, then a snapshot's lock, then snapMu; then a shard's
//     lock. Who holds drainMu never waits for writeMu.
//   - A record of a frozen list, or of a state that a reader shows, does not
//     change; writing its key makes a new record. An entry of a list that is held
//     keeps its segment where it is.
//   - Records of a key in the lists differ in seq, and the newest is in the table;
//     one that was replaced before any reader or drain could need it says so (seqDead).
//   - The seq of a clean record is not below that of the batch its value is of: a
//     record put there by a read has that of the last batch then.
//   - The inner engine has all batches before the lists, and nothing that is in
//     neither. A reader takes the lists before it looks at the inner engine, both
//     under writeMu: what a drain adds in between is in the lists too.
//   - A record leaves the table only when the inner engine has it, so a reader
//     that misses finds it there. A reader puts what it found there into the
//     table only where the shard saw no write meanwhile.
//   - While the table is full, in the sense that it has every Cached key there is,
//     a miss of the present is the answer. Eviction ends that before the record is gone.
//
// It orders nothing, logs nothing and makes nothing durable by itself.
package hot
