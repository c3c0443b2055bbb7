//go:build unix

package lock

import "golang.org/x/sys/unix"

// mapMemory gives n bytes of zeros outside of the heap, committed when touched.
func mapMemory(n int) ([]byte, error) {
	return unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
}

func unmapMemory(b []byte) error { return unix.Munmap(b) }
