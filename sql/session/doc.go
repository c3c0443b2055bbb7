// Package session is one client's conversation with the database: what state its
// transaction is in, which statements are prepared, which portals are open, what
// its settings are.
//
//	wire/pg, embedded driver ──► Session ──► Engine (parse, bind, opt, build) ──► exec ──► txn
//	                     Sink ◄── rows, tags, notices
//
// Words:
//   - state: idle, implicit (a transaction that the server opened for the client:
//     it ends with the query string or at Sync), block (BEGIN … COMMIT), failed.
//     What each event does in each state is the table in state.go.
//   - statement: prepared, by PREPARE or by the protocol's Parse; one namespace.
//   - portal: a bound statement being run; cursors of DECLARE are portals too. A
//     portal that gave some of its rows is suspended and keeps its operators.
//   - plan cache: shared by all sessions; a plan is good while the catalog has
//     the version it was made under and the settings it depends on are the same.
//   - sink: where the session puts what it has to say, in order; made by the wire.
//   - backend: the entry of a session in the server's registry: what another
//     session may see of it (pg_stat_activity) and do to it (cancel, terminate).
//
// Invariants:
//   - A failed statement leaves no partial effect: outside a block its transaction
//     is rolled back, inside a block the block is rolled back to the innermost
//     savepoint (or whole) and refuses commands until the client ends it.
//   - Between two messages an idle session holds no transaction and no lock
//     (session-level advisory locks aside).
//   - A Session is used by one goroutine; only Cancel, Terminate and the
//     notification hub touch it from others, through Backend.
//
// It never touches the network, and never interprets rows.
package session
