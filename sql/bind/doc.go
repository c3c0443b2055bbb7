// Package bind turns a syntax tree and a catalog into a plan: it finds what
// names mean, gives every expression a type, and says in PostgreSQL's words what
// is wrong.
//
//	ast.Statement ─┐
//	catalog.Reader ┼─► Statement ─► Result{Plan, Columns, ParamTypes, …} ─► opt
//	search_path …  ┘   Expr ─────► expr.Expr (defaults, checks, index keys)
//
// Words:
//
//	rel       a named thing in FROM: its columns, and how they may be named
//	scope     the rels visible at one query level, in front of those of the
//	          enclosing levels; columns found further out are outer columns
//	query     what one SELECT collects while its expressions are bound:
//	          aggregates, window calls, set-returning calls, sort keys
//	unknown   a literal or parameter whose type its context has yet to give
//	dyn       a field read through a key pattern: text that takes the type of
//	          its context (docs/key-patterns.md)
//
// A column keeps one expr.ColID from the scan that makes it up to the result, so
// that moving expressions never changes what they mean. Scans list only columns
// that something refers to; nodes that pass columns on get their lists when the
// whole statement is bound (refit).
//
// Access paths, join algorithms and subqueries that could be joins are left to
// sql/opt. Joins come out as written, RIGHT as LEFT with its sides exchanged.
//
// Errors inside the package travel as a panic with a *failure and are returned
// by the exported functions: a binder is a deep recursion in which any step may
// fail and none may go on. No other panic is recovered. What a failed bind made
// is thrown away whole.
//
// It never reads data, evaluates functions (except the input functions of
// immutable types on literals) or keeps anything between calls.
package bind
