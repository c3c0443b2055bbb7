package pgcatalog

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// registerSets registers the set-returning functions of the catalog. There are
// no partitions: functions about them give no rows, as in PostgreSQL for a
// table that is not part of a partitioned one.
func registerSets() {
	none := func(*expr.Ctx, []types.Datum, builtin.SRFTypes) (builtin.Rows, error) {
		return builtin.MakeRows(nil), nil
	}
	builtin.Set("pg_partition_ancestors", "regclass", none)
	builtin.Set("pg_partition_tree", "regclass", none)
	builtin.Set("pg_options_to_table", "_text", optionsTable)
	for _, t := range []*types.T{types.Int2vector, types.Oidvector, types.Anyarray} {
		builtin.RegisterSRF(&builtin.SRF{Name: "_pg_expandarray", Schema: "information_schema", Args: []*types.T{t}, Ret: types.RecordT,
			Strict: true, Volatility: 'i', Columns: expandColumns(t), Open: expandArray})
	}
}

// optionsTable splits name=value options.
func optionsTable(_ *expr.Ctx, a []types.Datum, _ builtin.SRFTypes) (builtin.Rows, error) {
	var rows [][]types.Datum
	if !a[0].IsNull() {
		for _, el := range a[0].Array().Elems {
			name, value, ok := strings.Cut(el.Str(), "=")
			v := types.MakeStr(value)
			if !ok {
				v = types.Null
			}
			rows = append(rows, []types.Datum{types.MakeStr(name), v})
		}
	}
	return builtin.MakeRows(rows), nil
}

// expandColumns are the result columns of information_schema._pg_expandarray.
func expandColumns(t *types.T) []types.Field {
	elem := types.Anyelement
	if t.Elem != nil && !t.IsPolymorphic() {
		elem = t.Elem
	}
	return []types.Field{{Name: "x", Type: elem, Mod: -1}, {Name: "n", Type: types.Int4, Mod: -1}}
}

// expandArray gives each element with its position from 1.
func expandArray(_ *expr.Ctx, a []types.Datum, _ builtin.SRFTypes) (builtin.Rows, error) {
	var rows [][]types.Datum
	for i, el := range a[0].Array().Elems {
		rows = append(rows, []types.Datum{el, types.MakeInt(int64(i + 1))})
	}
	return builtin.MakeRows(rows), nil
}
