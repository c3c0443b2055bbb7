// Package txntest is the suite that every txn.Store passes.
//
//	Scripts    histories of several sessions, who waits for whom, what each sees
//	Bank       concurrent transfers: the sum is kept
//	Ring       a cycle of pointers that any lost isolation breaks
//	Registers  random reads, writes and range reads, and a checker of the history
//	Batches    scans by batches give what scans by single steps give
//	Crash      writes from several goroutines, a crash at a random point
//
// A script's sessions run SQL-like statements the way an executor runs them: a
// snapshot read finds the rows, LockRow locks each and says whether it changed,
// and a changed row is looked at again. The expected outcomes are PostgreSQL 15's.
//
// Words of the checker (register.go):
//   - register: a key whose every written value is unique in the history.
//   - version order: the order of a key's versions by commit timestamp.
//   - WR, WW, RW: the dependencies of Adya's thesis, section 4.4; a scan also
//     reads the absence of the keys it did not find.
//
// Nothing here sleeps: a session that waits says so through the store's hook, and
// time is a clock moved by the script.
package txntest
