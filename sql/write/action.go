package write

import (
	"context"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// actionDepthMax bounds how deep foreign key actions may cause each other.
const actionDepthMax = 100

// Foreign key actions as the catalog names them (pg_constraint.confdeltype).
const (
	actionCascade    = 'c'
	actionSetNull    = 'n'
	actionSetDefault = 'd'
	actionRestrict   = 'r'
)

// incomingKey gathers the referred values that a statement removed, to act on
// the rows that refer to them at its end.
type incomingKey struct {
	nothing
	fk   *ForeignKey
	env  *Env
	olds [][]types.Datum // in the order of Key.RefColumns
	news [][]types.Datum // nil entries for deleted rows

	memory holding
}

func newIncoming(fk *ForeignKey) *incomingKey { return &incomingKey{fk: fk} }

func (k *incomingKey) Open(env *Env) {
	k.env, k.olds, k.news = env, nil, nil
	k.memory.open(env)
}

// Row notes the values that went.
func (k *incomingKey) Row(_ context.Context, c *Change) error {
	null, same := false, c.Op == Update
	for _, a := range k.fk.Key.RefColumns {
		old := c.OldRow[a-1]
		null = null || old.IsNull()
		same = same && sameDatum(k.fk.Ref.Desc().ColumnByNum(a).Type, old, c.NewRow[a-1])
	}
	if null || same {
		return nil
	}
	if err := k.memory.take(2 * valuesBytes(len(k.fk.Key.RefColumns))); err != nil {
		return err
	}
	k.olds = append(k.olds, pick(c.OldRow, k.fk.Key.RefColumns))
	var now []types.Datum
	if c.Op == Update {
		now = pick(c.NewRow, k.fk.Key.RefColumns)
	}
	k.news = append(k.news, now)
	return nil
}

func pick(row []types.Datum, attnums []int16) []types.Datum {
	out := make([]types.Datum, len(attnums))
	for i, a := range attnums {
		out[i] = row[a-1]
	}
	return out
}

// End does what the constraint asks for each value noted.
func (k *incomingKey) End(ctx context.Context) error {
	defer k.memory.give()
	if len(k.olds) > 0 && k.env.Txn.Options().Isolation == txn.ReadCommitted {
		k.env.Txn.BeginStatement() // see rows committed while we waited for locks
	}
	for i, old := range k.olds {
		if err := ctx.Err(); err != nil {
			return err
		}
		action := k.fk.Key.OnDelete
		if k.news[i] != nil {
			action = k.fk.Key.OnUpdate
		}
		if err := k.fk.actOn(ctx, k.env, action, old, k.news[i]); err != nil {
			return err
		}
	}
	return nil
}

func (fk *ForeignKey) actOn(ctx context.Context, env *Env, action byte, old, now []types.Datum) error {
	switch action {
	case actionCascade, actionSetNull, actionSetDefault:
		return fk.cascade(ctx, env, action, old, now)
	case actionRestrict:
		return fk.restrict(ctx, env, old, false)
	}
	if d := env.Deferral; d != nil && fk.Key.Deferrable && d.Deferred(*fk.Key) {
		return d.Defer(*fk.Key, 1, func(ctx context.Context, env *Env) error { return fk.restrict(ctx, env, old, true) })
	}
	return fk.restrict(ctx, env, old, true)
}

// restrict fails where a row still refers to old. again: unless the value is
// there again (NO ACTION).
func (fk *ForeignKey) restrict(ctx context.Context, env *Env, old []types.Datum, again bool) error {
	if again {
		key := append([]byte(nil), fk.refIndex.Prefix()...)
		var err error
		for i, j := range fk.at {
			if key, err = fk.refIndex.AppendKeyColumn(key, i, old[j]); err != nil {
				return err
			}
		}
		if _, ok, err := env.Txn.GetNewest(nil, key); err != nil || ok {
			return TxnError(err, "")
		}
	}
	values, ok := fk.referringValues(env, old)
	if !ok {
		return nil
	}
	held, err := fk.held(ctx, env, values)
	if err != nil || !held {
		return err
	}
	ref, t := fk.Ref.Desc(), fk.Table.Desc()
	return pgerr.Newf(pgerr.ForeignKeyViolation, "update or delete on table \"%s\" violates foreign key constraint \"%s\" on table \"%s\"", ref.Name, fk.Key.Name, t.Name).
		WithDetailf("Key %s is still referenced from table \"%s\".",
			env.keyText(columnNames(ref, fk.Key.RefColumns), columnTypes(ref, fk.Key.RefColumns), old), t.Name).
		WithTable(env.schemaName(t), t.Name).WithConstraint(fk.Key.Name)
}

// cascade deletes (ON DELETE CASCADE) or updates the rows that refer to old.
func (fk *ForeignKey) cascade(ctx context.Context, env *Env, action byte, old, now []types.Datum) error {
	if env.depth++; env.depth > actionDepthMax {
		return pgerr.New(pgerr.StatementTooComplex, "foreign key actions are nested too deeply")
	}
	defer func() { env.depth-- }()
	values, ok := fk.referringValues(env, old)
	if !ok {
		return nil
	}
	te, err := fk.tableExprs(env)
	if err != nil {
		return err
	}
	t, err := tableOf(ctx, env, te)
	if err != nil {
		return err
	}
	if action == actionCascade && now == nil {
		return fk.cascadeDelete(ctx, env, t, values)
	}
	if err := fk.cascadeUpdate(ctx, env, t, te, action, values, now); err != nil || action != actionSetDefault {
		return err
	}
	// A row whose default is the value that went still refers to it, and did not
	// change: no check of its own looks.
	return fk.restrict(ctx, env, old, true)
}

func (fk *ForeignKey) cascadeDelete(ctx context.Context, env *Env, t *Table, values []types.Datum) error {
	w := t.Deleter()
	w.Open(env)
	err := fk.eachReferring(ctx, env, t.Target, values, txn.ForUpdate, func(rows *foundRows) error {
		return w.Delete(ctx, &rows.Chunk, &rows.keys)
	})
	if err != nil {
		return err
	}
	return w.End(ctx)
}

func (fk *ForeignKey) cascadeUpdate(ctx context.Context, env *Env, t *Table, te *TableExprs, action byte, values, now []types.Datum) error {
	set := make([]bool, len(t.Live))
	news := make([]*expr.Compiled, len(t.Live)) // over the old rows; nil: unchanged
	for i, a := range fk.Key.Columns {
		at := t.Position(a)
		set[at] = true
		var err error
		if news[at], err = fk.newValue(env, te, action, i, now); err != nil {
			return err
		}
	}
	for i, g := range te.Generated {
		set[i] = set[i] || g != nil
	}
	w := t.Updater(set)
	w.Open(env)
	err := fk.eachReferring(ctx, env, t.Target, values, t.LockMode(set), func(rows *foundRows) error {
		to := chunk.Chunk{Cols: append([]chunk.Vec{}, rows.Cols...), Rows: rows.Rows}
		if err := evaluateInto(env, news, &rows.Chunk, &to); err != nil {
			return err
		}
		if err := evaluateInto(env, te.Generated, &to, &to); err != nil {
			return err
		}
		return w.Update(ctx, &rows.Chunk, &to, &rows.keys)
	})
	if err != nil {
		return err
	}
	return w.End(ctx)
}

// newValue is what column i of the key becomes.
func (fk *ForeignKey) newValue(env *Env, te *TableExprs, action byte, i int, now []types.Datum) (*expr.Compiled, error) {
	a := fk.Key.Columns[i]
	to, at := te.Target.Desc.ColumnByNum(a).Type, te.Target.Position(a)
	switch {
	case action == actionCascade:
		from, d := fk.Ref.Desc().ColumnByNum(fk.Key.RefColumns[i]).Type, now[i]
		if from.Underlying().Kind != to.Underlying().Kind {
			var err error
			if d, err = types.CastTo(d, from, to, -1, false, env.Eval.IO()); err != nil {
				return nil, err
			}
		}
		return expr.Constant(d, to), nil
	case action == actionSetDefault && te.Defaults != nil && te.Defaults[at] != nil:
		return te.Defaults[at], nil
	}
	return expr.Constant(types.Null, to), nil
}

// evaluateInto puts the values of those es that are not nil, over in, into the
// columns of out.
func evaluateInto(env *Env, es []*expr.Compiled, in, out *chunk.Chunk) error {
	for at, e := range es {
		if e == nil {
			continue
		}
		st := e.NewState()
		v, err := st.Vec(env.Eval, in)
		if err != nil {
			return err
		}
		out.Cols[at] = *v
	}
	return nil
}

// tableExprs gives the expressions of the referring table.
func (fk *ForeignKey) tableExprs(env *Env) (*TableExprs, error) {
	t := fk.Table.Desc()
	if env.TableExprs != nil {
		return env.TableExprs(t)
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

// lockedTable locks a table that an action may come to write, and reads its
// descriptor; nil where it is gone.
func lockedTable(ctx context.Context, env *Env, oid types.OID, mode txn.TableMode) (*catalog.Table, error) {
	if err := env.Txn.LockTable(ctx, uint64(oid), mode, txn.Block); err != nil {
		return nil, TxnError(err, "")
	}
	return env.Catalog.TableByOID(oid)
}

// tableOf is a table that a foreign key action writes to. The statement holds its
// lock; the tables that its own keys lead to are locked here.
func tableOf(ctx context.Context, env *Env, te *TableExprs) (*Table, error) {
	t := &Table{Target: te.Target, Checks: te.Checks}
	for _, r := range t.Desc.ReferredBy {
		other, err := lockedTable(ctx, env, r.Table, txn.RowExclusive)
		if err != nil {
			return nil, err
		}
		if other == nil {
			continue
		}
		for _, key := range other.ForeignKeys {
			if key.Name != r.Name || key.RefTable != t.Desc.OID {
				continue
			}
			fk, err := NewForeignKey(key, rowcodec.NewTable(other), t.Codec)
			if err != nil {
				return nil, err
			}
			t.Incoming = append(t.Incoming, fk)
		}
	}
	for _, key := range t.Desc.ForeignKeys {
		ref, err := lockedTable(ctx, env, key.RefTable, txn.RowShare)
		if err != nil {
			return nil, err
		}
		if ref == nil {
			continue
		}
		fk, err := NewForeignKey(key, t.Codec, rowcodec.NewTable(ref))
		if err != nil {
			return nil, err
		}
		t.Outgoing = append(t.Outgoing, fk)
	}
	return t, nil
}
