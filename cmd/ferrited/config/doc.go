// Package config holds the one table of settings of ferrited.
//
//	default ◄ file (--config) ◄ environment (FERRITE_…) ◄ flag
//
// Each setting has one name: pg-addr is the flag --pg-addr, the key pg-addr of
// the file and FERRITE_PG_ADDR of the environment. docs/settings.md is printed
// from the table; a test compares the two.
package config
