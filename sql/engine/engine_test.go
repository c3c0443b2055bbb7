package engine

import "testing"

// TestNew: making an engine registers every catalog function; a clash panics.
func TestNew(t *testing.T) {
	New(Config{})
	New(Config{})
}
