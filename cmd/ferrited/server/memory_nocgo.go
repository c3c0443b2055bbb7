//go:build !cgo

package server

// engineOnHeap: without cgo, Pebble's cache and memtables lie on Go's heap.
const engineOnHeap = true
