package command_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/keyspace"
	"github.com/ferritedb/ferrite/txn/local"
	"github.com/ferritedb/ferrite/wire/listen"
	"github.com/ferritedb/ferrite/wire/netpoll"
	"github.com/ferritedb/ferrite/wire/resp/command"
)

// value is a key as the model has it.
type value struct {
	record  []byte // as stored
	expire  int64
	content string            // of every type, in words
	fields  map[string]string // of a hash
}

// rebuild is an Observer that keeps a copy of the keyspace by nothing but what it
// is told. The changes of the command at hand wait until its reply tells whether
// they stay.
type rebuild struct {
	t  *testing.T
	ks *keyspace.Keyspace

	mu      sync.Mutex
	keys    map[string]value // by database and key; guarded by mu
	pending map[string]*value
	told    map[string]int // changes of the command at hand, by key
}

func modelKey(db uint16, key []byte) string { return fmt.Sprintf("%d %s", db, key) }

func (r *rebuild) Wants(_ uint16, key []byte) bool { return !bytes.HasPrefix(key, []byte("unseen")) }

func (r *rebuild) Changed(c *keyspace.Change) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := modelKey(c.DB, c.Key)
	r.told[id]++
	was, had := r.keys[id]
	if p, again := r.pending[id]; again {
		if had = p != nil; had {
			was = *p
		}
	}
	if had != c.Old.Exists || had && (!bytes.Equal(was.record, c.Old.Record) || was.expire != c.Old.ExpireAtMs) {
		r.t.Errorf("%s: told of an old version %q (%v), had %q (%v)", id, c.Old.Record, c.Old.Exists, was.record, had)
	}
	if expired := had && was.expire != 0 && was.expire <= r.ks.NowMs(); expired != c.Expired {
		r.t.Errorf("%s: told of an expiry: %v, it is %v", id, c.Expired, expired)
	}
	r.pending[id] = nil
	var now value
	if c.New.Exists {
		var err error
		if now, err = read(r.ks, c.Txn(), c.DB, c.Key); err != nil {
			return err
		}
		now.record, now.expire = slices.Clone(c.New.Record), c.New.ExpireAtMs
		r.pending[id] = &now
	}
	return r.checkFields(id, c, was.fields, now.fields)
}

// checkFields compares the fields told as changed with those that did.
func (r *rebuild) checkFields(id string, c *keyspace.Change, was, now map[string]string) error {
	var told, want []string
	err := c.ChangedFields(func(name, old, now []byte) error {
		told = append(told, fmt.Sprintf("%s %q %v %q %v", name, old, old != nil, now, now != nil))
		return nil
	})
	if err != nil {
		return err
	}
	line := func(name string) {
		o, had := was[name]
		n, has := now[name]
		if had != has || o != n {
			want = append(want, fmt.Sprintf("%s %q %v %q %v", name, o, had, n, has))
		}
	}
	for name := range was {
		line(name)
	}
	for name := range now {
		if _, both := was[name]; !both {
			line(name)
		}
	}
	slices.Sort(told)
	slices.Sort(want)
	if !slices.Equal(told, want) {
		r.t.Errorf("%s: told of fields\n%s\nchanged have\n%s", id, strings.Join(told, "\n"), strings.Join(want, "\n"))
	}
	return nil
}

// settle keeps or forgets the changes of a command.
func (r *rebuild) settle(keep bool) (told map[string]int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, v := range r.pending {
		switch {
		case !keep:
		case v == nil:
			delete(r.keys, id)
		default:
			r.keys[id] = *v
		}
	}
	told = r.told
	r.pending, r.told = map[string]*value{}, map[string]int{}
	return told
}

// read gives a key in words.
func read(ks *keyspace.Keyspace, t txn.Txn, db uint16, key []byte) (value, error) {
	tx := ks.NewTx(t, keyspace.TxOptions{DB: db})
	e, err := tx.Read(key)
	if err != nil {
		return value{}, err
	}
	var parts []string
	v := value{expire: e.ExpireAtMs()}
	switch e.Type() {
	case keyspace.TypeString:
		parts = append(parts, string(e.Bytes()))
	case keyspace.TypeHash:
		v.fields = map[string]string{}
		it := e.HashEach(nil)
		for it.Next() {
			v.fields[string(it.Field)] = string(it.Value)
			parts = append(parts, fmt.Sprintf("%q=%q", it.Field, it.Value))
		}
		err = it.Close()
		slices.Sort(parts)
	case keyspace.TypeList:
		err = e.ListEach(0, func(_ int64, el []byte) bool { parts = append(parts, fmt.Sprintf("%q", el)); return true })
	case keyspace.TypeSet:
		err = e.SetEach(nil, func(m, _ []byte) bool { parts = append(parts, fmt.Sprintf("%q", m)); return true })
		slices.Sort(parts)
	case keyspace.TypeZSet:
		err = e.ZEachRank(0, -1, false, func(m []byte, s float64) bool { parts = append(parts, fmt.Sprintf("%q=%v", m, s)); return true })
	}
	v.content = fmt.Sprintf("%s until %d: %s", e.Type(), v.expire, strings.Join(parts, " "))
	return v, err
}

