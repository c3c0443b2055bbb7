package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// ticksPerSecond is USER_HZ, 100 on every Linux that Go runs on.
const ticksPerSecond = 100

// stat is the part of /proc/PID/stat that counts (proc(5)).
type stat struct {
	ppid               int
	own, waitedForKids float64 // CPU seconds
}

func readStat(pid int) (stat, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	text := string(b)
	f := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	num := func(i int) float64 {
		n, _ := strconv.ParseFloat(f[i], 64)
		return n
	}
	// f[0] is field 3, the state.
	return stat{ppid: int(num(1)), own: (num(11) + num(12)) / ticksPerSecond,
		waitedForKids: (num(13) + num(14)) / ticksPerSecond}, nil
}

// cpuSeconds is the CPU time of a process, its living children and those it has
// waited for.
func cpuSeconds(pid int) (float64, error) {
	s, err := readStat(pid)
	if err != nil {
		return 0, err
	}
	total := s.own + s.waitedForKids
	dirs, err := os.ReadDir("/proc")
	if err != nil {
		return 0, err
	}
	for _, d := range dirs {
		child, err := strconv.Atoi(d.Name())
		if err != nil {
			continue
		}
		if c, err := readStat(child); err == nil && c.ppid == pid {
			total += c.own + c.waitedForKids
		}
	}
	return total, nil
}
