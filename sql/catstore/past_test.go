package catstore

import (
	"errors"
	"testing"
	"time"

	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/local"
)

// past gives the catalog as of a time.
func (f *fixture) past(ts txn.Timestamp) (*Txn, error) {
	f.t.Helper()
	tx, err := f.st.Begin(txn.Options{ReadOnly: true, Isolation: txn.RepeatableRead, AsOf: ts})
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(tx.Rollback)
	return f.c.BeginPast(tx)
}

// mark is a time after everything that was committed and before what comes.
func mark() txn.Timestamp {
	time.Sleep(2 * time.Microsecond) // a timestamp has microseconds
	ts := txn.TimestampOf(time.Now())
	time.Sleep(2 * time.Microsecond)
	return ts
}

// TestPast: a reader of the past sees the tables of then, from memory and, after a
// restart or many changes, from history, with the roles and grants of now.
func TestPast(t *testing.T) {
	f := open(t)
	change := func(fn func(c *Txn) error) {
		t.Helper()
		c, tx := f.begin()
		if err := fn(c); err != nil {
			t.Fatal(err)
		}
		f.commit(c, tx)
	}
	tab := f.table("t")
	none := mark()
	change(func(c *Txn) error { return c.PutTable(bg, tab) })
	first := mark()
	change(func(c *Txn) error {
		u := *find(t, c, "t")
		u.Columns = append([]catalog.Column{}, u.Columns...)
		u.Name, u.Columns[1].Name = "u", "renamed"
		u.Owner, u.ACL = 77, []catalog.ACLItem{{Grantee: 5}}
		u.Columns[0].ACL = []catalog.ACLItem{{Grantee: 6}}
		return c.PutTable(bg, &u)
	})
	second := mark()
	var late *catalog.Role
	change(func(c *Txn) error {
		oid, err := f.c.NewOID(bg)
		late = &catalog.Role{OID: oid, Name: "late"}
		if err == nil {
			err = c.PutRole(bg, late)
		}
		return err
	})
	check := func(how string) {
		t.Helper()
		for ts, name := range map[txn.Timestamp]string{none: "", first: "t", second: "u"} {
			c, err := f.past(ts)
			if err != nil {
				t.Fatal(how, err)
			}
			for _, n := range []string{"t", "u"} {
				if got := find(t, c, n); (got != nil) != (n == name) {
					t.Errorf("%s: as of %d table %s: %v", how, ts, n, got != nil)
				}
			}
			if r, _ := c.Role("late"); r == nil {
				t.Errorf("%s: the roles are not those of now", how)
			}
			if name == "t" {
				got := find(t, c, "t")
				if got.Columns[1].Name != "b" || got.Owner != 77 || len(got.ACL) != 1 || len(got.Columns[0].ACL) != 1 {
					t.Errorf("%s: %+v", how, got)
				}
			}
			again, err := f.past(ts)
			if err != nil || again.Version() != c.Version() {
				t.Errorf("%s: two readers as of one time have versions %d and %d", how, c.Version(), again.Version())
			}
		}
	}
	check("from memory")
	f.load()
	check("after a restart")
	for range recentCatalogsMax + pastCatalogsMax {
		change(func(c *Txn) error { return c.PutTable(bg, f.table("other"+time.Now().Format("150405.000000000"))) })
	}
	check("after many changes")
	change(func(c *Txn) error { return c.DropTable(bg, find(t, c, "u")) })
	c, err := f.past(second)
	if err != nil || find(t, c, "u") == nil {
		t.Errorf("a table dropped since: %v", err)
	}
}

// TestPastOfAnOlderStore: of the time before its catalog kept a history a store
// says that it is gone.
func TestPastOfAnOlderStore(t *testing.T) {
	st, err := local.Open(local.Options{Engine: memkv.New()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	f := &fixture{t: t, st: st}
	f.load()
	before := mark()
	tx, err := st.Begin(txn.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Delete([]byte{keys.Catalog, kindHistory}, txn.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Commit(bg); err != nil {
		t.Fatal(err)
	}
	f.load()
	after := mark()
	c, ctx := f.begin()
	if err := c.PutTable(bg, f.table("t")); err != nil {
		t.Fatal(err)
	}
	f.commit(c, ctx)
	if _, err := f.past(before); !errors.Is(err, txn.ErrHistoryGone) {
		t.Errorf("as of before: %v", err)
	}
	if c, err := f.past(after); err != nil || find(t, c, "t") != nil {
		t.Errorf("as of after: %v", err)
	}
}
