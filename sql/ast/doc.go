// Package ast is the syntax tree of FerriteQL and its printer.
//
// The tree is what sql/parse makes and sql/bind reads: plain structs without
// behaviour, names unresolved, types unknown. One file holds one family of
// statements, under the same noun as its binder, plan node and operator.
//
//	Node ─┬─ Statement   what a client sends: *Select, *Insert, *CreateTable …
//	      ├─ SelectBody  what a *Select is made of: *SelectClause, *ValuesClause,
//	      │              *SetOperation
//	      ├─ TableRef    an item of FROM: *TableName, *KeyPattern, *SubqueryRef,
//	      │              *FunctionRef, *JoinRef
//	      ├─ Expr        a value expression
//	      └─ parts       *Target, *Alias, *CTE, *ColumnDef …
//
// Words:
//
//	position  byte offset of a node's first significant token in the statement
//	          text that the parser was given; -1 for nodes without a source
//	lowering  writing a special syntax as a plainer node: EXTRACT(f FROM x) is
//	          the call pg_catalog.extract('f', x) that remembers its Syntax
//	canonical the one text that Print gives for a tree
//
// Lowerings done by the parser, as in PostgreSQL: TABLE t is SELECT * FROM t;
// built-in type words become their pg_catalog names (int is pg_catalog.int4);
// a minus sign before a numeric constant becomes part of it; != is <>;
// BOOLEAN words in SET are strings; LIMIT ALL is LIMIT NULL; LIKE ANY is ~~ ANY.
// Parentheses leave no node: Print puts back those that the grammar needs.
//
// Invariants:
//
//   - Print(tree) parses to a tree that prints the same text.
//   - Identifiers are stored as they mean (folded or unquoted), never as written;
//     Print quotes where a word would otherwise be folded or taken as a keyword.
//   - Nothing here changes a tree after the parser returns it; trees may be
//     shared between goroutines. Strings may alias the statement's text.
//
// What it never does: resolve names, check types, touch a catalog.
package ast
