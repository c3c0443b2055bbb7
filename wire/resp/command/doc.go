// Package command is the commands of a connection and of the server (AUTH, HELLO,
// CLIENT, SUBSCRIBE, MULTI, EVAL, INFO, CONFIG …), and the executor that runs these
// and those of txn/command for a shard.
//
//	resp.Shard ──arguments──► Exec.Execute ──► Command.Run ──► a handler here, or in txn/command
//	                                └──► replies to redis.Writer
//
// One table holds them all. Handlers here are func(*Exec) error, wrapped by door;
// what txn/command says of handlers holds for them too.
package command
