package local

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/txn"
)

func prepare(t *testing.T, x txn.Txn, id string) error {
	t.Helper()
	return x.(txn.Preparer).Prepare(bg, txn.Prepared{ID: id, Owner: "ada", Database: "db"})
}

func lockRow(x txn.Txn, key string) error {
	_, _, err := x.LockRow(bg, nil, []byte(key), txn.LockOptions{Mode: txn.ForUpdate, Wait: txn.NoWait})
	return err
}

// tryLock tells whether a row can be locked by somebody.
func tryLock(t *testing.T, s *Store, key string) bool {
	t.Helper()
	x := begin(t, s, txn.Options{})
	defer x.Rollback()
	err := lockRow(x, key)
	if err != nil && !errors.Is(err, txn.ErrLockNotAvailable) {
		t.Fatal(err)
	}
	return err == nil
}

func rows(t *testing.T, s *Store) string {
	t.Helper()
	x := begin(t, s, txn.Options{})
	defer x.Rollback()
	return show(t, x, "\x10", "\x11", false)
}

// TestPreparedOutlivesACrash prepares, crashes before and after the end of what
// was prepared, and finds locks and writes as they were left each time.
func TestPreparedOutlivesACrash(t *testing.T) {
	for _, commit := range []bool{true, false} {
		for _, flush := range []bool{true, false} {
			t.Run(fmt.Sprintf("commit=%v,flush=%v", commit, flush), func(t *testing.T) {
				testPrepared(t, commit, flush)
			})
		}
	}
}

func testPrepared(t *testing.T, commit, flush bool) {
	d := newDisk()
	c := clock.NewManual(time.Unix(1e9, 0))
	s := d.open(t, c, 0)
	put(t, s, "\x10a", "1", txn.PutOptions{KeepHistory: true})
	put(t, s, "\x10b", "1", txn.PutOptions{})
	before := s.Now()
	x := begin(t, s, txn.Options{Session: 7})
	must(t, x.LockTable(bg, 3, txn.RowExclusive, txn.Block))
	must(t, lockRow(x, "\x10a"))
	must(t, x.Put([]byte("\x10a"), []byte("2"), txn.PutOptions{KeepHistory: true}))
	must(t, x.DeleteRange([]byte("\x10b"), []byte("\x10c")))
	must(t, x.Put([]byte("\x10c"), []byte("3"), txn.PutOptions{ExpireAtMs: 2e12}))
	must(t, prepare(t, x, "gid"))
	if _, err := x.Commit(bg); !errors.Is(err, txn.ErrTxnDone) {
		t.Errorf("commit of the handle: %v", err)
	}
	check := func(s *Store) {
		t.Helper()
		if got := rows(t, s); got != "\x10a=1 \x10b=1 " {
			t.Errorf("while prepared: %q", got)
		}
		if tryLock(t, s, "\x10a") {
			t.Error("the row lock is not held")
		}
		y := begin(t, s, txn.Options{Session: 7})
		if err := y.LockTable(bg, 3, txn.AccessExclusive, txn.NoWait); !errors.Is(err, txn.ErrLockNotAvailable) {
			t.Errorf("table lock: %v", err)
		}
		if err := prepare(t, y, "gid"); !errors.Is(err, txn.ErrPreparedExists) {
			t.Errorf("identifier in use: %v", err)
		}
		all := s.Prepared()
		if len(all) != 1 || all[0].ID != "gid" || all[0].Owner != "ada" || all[0].Database != "db" || !all[0].At.Equal(time.Unix(1e9, 0)) {
			t.Errorf("listed: %+v", all)
		}
	}
	check(s)
	if flush {
		must(t, s.Flush())
	}
	d = disk{d.engine.CrashClone(), d.log.Crash(func(int) int { return 0 })}
	s = d.open(t, c, 0)
	check(s)
	end, err := s.FinishPrepared(bg, "gid", commit)
	must(t, err)
	want := map[bool]string{true: "\x10a=2 \x10c=3 ", false: "\x10a=1 \x10b=1 "}[commit]
	for life := range 2 {
		if got := rows(t, s); got != want {
			t.Errorf("life %d, at the end: %q, want %q", life, got, want)
		}
		if !tryLock(t, s, "\x10a") || len(s.Locks()) != 0 || len(s.Prepared()) != 0 {
			t.Errorf("life %d: left over: %v %v", life, s.Locks(), s.Prepared())
		}
		if _, err := s.FinishPrepared(bg, "gid", commit); !errors.Is(err, txn.ErrPreparedUnknown) {
			t.Errorf("second end: %v", err)
		}
		past := begin(t, s, txn.Options{AsOf: before})
		if rec, _, err := past.Get(nil, []byte("\x10a")); err != nil || string(rec.Value) != "1" {
			t.Errorf("as of before: %q %v", rec.Value, err)
		}
		past.Rollback()
		if s.SyncedPosition() < end.Pos {
			t.Error("the end is not durable")
		}
		d = disk{d.engine.CrashClone(), d.log.Crash(func(int) int { return 0 })}
		s = d.open(t, c, 0)
	}
}

