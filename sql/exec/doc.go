// Package exec holds the operators that run a plan, one file each.
//
//	build ──► Spec tree (immutable, shared, cached) ──► New ──► Operator tree (one execution at a time)
//	                                                             Open(run) Next Next … nil Close   and again
//
// Words:
//   - Spec: the description of an operator with compiled expressions and codecs.
//     Any number of sessions may execute it at once.
//   - Operator: the run state of a Spec. It keeps its buffers over Close, so a
//     prepared statement that runs again allocates nothing.
//   - Run: what one execution of a statement shares: transaction, parameters,
//     memory budget, catalog, common table expressions, subquery results.
//   - newest: the latest committed version of a row, read after waiting for its
//     lock (READ COMMITTED); recheck is evaluating the statement's condition on it.
//   - storage key: the full key of a row in the keyspace; RowID columns hold it.
//
// Invariants:
//   - A chunk is valid until the next Next or Close of the operator that gave
//     it, and belongs to that operator: nobody else changes it.
//   - Next never returns an empty chunk; nil means the end, again and again.
//   - A statement reads the snapshot taken at its start: it never sees the rows
//     that it writes itself, because modifying operators read their whole input
//     before the first write wherever the input is more than one point.
//   - Memory that grows with the data is counted in Run.Mem; what passes the
//     budget is spilled where the operator can, else is SQLSTATE 53200.
//   - Cancellation is seen at least once a chunk.
package exec
