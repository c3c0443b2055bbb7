package log

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/ferritedb/ferrite/kv"
)

// TestCrashes appends, syncs, drops and crashes at random. What is left is a
// prefix of what was written, with all that was synced; after a kill it is all.
func TestCrashes(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 0))
			c := &crasher{t: t, r: r, fs: NewMemFS(), o: Options{
				SegmentBytes: int64(300 + r.IntN(2000)), FrameBytesMax: 64 + r.IntN(200),
			}}
			c.l, _ = start(t, c.fs, c.o, 0)
			for range 300 {
				c.step()
			}
			closeLog(t, c.l)
		})
	}
}

type crasher struct {
	t    *testing.T
	r    *rand.Rand
	o    Options
	fs   *MemFS
	l    *Log
	recs []Record
	ts   uint64
	from uint64 // what an engine would ask to replay from
}

func (c *crasher) step() {
	switch p := c.r.IntN(100); {
	case p < 70:
		c.ts++
		b := make([]byte, c.r.IntN(40)*c.r.IntN(40))
		for i := range b {
			b[i] = byte(c.r.Uint32())
		}
		c.recs = append(c.recs, put(c.t, c.l, c.ts, b))
	case p < 85:
		if err := c.l.WaitSync(context.Background(), c.l.Written()); err != nil {
			c.t.Fatal(err)
		}
	case p < 90:
		c.drop()
	case p < 92:
		closeLog(c.t, c.l)
		c.restart(c.fs, len(c.recs))
	case p < 95:
		fs := c.fs.Kill()
		c.abandon()
		c.restart(fs, len(c.recs))
	default:
		synced := c.l.Synced()
		fs := c.fs.Crash(c.r.IntN)
		c.abandon()
		keep := 0
		for keep < len(c.recs) && c.recs[keep].End <= synced {
			keep++
		}
		c.restart(fs, keep)
	}
}

// abandon ends the log of a file system that nobody looks at any more.
func (c *crasher) abandon() { closeLog(c.t, c.l) }

// drop moves the replay position to the end of a synced record, as an engine
// that flushed does.
func (c *crasher) drop() {
	if len(c.recs) == 0 {
		return
	}
	rec := c.recs[c.r.IntN(len(c.recs))]
	if rec.End > c.l.Synced() || rec.End < c.from {
		return
	}
	c.from = rec.End
	if err := c.l.DropBefore(c.from); err != nil {
		c.t.Fatal(err)
	}
}

// restart replays and checks that at least the first keep records are there.
func (c *crasher) restart(fs *MemFS, keep int) {
	c.fs = fs
	var got []Record
	c.l, got = start(c.t, fs, c.o, c.from)
	first := 0
	for first < len(c.recs) && c.recs[first].Pos < c.from {
		first++
	}
	if first+len(got) < keep || first+len(got) > len(c.recs) {
		c.t.Fatalf("replay gave %d records after %d, of %d written; %d must be there", len(got), first, len(c.recs), keep)
	}
	c.recs = c.recs[:first+len(got)]
	sameRecords(c.t, got, c.recs[first:])
	if c.l.Synced() != c.l.Written() || len(c.recs) > 0 && c.l.Written() != c.recs[len(c.recs)-1].End {
		c.t.Fatalf("log stands at %d, synced %d", c.l.Written(), c.l.Synced())
	}
}

// TestCorruptionIsNotATail flips each byte of a synced log in turn.
func TestCorruptionIsNotATail(t *testing.T) {
	fs := NewMemFS()
	l, _ := start(t, fs, small, 0)
	var recs []Record
	for i := range 6 {
		recs = append(recs, put(t, l, uint64(i+1), payload(i*40)))
		if err := l.WaitSync(context.Background(), l.Written()); err != nil {
			t.Fatal(err)
		}
	}
	fs = fs.Kill()
	closeLog(t, l)
	last := recs[len(recs)-1]
	names, err := fs.List(testDir)
	if err != nil {
		t.Fatal(err)
	}
	bad, tails := 0, 0
	for _, name := range names {
		base, ok := parseSegmentName(name)
		if !ok {
			continue
		}
		path := filepath.Join(testDir, name)
		for off := int64(0); off < small.SegmentBytes; off++ {
			pos := base + uint64(max(0, off-SegmentHeaderBytes))
			if pos >= last.End || off < 12 {
				continue // behind the end, or the magic and version
			}
			hurt := fs.Kill()
			if err := hurt.Corrupt(path, func(b []byte) { b[off] ^= 0x10 }); err != nil {
				t.Fatal(err)
			}
			l := mustOpen(t, hurt, small)
			n := 0
			err := l.Replay(0, func(Record) error { n++; return nil })
			switch {
			case err == nil && n >= len(recs)-1 && pos >= recs[len(recs)-2].End:
				tails++ // nothing later says that the last record was synced
			case err == nil && n == len(recs):
				// The unused bytes of a segment's header, or space between frames.
			case errors.Is(err, kv.ErrCorruption):
				bad++
			default:
				t.Fatalf("byte %d of %s: %d records, %v", off, name, n, err)
			}
		}
	}
	if bad == 0 || tails == 0 {
		t.Fatalf("%d corruptions found, %d taken for tails", bad, tails)
	}
}

