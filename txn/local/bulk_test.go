package local

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/log"
)

// TestBulkCommitIsReplayed opens an engine of before a bulk commit on the log of
// after it: with its parts, and with parts of a commit that came to no end.
func TestBulkCommitIsReplayed(t *testing.T) {
	d := newDisk()
	c := clock.NewManual(time.Unix(1e9, 0))
	open := func(d disk) *Store {
		l, err := log.Open(d.log, "log", log.Options{SegmentBytes: 64 << 10, FrameBytesMax: 500, Clock: c})
		must(t, err)
		s, err := Open(Options{Engine: memkv.Open(d.engine, "db", memkv.Options{}), Log: l, Clock: c, WriteMemoryMax: 1000, TempDir: t.TempDir()})
		must(t, err)
		return s
	}
	s := open(d)
	put(t, s, "\x10a", "1", txn.PutOptions{KeepHistory: true})
	must(t, s.Flush())
	before := s.Now()
	engine := d.engine.CrashClone()
	c.Advance(time.Second)

	// A commit that failed after its first part.
	w := partWriter{s: s, ts: s.hlc.next()}
	must(t, w.add(&op{kind: opPut, key: []byte("\x10lost"), val: []byte("x")}))
	must(t, w.flush())

	x := begin(t, s, txn.Options{})
	must(t, x.Put([]byte("\x10z9"), []byte("deleted again"), txn.PutOptions{}))
	must(t, x.DeleteRange([]byte("\x10z"), []byte("\x11")))
	want := ""
	for i := range 50 {
		key, value := fmt.Sprintf("\x10k%02d", i), fmt.Sprint(i)
		must(t, x.Put([]byte(key), []byte(value), txn.PutOptions{}))
		want += key + "=" + value + " "
	}
	must(t, x.Put([]byte("\x10a"), []byte("2"), txn.PutOptions{KeepHistory: true}))
	if !x.(*Txn).s.ws.spilled() {
		t.Fatal("the write set is in memory")
	}
	last, err := x.Commit(bg)
	must(t, err)
	want = "\x10a=2 " + want
	if got := show(t, begin(t, s, txn.Options{}), "\x10", "\x11", false); got != want {
		t.Errorf("committed: %q", got)
	}

	r := open(disk{engine, d.log.Kill()})
	if got := show(t, begin(t, r, txn.Options{}), "\x10", "\x11", false); got != want {
		t.Errorf("recovered: %q", got)
	}
	if r.Now() != last.TS || r.WrittenPosition() != last.Pos {
		t.Errorf("recovered to %d at %d, want %d at %d", r.Now(), r.WrittenPosition(), last.TS, last.Pos)
	}
	past := begin(t, r, txn.Options{AsOf: before})
	if got := show(t, past, "\x10", "\x11", false); got != "\x10a=1 " {
		t.Errorf("as of before the commit: %q", got)
	}
	past.Rollback()
}

// TestFullDiskUnderWriteSet: where a run cannot be written the write fails, with
// the full disk as the reason, and nothing of the transaction is left.
func TestFullDiskUnderWriteSet(t *testing.T) {
	s := openSpilling(t, 1000)
	x := begin(t, s, txn.Options{})
	must(t, x.Put([]byte("\x10a"), make([]byte, 2000), txn.PutOptions{}))
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	must(t, x.Put([]byte("\x10b"), make([]byte, 2000), txn.PutOptions{}))
	ws := &x.(*Txn).s.ws
	w, err := newSpill(t.TempDir(), ws.base, len(ws.ops), s.seed)
	must(t, err)
	must(t, w.run.file.Close())
	w.run.file = full
	must(t, ws.eachVersion(func(i int32) error { return w.add(&ws.ops[i], ws.base+i) }))
	if _, err := w.finish(nil); !errors.Is(err, txn.ErrDiskFull) {
		t.Errorf("a run on a full disk: %v", err)
	}
	x.Rollback()
	must(t, s.Close())
}
