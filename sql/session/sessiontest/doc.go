// Package sessiontest is a scripted engine for tests of sessions and of the
// wire: real statements over a real transaction store, but with a planner that
// knows a handful of forms, so that the state machine can be tested without
// binder and executor.
//
//	SELECT 1, 'a', $1::int4, NULL     one row of constants and parameters
//	SELECT series(n)                  rows 1 … n, one int4 column, in chunks of 100
//	SELECT fail()                     ERROR 22012 division by zero, at its first row
//	SELECT fail(n)                    the same after n rows
//	SELECT hang()                     runs until it is cancelled
//	SELECT * FROM t                   the keys of set t, in order
//	INSERT INTO t VALUES (1), (2)     adds keys to set t; 23505 where one is there
//	DELETE FROM t                     empties set t
//	CREATE TABLE t (…)                moves the catalog's version, nothing else
package sessiontest
