// Package expr holds typed expressions and their evaluation over column batches.
//
//	bind ──► Expr tree (columns by ColID) ──► Compile(layout) ──► Eval over chunk.Chunk
//
// Words:
//   - ColID: identity of a column within one query, given out by the binder;
//     unique over all its subqueries, so that moving an expression through the
//     plan never changes what it means.
//   - Layout: which position of the input chunk holds which ColID. A column that
//     the layout does not have is an outer one: its value comes from Ctx.Outer.
//   - Program: a compiled expression; immutable, shared between executions.
//     Scratch space lives in an Evaluator, one per execution.
//
// Every fast kernel has the row-at-a-time form beside it as its reference.
package expr
