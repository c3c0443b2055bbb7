// Package plan holds the nodes of a query plan, logical and physical in one
// tree: the binder makes it with access paths and algorithms left open, the
// optimizer's rules fill them in, sql/build turns the result into operators.
//
//	bind ──► Node tree ──► opt rules (each checked by Check) ──► build ──► exec
//
// Every node gives a list of output columns, each with a ColID. A node's
// expressions refer to the columns of its inputs (or, in a correlated subquery,
// of an enclosing query: an outer column).
//
// Nodes are immutable once shared: a rule that changes one copies it. One printed
// form (Format) serves EXPLAIN and tests.
package plan
