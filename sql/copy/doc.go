// Package copy holds the formats of COPY (PostgreSQL manual, COPY, File
// Formats): text, csv and binary, in both directions.
//
//	pieces of data ──► Decoder ──► fields of a line ──► datums ──► chunk
//	chunk ──► Encoder ──► one line or tuple at a time
//
// A piece may end anywhere, within a line or a quoted field too. Memory is
// bounded by the longest line, which lineBytesMax bounds.
//
// It knows no tables and runs no statements.
package copy
