// Package redis is how Redis spells things: replies written and read back,
// numbers, words, glob patterns. Pure functions on bytes; both doors, scripts and
// commands use them.
//
//	command ──► Writer (RESP2 or RESP3 bytes) ──► a connection
//	                                        └───► Read ──► Reply, a tree (scripts, embedded callers)
package redis
