package engine

import (
	"context"
	"slices"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/sql/write"
	"github.com/ferritedb/ferrite/txn"
)

// rewriter writes rows of a changed table to its new storage.
type rewriter struct {
	t     *catalog.Table
	codec *rowcodec.Table
	to    *write.Rewrite
	// cols are the attnums behind the values of a row.
	cols []int16
	row  []types.Datum
}

// Rewrite implements ddl.Internal: the old rows are read through SQL, which the
// catalog still shows under the old descriptor.
func (h *ddlHost) Rewrite(_ context.Context, old, t *catalog.Table, set map[int16]ast.Expr) error {
	if err := h.seesNewest(); err != nil {
		return err
	}
	codec := rowcodec.NewTable(t)
	w := &rewriter{t: t, codec: codec, to: write.NewRewrite(h.env(), codec)}
	sel := &ast.SelectClause{}
	for _, c := range t.Columns {
		if c.Dropped {
			continue
		}
		e := set[c.Attnum]
		if e == nil {
			was := old.ColumnByNum(c.Attnum)
			if was == nil {
				continue // new, and NULL or the descriptor's missing value
			}
			e = &ast.ColumnRef{Names: []string{was.Name}}
		}
		w.cols = append(w.cols, c.Attnum)
		sel.Targets = append(sel.Targets, &ast.Target{Expr: e})
	}
	sel.From = []ast.TableRef{&ast.TableName{Name: ast.ObjectName{Schema: h.cat.SchemaByOID(old.Schema).Name, Name: old.Name}}}
	return h.over(0, []*catalog.Table{old}, func() error {
		_, err := h.run(&ast.Select{Body: sel}, w.add)
		return err
	})
}

func (w *rewriter) add(vals []types.Datum) error {
	w.row = append(w.row[:0], make([]types.Datum, w.codec.Width())...)
	for i, n := range w.cols {
		w.row[n-1] = vals[i]
	}
	for _, c := range w.t.Columns {
		if c.HasMissing && !slices.Contains(w.cols, c.Attnum) {
			w.row[c.Attnum-1] = c.Missing
		}
	}
	return w.to.Add(w.row)
}

// env is what sql/write needs of the statement.
func (h *ddlHost) env() *write.Env {
	return &write.Env{Txn: h.tx, Store: h.e.Store, Eval: h.x, Catalog: h.cat, RowIDs: h.e.Catalogs}
}

// seesNewest verifies that the transaction reads the newest rows: what is built
// of older ones would lack the others. Only a transaction that keeps the snapshot
// of an earlier statement does not.
func (h *ddlHost) seesNewest() error {
	h.tx.BeginStatement()
	now, err := h.e.Store.Begin(txn.Options{Latest: true, ReadOnly: true})
	if err != nil {
		return err
	}
	defer now.Rollback()
	// In this order: without a snapshot the transaction tells what is visible now.
	if newest := now.SnapshotTS(); h.tx.SnapshotTS() >= newest {
		return nil
	}
	return pgerr.New(pgerr.SerializationFailure, "could not serialize access due to concurrent update").
		WithDetail("Rows may have been committed after the snapshot of this transaction was taken, and a table cannot be rewritten, indexed or checked without them.").
		WithHint("Change the table in a transaction at READ COMMITTED, or as the first statement.")
}