// TestPreparedSerializable: what a prepared transaction read may not be
// overwritten by another serializable one before it ends.
func TestPreparedSerializable(t *testing.T) {
	s := OpenMemory()
	put(t, s, "\x10a", "1", txn.PutOptions{})
	put(t, s, "\x10b", "1", txn.PutOptions{})
	serializable := txn.Options{Isolation: txn.Serializable}
	skew := func(read, write string) txn.Txn {
		x := begin(t, s, serializable)
		_, _, err := x.Get(nil, []byte(read))
		must(t, err)
		must(t, lockRow(x, write))
		must(t, x.Put([]byte(write), []byte("2"), txn.PutOptions{}))
		return x
	}
	first, second, third := skew("\x10a", "\x10b"), skew("\x10c", "\x10a"), skew("\x10c", "\x10d")
	must(t, prepare(t, first, "first"))
	if _, err := second.Commit(bg); !errors.Is(err, txn.ErrSerializationDependency) {
		t.Errorf("overwriting what a prepared transaction read: %v", err)
	}
	_, err := third.Commit(bg)
	must(t, err)
	if err := prepare(t, skew("\x10c", "\x10a"), "second"); !errors.Is(err, txn.ErrSerializationDependency) {
		t.Errorf("preparing to overwrite it: %v", err)
	}
	_, err = s.FinishPrepared(bg, "first", true)
	must(t, err)
	_, err = skew("\x10c", "\x10a").Commit(bg)
	must(t, err)
	late := skew("\x10a", "\x10d")
	put(t, s, "\x10a", "3", txn.PutOptions{})
	if err := prepare(t, late, "late"); !errors.Is(err, txn.ErrSerializationDependency) {
		t.Errorf("preparing after a read was overwritten: %v", err)
	}
	if len(s.Prepared()) != 0 || len(s.Locks()) != 0 || len(s.guards) != 0 {
		t.Errorf("left over: %v %v %v", s.Prepared(), s.Locks(), s.guards)
	}
	must(t, s.Close())
}

func TestPreparedHooksAndLimits(t *testing.T) {
	s := OpenMemory()
	ran := 0
	x := begin(t, s, txn.Options{})
	x.OnCommit(func(txn.Commit) { ran++ })
	must(t, x.Put([]byte("\x10a"), nil, txn.PutOptions{}))
	must(t, prepare(t, x, "x"))
	if ran != 0 {
		t.Error("the hook ran at PREPARE")
	}
	_, err := s.FinishPrepared(bg, "x", true)
	must(t, err)
	if ran != 1 {
		t.Errorf("the hook ran %d times at the end", ran)
	}
	for _, id := range []string{"", string(make([]byte, txn.PreparedIDBytesMax+1))} {
		if err := prepare(t, begin(t, s, txn.Options{}), id); !errors.Is(err, txn.ErrPreparedID) {
			t.Errorf("identifier of %d bytes: %v", len(id), err)
		}
	}
	for i := range preparedMax {
		must(t, prepare(t, begin(t, s, txn.Options{}), fmt.Sprint(i)))
	}
	if err := prepare(t, begin(t, s, txn.Options{}), "one more"); !errors.Is(err, txn.ErrPreparedLimit) {
		t.Errorf("past the limit: %v", err)
	}
	must(t, s.Close())
}
