// Package builtin is the registry of functions, operators, aggregates and
// set-returning functions, and PostgreSQL's rules for choosing among them
// (manual chapter 10).
//
//	procs.txt, operators.txt ──► facts (OIDs, types, strictness, volatility)
//	one file for each family ──► fn, op, agg, srf ──► registry
//	bind ──► ResolveOperator, ResolveFunction, CommonType ──► *expr.FuncDef …
//
// procs.txt lists facts of PostgreSQL 15's functions, a line each:
//
//	oid|name|result|arguments|flags|argument names|result columns
//	flags: s strict or -, volatility i s v, kind f a w p, r returns a set or -,
//	       v variadic or -, count of arguments with a default
//
// and operators.txt its operators, tabs between:
//
//	oid name left right result function-oid function commutator negator h(ash)m(erge)
//
// A family registers by name and argument types; everything else comes from the
// facts, so that pg_proc and pg_operator say what PostgreSQL says. What is only
// Ferrite's registers with a definition of its own.
//
// Words:
//   - candidate: an overload that the given arguments might call.
//   - unknown: the type of an untyped literal; dyn (a hash field) is resolved
//     like it, but then converted at run time.
package builtin
