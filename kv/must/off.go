//go:build !invariants

package must

// Enabled tells an invariants build.
const Enabled = false
