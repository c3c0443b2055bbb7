package engine

import (
	"context"
	"strings"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/opt"
	"github.com/ferritedb/ferrite/sql/parse"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// BuildIndex implements ddl.Internal: it reads the rows through SQL (so that
// expression keys and predicates are evaluated as anywhere) and writes an entry
// for each.
func (h *ddlHost) BuildIndex(ctx context.Context, tab *catalog.Table, ix *catalog.Index) error {
	codec := rowcodec.NewTable(tab)
	w := &indexBuild{h: h, tab: tab, ix: ix, codec: codec, index: codec.NewIndex(ix)}
	sql, cols := w.query()
	stmt, err := parse.One(sql)
	if err != nil {
		return err
	}
	w.cols = cols
	// The predicate would fit the index itself, which is still empty.
	reader, e := *h, *h.e
	e.RulesOff = map[string]bool{opt.AccessRule: true}
	reader.e = &e
	_, err = reader.run(stmt, w.add)
	return err
}

type indexBuild struct {
	h     *ddlHost
	tab   *catalog.Table
	ix    *catalog.Index
	codec *rowcodec.Table
	index *rowcodec.Index
	// cols are the attnums behind the key values of a row.
	cols     []int16
	row      []types.Datum
	key, val []byte
	at       []byte
}

// query selects the key values, then all columns that entries and row keys need,
// then the row's own key (ctid).
func (w *indexBuild) query() (string, []int16) {
	var items []string
	for _, k := range w.ix.Keys {
		if k.Attnum != 0 {
			items = append(items, ast.QuoteIdentifier(w.tab.ColumnByNum(k.Attnum).Name))
		} else {
			items = append(items, "("+k.Expr+")")
		}
	}
	var cols []int16
	for _, c := range w.tab.Columns {
		if !c.Dropped {
			items = append(items, ast.QuoteIdentifier(c.Name))
			cols = append(cols, c.Attnum)
		}
	}
	schema := w.h.cat.SchemaByOID(w.tab.Schema).Name
	sql := "SELECT " + strings.Join(items, ", ") + ", ctid FROM " +
		ast.QuoteIdentifier(schema) + "." + ast.QuoteIdentifier(w.tab.Name)
	if w.ix.Where != "" {
		sql += " WHERE " + w.ix.Where
	}
	return sql, cols
}

func (w *indexBuild) add(vals []types.Datum) error {
	keys, rest := vals[:len(w.ix.Keys)], vals[len(w.ix.Keys):]
	w.row = append(w.row[:0], make([]types.Datum, w.codec.Width())...)
	for i, n := range w.cols {
		w.row[n-1] = rest[i]
	}
	rowKey := rest[len(w.cols)].Bytes()
	var err error
	if w.key, w.val, err = w.index.AppendEntry(w.key[:0], w.val[:0], keys, w.row, rowKey); err != nil {
		return err
	}
	if w.ix.Unique && w.index.UniqueKey(keys) {
		_, taken, err := w.h.tx.GetNewest(nil, w.key)
		if err != nil {
			return err
		}
		if taken {
			return w.duplicate(keys)
		}
	}
	return w.h.tx.Put(w.key, w.val, txn.PutOptions{})
}

func (w *indexBuild) duplicate(keys []types.Datum) error {
	var names, values []string
	for i, k := range w.ix.Keys {
		if c := w.tab.ColumnByNum(k.Attnum); k.Attnum != 0 && c != nil {
			names = append(names, c.Name)
		} else {
			names = append(names, k.Expr)
		}
		values = append(values, types.Format(keys[i], k.Type, w.h.x.IO()))
	}
	return errDuplicateIndex(w.ix, names, values)
}
