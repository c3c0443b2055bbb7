// Package jsonpath reads, prints and evaluates SQL/JSON paths (manual section
// 9.16.2).
//
//	text ── Parse ──► Path (immutable tree) ── String ──► canonical text, jsonpath's output
//	                    └── Query(budget, document, variables) ──► items
//
// Words:
//   - mode: lax takes arrays apart where an item is asked for and wraps items where
//     an array is, and passes over what is missing; strict makes that an error.
//   - accessor: what stands behind a primary: .key, [0], .**, .size(), ?(…). They
//     form a list, so that a long path is no deep one.
//   - predicate: gives true, false or unknown. An error within it is unknown.
//
// Reading and evaluating charge the run's budget: a level for what nests, a step
// and the place of an item for each item. Nothing else bounds a path such as
// $[0,0][0,0]…, whose items double with every accessor.
package jsonpath
