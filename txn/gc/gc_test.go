package gc

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv"
	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/txn"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// history counts the entries of the history.
func history(t *testing.T, e kv.Engine) (n int) {
	t.Helper()
	it, err := e.NewIter(kv.IterOptions{Lower: []byte{keys.History}, Upper: []byte{keys.History + 1}})
	if err != nil {
		t.Fatal(err)
	}
	defer it.Close()
	for ok := it.First(); ok; ok = it.Next() {
		n++
	}
	return n
}

func TestHistoryIsDroppedByBucket(t *testing.T) {
	e, c := memkv.New(), clock.NewManual(start)
	b := e.NewBatch()
	for minute := range 60 {
		end := uint64(start.Add(time.Duration(minute) * time.Minute).UnixMicro())
		if err := b.Set(keys.AppendHistory(nil, keys.HistoryBucket(end), []byte("\x10k"), end<<12), []byte("v")); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Apply(b); err != nil {
		t.Fatal(err)
	}
	col := Start(Options{Engine: e, Clock: c, Report: func(err error) { t.Error(err) }})
	for _, step := range []struct {
		advance time.Duration
		left    int
	}{{59 * time.Minute, 60}, {10 * time.Minute, 60}, {time.Minute, 50}, {19 * time.Minute, 40}, {time.Minute, 30}, {time.Hour, 0}} {
		c.Advance(step.advance)
		if n := history(t, e); n != step.left {
			t.Errorf("after %v more: %d entries left, want %d", step.advance, n, step.left)
		}
	}
	v, err := e.Get(nil, keys.AppendMeta(nil, keys.MetaHistoryHorizon))
	if err != nil || len(v) != 8 {
		t.Errorf("horizon: %x, %v", v, err)
	}
	if drops, _ := col.Stats(); drops != 6 {
		t.Errorf("%d drops, want 6: passes without anything to drop must not write", drops)
	}
	col.Close()
	c.Advance(time.Hour)
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

// TestRetentionBeforeTheEpoch: a retention that reaches further back than times do
// keeps everything.
func TestRetentionBeforeTheEpoch(t *testing.T) {
	e := memkv.New()
	b := e.NewBatch()
	end := uint64(start.UnixMicro())
	if err := b.Set(keys.AppendHistory(nil, keys.HistoryBucket(end), []byte("\x10k"), end<<12), []byte("v")); err != nil {
		t.Fatal(err)
	}
	if err := e.Apply(b); err != nil {
		t.Fatal(err)
	}
	if dropped, err := DropHistory(e, start.AddDate(-100, 0, 0)); dropped || err != nil || history(t, e) != 1 {
		t.Errorf("dropped %v, %d entries left, %v", dropped, history(t, e), err)
	}
	if ts := txn.TimestampOf(start.AddDate(-100, 0, 0)); ts != 0 {
		t.Errorf("timestamp of 1926: %d", ts)
	}
}

func TestExpireRunsInBoundedRounds(t *testing.T) {
	c := clock.NewManual(start)
	e := memkv.New()
	due, calls := 40, 0
	var fail error
	var reported []error
	col := Start(Options{Engine: e, Clock: c, ExpireInterval: time.Second, Report: func(err error) { reported = append(reported, err) },
		Expire: func(context.Context) (bool, error) {
			calls++
			if fail != nil {
				return true, fail
			}
			due--
			return due > 0, nil
		}})
	for _, want := range []int{16, 32, 40, 41} {
		c.Advance(time.Second)
		if calls != want {
			t.Errorf("%d calls, want %d", calls, want)
		}
	}
	fail = errors.New("conflict")
	c.Advance(time.Second)
	if calls != 42 || len(reported) != 1 {
		t.Errorf("%d calls and reports %v after a failure", calls, reported)
	}
	col.Close()
	c.Advance(time.Minute)
	if calls != 42 {
		t.Error("a pass ran after Close")
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}
