// Package catalog holds immutable descriptors of everything that has a name in
// SQL: schemas, relations, indexes, constraints, sequences, types, functions,
// roles. Descriptors are shared between sessions and never change: DDL makes new
// ones with a higher Version.
//
//	sql/catstore (keyspace) ──► Reader ◄── sql/bind, sql/pgcatalog, sql/session
//
// A Reader is the catalog as one transaction sees it: committed descriptors of
// its snapshot overlaid by its own uncommitted DDL.
package catalog
