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
//   - Run: what the operators of one execution of a statement share: transaction,
//     parameters, memory budget, catalog, common table expressions, subquery
//     results. Worker makes a Run for another goroutine of the same execution.
//   - newest: the latest committed version of a row, read after waiting for its
//     lock (READ COMMITTED); recheck is computing the statement's row
//     again from it: by the condition alone where that is on one table, else by
//     running the statement's joins once more over the one row of each table.
//   - storage key: the full key of a row in the keyspace; RowID columns hold it.
//
// What grows is held by one of three, and goes to disk (spillFile) through them:
//
//	rowStore     rows in the order they came, read from the start, from a mark, or
//	             at random: CTEs, nested loops, spools, partitions of windows
//	sorter       sorted runs and their merge: Sort, Window, aggregates with ORDER BY
//	             or DISTINCT
//	partitions   rows by hash, part by part afterwards: HashJoin, Aggregate,
//	             Distinct, INTERSECT and EXCEPT
//
// Invariants:
//   - A chunk is valid until the next Next or Close of the operator that gave
//     it, and belongs to that operator: nobody else changes it.
//   - Next never returns an empty chunk; nil means the end, again and again.
//   - A statement reads the snapshot taken at its start: it never sees the rows
//     that it writes itself, because modifying operators read their whole input
//     before the first write wherever the input is more than one point.
//   - Rows are written by sql/write alone; the modifying operators find and lock them,
//     compute their new versions, and hand them over in batches.
//   - Memory that grows with the data is counted in Run.Mem. What passes work_mem
//     is spilled; what must be whole (the state of one aggregate, the rows of one
//     join key) is charged to the statement's budget, and only its refusal, or the
//     server's, is SQLSTATE 53200.
//   - A chunk's values take chunkBytesMax at most, and a row: whoever makes chunks
//     ends one there.
//   - Cancellation is seen at least once a chunk.
package exec
