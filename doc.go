// Package ferrite opens a Ferrite store inside the calling process, as a
// database/sql driver and as direct Redis-like calls.
//
//	Open ─► DB ─► SQL()   ─► database/sql ─► sql/session ─┐
//	            └► Redis() ─► wire/resp ─► keyspace ──────┴─► txn ─► kv
//
// Both run the same code as the server's ports, without sockets: a connection of
// database/sql is a SQL session, a Redis call is a turn of a client of its own.
//
// The name of the driver is "ferrite", the data source name is the directory;
// all pools of one directory in a process share one store.
package ferrite
