// Package typetest gives the values that break things: for every type its
// extremes, values that are equal and look different, and random compounds of
// them. For the tests of whatever must hold for all types: orders, hashes, keys,
// functions, codecs.
//
//	texts (values.go) ──► Values(t) ──► Array, record, range types over them
//	                          └──────► Random(rnd, t)
package typetest
