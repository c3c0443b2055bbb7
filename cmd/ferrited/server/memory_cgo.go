//go:build cgo

package server

// engineOnHeap: with cgo, Pebble's cache and memtables lie outside of Go's heap.
const engineOnHeap = false
