package write

import (
	"context"

	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
)

// outgoingKey gathers the distinct values that written rows refer to, to be
// verified at the end of the statement (or of the transaction).
type outgoingKey struct {
	nothing
	fk     *ForeignKey
	env    *Env
	values [][]types.Datum // in the order of Key.Columns
	seen   map[string]struct{}
	key    []byte
	memory holding
}

func newOutgoing(fk *ForeignKey) *outgoingKey { return &outgoingKey{fk: fk} }

func (k *outgoingKey) Open(env *Env) {
	k.env, k.values = env, nil
	k.memory.open(env)
	if len(k.seen) > 0 {
		k.seen = nil
	}
}

// Row notes the values that the new row refers to.
func (k *outgoingKey) Row(_ context.Context, c *Change) error {
	t, nulls, same := k.fk.Table.Desc(), 0, c.Op == Update
	k.key = k.key[:0]
	for _, a := range k.fk.Key.Columns {
		d, typ := c.NewRow[a-1], t.ColumnByNum(a).Type
		same = same && sameDatum(typ, c.OldRow[a-1], d)
		if d.IsNull() {
			nulls++
			k.key = append(k.key, 0)
			continue
		}
		var err error
		if k.key, err = rowcodec.AppendOrdered(append(k.key, 1), d, typ); err != nil {
			return err
		}
	}
	switch {
	case same, nulls == len(k.fk.Key.Columns), nulls > 0 && !k.fk.Key.MatchFull:
		return nil
	}
	if _, noted := k.seen[string(k.key)]; noted {
		return nil
	}
	if err := k.memory.take(2*int64(len(k.key)) + valuesBytes(len(k.fk.Key.Columns))); err != nil {
		return err
	}
	if k.seen == nil {
		k.seen = map[string]struct{}{}
	}
	k.seen[string(k.key)] = struct{}{}
	values := make([]types.Datum, 0, len(k.fk.Key.Columns))
	for _, a := range k.fk.Key.Columns {
		values = append(values, c.NewRow[a-1])
	}
	k.values = append(k.values, values)
	return nil
}

// sameDatum tells that both are NULL, or equal.
func sameDatum(t *types.T, a, b types.Datum) bool {
	if a.IsNull() || b.IsNull() {
		return a.IsNull() && b.IsNull()
	}
	return types.Compare(t, a, b) == 0
}

// End verifies what was noted, or defers it to commit.
func (k *outgoingKey) End(ctx context.Context) error {
	if len(k.values) == 0 {
		return nil
	}
	defer k.memory.give()
	fk, rows := k.fk, k.values
	if d := k.env.Deferral; d != nil && fk.Key.Deferrable && d.Deferred(*fk.Key) {
		return d.Defer(*fk.Key, len(rows), func(ctx context.Context, env *Env) error { return fk.verify(ctx, env, rows, true) })
	}
	return fk.verify(ctx, k.env, rows, false)
}

// verify checks that each of the values is present. recheck: rows that held them
// may be gone by now; a value is then wrong only where a row still holds it.
func (fk *ForeignKey) verify(ctx context.Context, env *Env, rows [][]types.Datum, recheck bool) error {
	var key []byte
	for _, values := range rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		if fk.Key.MatchFull && anyNull(values) {
			return fk.violation(env).WithDetail("MATCH FULL does not allow mixing of null and nonnull key values.")
		}
		var err error
		if key, err = fk.refers(env, key[:0], values); err != nil {
			return err
		}
		ok, err := fk.present(ctx, env, key)
		if err != nil {
			return err
		}
		if ok {
			continue
		}
		if recheck {
			held, err := fk.held(ctx, env, values)
			if err != nil {
				return err
			}
			if !held {
				continue
			}
		}
		desc := fk.Table.Desc()
		return fk.violation(env).WithDetailf("Key %s is not present in table \"%s\".",
			env.keyText(columnNames(desc, fk.Key.Columns), columnTypes(desc, fk.Key.Columns), values), fk.Ref.Desc().Name)
	}
	return nil
}

func anyNull(values []types.Datum) bool {
	for _, v := range values {
		if v.IsNull() {
			return true
		}
	}
	return false
}

func (fk *ForeignKey) violation(env *Env) *pgerr.Error {
	t := fk.Table.Desc()
	return pgerr.Newf(pgerr.ForeignKeyViolation, "insert or update on table \"%s\" violates foreign key constraint \"%s\"", t.Name, fk.Key.Name).
		WithTable(env.schemaName(t), t.Name).WithConstraint(fk.Key.Name)
}
