// Package memkv is the engine on an ordered tree in memory: the reference model
// that other engines are compared with, and the engine of fast tests.
//
//	Apply ──► tree (copy on write) ──Flush──► Disk[dir] ──Open──► tree
//	             │ O(1) copies
//	             └──► snapshots, iterators
//
// A Disk stands for what survives the process. An engine writes its state there
// only at Flush (or after each Options.FlushEvery batches, as a real engine
// flushes by itself). A crash is: drop the engine without Close and Open the
// same directory of Disk.CrashClone.
//
// Invariants: a tree that was copied is never changed in place (the tree
// library copies the nodes on the path of a write); key and value bytes in a
// tree are never changed at all.
//
// It never evicts, compresses or bounds its memory.
package memkv
