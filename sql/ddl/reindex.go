package ddl

import (
	"context"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/txn"
)

// Reindex writes a table and its indexes anew where an older release wrote keys
// that do not order as their types compare. There is nothing else to rebuild: an
// index entry is written with its row, in the same commit.
func Reindex(ctx context.Context, c *Context, t *catalog.Table) error {
	if !NeedsReindex(t) {
		return nil
	}
	t, err := c.lockTable(ctx, t, txn.AccessExclusive, nil) // the caller has checked the right
	if err != nil {
		return err
	}
	a := &alteration{c: c, t: t, old: copyTable(t), b: &tableBuilder{c: c, t: t}, rewrite: true}
	return a.finish(ctx)
}

// NeedsReindex tells a table with such an index.
func NeedsReindex(t *catalog.Table) bool {
	if t.Kind == catalog.KindVirtual {
		return false
	}
	for _, ix := range t.Indexes {
		if rowcodec.NeedsRebuild(t, ix) {
			return true
		}
	}
	return false
}
