// Package engine turns statements into running operators: it is what
// sql/session runs on.
//
//	text ─ parse ─► ast ─ bind ─► plan ─ opt ─► plan ─ build ─► exec.Spec ─► rows
//
// Words:
//   - compiled: a plan with its operator description; immutable, kept in the
//     session's plan cache and shared by all sessions.
//   - idle operators: run state of a compiled plan between two executions; an
//     execution takes one and gives it back.
//
// It keeps nothing of a session's.
package engine
