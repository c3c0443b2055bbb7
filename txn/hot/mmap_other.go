//go:build !unix

package hot

// mapMemory gives n bytes of zeros; on the heap, but without pointers to scan.
func mapMemory(n int) ([]byte, error) { return make([]byte, n), nil }

func unmapMemory([]byte) error { return nil }
