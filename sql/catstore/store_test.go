package catstore

import (
	"context"
	"testing"

	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/local"
)

var bg = context.Background()

// fixture is a catalog over a store in memory that can be opened again.
type fixture struct {
	t  *testing.T
	st *local.Store
	c  *Store
}

func open(t *testing.T) *fixture {
	t.Helper()
	st, err := local.Open(local.Options{Engine: memkv.New()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	f := &fixture{t: t, st: st}
	f.load()
	return f
}

// load reads the catalog anew, as a start of the server does.
func (f *fixture) load() {
	f.t.Helper()
	c, err := Open(bg, f.st, Options{Superusers: []string{"postgres"}, Databases: []string{"postgres"}})
	if err != nil {
		f.t.Fatal(err)
	}
	f.c = c
}

func (f *fixture) begin() (*Txn, txn.Txn) {
	f.t.Helper()
	tx, err := f.st.Begin(txn.Options{})
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(tx.Rollback)
	return f.c.Begin(tx), tx
}

func (f *fixture) commit(c *Txn, tx txn.Txn) {
	f.t.Helper()
	c.BeforeCommit()
	if _, err := tx.Commit(bg); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) table(name string) *catalog.Table {
	f.t.Helper()
	oid, err := f.c.NewOID(bg)
	if err != nil {
		f.t.Fatal(err)
	}
	return &catalog.Table{OID: oid, Name: name, Schema: catalog.SchemaPublic, Kind: catalog.KindTable, Primary: -1,
		Columns: []catalog.Column{{Name: "a", Attnum: 1, Type: types.Int4, Mod: -1, Missing: types.MakeInt(7), HasMissing: true},
			{Name: "b", Attnum: 2, Type: types.Numeric, Mod: -1}}}
}

func find(t *testing.T, c *Txn, name string) *catalog.Table {
	t.Helper()
	tab, err := c.Table(catalog.SchemaPublic, name)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// TestVisibility: changes are the transaction's own until its commit, gone after
// a rollback, and still there after a new start.
func TestVisibility(t *testing.T) {
	f := open(t)
	c, tx := f.begin()
	before := c.Version()
	if err := c.PutTable(bg, f.table("t")); err != nil {
		t.Fatal(err)
	}
	other, _ := f.begin()
	if find(t, c, "t") == nil || find(t, other, "t") != nil {
		t.Fatal("an uncommitted table must be seen by its transaction alone")
	}
	if c.Version() == before || other.Version() != before {
		t.Fatal("versions must tell own changes apart")
	}
	f.commit(c, tx)
	if find(t, other, "t") == nil || other.Version() == before {
		t.Fatal("a committed table must be seen at once")
	}
	c, tx = f.begin()
	if err := c.PutTable(bg, f.table("gone")); err != nil {
		t.Fatal(err)
	}
	tx.Rollback()
	f.load()
	c, _ = f.begin()
	tab := find(t, c, "t")
	if tab == nil || find(t, c, "gone") != nil {
		t.Fatal("a new start must show what was committed and nothing else")
	}
	if got := tab.Column("a"); !got.HasMissing || got.Missing.Int() != 7 || !got.Type.Is(types.Int4) {
		t.Fatalf("column came back as %+v", got)
	}
}

// TestSavepoint: RollbackTo undoes the changes after its mark and frees names.
func TestSavepoint(t *testing.T) {
	f := open(t)
	c, tx := f.begin()
	if err := c.PutTable(bg, f.table("kept")); err != nil {
		t.Fatal(err)
	}
	sp, mark := tx.Savepoint(), c.Mark()
	if err := c.PutTable(bg, f.table("undone")); err != nil {
		t.Fatal(err)
	}
	tx.RollbackTo(sp)
	c.RollbackTo(mark)
	if find(t, c, "kept") == nil || find(t, c, "undone") != nil {
		t.Fatal("a savepoint must undo what came after it and no more")
	}
	if err := c.PutTable(bg, f.table("undone")); err != nil {
		t.Fatal("the name must be free again:", err)
	}
	f.commit(c, tx)
}

// TestNames: tables and indexes of a schema share one name space; a dropped
// object's name is free, a renamed one's too.
func TestNames(t *testing.T) {
	f := open(t)
	c, tx := f.begin()
	tab := f.table("t")
	tab.Indexes = []*catalog.Index{{OID: tab.OID + 1000, ID: 2, Name: "i", Method: "btree",
		Keys: []catalog.IndexKey{{Attnum: 1, Type: types.Int4}}}}
	if err := c.PutTable(bg, tab); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"t", "i"} {
		if err := c.PutTable(bg, f.table(name)); pgerr.Code(err) != pgerr.DuplicateTable {
			t.Fatalf("%s: got %v, want 42P07", name, err)
		}
	}
	renamed := *find(t, c, "t")
	renamed.Name = "u"
	if err := c.PutTable(bg, &renamed); err != nil {
		t.Fatal(err)
	}
	if err := c.PutTable(bg, f.table("t")); err != nil {
		t.Fatal("the old name must be free:", err)
	}
	if err := c.DropTable(bg, find(t, c, "u")); err != nil {
		t.Fatal(err)
	}
	if err := c.PutTable(bg, f.table("i")); err != nil {
		t.Fatal("the index's name must be free:", err)
	}
	f.commit(c, tx)
}

// TestStale: a descriptor read before another's change must not overwrite it.
func TestStale(t *testing.T) {
	f := open(t)
	c, tx := f.begin()
	if err := c.PutTable(bg, f.table("t")); err != nil {
		t.Fatal(err)
	}
	f.commit(c, tx)
	c, tx = f.begin()
	mine, theirs := *find(t, c, "t"), *find(t, c, "t")
	theirs.Comment = "theirs"
	if err := c.PutTable(bg, &theirs); err != nil {
		t.Fatal(err)
	}
	f.commit(c, tx)
	c, _ = f.begin()
	if err := c.PutTable(bg, &mine); err == nil || err.Error() == "" {
		t.Fatal("a stale descriptor was written")
	}
}

// TestNumbers: OIDs, row ids and sequence values never come twice, across new
// starts too.
func TestNumbers(t *testing.T) {
	f := open(t)
	c, tx := f.begin()
	seq := f.table("s")
	seq.Kind = catalog.KindSequence
	seq.Seq = &catalog.Sequence{Type: types.Int8, Start: 1, Increment: 1, Min: 1, Max: 1000, Cache: 1}
	if err := c.PutTable(bg, seq); err != nil {
		t.Fatal(err)
	}
	f.commit(c, tx)
	oids, rows, last := map[types.OID]bool{}, uint64(0), int64(0)
	for range 3 {
		for range 100 {
			oid, err := f.c.NewOID(bg)
			if err != nil || oids[oid] {
				t.Fatalf("OID %d again (%v)", oid, err)
			}
			oids[oid] = true
			row, err := f.c.RowIDs(bg, 3)
			if err != nil || row < rows {
				t.Fatalf("row id %d after %d (%v)", row, rows, err)
			}
			rows = row + 3
			v, err := f.c.NextVal(bg, seq)
			if err != nil || v <= last {
				t.Fatalf("nextval %d after %d (%v)", v, last, err)
			}
			last = v
		}
		f.load()
	}
	if err := f.c.SetVal(bg, seq, 1000, true); err != nil {
		t.Fatal(err)
	}
	if _, err := f.c.NextVal(bg, seq); pgerr.Code(err) != pgerr.SequenceGeneratorLimitExceeded {
		t.Fatalf("got %v, want 2200H", err)
	}
}

// TestStaleRole: two transactions change one role at once; the second must not
// bring back what the first took away.
func TestStaleRole(t *testing.T) {
	f := open(t)
	c, tx := f.begin()
	if err := c.PutRole(bg, &catalog.Role{OID: 20001, Name: "r", MemberOf: []catalog.Membership{{Role: 20002}}}); err != nil {
		t.Fatal(err)
	}
	f.commit(c, tx)
	c, tx = f.begin()
	read, err := c.Role("r")
	if err != nil {
		t.Fatal(err)
	}
	mine, theirs := *read, *read
	theirs.MemberOf = nil
	if err := c.PutRole(bg, &theirs); err != nil {
		t.Fatal(err)
	}
	f.commit(c, tx)
	c, tx = f.begin()
	mine.CreateDB = true
	if err := c.PutRole(bg, &mine); err == nil {
		t.Fatal("a stale role was written over a newer one")
	}
	tx.Rollback()
	f.load()
	c, tx = f.begin()
	defer tx.Rollback()
	if read, err = c.Role("r"); err != nil || len(read.MemberOf) != 0 {
		t.Fatalf("after a new start: %+v, %v", read, err)
	}
	again := *read
	if err := c.PutRole(bg, &again); err != nil {
		t.Fatal("versions must last over a start:", err)
	}
}
