package write_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/kv/memkv"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/sql/write"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/local"
)

// recorder is a Maintainer that keeps a copy of the table by what it is told, and
// checks that it is told in order.
type recorder struct {
	t       *testing.T
	op      write.Op
	rows    map[string]string // by storage key; shared by the recorders of a table
	opened  bool
	batches int
	left    int // rows of the batch that were not told yet
	ends    int
}

func (r *recorder) Open(*write.Env) { r.opened, r.batches, r.left, r.ends = true, 0, 0, 0 }

func (r *recorder) Before(_ context.Context, b *write.Batch) error {
	if !r.opened || r.left != 0 || b.Op != r.op {
		r.t.Errorf("a batch out of order: opened %v, %d rows left, %c for %c", r.opened, r.left, b.Op, r.op)
	}
	if (b.Old == nil) != (b.Op == write.Insert) || (b.New == nil) != (b.Op == write.Delete) {
		r.t.Errorf("%c with old %v and new %v", b.Op, b.Old != nil, b.New != nil)
	}
	r.batches++
	if b.New != nil {
		r.left = b.New.Rows
	} else {
		r.left = b.Old.Rows
	}
	return nil
}

func (r *recorder) Row(_ context.Context, c *write.Change) error {
	r.left--
	if c.Op != write.Insert {
		if was := r.rows[string(c.OldKey)]; was != text(c.OldRow) {
			r.t.Errorf("%c told of an old row %s, had %s", c.Op, text(c.OldRow), was)
		}
		delete(r.rows, string(c.OldKey))
	}
	if c.Op != write.Delete {
		if was, taken := r.rows[string(c.NewKey)]; taken {
			r.t.Errorf("%c wrote over %s", c.Op, was)
		}
		r.rows[string(c.NewKey)] = text(c.NewRow)
	}
	return nil
}

func (r *recorder) End(context.Context) error {
	if r.left != 0 {
		r.t.Errorf("%d rows were not told of", r.left)
	}
	r.ends++
	return nil
}

func text(row []types.Datum) string {
	var out []string
	for _, d := range row {
		if d.IsNull() {
			out = append(out, "NULL")
		} else {
			out = append(out, fmt.Sprint(d.Int()))
		}
	}
	return strings.Join(out, ",")
}

// table is (id, a, b) with an index on a that includes b, a unique one on b, and a
// partial one on a where b is not NULL; id is the primary key or an ordinary column.
func table(primary bool) *write.Table {
	desc := &catalog.Table{OID: 100, Storage: 100, Name: "t", Kind: catalog.KindTable, Primary: -1, KeepHistorySeconds: 3600}
	for i, n := range []string{"id", "a", "b"} {
		desc.Columns = append(desc.Columns, catalog.Column{Name: n, Attnum: int16(i + 1), Type: types.Int4, Mod: -1})
	}
	if primary {
		desc.Primary = 0
		desc.Indexes = append(desc.Indexes, &catalog.Index{OID: 101, ID: 1, Name: "t_pkey", Unique: true, Primary: true, Keys: key(1)})
	}
	desc.Indexes = append(desc.Indexes,
		&catalog.Index{OID: 102, ID: 2, Name: "t_a", Keys: key(2), Include: []int16{3}},
		&catalog.Index{OID: 103, ID: 3, Name: "t_b", Unique: true, Keys: key(3)},
		&catalog.Index{OID: 104, ID: 4, Name: "t_p", Keys: key(2), Where: "b IS NOT NULL"})
	t := &write.Table{Target: write.NewTarget(rowcodec.NewTable(desc))}
	where, err := expr.CompileOver(&expr.NullTest{Arg: &expr.Col{ID: 3, T: types.Int4, Mod: -1}, Not: true}, []expr.ColID{1, 2, 3})
	if err != nil {
		panic(err)
	}
	t.Indexes[len(t.Indexes)-1].Where = where
	return t
}

func key(attnum int16) []catalog.IndexKey {
	return []catalog.IndexKey{{Attnum: attnum, Type: types.Int4}}
}

// ids gives row ids.
type ids struct{ next uint64 }

func (i *ids) RowIDs(_ context.Context, n int) (uint64, error) {
	i.next += uint64(n)
	return i.next - uint64(n), nil
}

// machine makes random statements.
type machine struct {
	t     *testing.T
	rnd   *rand.Rand
	store txn.Store
	table *write.Table
	ids   ids
	rows  map[string]string
	told  []*recorder
	ops   map[write.Op]*write.Writer
}

