// Package command is the table of Redis commands over a keyspace and their
// handlers: one file per family.
//
//	a door (wire/resp/command), a script, SQL ──arguments──► Exec ──► Command.Run ──► keyspace.Tx
//	                                                          └──► replies to redis.Writer
//
// Words:
//   - command: one line of the table: name, arity, flags, key positions, ACL
//     categories, and a handler. COMMAND and its kind are derived from it.
//   - family: the commands of one type. Doors make their Table of the Families here
//     and of families of their own.
//   - handler: func(*Exec) error. It replies through x.W and returns nil, or
//     returns an error: a user's error (Err, keyspace.ErrWrongType) becomes the
//     reply, and whatever the handler had written is undone by who called it.
//   - door: who serves a client, and so what a handler can ask of it: to wait.
//
// Invariants:
//   - A handler that writes locks its keys first, through keyspace.Tx; a refused
//     lock comes back as txn.ErrLockNotAvailable and is never the client's to see.
//   - A command that reads several keys reads them under shared locks, so that it
//     sees one state of all of them (flag MultiRead).
//   - A failed command has no effect.
package command
