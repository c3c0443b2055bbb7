// Package ferrite opens a Ferrite store inside the calling process, as a
// database/sql driver and as direct Redis-like calls.
package ferrite