// compare verifies that what is stored is what the reports made.
func (r *rebuild) compare(store txn.Store) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, err := store.Begin(txn.Options{Isolation: txn.RepeatableRead, ReadOnly: true})
	if err != nil {
		return err
	}
	defer t.Rollback()
	seen := 0
	lower := []byte{keys.Redis}
	it, err := t.Scan(lower, keys.PrefixEnd(nil, lower), txn.ScanOptions{})
	if err != nil {
		return err
	}
	defer it.Close()
	for it.Next() {
		k := it.Key()
		db, key := uint16(k[1])<<8|uint16(k[2]), k[3:]
		if !r.Wants(db, key) {
			continue
		}
		seen++
		stored, err := read(r.ks, t, db, key)
		if err != nil {
			return err
		}
		if got := r.keys[modelKey(db, key)]; got.content != stored.content {
			return fmt.Errorf("%q in %d\nstored: %s\ntold:   %s", key, db, stored.content, got.content)
		}
	}
	for _, v := range r.keys {
		if v.expire != 0 && v.expire <= r.ks.NowMs() {
			seen++ // not removed yet
		}
	}
	if seen != len(r.keys) {
		return fmt.Errorf("%d keys are stored, %d were told of", seen, len(r.keys))
	}
	return it.Err()
}

// TestObserver: from what an observer is told of random commands of all types,
// packed and spread, of expiries and of flushes, it can rebuild the keyspace at
// any time; a command tells of each key that it changes once, or as often as it
// names it (MSET k a k b).
func TestObserver(t *testing.T) {
	for _, spread := range []bool{false, true} {
		for range 2 {
			seed := rand.Int63()
			t.Run(fmt.Sprintf("spread=%v/seed=%d", spread, seed), func(t *testing.T) { observe(t, seed, spread) })
		}
	}
}

func observe(t *testing.T, seed int64, spread bool) {
	g := gen{rand.New(rand.NewSource(seed))}
	clk := clock.NewManual(time.UnixMilli(1_700_000_000_000))
	store, err := local.Open(local.Options{Engine: memkv.New(), Clock: clk})
	if err != nil {
		t.Fatal(err)
	}
	ks := keyspace.New(store, clk, nil)
	r := &rebuild{t: t, ks: ks, keys: map[string]value{}}
	r.settle(true)
	ks.Observe(r)
	c := serveObserved(t, store, ks, clk)
	if spread {
		c.do("config", "set", "hash-max-listpack-entries", "3", "zset-max-listpack-entries", "3", "set-max-intset-entries", "3", "packed-bytes-max", "100")
	}
	patterns := strings.Split("pexpire Ks|Kh|Kl|Kt|Kz 50\nset Ks V PX 30\nset Ks V KEEPTTL\nset Ks V\nset unseen1 V\nflushall\nflushdb\nrename Kh Kh\ncopy Kz Kt REPLACE\n"+
		"move Kh 1\nmove Kl 1\nselect 0|1\nhset Kh F V F V F V F V F V\nsadd Kt M M M M M M\ndel Kh\nset Kh V\nrename Ks Kz\ntick", "\n")
	for _, f := range []string{"string", "hash", "list", "set", "zset", "lex", "keys", "sort"} {
		patterns = append(patterns, strings.Split(strings.TrimSpace(families[f]), "\n")...)
	}
	var history []string
	for step := range 2000 {
		pattern, _ := sortGroups(patterns[g.Intn(len(patterns))])
		if strings.HasPrefix(pattern, "flush") && g.Intn(8) != 0 {
			continue
		}
		if pattern == "tick" {
			clk.Advance(time.Duration(g.Intn(40)) * time.Millisecond)
			if g.Intn(2) == 0 {
				removeExpired(t, store, ks)
			}
			r.settle(true)
		} else {
			args := g.expand(pattern)
			reply := c.do(args...)
			history = append(history, fmt.Sprintf("%q -> %s", args, reply))
			for id, n := range r.settle(!isError(reply)) {
				if named := strings.Count(strings.Join(args, " ")+" ", id[2:]+" "); n > 1 && n > named {
					t.Errorf("%q told %d times of %s", args, n, id)
				}
			}
		}
		if err := r.compare(store); err != nil {
			t.Errorf("step %d: %v", step, err)
		}
		if t.Failed() {
			t.Fatalf("after\n%s", strings.Join(history[max(0, len(history)-6):], "\n"))
		}
	}
}

// removeExpired is a round of the expiry cycle.
func removeExpired(t *testing.T, store txn.Store, ks *keyspace.Keyspace) {
	x, err := store.Begin(txn.Options{Latest: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ks.NewTx(x, keyspace.TxOptions{}).ExpireCycle(1000); err != nil {
		t.Fatal(err)
	}
	if _, err := x.CommitNoWait(); err != nil {
		t.Fatal(err)
	}
}

// serveObserved serves a keyspace and gives a client of it.
func serveObserved(t *testing.T, store txn.Store, ks *keyspace.Keyspace, clk clock.Clock) *client {
	srv := command.NewServer(command.Config{Store: store, Keyspace: ks, Clock: clk, Durability: txn.EverySec, Version: "test"})
	ln, err := listen.Open(context.Background(), "tcp", "127.0.0.1:0", listen.Options{})
	if err != nil {
		t.Fatal(err)
	}
	loop := netpoll.New(srv, ln)
	served := make(chan error, 1)
	go func() { served <- loop.Serve() }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), replyTimeout)
		defer cancel()
		if err := loop.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
		srv.Stop()
		if err := store.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return dial(t, ln.Addr().String())
}

// isError tells an error reply from a negative integer.
func isError(reply string) bool { return len(reply) > 1 && reply[0] == '-' && reply[1] >= 'A' }