// TestWriterRandom: after random statements, some of which fail and are undone,
// what maintainers were told is what is stored, and every index has an entry for
// each row that belongs into it and no other.
func TestWriterRandom(t *testing.T) {
	for _, primary := range []bool{true, false} {
		seed := rand.Int63()
		t.Run(fmt.Sprintf("primary=%v/seed=%d", primary, seed), func(t *testing.T) {
			store, err := local.Open(local.Options{Engine: memkv.New()})
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			m := &machine{t: t, rnd: rand.New(rand.NewSource(seed)), store: store, table: table(primary), rows: map[string]string{}}
			m.table.Also = []func(write.Op) write.Maintainer{
				func(write.Op) write.Maintainer { return nil },
				func(op write.Op) write.Maintainer {
					r := &recorder{t: t, op: op, rows: m.rows}
					m.told = append(m.told, r)
					return r
				},
			}
			m.ops = map[write.Op]*write.Writer{write.Insert: m.table.Inserter(), write.Delete: m.table.Deleter(), write.Update: m.table.Updater([]bool{true, true, true})}
			done := 0
			for range 400 {
				if m.transaction() {
					done++
				}
				m.check()
				if t.Failed() {
					t.FailNow()
				}
			}
			if done < 50 {
				t.Errorf("%d of 400 transactions succeeded", done)
			}
		})
	}
}

// transaction runs a few statements in one transaction; a failed one is undone.
func (m *machine) transaction() (ok bool) {
	tx, err := m.store.Begin(txn.Options{Durability: txn.None})
	if err != nil {
		m.t.Fatal(err)
	}
	env := &write.Env{Txn: tx, Eval: &expr.Ctx{Context: context.Background()}, RowIDs: &m.ids}
	for range m.rnd.Intn(3) + 1 {
		sp := tx.Savepoint()
		before := map[string]string{}
		for k, v := range m.rows {
			before[k] = v
		}
		tx.BeginStatement()
		if err := m.statement(env); err != nil {
			if code := pgerr.Code(err); code != pgerr.UniqueViolation && code != pgerr.NotNullViolation {
				m.t.Fatal(err)
			}
			tx.RollbackTo(sp)
			clear(m.rows)
			for k, v := range before {
				m.rows[k] = v
			}
			for _, r := range m.told {
				r.left = 0
			}
			continue
		}
		ok = true
	}
	if _, err := tx.CommitNoWait(); err != nil {
		m.t.Fatal(err)
	}
	return ok
}

func (m *machine) random() []types.Datum {
	row := []types.Datum{types.MakeInt(m.rnd.Int63n(40)), types.MakeInt(m.rnd.Int63n(6)), types.MakeInt(m.rnd.Int63n(60))}
	for i := range row {
		if m.rnd.Intn(8+50*(1-min(i, 1))) == 0 {
			row[i] = types.Null
		}
	}
	return row
}

// statement changes a few rows in one or two batches.
func (m *machine) statement(env *write.Env) error {
	ctx := context.Background()
	op := []write.Op{write.Insert, write.Insert, write.Update, write.Delete}[m.rnd.Intn(4)]
	w := m.ops[op]
	w.Open(env)
	batches := m.rnd.Intn(2) + 1
	for range batches {
		news, olds, at := m.table.NewRows(), m.table.NewRows(), chunk.Vec{Kind: types.KindBytes}
		for k, was := range m.rows {
			if op == write.Insert || news.Rows > 2 {
				break
			}
			olds.AppendRow(parse(was))
			at.Append(types.MakeBytes([]byte(k)))
			news.AppendRow(m.random())
		}
		var err error
		switch op {
		case write.Insert:
			for range m.rnd.Intn(4) {
				news.AppendRow(m.random())
			}
			err = w.Insert(ctx, &news)
		case write.Update:
			err = w.Update(ctx, &olds, &news, &at)
		case write.Delete:
			err = w.Delete(ctx, &olds, &at)
		}
		if err != nil {
			return err
		}
	}
	for _, r := range m.told {
		if r.op == op && (r.batches != batches || r.ends != 0) {
			m.t.Errorf("%c: %d batches of %d before the end, %d ends", op, r.batches, batches, r.ends)
		}
	}
	return w.End(ctx)
}

func parse(s string) []types.Datum {
	var row []types.Datum
	for _, w := range strings.Split(s, ",") {
		var n int64
		if _, err := fmt.Sscan(w, &n); err != nil {
			row = append(row, types.Null)
		} else {
			row = append(row, types.MakeInt(n))
		}
	}
	return row
}

