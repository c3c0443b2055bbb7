// Package build turns a plan into a tree of operators.
//
//	plan.Node ──► Build ──► *Prepared (immutable, cached with the plan)
//	                           │ New, Open(run)
//	                           ▼
//	                        exec.Operator (run state, reusable)
//
// Words:
//   - layout: the ColIDs of an operator's output columns by position. It may hold
//     more columns than the plan node's, or hold them in another order; only the
//     root, inputs matched by position and subquery plans are made exact.
//
// One file per noun, as in sql/plan. The package decides nothing that the
// optimizer could: where a plan leaves an algorithm open, the one that is always
// right is taken.
package build
