// Package command is the one table of Redis commands and their handlers: one file
// per family.
//
//	resp.Shard ──arguments──► Exec.Execute ──► Command.Run(Exec) ──► keyspace.Tx
//	                                └──► replies to resp.Writer
//
// Words:
//   - command: one line of the table: name, arity, flags, key positions, ACL
//     categories, and a handler. COMMAND and its kind are derived from it.
//   - handler: func(*Exec) error. It replies through x.w and returns nil, or
//     returns an error: a user's error (Err, keyspace.ErrWrongType) becomes the
//     reply, and whatever the handler had written is undone.
//
// Invariants:
//   - A handler that writes locks its keys first, through keyspace.Tx; a refused
//     lock comes back as txn.ErrLockNotAvailable and is never the client's to see.
//   - A command that reads several keys reads them under shared locks, so that it
//     sees one state of all of them (flag multiRead).
//   - A failed command has no effect.
package command