// check compares what is stored with what was told.
func (m *machine) check() {
	m.t.Helper()
	tx, err := m.store.Begin(txn.Options{ReadOnly: true})
	if err != nil {
		m.t.Fatal(err)
	}
	defer tx.Rollback()
	desc := m.table.Desc
	stored := map[string]string{}
	var arena rowcodec.Arena
	m.scan(tx, 1, func(k, v []byte) {
		rows := m.table.NewRows()
		if err := m.table.Decode(&rows, k, v, &arena); err != nil {
			m.t.Fatal(err)
		}
		stored[string(k)] = text(rows.Row(nil, 0))
	})
	if fmt.Sprint(stored) != fmt.Sprint(m.rows) {
		m.t.Errorf("stored %q\ntold of %q", stored, m.rows)
	}
	for _, ix := range desc.Indexes {
		if ix.Primary {
			continue
		}
		codec := m.table.Codec.NewIndex(ix)
		var want, got []string
		for k, row := range m.rows {
			values := parse(row)
			if ix.Where != "" && values[2].IsNull() {
				continue
			}
			ek, ev, err := codec.AppendEntry(nil, nil, []types.Datum{values[ix.Keys[0].Attnum-1]}, values, []byte(k))
			if err != nil {
				m.t.Fatal(err)
			}
			want = append(want, fmt.Sprintf("%x %x", ek, ev))
		}
		m.scan(tx, ix.ID, func(k, v []byte) { got = append(got, fmt.Sprintf("%x %x", k, v)) })
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			m.t.Errorf("index %s has\n%s\nshould have\n%s", ix.Name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func (m *machine) scan(tx txn.Txn, index uint32, fn func(k, v []byte)) {
	lower := keys.AppendIndex(nil, m.table.Desc.Storage, index)
	it, err := tx.Scan(lower, keys.PrefixEnd(nil, lower), txn.ScanOptions{})
	if err != nil {
		m.t.Fatal(err)
	}
	defer it.Close()
	for it.Next() {
		fn(bytes.Clone(it.Key()), bytes.Clone(it.Record().Value))
	}
	if err := it.Err(); err != nil {
		m.t.Fatal(err)
	}
}

// TestUpdaterCarriesWhatChanges: an update has only the maintainers that its
// columns concern.
func TestUpdaterCarriesWhatChanges(t *testing.T) {
	store, err := local.Open(local.Options{Engine: memkv.New()})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	tab := table(true)
	for _, c := range []struct {
		set    []bool
		writes int // the row, and entries deleted and put
	}{{[]bool{false, false, true}, 1 + 1 + 2}, {[]bool{false, true, false}, 1 + 2 + 2}, {[]bool{true, false, false}, 2 + 2 + 1 + 2}} {
		tx, err := store.Begin(txn.Options{})
		if err != nil {
			t.Fatal(err)
		}
		counted := &counter{Txn: tx}
		env := &write.Env{Txn: counted, Eval: &expr.Ctx{Context: context.Background()}}
		olds, news, at := tab.NewRows(), tab.NewRows(), chunk.Vec{Kind: types.KindBytes}
		old := parse("1,2,3")
		olds.AppendRow(old)
		in := tab.Inserter()
		in.Open(env)
		if err := in.Insert(context.Background(), &olds); err != nil {
			t.Fatal(err)
		}
		at.Append(types.MakeBytes(bytes.Clone(in.Key())))
		now := slices.Clone(old)
		for i, s := range c.set {
			if s {
				now[i] = types.MakeInt(old[i].Int() + 50)
			}
		}
		news.AppendRow(now)
		counted.writes = 0
		w := tab.Updater(c.set)
		w.Open(env)
		if err := w.Update(context.Background(), &olds, &news, &at); err != nil {
			t.Fatal(err)
		}
		if counted.writes != c.writes {
			t.Errorf("an update of %v writes %d records, want %d", c.set, counted.writes, c.writes)
		}
		tx.Rollback()
	}
}

// counter counts writes.
type counter struct {
	txn.Txn
	writes int
}

func (c *counter) Put(k, v []byte, o txn.PutOptions) error {
	c.writes++
	return c.Txn.Put(k, v, o)
}

func (c *counter) Delete(k []byte, o txn.PutOptions) error {
	c.writes++
	return c.Txn.Delete(k, o)
}
