package local

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/txn"
)

// TestReadersDoNotTellWhatIsLost has a reader see a commit that nobody has synced.
// Once the reader's own commit has returned, under Fsync, a power failure does not
// take away what it saw, be it a value or that there is none.
func TestReadersDoNotTellWhatIsLost(t *testing.T) {
	read := func(x txn.Txn) error {
		_, _, err := x.Get(nil, []byte("\x10a"))
		return err
	}
	scan := func(x txn.Txn) error {
		it, err := x.Scan([]byte("\x10"), []byte("\x11"), txn.ScanOptions{})
		if err == nil {
			it.Next()
			it.Close()
		}
		return err
	}
	lock := func(x txn.Txn) error {
		_, _, err := x.LockRow(bg, nil, []byte("\x10a"), txn.LockOptions{Mode: txn.ForShare})
		return err
	}
	nothing := func(txn.Txn) error { return nil }
	for name, c := range map[string]struct {
		o    txn.Options
		read func(txn.Txn) error
		wait bool
	}{
		"read committed":   {txn.Options{}, read, true},
		"read only":        {txn.Options{ReadOnly: true}, scan, true},
		"repeatable read":  {txn.Options{Isolation: txn.RepeatableRead}, scan, true},
		"serializable":     {txn.Options{Isolation: txn.Serializable}, read, true},
		"optimistic":       {txn.Options{Optimistic: true}, lock, true},
		"latest":           {txn.Options{Latest: true}, read, true},
		"row lock":         {txn.Options{}, lock, true},
		"as of":            {txn.Options{AsOf: 1}, scan, true},
		"nothing read":     {txn.Options{}, nothing, false},
		"every second":     {txn.Options{Durability: txn.EverySec}, read, false},
		"latest, not kept": {txn.Options{Latest: true, Durability: txn.None}, read, false},
	} {
		for _, value := range []string{"1", ""} { // "" deletes
			t.Run(name+" "+value, func(t *testing.T) {
				d := newDisk()
				s := d.open(t, clock.NewManual(time.Unix(1e9, 0)), 0)
				put(t, s, "\x10a", "0", txn.PutOptions{KeepHistory: true})
				w := begin(t, s, txn.Options{Durability: txn.EverySec})
				if value == "" {
					must(t, w.Delete([]byte("\x10a"), txn.PutOptions{}))
				} else {
					must(t, w.Put([]byte("\x10a"), []byte(value), txn.PutOptions{KeepHistory: true}))
				}
				commit, err := w.Commit(bg)
				must(t, err)
				if s.SyncedPosition() >= commit.Pos {
					t.Fatal("synced before anybody asked")
				}
				if c.o.AsOf != 0 {
					c.o.AsOf = s.Now()
				}
				x := begin(t, s, c.o)
				must(t, c.read(x))
				got, err := x.Commit(bg)
				must(t, err)
				if !got.ReadOnly {
					t.Errorf("commit of a reader: %+v", got)
				}
				if synced := s.SyncedPosition() >= commit.Pos; synced != c.wait {
					t.Errorf("synced when the reader's commit returned: %v", synced)
				}
				if !c.wait {
					return
				}
				after := disk{d.engine.CrashClone(), d.log.Crash(func(int) int { return 0 })}.open(t, clock.NewManual(time.Unix(1e9, 0)), 0)
				rec, ok, err := begin(t, after, txn.Options{}).Get(nil, []byte("\x10a"))
				must(t, err)
				if ok != (value != "") || string(rec.Value) != value {
					t.Errorf("after a power failure: %q %v", rec.Value, ok)
				}
			})
		}
	}
}

// TestReaderOfAFailedLog: what can never be promised is not told as if it were.
func TestReaderOfAFailedLog(t *testing.T) {
	d := newDisk()
	s := d.open(t, clock.NewManual(time.Unix(1e9, 0)), 0)
	w := begin(t, s, txn.Options{Durability: txn.EverySec})
	must(t, w.Put([]byte("\x10a"), []byte("1"), txn.PutOptions{}))
	_, err := w.Commit(bg)
	must(t, err)
	broken := errors.New("input/output error")
	d.log.SetFault(func(op, _ string) error {
		if op == "sync" {
			return broken
		}
		return nil
	})
	x := begin(t, s, txn.Options{})
	show(t, x, "\x10", "\x11", false)
	if _, err := x.Commit(bg); !errors.Is(err, txn.ErrDurabilityUnknown) {
		t.Errorf("commit of a reader: %v", err)
	}
	x = begin(t, s, txn.Options{})
	show(t, x, "\x10", "\x11", false)
	ctx, cancel := context.WithCancel(bg)
	cancel()
	if _, err := x.Commit(ctx); err == nil {
		t.Error("a reader was told that all is well")
	}
}
