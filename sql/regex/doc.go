// Package regex matches PostgreSQL's regular expressions: AREs (manual section
// 9.7.3) and what SIMILAR TO makes of its patterns.
//
//	pattern ── Translate ──► Go's syntax ── regexp/syntax ──► program
//	                                                           ├──► regexp, for what is short
//	                                                           └──► machine, under a budget
//
// Both run in time linear in the text, times the size of the program: neither
// goes back. The machine counts steps, so that a long run can be cancelled; the
// package regexp cannot be interrupted and does what is short, faster.
//
// Matching is leftmost-longest, as in PostgreSQL where all quantifiers are greedy,
// and by the preference of the quantifiers where one of them is not.
//
// Back references and lookaround are refused (0A000): no linear machine has them.
//
// Words:
//   - cost: bytes of text times instructions, about what a run takes.
//   - location: pairs of offsets, of the match and then of each group; -1 for a
//     group that took no part.
package regex
