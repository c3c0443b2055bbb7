package config

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// cgroupLimits are the files that bound the memory of a container: of the
// unified hierarchy, and of the one before it.
var cgroupLimits = []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}

// memoryBytes is the machine's physical memory, or what the container may use of it.
func memoryBytes() (int64, error) {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 0, err
	}
	total := int64(info.Totalram) * int64(info.Unit)
	for _, name := range cgroupLimits {
		if n, ok := readLimit(name); ok {
			total = min(total, n)
		}
	}
	return total, nil
}

// readLimit reads a cgroup's limit; false where there is none.
func readLimit(name string) (int64, bool) {
	b, err := os.ReadFile(name)
	if err != nil {
		return 0, false // not in a container, or of the other kind
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
	return n, err == nil && n > 0 // "max": no limit
}
