package ddl

import (
	"context"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

// CreateTableFrom makes the table of CREATE TABLE AS with the columns of its
// query; nil where IF NOT EXISTS found one.
func CreateTableFrom(ctx context.Context, c *Context, s *ast.CreateTableAs, cols []catalog.Column) (*catalog.Table, error) {
	schema, err := c.creationSchema(ctx, s.Name, s.Persistence)
	if err != nil {
		return nil, err
	}
	if c.relationTaken(schema.OID, nil)(s.Name.Name) {
		if !s.IfNotExists {
			return nil, pgerr.Newf(pgerr.DuplicateTable, "relation %q already exists", s.Name.Name)
		}
		c.notice("NOTICE", pgerr.DuplicateTable, "relation %q already exists, skipping", s.Name.Name)
		return nil, nil
	}
	if len(s.Columns) > len(cols) {
		return nil, pgerr.New(pgerr.SyntaxError, "too many column names were specified")
	}
	seen := map[string]bool{}
	for i := range cols {
		if i < len(s.Columns) {
			cols[i].Name = s.Columns[i]
		}
		if seen[cols[i].Name] {
			return nil, pgerr.Newf(pgerr.DuplicateColumn, "column %q specified more than once", cols[i].Name)
		}
		seen[cols[i].Name] = true
	}
	t, err := c.newTable(ctx, schema, s.Name.Name, catalog.KindTable)
	if err != nil {
		return nil, err
	}
	t.Columns = cols
	t.Temporary, t.Unlogged = s.Persistence == ast.Temporary, s.Persistence == ast.Unlogged
	if !t.Temporary {
		t.KeepHistorySeconds = c.HistorySeconds
	}
	return t, (&tableBuilder{c: c, t: t}).finish(ctx)
}