func TestNewerVersionIsRefused(t *testing.T) {
	fs := NewMemFS()
	l, _ := start(t, fs, small, 0)
	put(t, l, 1, nil)
	closeLog(t, l)
	names, err := fs.List(testDir)
	if err != nil {
		t.Fatal(err)
	}
	err = fs.Corrupt(filepath.Join(testDir, names[0]), func(b []byte) {
		binary.LittleEndian.PutUint32(b[8:], segmentVersion+1)
		binary.LittleEndian.PutUint32(b[24:], checksum(b[:24]))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := mustOpen(t, fs, small).Replay(0, nil); !errors.Is(err, kv.ErrFormat) {
		t.Fatalf("replay: %v", err)
	}
}

// TestFaults fails each operation in turn. Whatever was acknowledged as synced
// is there after a restart, and the log takes nothing more while it goes on so.
func TestFaults(t *testing.T) {
	boom := errors.New("boom")
	for n := range 120 {
		fs := NewMemFS()
		left := n
		fs.SetFault(func(op, _ string) error {
			if left--; left < 0 {
				return boom
			}
			return nil
		})
		synced := 0
		var want []Record
		l, err := Open(fs, testDir, small)
		if err == nil {
			err = l.Replay(0, func(Record) error { return nil })
		}
		for i := 0; err == nil && i < 30; i++ {
			b := append(make([]byte, HeaderBytes), payload(i*9)...)
			rec := Record{TS: uint64(i), Kind: 1, Payload: payload(i * 9)}
			if rec.Pos, rec.End, err = l.Append(b, rec.TS, 1); err != nil {
				break
			}
			want = append(want, rec)
			if err = l.WaitSync(context.Background(), rec.End); err == nil {
				synced = len(want)
			}
		}
		if err != nil && !errors.Is(err, boom) {
			t.Fatalf("operation %d: %v", n, err)
		}
		if err != nil && l != nil && l.replayed {
			if _, _, err := l.Append(make([]byte, HeaderBytes), 1, 1); !errors.Is(err, ErrFailed) && !errors.Is(err, ErrNoSpace) {
				t.Fatalf("operation %d: append after the failure: %v", n, err)
			}
		}
		if l != nil {
			_ = l.Close() // the file system still fails
		}
		fs.SetFault(nil)
		after := fs.Crash(rand.New(rand.NewPCG(uint64(n), 0)).IntN)
		l, got := start(t, after, small, 0)
		if len(got) < synced || len(got) > len(want) {
			t.Fatalf("operation %d: %d records after the crash, %d were synced, %d written", n, len(got), synced, len(want))
		}
		sameRecords(t, got, want[:len(got)])
		closeLog(t, l)
	}
}

// FuzzReplay: no bytes in a segment break Replay, what it gives can be appended
// to, and the same comes back.
func FuzzReplay(f *testing.F) {
	fs := NewMemFS()
	l, err := Open(fs, testDir, small)
	if err != nil {
		f.Fatal(err)
	}
	if err := l.Replay(0, nil); err != nil {
		f.Fatal(err)
	}
	for _, n := range []int{3, 100, 200} {
		if _, _, err := l.Append(make([]byte, HeaderBytes+n), 1, 1); err != nil {
			f.Fatal(err)
		}
	}
	path := segmentPath(testDir, FirstPosition)
	if err := fs.Corrupt(path, func(b []byte) { f.Add(bytes.Clone(b), uint64(0)) }); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{}, uint64(99))
	f.Fuzz(func(t *testing.T, data []byte, from uint64) {
		fs := NewMemFS()
		file, err := fs.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteAt(data, 0); err != nil {
			t.Fatal(err)
		}
		l := mustOpen(t, fs, small)
		var recs []Record
		keep := func(r Record) error {
			r.Payload = bytes.Clone(r.Payload)
			recs = append(recs, r)
			return nil
		}
		if err := l.Replay(from%1000, keep); err != nil {
			if !errors.Is(err, kv.ErrCorruption) && !errors.Is(err, kv.ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		begin := max(from%1000, l.First())
		recs = append(recs, put(t, l, 7, []byte("more")))
		closeLog(t, l)
		l, got := start(t, fs, small, begin)
		sameRecords(t, got, recs)
		closeLog(t, l)
	})
}
