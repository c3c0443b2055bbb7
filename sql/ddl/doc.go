// Package ddl executes data definition: a syntax tree becomes changes of the
// catalog and, where stored rows are concerned, of the rows, all in the caller's
// transaction, so that a rollback leaves no trace.
//
//	session ──► Execute(Context, stmt) ──► catstore.Txn (descriptors)
//	                                   ──► Internal (SQL over the rows: backfill, validation)
//
// Order of work in every statement: lock the relation in the mode PostgreSQL
// documents for it, read its newest descriptor, check, write descriptors, work
// on rows.
//
// Expressions in descriptors (defaults, checks, index keys, views) are kept as
// canonical SQL text, bound anew by whoever plans with them; here they are bound
// once to be checked.
package ddl
