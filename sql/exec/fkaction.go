package exec

import (
	"bytes"
	"context"

	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// fkDepthMax bounds how deep foreign key actions may cause each other.
const fkDepthMax = 100

// TableExprs are the bound expressions of a table that foreign key actions write
// to: entries of indexes, generated columns, checks, defaults. All are over row
// chunks of Target.
type TableExprs struct {
	Target    *Target
	Generated []*Expr
	Checks    []Check
	Defaults  []*Expr
}

// incomingKey gathers the referred values that a statement removed, to act on
// the rows that refer to them.
type incomingKey struct {
	fk   *ForeignKey
	at   []int
	olds [][]Datum
	news [][]Datum // nil entries for deleted rows
}

func newIncoming(fks []*ForeignKey, t *Target) []*incomingKey {
	var out []*incomingKey
	for _, fk := range fks {
		k := &incomingKey{fk: fk}
		for _, a := range fk.Key.RefColumns {
			k.at = append(k.at, t.Position(a))
		}
		out = append(out, k)
	}
	return out
}

func (k *incomingKey) open() { k.olds, k.news = k.olds[:0], k.news[:0] }

// note takes old rows and their new versions; nil: they were deleted.
func (k *incomingKey) note(_ *Run, olds, news *chunk.Chunk) error {
	for i := range olds.Rows {
		old := make([]Datum, len(k.at))
		var now []Datum
		null, same := false, news != nil
		if news != nil {
			now = make([]Datum, len(k.at))
		}
		for j, at := range k.at {
			old[j] = olds.Cols[at].Datum(i)
			null = null || old[j].IsNull()
			if news != nil {
				now[j] = news.Cols[at].Datum(i)
				t := k.fk.Ref.Desc().ColumnByNum(k.fk.Key.RefColumns[j]).Type
				same = same && !now[j].IsNull() && !old[j].IsNull() && types.Compare(t, old[j], now[j]) == 0
			}
		}
		if !null && !same {
			k.olds, k.news = append(k.olds, old), append(k.news, now)
		}
	}
	return nil
}

// act does what the constraint asks for each value noted.
func (k *incomingKey) act(ctx context.Context, run *Run) error {
	if len(k.olds) > 0 && run.Txn.Options().Isolation == txn.ReadCommitted {
		run.Txn.BeginStatement() // see rows committed while we waited for locks
	}
	for i, old := range k.olds {
		action := k.fk.Key.OnDelete
		if k.news[i] != nil {
			action = k.fk.Key.OnUpdate
		}
		if err := k.fk.actOn(ctx, run, action, old, k.news[i]); err != nil {
			return err
		}
	}
	return nil
}

func (fk *ForeignKey) actOn(ctx context.Context, run *Run, action byte, old, now []Datum) error {
	switch action {
	case 'c', 'n', 'd':
		return fk.cascade(ctx, run, action, old, now)
	case 'r':
	default:
		if run.Deferral != nil && fk.Key.Deferrable && run.Deferral.Deferred(*fk.Key) {
			run.Deferral.Defer(*fk.Key, func(ctx context.Context, run *Run) error { return fk.restrict(ctx, run, old, true) })
			return nil
		}
		return fk.restrict(ctx, run, old, true)
	}
	return fk.restrict(ctx, run, old, false)
}

// restrict fails where a row still refers to old. again: unless the value is
// there again (NO ACTION).
func (fk *ForeignKey) restrict(ctx context.Context, run *Run, old []Datum, again bool) error {
	if again {
		key := append([]byte(nil), fk.refIndex.Prefix()...)
		var err error
		for i, j := range fk.at {
			if key, err = fk.refIndex.AppendKeyColumn(key, i, old[j]); err != nil {
				return err
			}
		}
		if _, ok, err := run.Txn.GetNewest(nil, key); err != nil || ok {
			return wrapTxn(err, "")
		}
	}
	rows, err := fk.referring(ctx, run, old, 1)
	if err != nil || rows.Rows == 0 {
		return err
	}
	ref, t := fk.Ref.Desc(), fk.Table.Desc()
	return pgerr.Newf(pgerr.ForeignKeyViolation, "update or delete on table \"%s\" violates foreign key constraint \"%s\" on table \"%s\"", ref.Name, fk.Key.Name, t.Name).
		WithDetailf("Key %s is still referenced from table \"%s\".",
			run.keyText(ref, columnNames(ref, fk.Key.RefColumns), columnTypes(ref, fk.Key.RefColumns), old), t.Name).
		WithTable(run.schemaName(t), t.Name).WithConstraint(fk.Key.Name)
}

// foundRows are rows of the referring table with their storage keys last.
type foundRows struct {
	chunk.Chunk
	keys [][]byte
}

// referring finds rows that refer to values (in the order of Key.RefColumns), in
// their newest versions; at most max, 0 for all.
func (fk *ForeignKey) referring(ctx context.Context, run *Run, values []Datum, max int) (*foundRows, error) {
	t := NewTarget(fk.Table)
	out := &foundRows{Chunk: t.newRows()}
	conv := make([]Datum, len(values))
	for i, v := range values {
		to := t.Desc.ColumnByNum(fk.Key.Columns[i]).Type
		from := fk.Ref.Desc().ColumnByNum(fk.Key.RefColumns[i]).Type
		conv[i] = v
		if from.Underlying().Kind != to.Underlying().Kind {
			d, err := types.CastTo(v, from, to, -1, false, run.Eval.IO())
			if err != nil {
				return out, nil // a value the column cannot hold is referred to by no row
			}
			conv[i] = d
		}
	}
	lo, x, err := fk.searchKey(conv)
	if err != nil {
		return nil, err
	}
	find := &referringScan{fk: fk, t: t, run: run, x: x, values: conv, max: max, out: out, one: t.newRows()}
	if err := find.scan(ctx, run.Txn, lo); err != nil {
		return nil, err
	}
	if run.Store == nil || run.Txn.Options().Isolation == txn.ReadCommitted || max > 0 && out.Rows >= max {
		return out, nil
	}
	// The snapshot is an old one: look at rows committed since, too.
	latest, err := run.Store.Begin(txn.Options{Latest: true, ReadOnly: true})
	if err != nil {
		return nil, wrapTxn(err, "")
	}
	defer latest.Rollback()
	return out, find.scan(ctx, latest, lo)
}

// referringScan collects the rows of one search.
type referringScan struct {
	fk     *ForeignKey
	t      *Target
	run    *Run
	x      *rowcodec.Index
	values []Datum
	max    int
	out    *foundRows
	one    chunk.Chunk
	arena  rowcodec.Arena
	seen   map[string]struct{}
}

func (s *referringScan) scan(ctx context.Context, tx txn.Txn, lo []byte) error {
	it, err := tx.Scan(lo, keys.PrefixEnd(nil, lo), txn.ScanOptions{LimitHint: s.max})
	if err != nil {
		return wrapTxn(err, "")
	}
	defer it.Close()
	for it.Next() && (s.max == 0 || s.out.Rows < s.max) {
		if err := ctx.Err(); err != nil {
			return err
		}
		key := it.Key()
		if s.x != nil {
			if key, err = s.x.RowKey(nil, key, it.Record().Value); err != nil {
				return err
			}
		}
		if err := s.take(key); err != nil {
			return err
		}
	}
	return wrapTxn(it.Err(), "")
}

// take adds the newest version of the row at key where it matches.
func (s *referringScan) take(key []byte) error {
	if _, again := s.seen[string(key)]; again {
		return nil
	}
	rec, ok, err := s.run.Txn.GetNewest(nil, key)
	if err != nil || !ok {
		return wrapTxn(err, "")
	}
	s.one.Reset()
	if err := s.t.decoder.Decode(s.one.Cols, key, rec.Value, &s.arena); err != nil {
		return err
	}
	if !s.fk.matches(s.t, &s.one, s.values) {
		return nil
	}
	if s.seen == nil {
		s.seen = map[string]struct{}{}
	}
	s.seen[string(key)] = struct{}{}
	appendRows(&s.out.Chunk, &s.one, 0, 1)
	s.out.keys = append(s.out.keys, bytes.Clone(key))
	return nil
}

func (fk *ForeignKey) matches(t *Target, one *chunk.Chunk, values []Datum) bool {
	for i, a := range fk.Key.Columns {
		d := one.Cols[t.Position(a)].Datum(0)
		if d.IsNull() || types.Compare(t.Desc.ColumnByNum(a).Type, d, values[i]) != 0 {
			return false
		}
	}
	return true
}

// searchKey is where to look for referring rows: the longest prefix of an index
// of the referring table that the columns make; x is nil for the rows' own order.
func (fk *ForeignKey) searchKey(values []Datum) (lo []byte, x *rowcodec.Index, err error) {
	t := fk.Table.Desc()
	best, bestLen := (*catalog.Index)(nil), 0
	for _, ix := range t.Indexes {
		if ix.Where != "" {
			continue
		}
		n := 0
		for n < len(ix.Keys) && position(fk.Key.Columns, ix.Keys[n].Attnum) >= 0 {
			n++
		}
		if n > bestLen {
			best, bestLen = ix, n
		}
	}
	if best == nil {
		return fk.Table.Prefix(), nil, nil
	}
	x = fk.Table.NewIndex(best)
	lo = append(lo, x.Prefix()...)
	for i := range bestLen {
		if lo, err = x.AppendKeyColumn(lo, i, values[position(fk.Key.Columns, best.Keys[i].Attnum)]); err != nil {
			return nil, nil, err
		}
	}
	if x.IsPrimary() {
		return lo, nil, nil
	}
	return lo, x, nil
}

func position(list []int16, a int16) int {
	for i, x := range list {
		if x == a {
			return i
		}
	}
	return -1
}

// tableExprs gives the expressions of the referring table.
func (fk *ForeignKey) tableExprs(run *Run) (*TableExprs, error) {
	t := fk.Table.Desc()
	if run.TableExprs != nil {
		return run.TableExprs(t)
	}
	for _, ix := range t.Indexes {
		for _, k := range ix.Keys {
			if k.Attnum == 0 || ix.Where != "" {
				return nil, pgerr.NotSupported("a foreign key action on a table with an index on expressions")
			}
		}
	}
	return &TableExprs{Target: NewTarget(fk.Table)}, nil
}

// cascade deletes (ON DELETE CASCADE) or updates the rows that refer to old.
func (fk *ForeignKey) cascade(ctx context.Context, run *Run, action byte, old, now []Datum) error {
	if run.depth++; run.depth > fkDepthMax {
		return pgerr.New(pgerr.StatementTooComplex, "foreign key actions are nested too deeply")
	}
	defer func() { run.depth-- }()
	rows, err := fk.referring(ctx, run, old, 0)
	if err != nil || rows.Rows == 0 {
		return err
	}
	te, err := fk.tableExprs(run)
	if err != nil {
		return err
	}
	set := make([]bool, len(te.Target.Live))
	values := make([]*Expr, len(set))
	for i, a := range fk.Key.Columns {
		at := te.Target.Position(a)
		set[at] = true
		switch {
		case action == 'c' && now != nil:
			from, to := fk.Ref.Desc().ColumnByNum(fk.Key.RefColumns[i]).Type, te.Target.Desc.ColumnByNum(a).Type
			d := now[i]
			if from.Underlying().Kind != to.Underlying().Kind {
				if d, err = types.CastTo(d, from, to, -1, false, run.Eval.IO()); err != nil {
					return err
				}
			}
			values[at] = Constant(d, to)
		case action == 'd' && te.Defaults != nil && te.Defaults[at] != nil:
			values[at] = te.Defaults[at]
		default:
			values[at] = Constant(types.Null, te.Target.Desc.ColumnByNum(a).Type)
		}
	}
	var op Operator
	if action == 'c' && now == nil {
		op, err = fk.cascadeDelete(run, te, rows)
	} else {
		op, err = fk.cascadeUpdate(run, te, rows, set, values)
	}
	if err != nil {
		return err
	}
	defer op.Close()
	if err := op.Open(run); err != nil {
		return err
	}
	return drain(ctx, op, func(*chunk.Chunk) error { return nil })
}

// given is a Spec over rows at hand: columns of the target, then the storage key.
type given struct{ rows *chunk.Chunk }

func (g *given) New() Operator { return &givenOp{rows: g.rows} }

type givenOp struct {
	rows *chunk.Chunk
	done bool
}

func (op *givenOp) Open(*Run) error { op.done = false; return nil }
func (op *givenOp) Close()          {}

func (op *givenOp) Next(context.Context) (*chunk.Chunk, error) {
	if op.done || op.rows.Rows == 0 {
		return nil, nil
	}
	op.done = true
	return op.rows, nil
}

// source makes a rowSource's input of found rows.
func (fk *ForeignKey) source(t *Target, rows *foundRows) (in Spec, kinds Kinds, old []int, rowID int) {
	c := &chunk.Chunk{Cols: append(append([]chunk.Vec{}, rows.Cols...), chunk.Vec{Kind: types.KindBytes}), Rows: rows.Rows}
	rowID = len(rows.Cols)
	for _, k := range rows.keys {
		c.Cols[rowID].Append(types.MakeBytes(k))
	}
	for i := range rows.Cols {
		old = append(old, i)
	}
	return &given{c}, append(append(Kinds{}, t.Kinds...), types.KindBytes), old, rowID
}

func (fk *ForeignKey) cascadeDelete(run *Run, te *TableExprs, rows *foundRows) (Operator, error) {
	in, err := incomingOf(run, te.Target)
	if err != nil {
		return nil, err
	}
	src, kinds, old, rowID := fk.source(te.Target, rows)
	return (&Delete{Source: src, SourceKinds: kinds, RowID: rowID, Old: old, Target: te.Target, Incoming: in}).New(), nil
}

func (fk *ForeignKey) cascadeUpdate(run *Run, te *TableExprs, rows *foundRows, set []bool, values []*Expr) (Operator, error) {
	in, err := incomingOf(run, te.Target)
	if err != nil {
		return nil, err
	}
	out, err := outgoingOf(run, te.Target)
	if err != nil {
		return nil, err
	}
	src, kinds, old, rowID := fk.source(te.Target, rows)
	u := &Update{Source: src, SourceKinds: kinds, RowID: rowID, Old: old, Target: te.Target, Set: values,
		Generated: te.Generated, Checks: te.Checks, Incoming: in, Outgoing: out}
	u.Changed, u.KeyChanges = te.Target.Affected(set)
	u.LockMode = te.Target.lockMode(set)
	return u.New(), nil
}

// incomingOf finds the foreign keys that refer to t.
func incomingOf(run *Run, t *Target) ([]*ForeignKey, error) {
	var out []*ForeignKey
	for _, r := range t.Desc.ReferredBy {
		other, err := run.Catalog.TableByOID(r.Table)
		if err != nil || other == nil {
			return nil, err
		}
		for _, key := range other.ForeignKeys {
			if key.Name != r.Name {
				continue
			}
			fk, err := NewForeignKey(key, rowcodec.NewTable(other), t.Codec)
			if err != nil {
				return nil, err
			}
			out = append(out, fk)
		}
	}
	return out, nil
}

// outgoingOf finds the foreign keys of t.
func outgoingOf(run *Run, t *Target) ([]*ForeignKey, error) {
	var out []*ForeignKey
	for _, key := range t.Desc.ForeignKeys {
		ref, err := run.Catalog.TableByOID(key.RefTable)
		if err != nil || ref == nil {
			return nil, err
		}
		fk, err := NewForeignKey(key, t.Codec, rowcodec.NewTable(ref))
		if err != nil {
			return nil, err
		}
		out = append(out, fk)
	}
	return out, nil
}
