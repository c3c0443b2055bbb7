package session_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/sql/session/sessiontest"
	"github.com/ferritedb/ferrite/txn/local"
	"github.com/ferritedb/ferrite/txn/log"
)

// TestNotificationsWaitForTheDisk: a listener whose commits wait for the disk
// hears of a commit when that is synced, another one at once.
func TestNotificationsWaitForTheDisk(t *testing.T) {
	clk := clock.NewManual(time.Unix(1e9, 0))
	l, err := log.Open(log.NewMemFS(), "log", log.Options{Clock: clk})
	if err != nil {
		t.Fatal(err)
	}
	store, err := local.Open(local.Options{Engine: memkv.New(), Log: l, Clock: clk})
	if err != nil {
		t.Fatal(err)
	}
	srv := session.NewServer(store, &sessiontest.Engine{}, clock.Real, clock.Entropy)
	safe, fast, sender := newSession(t, srv), newSession(t, srv), newSession(t, srv)
	t.Cleanup(func() { // before the sessions end
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	fast.run("SET ferrite.durability = everysec")
	sender.run("SET ferrite.durability = everysec")
	woken := make(chan struct{}, 10)
	safe.s.Backend().OnWake(func() { woken <- struct{}{} })
	safe.run("LISTEN ch")
	fast.run("LISTEN ch")
	heard := func(r *recorder) int {
		t.Helper()
		if err := r.s.DeliverNotifications(); err != nil {
			t.Fatal(err)
		}
		n := strings.Count(r.out.String(), "notification")
		r.out.Reset()
		return n
	}
	for i := range 3 {
		before := store.WrittenPosition()
		sender.run(fmt.Sprintf("BEGIN; INSERT INTO t VALUES (%d); NOTIFY ch, 'x'; COMMIT", i))
		if store.WrittenPosition() == before {
			t.Fatal("the sender wrote nothing")
		}
		if n := heard(fast); n != 1 {
			t.Errorf("round %d: a listener that does not wait heard %d", i, n)
		}
		for total := 0; total == 0; {
			synced := store.SyncedPosition() >= store.WrittenPosition()
			n := heard(safe)
			if n > 0 && !synced && store.SyncedPosition() < store.WrittenPosition() {
				t.Errorf("round %d: heard of a commit that is not synced", i)
			}
			if total += n; total == 0 {
				<-woken
			}
		}
	}
}
