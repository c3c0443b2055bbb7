// Package must holds assertions. Under the build tag invariants a broken one
// panics; otherwise it gives an error that marks a defect of ours.
package must

import (
	"errors"
	"fmt"
)

// ErrAssertion marks errors that mean a defect in Ferrite itself.
var ErrAssertion = errors.New("internal assertion failed")

// Failed reports a broken invariant.
func Failed(format string, args ...any) error {
	err := fmt.Errorf("%w: %s", ErrAssertion, fmt.Sprintf(format, args...))
	if Enabled {
		panic(err)
	}
	return err
}

// True is nil where ok holds.
func True(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return Failed(format, args...)
}

// Scribble overwrites a buffer whose lifetime has ended, in invariants builds.
func Scribble(b []byte) {
	if Enabled {
		for i := range b {
			b[i] = 0xcc
		}
	}
}
