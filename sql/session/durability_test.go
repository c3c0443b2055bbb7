package session_test

import (
	"testing"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/sql/session/sessiontest"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/local"
)

// asked notes what the last transaction was begun with.
type asked struct {
	txn.Store
	durability txn.Durability
}

func (a *asked) Begin(o txn.Options) (txn.Txn, error) {
	a.durability = o.Durability
	return a.Store.Begin(o)
}

// TestDurability: the server's level holds until a session chooses; the two
// settings do not undo each other.
func TestDurability(t *testing.T) {
	for _, c := range []struct {
		server string
		sets   []string
		want   txn.Durability
	}{
		{"fsync", nil, txn.Fsync},
		{"everysec", nil, txn.EverySec},
		{"none", nil, txn.None},
		{"fsync", []string{"SET synchronous_commit = off"}, txn.EverySec},
		{"fsync", []string{"SET synchronous_commit = off", "RESET synchronous_commit"}, txn.Fsync},
		{"none", []string{"SET synchronous_commit = off"}, txn.None},
		{"none", []string{"SET synchronous_commit = on"}, txn.None},
		{"none", []string{"SET ferrite.durability = fsync"}, txn.Fsync},
		{"everysec", []string{"SET ferrite.durability = none", "RESET ferrite.durability"}, txn.EverySec},
	} {
		store := &asked{Store: local.OpenMemory(), durability: 99}
		srv := session.NewServer(store, &sessiontest.Engine{}, clock.Real, clock.Entropy)
		srv.Defaults = map[string]string{"ferrite.durability": c.server}
		r := newSession(t, srv)
		for _, s := range append(c.sets, "INSERT INTO t VALUES (1)") {
			r.run(s)
		}
		if store.durability != c.want {
			t.Errorf("%s %q: a commit waits for %d, want %d", c.server, c.sets, store.durability, c.want)
		}
		store.Close()
	}
}
