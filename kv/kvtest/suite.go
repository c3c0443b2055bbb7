package kvtest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"

	"github.com/ferritedb/ferrite/kv"
)

// Disk is where an engine keeps its durable state.
type Disk interface {
	// Open opens the engine on what is stored. Only one is open at a time.
	Open() (kv.Engine, error)
	// Crash is a disk with what a crash right now leaves. The engine open on the
	// old one is of no more use to it.
	Crash(seed uint64) Disk
	// Checkpointed is the disk of a checkpoint that an engine wrote to dir.
	Checkpointed(dir string) Disk
}

// Run runs the suite; newDisk gives empty disks. scripts is the directory of
// scripts, as seen from the test's package.
func Run(t *testing.T, scripts string, newDisk func(t *testing.T) Disk) {
	t.Run("scripts", func(t *testing.T) { runScripts(t, scripts, newDisk) })
	t.Run("random", func(t *testing.T) { runRandom(t, newDisk) })
	t.Run("limits", func(t *testing.T) { runLimits(t, newDisk(t)) })
	t.Run("closed", func(t *testing.T) { runClosed(t, newDisk(t)) })
	t.Run("append", func(t *testing.T) { runAppend(t, newDisk(t)) })
	t.Run("amend", func(t *testing.T) { runAmend(t, newDisk(t)) })
	t.Run("checkpoint", func(t *testing.T) { runCheckpoint(t, newDisk(t)) })
	t.Run("concurrent", func(t *testing.T) { runConcurrent(t, newDisk(t)) })
	t.Run("onflush", func(t *testing.T) { runOnFlush(t, newDisk(t)) })
}

func mustOpen(t *testing.T, d Disk) kv.Engine {
	t.Helper()
	e, err := d.Open()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// set applies a batch of one pair.
func set(t *testing.T, e kv.Engine, key, value string) {
	t.Helper()
	b := e.NewBatch()
	check(t, b.Set([]byte(key), []byte(value)))
	check(t, e.Apply(b))
	check(t, b.Close())
}

func runLimits(t *testing.T, d Disk) {
	e := mustOpen(t, d)
	b := e.NewBatch()
	long := make([]byte, kv.KeyBytesMax+1)
	for name, c := range map[string]struct{ got, want error }{
		"empty key":         {b.Set(nil, nil), kv.ErrKeyEmpty},
		"empty deletion":    {b.Delete(nil), kv.ErrKeyEmpty},
		"empty bound":       {b.DeleteRange(nil, []byte("a")), kv.ErrKeyEmpty},
		"empty upper bound": {b.DeleteRange([]byte("a"), nil), kv.ErrKeyEmpty},
		"long key":          {b.Set(long, nil), kv.ErrKeyTooLarge},
		"long deletion":     {b.Delete(long), kv.ErrKeyTooLarge},
		"long bound":        {b.DeleteRange(long, long), kv.ErrKeyTooLarge},
		"longest key":       {b.Set(long[:kv.KeyBytesMax], nil), nil},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: got %v, want %v", name, c.got, c.want)
		}
	}
	if b.Count() != 1 {
		t.Errorf("batch counts %d operations, want 1: refused ones leave nothing", b.Count())
	}
	check(t, e.Apply(b))
	if v, err := e.Get([]byte{}, long[:kv.KeyBytesMax]); err != nil || len(v) != 0 {
		t.Errorf("longest key: %v, %v", v, err)
	}
	b.Reset()
	if b.Count() != 0 || b.Bytes() != 0 {
		t.Errorf("batch after Reset has %d operations, %d bytes", b.Count(), b.Bytes())
	}
	check(t, b.Close())
	check(t, e.Close())
}

func runClosed(t *testing.T, d Disk) {
	e := mustOpen(t, d)
	b := e.NewBatch()
	check(t, b.Set([]byte("a"), nil))
	bulk, err := e.NewBulk()
	check(t, err)
	check(t, e.Close())
	_, getErr := e.Get(nil, []byte("a"))
	_, iterErr := e.NewIter(kv.IterOptions{})
	_, sizeErr := e.EstimateBytes(nil, nil)
	_, bulkErr := e.NewBulk()
	s := e.NewSnapshot()
	_, snapErr := s.Get(nil, []byte("a"))
	check(t, s.Close())
	for name, err := range map[string]error{
		"Get": getErr, "NewIter": iterErr, "EstimateBytes": sizeErr, "NewBulk": bulkErr, "ApplyBulk": e.ApplyBulk(bulk), "Snapshot.Get": snapErr,
		"Apply": e.Apply(b), "Flush": e.Flush(), "Compact": e.Compact(nil, nil),
		"Checkpoint": e.Checkpoint("c"), "Close": e.Close(),
	} {
		if !errors.Is(err, kv.ErrClosed) {
			t.Errorf("%s on a closed engine: %v", name, err)
		}
	}
}

