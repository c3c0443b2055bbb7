// Package local is the transaction store over one ordered engine: versions,
// snapshots, validation, group commit, recovery, history.
//
//	Txn ─► write set ─┐                       ┌─► commit log (write, then shared fsync)
//	  │               ├─► commit section ─────┤
//	  │   read set ───┘   validate, stamp     └─► engine batch ─► publish timestamp
//	  └─► reads: write set over (snapshot | current engine | history)
//
// # Words
//
//   - raw: a value as the engine holds it, the record header in front (record.go).
//   - state: the inside of a transaction, pooled; Txn is the handle that the
//     caller holds and that forgets its state when the transaction is over.
//   - commit section: what happens under Store.commitMu.
//   - run: a part of a write set that went to disk (spill.go).
//   - tracker: a transaction that will validate its reads, and so needs to know
//     what commits after its snapshot (recent.go).
//   - node: what is remembered of a commit for them (recent.go).
//   - pivot: the middle one of a dangerous structure (ssi.go).
//
// # Latest in place
//
// The newest committed version of a key lies at the key itself. An overwrite is
// one Set, a delete is an engine delete; older states are seen through engine
// snapshots and, where asked for, through history entries:
//
//	history key:   keys.History, bucket u64be, key escaped and ended (kv/keys), end ts u64be
//	history value: the replaced raw value; its header has the timestamp it began at
//
// The bucket is the end timestamp's time over keys.HistoryBucketWidth, so that
// dropping what is too old is one range delete.
//
// # Tiers
//
// The store sees one kv.Engine and reads the present from the engine itself, the
// past from its snapshots, and writes by its batches. A tier of hot records is an
// engine over the engine; it answers DurableOnly reads of the position key with
// what it has passed on, and so keeps the log that it may need.
//
// # The commit section
//
// Before it, a commit takes what locks it still needs, reads the versions it
// replaces, makes its log record and its batch with a timestamp of zero, validates
// up to the last commit there is, and waits for the engine where that would make a
// batch wait (Admit; ctx ends that wait). In it: validate what committed since,
// take a timestamp, write the record, put the timestamp into the batch
// (output.stamp), apply, publish. After it: wait for the log to be synced.
//
// # Serializable
//
// SERIALIZABLE is serializable snapshot isolation (Cahill, Röhm, Fekete 2008; Ports
// and Grittner, VLDB 2012). R → W says that R read, in a snapshot without it, what W
// wrote, the two being concurrent: R comes before W in any serial order. Every circle
// of dependencies under snapshots has in it a → b → c of which c was the first to
// commit, a and c perhaps the same; and where a wrote nothing, before a's snapshot.
// Such a structure does not come to be. As c is the first, it is complete when the
// later of a and b commits, T; the node of each commit has its reads, its writes and
// firstOut, the first commit that it is before:
//
//   - T is a: it is before a node that has a firstOut. T is refused; where it has
//     written nothing, only for a firstOut not above its snapshot.
//   - T is b, the pivot: the first node that T is before did not commit after the last
//     one that is before T; of one that wrote nothing the snapshot counts.
//   - T is b, and a is active and has read what T writes: so far that is no harm, and
//     a would be refused later. T is refused, since it succeeds if it is tried
//     again, and a might not: c is still concurrent with a. Soundness does not
//     depend on this rule.
//
// Transactions of other levels leave nodes without reads: they can be c and nothing
// else. Optimistic transactions, and those that are to be prepared, fail where
// anything that they read has changed (backward validation); they are before nobody
// that committed earlier, and so a or c and never b. A prepared one stays so: who
// is SERIALIZABLE and overwrote its reads is refused until its end (prepared.go),
// when its node gets its reads.
//
// A reader's snapshot (READ ONLY) is safe, and its reads need not be remembered, when
// no writer is left that began before it and none of those that committed had a
// firstOut within it. A writer counts from Begin, so that its snapshot is not older.
//
// Nodes are kept for the oldest tracker, to a bound; a tracker that would need more
// is lost and its transaction fails. A read set too large becomes ranges, a write set
// on disk spans: more than was read or written, never less.
//
// # Large write sets
//
// Past Options.WriteMemoryMax the ops in memory become a run on disk, so a
// transaction has any size up to Options.WriteBytesMax. Reads of own writes look
// in memory, then in the runs from the newest on; an iterator merges them; a
// savepoint is a number of ops. The commit of such a write set reads it once, in
// key order, inside the commit section: into parts of the log (frame.go) and a
// kv.Bulk, which becomes visible at once. Others wait for that, about a second for
// a million rows.
//
// # Log and recovery
//
// Each commit is one record of the commit log (frame.go) and one engine batch.
// The batch also sets the position key: the log position after the record, and
// the commit timestamp. What of the engine survived a crash is a prefix of the
// batches; Open reads the position key and replays the log from there.
//
// # Invariants
//
//   - Order of the log = order of timestamps = order of visibility.
//   - A snapshot is an engine snapshot and the timestamp of the last commit in
//     it, taken while no commit was between apply and publish (snapshot.go).
//   - Row locks are released after the writes are visible and before they are
//     durable: whoever reads them commits behind them in the log.
//   - The order of commits need not be the serial order of the SERIALIZABLE ones.
//   - What a replaced version was is read before the commit section: its row
//     lock is held, so it cannot change.
//
// It never waits for a lock inside the commit section, never syncs inside it but
// for a bulk, which is durable when it is applied, and knows nothing of rows,
// tables or Redis types.
package local
