package log

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Datasync is fdatasync(2), again where a signal broke it off.
func (f osFile) Datasync() error {
	for {
		err := unix.Fdatasync(int(f.Fd()))
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// Allocate is fallocate(2): an fdatasync after writes within the size has less
// metadata to write. File systems without it get a sparse file.
func (f osFile) Allocate(size int64) error {
	for {
		err := unix.Fallocate(int(f.Fd()), 0, 0, size)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EOPNOTSUPP):
			return f.Truncate(size)
		default:
			return err
		}
	}
}
