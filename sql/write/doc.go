// Package write is the one place where stored rows change.
//
//	sql/exec (insert, update, delete, on conflict), COPY, foreign key actions
//	      │ batches of old rows, new rows, storage keys
//	      ▼
//	   Writer ──► the row itself ──► each Maintainer: indexes, constraints, …
//	      ▼
//	   txn.Txn (savepoints of a statement undo all of it)
//
// Words:
//   - Target: a stored table as what is written to; a row chunk of it has one
//     column for each live column.
//   - Table: a Target with what its writes must keep true. Immutable, shared.
//   - Writer: the run state of a Table for one kind of change (Op).
//   - Batch, Change: rows that change together, and one of them at hand.
//   - Maintainer: what keeps something true of a table as its rows change. It
//     works in the writer's transaction, synchronously; what may lag behind
//     follows the commit log instead.
//   - Env: what of the statement a write needs.
//   - storage key: the full key of a row in the keyspace.
//   - outgoing, incoming: foreign keys of the table written to, and those that
//     refer to it.
//   - referring rows: rows that hold the values of a key they refer to.
//
// Invariants:
//   - No other code puts, deletes or moves a row of a table or an index entry,
//     but for what writes a table that nobody else sees yet: TRUNCATE, DROP and
//     the rewrites of ALTER TABLE.
//   - For each row that changes every Maintainer of the Writer sees exactly one
//     Change, after the row is written, in the order of the batch; Before has seen
//     its batch by then. End comes once, after the last batch.
//   - A Maintainer that fails fails the statement; its effects go with the
//     statement's savepoint, so none has anything to undo.
//   - The caller holds the row lock of each row that it updates or deletes, and
//     gives its newest version as the old row.
//   - Index entries keep history for AS OF wherever the rows do.
//   - Writing a row allocates nothing beyond what the transaction keeps.
//
// Keys of the Redis keyspace change through KeyWriter, whose row is the hash.
package write
