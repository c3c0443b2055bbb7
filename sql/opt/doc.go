// Package opt makes a bound plan fast: an ordered list of named rules, each in
// one file, each leaving a plan that plan.Check accepts and that gives the same
// rows.
//
//	bind ──► semijoin ► fold ► pushdown ► decorrelate ► minmax ► recheck ► prune ► anyarray ► reorder ► algorithm ► access ►
//	         order ► limit ► tidy ► estimate ──► build
//
// Words:
//
//	conjunct     one condition of an AND
//	null-rejecting  a condition that no row with NULLs in given columns passes
//	span         a range of index keys (plan.Span): equalities, then one range
//	sargable     a conjunct that a span can answer: column op value, the value
//	             free of the scan's own columns
//	residual     what of a condition the spans do not answer
//	selectivity  the part of the rows that a condition passes, 0 to 1
//
// Statistics come from ANALYZE (catalog.TableStats) where there are any, else
// from Config.Rows and the constants of selectivity.go, which are PostgreSQL's.
//
// A rule says which features of a plan it needs (facts): a point read walks past
// almost all of them. Plans of subqueries and of CTEs are optimized on their own
// after the plan around them.
//
// Joins are ordered in reorder: few relations by dynamic programming over all
// trees that conditions link (search.go), more of them greedily (greedy.go).
//
// Every rule runs under a guard (guard.go): its recursion and its work are bounded
// by the plan that it was given, and it is stopped where the statement is cancelled.
//
// It never changes what the statement means: rules that would have to know the
// data (NOT IN over NULLs, outer joins) ask what a condition proves instead.
package opt
