//go:build !unix

package command

// cpuSeconds is not known on this platform.
func cpuSeconds() (user, sys float64) { return 0, 0 }
