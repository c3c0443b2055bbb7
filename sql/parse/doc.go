// Package parse turns FerriteQL text into the tree of package ast: a streaming
// lexer, and a recursive-descent parser with a Pratt loop for expressions.
//
//	text ── lexer ──> token ── parser ──> ast.Statement
//	                    │        └─ expr.go: precedence climbing
//	                    └─ at most lookaheadMax tokens are held
//
// The grammar is that of PostgreSQL 15 (manual, part VI and appendix C), with
// its lexical rules, key-word categories, precedences and error texts, plus the
// extensions below. What the grammar of PostgreSQL has and Ferrite has not
// gives 0A000 "X is not supported".
//
// # Key patterns
//
// In a relation position (FROM and JOIN items, the target of INSERT, UPDATE,
// DELETE, MERGE, COPY, TRUNCATE, LOCK, ANALYZE and VACUUM, ALTER TABLE, ON of
// CREATE INDEX, TABLE, SUBSCRIBE TO) a glob over the Redis keyspace stands for
// the relation of the keys that match it:
//
//	bare    an identifier, quoted or not (key words too), at once followed by
//	        ':' and at least one character of
//	          letters digits _ $ bytes >= 0x80  * ? : - . { } or a quoted "part"
//	        The pattern reaches to the first other character, and stops before
//	        "--". It is taken as written: Redis keys are case-sensitive, so
//	        nothing is folded. Quotes are removed, what they enclose is kept.
//	KEYS    the word KEYS and a string constant: FROM KEYS 'a b:[0-9]*'
//
// So users:*, sess:*:cart, user:{abc}:* and "We ird":* are patterns; users : *
// is a syntax error.
//
// # Other extensions
//
//	BEGIN OPTIMISTIC | DISTRIBUTED …; AS OF SYSTEM TIME expr after FROM;
//	CREATE VIEW … AS query MATERIALIZE [REFRESH INCREMENTAL | ON DEMAND | FULL];
//	SUBSCRIBE TO relation | query.
//
// Their words are not key words: they are recognised by context.
//
// # Invariants
//
//   - No input panics. Errors are *pgerr.Error with a position; inside the
//     package they travel as a panic of *bailout that the entry points recover.
//   - The height of a tree is at most nestingDepthMax, so that recursive
//     walks over it are safe; see parser.deeper.
//   - Strings of the tree may alias the input text.
//
// What it never does: look names up, resolve types, fold constants (but for the
// sign of a number).
package parse
