// Package logictest runs the SQL scripts in testdata through the whole engine:
// session, parser, binder, optimizer, executor, transactions, both storage
// engines, and with memory budgets that force spilling.
//
// A script is a datadriven file of blocks:
//
//	sql [rowsort] [on=name]
//	INSERT INTO t VALUES (1, NULL) RETURNING *
//	----
//	1|NULL
//	INSERT 0 1
//
// The output has one line for each row (columns parted by |), then the command
// tag of what is no SELECT; an error is its SQLSTATE, message and detail. rowsort
// orders the rows of each result. on names the session, each with transactions
// of its own; statements must not wait for each other.
//
// The expected output is PostgreSQL's own:
//
//	go test -tags pgcompare ./sql/logictest -run TestPostgres -pg 'host=/tmp port=5433 user=postgres' -rewrite
//
// writes it from a server of version 15. Blocks under "ferrite" instead of "sql"
// are what PostgreSQL does not have; they are passed over there.
package logictest
