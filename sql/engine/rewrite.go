package engine

import (
	"context"
	"slices"
	"strings"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// rewriter writes rows of a changed table to its new storage.
type rewriter struct {
	h     *ddlHost
	ctx   context.Context
	t     *catalog.Table
	codec *rowcodec.Table
	// cols are the attnums behind the values of a row.
	cols     []int16
	row      []types.Datum
	key, val []byte
}

// Rewrite implements ddl.Internal: the old rows are read through SQL, which the
// catalog still shows under the old descriptor.
func (h *ddlHost) Rewrite(ctx context.Context, old, t *catalog.Table, set map[int16]ast.Expr) error {
	w := &rewriter{h: h, ctx: ctx, t: t, codec: rowcodec.NewTable(t)}
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
	return h.own(func() error {
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
	var err error
	if w.codec.HasRowID() {
		id, err := w.h.e.Catalogs.RowIDs(w.ctx, 1)
		if err != nil {
			return err
		}
		w.key = w.codec.AppendRowIDKey(w.key[:0], id)
	} else {
		if w.key, err = w.codec.AppendKey(w.key[:0], w.row); err != nil {
			return err
		}
		if _, taken, err := w.h.tx.GetNewest(nil, w.key); err != nil || taken {
			if err != nil {
				return err
			}
			return w.duplicate()
		}
	}
	if w.val, err = w.codec.AppendValue(w.val[:0], w.row); err != nil {
		return err
	}
	return w.h.tx.Put(w.key, w.val, txn.PutOptions{})
}

func (w *rewriter) duplicate() error {
	ix := w.t.PrimaryIndex()
	var names, values []string
	for _, k := range ix.Keys {
		names = append(names, w.t.ColumnByNum(k.Attnum).Name)
		values = append(values, types.Format(w.row[k.Attnum-1], k.Type, w.h.x.IO()))
	}
	return errDuplicateIndex(ix, names, values)
}

// errDuplicateIndex words a duplicate found while an index is built.
func errDuplicateIndex(ix *catalog.Index, names, values []string) error {
	return pgerr.Newf(pgerr.UniqueViolation, "could not create unique index %q", ix.Name).
		WithDetailf("Key (%s)=(%s) is duplicated.", strings.Join(names, ", "), strings.Join(values, ", ")).
		WithConstraint(ix.Name)
}
