//go:build unix

package log

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func benchLog(b *testing.B, fs FS) *Log {
	b.Helper()
	l, err := Open(fs, b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	if err := l.Replay(0, func(Record) error { return nil }); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := l.Close(); err != nil {
			b.Error(err)
		}
	})
	return l
}

func cpuTime() time.Duration {
	var ru unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &ru); err != nil {
		return 0
	}
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}

// BenchmarkAppend is one record of 200 bytes without a sync.
func BenchmarkAppend(b *testing.B) {
	l := benchLog(b, OS)
	buf := make([]byte, HeaderBytes+200)
	b.ReportAllocs()
	for b.Loop() {
		_, end, err := l.Append(buf, 1, 1)
		if err != nil {
			b.Fatal(err)
		}
		if end%(256<<20) < uint64(len(buf)) {
			if err := l.WaitSync(context.Background(), end); err != nil {
				b.Fatal(err)
			}
			if err := l.DropBefore(end); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkCommit is append and group sync by 1, 8 and 64 committers.
func BenchmarkCommit(b *testing.B) {
	for _, committers := range []int{1, 8, 64} {
		for _, callback := range []bool{false, true} {
			b.Run(fmt.Sprintf("committers=%d/callback=%v", committers, callback), func(b *testing.B) {
				l := benchLog(b, OS)
				var commit sync.Mutex
				var wg sync.WaitGroup
				cpu := cpuTime()
				b.ResetTimer()
				for c := range committers {
					wg.Add(1)
					go func() {
						defer wg.Done()
						buf := make([]byte, HeaderBytes+200)
						got := make(chan error, 1)
						tell := func(err error) { got <- err }
						for i := c; i < b.N; i += committers {
							commit.Lock()
							_, end, err := l.Append(buf, 1, 1)
							commit.Unlock()
							if err == nil && callback {
								l.OnSync(end, tell)
								err = <-got
							} else if err == nil {
								err = l.WaitSync(context.Background(), end)
							}
							if err != nil {
								b.Error(err)
								return
							}
						}
					}()
				}
				wg.Wait()
				b.StopTimer()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
				b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/float64(b.N), "cpu-µs/commit")
				b.ReportMetric(float64(b.N)/float64(l.Stats().Syncs), "commits/sync")
			})
		}
	}
}