// runAppend: Get appends, leaves dst alone where the key is absent, and the
// bytes stay the caller's.
func runAppend(t *testing.T, d Disk) {
	e := mustOpen(t, d)
	set(t, e, "a", "one")
	v, err := e.Get([]byte("<"), []byte("a"))
	if err != nil || string(v) != "<one" {
		t.Fatalf("got %q, %v", v, err)
	}
	w, err := e.Get([]byte("<"), []byte("b"))
	if !errors.Is(err, kv.ErrNotFound) || string(w) != "<" {
		t.Fatalf("absent: got %q, %v", w, err)
	}
	copy(v, "XXXX")
	set(t, e, "a", "two")
	if v, err := e.Get(nil, []byte("a")); err != nil || string(v) != "two" {
		t.Fatalf("got %q, %v", v, err)
	}
	if string(v) != "XXXX" {
		t.Fatalf("the caller's bytes changed to %q", v)
	}
	check(t, e.Close())
}

// runAmend: Amend shows each Set in order, and what it changes is what is applied.
func runAmend(t *testing.T, d Disk) {
	e := mustOpen(t, d)
	set(t, e, "k-gone", "1")
	b := e.NewBatch()
	check(t, b.Set([]byte("a-0"), []byte("value 0")))
	check(t, b.Delete([]byte("k-gone")))
	check(t, b.Set([]byte("k-0"), nil))
	check(t, b.DeleteRange([]byte("x"), []byte("y")))
	check(t, b.Set([]byte("a-0"), []byte("value 1")))
	shown := ""
	b.Amend(func(key, value []byte) {
		shown += string(key) + "=" + string(value) + " "
		key[2] = byte('a' + len(value))
		if len(value) > 0 {
			value[0] = 'V'
		}
	})
	check(t, b.Set([]byte("last"), []byte("x")))
	if want := "a-0=value 0 k-0= a-0=value 1 "; shown != want {
		t.Errorf("shown %q, want %q", shown, want)
	}
	check(t, e.Apply(b))
	check(t, b.Close())
	got, want := readAll(t, e, kv.IterOptions{}), model{"a-h": "Value 1", "k-a": "", "last": "x"}
	if !maps.Equal(got, want) {
		t.Errorf("applied %q, want %q", got, want)
	}
	check(t, e.Close())
}

func runCheckpoint(t *testing.T, d Disk) {
	e := mustOpen(t, d)
	set(t, e, "a", "1")
	check(t, e.Checkpoint("copy"))
	set(t, e, "a", "2")
	if err := e.Checkpoint("copy"); err == nil {
		t.Error("a checkpoint replaced another one")
	}
	check(t, e.Close())
	c := mustOpen(t, d.Checkpointed("copy"))
	if v, err := c.Get(nil, []byte("a")); err != nil || string(v) != "1" {
		t.Errorf("checkpoint has %q, %v", v, err)
	}
	check(t, c.Close())
}

// runConcurrent: batches set all of a group of keys to one value; no reader may
// see two values in one snapshot or iterator.
func runConcurrent(t *testing.T, d Disk) {
	e := mustOpen(t, d)
	const writers, readers, rounds, group = 2, 3, 150, 8
	key := func(i int) []byte { return fmt.Appendf(nil, "k%d", i) }
	var writing, reading sync.WaitGroup
	stop := make(chan struct{})
	for w := range writers {
		writing.Add(1)
		go func() {
			defer writing.Done()
			b := e.NewBatch()
			for i := range rounds {
				b.Reset()
				v := fmt.Appendf(nil, "%d.%d", w, i)
				for k := range group {
					if err := b.Set(key(k), v); err != nil {
						t.Error(err)
					}
				}
				if err := e.Apply(b); err != nil {
					t.Error(err)
				}
				if i%50 == 0 {
					if err := e.Flush(); err != nil {
						t.Error(err)
					}
				}
			}
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		}()
	}
	for range readers {
		reading.Add(1)
		go func() {
			defer reading.Done()
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := readOnce(e, group, key); err != nil {
					t.Error(err)
					return
				}
			}
		}()
	}
	writing.Wait()
	close(stop)
	reading.Wait()
	check(t, e.Close())
}

func readOnce(e kv.Engine, group int, key func(int) []byte) error {
	s := e.NewSnapshot()
	var got [][]byte
	for k := range group {
		v, err := s.Get(nil, key(k))
		if err != nil && !errors.Is(err, kv.ErrNotFound) {
			return err
		}
		got = append(got, v)
	}
	if err := s.Close(); err != nil {
		return err
	}
	it, err := e.NewIter(kv.IterOptions{})
	if err != nil {
		return err
	}
	var seen [][]byte
	for ok := it.First(); ok; ok = it.Next() {
		v, err := it.Value()
		if err != nil {
			return err
		}
		seen = append(seen, bytes.Clone(v))
	}
	if err := errors.Join(it.Error(), it.Close()); err != nil {
		return err
	}
	for _, vs := range [][][]byte{got, seen} {
		for _, v := range vs {
			if !bytes.Equal(v, vs[0]) {
				return fmt.Errorf("a reader saw %q and %q at once", vs[0], v)
			}
		}
	}
	return nil
}

func runOnFlush(t *testing.T, d Disk) {
	e := mustOpen(t, d)
	told := make(chan struct{}, 100)
	e.OnFlush(func() { told <- struct{}{} })
	set(t, e, "a", "1")
	check(t, e.Flush())
	<-told
	check(t, e.Close())
}
