package memkv

import (
	"errors"
	"testing"

	"github.com/ferritedb/ferrite/kv"
)

func set(t *testing.T, e *Engine, k, v string) {
	t.Helper()
	b := e.NewBatch()
	if err := b.Set([]byte(k), []byte(v)); err != nil {
		t.Fatal(err)
	}
	if err := e.Apply(b); err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, r kv.Reader, k, v string) {
	t.Helper()
	got, err := r.Get(nil, []byte(k))
	if v == "" && errors.Is(err, kv.ErrNotFound) {
		return
	}
	if err != nil || string(got) != v {
		t.Fatalf("%s: got %q, %v; want %q", k, got, err, v)
	}
}

func TestCrashKeepsWhatWasFlushed(t *testing.T) {
	d := NewDisk()
	e := Open(d, "db", Options{})
	set(t, e, "a", "1")
	if err := e.Flush(); err != nil {
		t.Fatal(err)
	}
	set(t, e, "a", "2")
	set(t, e, "b", "2")
	it, err := e.NewIter(kv.IterOptions{DurableOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if !it.First() || string(it.Key()) != "a" || it.Next() {
		t.Fatal("durable view is not the flushed state")
	}
	if err := it.Close(); err != nil {
		t.Fatal(err)
	}
	after := Open(d.CrashClone(), "db", Options{})
	want(t, after, "a", "1")
	want(t, after, "b", "")
	want(t, e, "a", "2")
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	want(t, Open(d, "db", Options{}), "b", "2")
}

func TestFlushEvery(t *testing.T) {
	d := NewDisk()
	e := Open(d, "db", Options{FlushEvery: 2})
	told := 0
	e.OnFlush(func() { told++ })
	for _, k := range []string{"a", "b", "c"} {
		set(t, e, k, "1")
	}
	after := Open(d.CrashClone(), "db", Options{})
	want(t, after, "b", "1")
	want(t, after, "c", "")
	if told != 1 {
		t.Fatalf("OnFlush called %d times, want 1", told)
	}
}
