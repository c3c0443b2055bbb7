package command_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/local"
	"github.com/ferritedb/ferrite/txn/log"
	"github.com/ferritedb/ferrite/wire/listen"
	"github.com/ferritedb/ferrite/wire/netpoll"
	"github.com/ferritedb/ferrite/wire/resp/command"
)

// TestReadsUnderFsync: a reply that shows a commit of somebody who did not wait for
// the disk is sent when that commit is synced.
func TestReadsUnderFsync(t *testing.T) {
	clk := clock.NewManual(time.Unix(1e9, 0))
	l, err := log.Open(log.NewMemFS(), "log", log.Options{Clock: clk})
	if err != nil {
		t.Fatal(err)
	}
	store, err := local.Open(local.Options{Engine: memkv.New(), Log: l, Clock: clk})
	if err != nil {
		t.Fatal(err)
	}
	srv := command.NewServer(command.Config{Store: store, Clock: clk, Durability: txn.Fsync, Version: "test"})
	ln, err := listen.Open(context.Background(), "tcp", "127.0.0.1:0", listen.Options{})
	if err != nil {
		t.Fatal(err)
	}
	loop := netpoll.New(srv, ln)
	go func() { _ = loop.Serve() }()
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), replyTimeout)
		defer cancel()
		if err := loop.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		srv.Stop()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	c := dial(t, ln.Addr().String())
	c.do("SET", "k", "v0")
	raw, _, err := readKey(store, "k")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		x, err := store.Begin(txn.Options{Durability: txn.None})
		if err != nil {
			t.Fatal(err)
		}
		raw[len(raw)-1] = byte('0' + i%10)
		if err := x.Put(keys.AppendRedis(nil, 0, []byte("k")), raw, txn.PutOptions{}); err != nil {
			t.Fatal(err)
		}
		commit, err := x.Commit(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if store.SyncedPosition() >= commit.Pos {
			t.Fatal("synced before anybody asked")
		}
		if got, want := c.do("GET", "k"), fmt.Sprintf("%q", fmt.Sprintf("v%d", i%10)); got != want {
			t.Fatalf("GET: %s, want %s", got, want)
		}
		if store.SyncedPosition() < commit.Pos {
			t.Fatal("the reply shows what is not on disk")
		}
	}
}

func readKey(s txn.Store, key string) ([]byte, bool, error) {
	x, err := s.Begin(txn.Options{})
	if err != nil {
		return nil, false, err
	}
	defer x.Rollback()
	rec, ok, err := x.Get(nil, keys.AppendRedis(nil, 0, []byte(key)))
	return rec.Value, ok, err
}
