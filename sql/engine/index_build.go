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
	"github.com/ferritedb/ferrite/sql/write"
)

// BuildIndex implements ddl.Internal: it reads the rows through SQL (so that
// expression keys and predicates are evaluated as anywhere) and writes an entry
// for each.
func (h *ddlHost) BuildIndex(ctx context.Context, tab *catalog.Table, ix *catalog.Index) error {
	if err := h.seesNewest(); err != nil {
		return err
	}
	codec := rowcodec.NewTable(tab)
	w := &indexBuild{h: h, tab: tab, ix: ix, codec: codec, build: write.NewIndexBuild(h.env(), codec.NewIndex(ix))}
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
	return reader.over(tab.Owner, []*catalog.Table{tab}, func() error {
		_, err := reader.run(stmt, w.add)
		return err
	})
}

type indexBuild struct {
	h     *ddlHost
	tab   *catalog.Table
	ix    *catalog.Index
	codec *rowcodec.Table
	build *write.IndexBuild
	// cols are the attnums behind the key values of a row.
	cols []int16
	row  []types.Datum
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
	return w.build.Add(keys, w.row, rest[len(w.cols)].Bytes())
}
