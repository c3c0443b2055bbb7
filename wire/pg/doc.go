// Package pg is one PostgreSQL connection: messages of protocol 3.0 in, session
// calls, messages out (PostgreSQL manual, chapter 55). It is the only importer
// of pgproto3.
//
//	socket ──► reader (frames) ──► Conn.serve ──► session.Session
//	socket ◄── writer (one buffer, one write per Sync) ◄── Conn as session.Sink
//
// Words:
//   - frame: type byte, length, body. A body lies in the reader's buffer and is
//     valid until the next frame is read.
//   - skipping: after an error in the extended protocol, all frames are passed
//     over until Sync.
//   - wake: another goroutine (cancel, notification, shutdown, timer) interrupts
//     the wait for the next frame by setting a read deadline in the past. All
//     reading and writing stays in the connection's own goroutine.
//
// pgproto3's message types encode and decode what is rare (start-up,
// authentication, errors, COPY responses). Bind, Execute and rows, which make up
// the traffic, are read and written in place: rows go from the columns of a
// chunk to wire bytes without a value being allocated.
//
// Limits: a frame is refused by its header before memory is taken for it, and
// the buffer grows only as bytes arrive; before authentication 10,000 bytes are
// the limit.
//
// It never parses SQL and never decides what a transaction does.
package pg
