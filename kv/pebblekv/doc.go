// Package pebblekv is the engine on Pebble v2. It is the only importer of
// Pebble, so the file systems that Pebble's crash tests need are given out from
// here too.
//
//	Apply ──► memtable ──flush (in order)──► L0 ──compaction──► L1 … L6
//	             │                            │
//	             └── Get, iterators ──────────┘ ◄── DurableOnly iterators
//
// Pebble's own write-ahead log is off: what is in memtables is lost in a crash,
// and comes back from the commit log of whoever uses the engine. Memtables are
// flushed in the order they were filled and a batch lies in one memtable, so
// what a crash keeps is a prefix of the batches.
//
// A bulk is tables, written beside the store and handed to Pebble all at once
// (ingested). They are durable at once, so the memtables are flushed before.
//
// The directory holds Pebble's files, the tables of bulks under "bulk" and FERRITE-FORMAT, one line of text with
// the version of the format above Pebble's; see kv.ErrFormat.
//
// Invariants: an error that means damaged bytes is marked kv.ErrCorruption. A
// closed engine gives kv.ErrClosed where Pebble itself would panic.
//
// When the manifest cannot be written, Pebble's state in memory and on disk part
// for good; the engine then reports and panics, since nothing it could answer
// would be true. The commit log has all that is lost.
package pebblekv
