package ddl

import (
	"context"
	"strings"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

func createView(ctx context.Context, c *Context, s *ast.CreateView) error {
	switch {
	case s.Materialize != nil:
		return unsupported("CREATE VIEW … MATERIALIZE")
	case s.CheckOption != ast.CheckNone:
		return unsupported("WITH CHECK OPTION")
	}
	schema, err := c.creationSchema(ctx, s.Name, s.Persistence)
	if err != nil {
		return err
	}
	options, err := viewOptions(s.Options)
	if err != nil {
		return err
	}
	cols, uses, err := c.viewColumns(s)
	if err != nil {
		return err
	}
	old, err := c.Catalog.Table(schema.OID, s.Name.Name)
	if err != nil {
		return err
	}
	text := c.Internal.CanonicalQuery(s.Query)
	if old == nil {
		v, err := c.newTable(ctx, schema, s.Name.Name, catalog.KindView)
		if err != nil {
			return err
		}
		v.Columns, v.ViewSQL, v.Uses, v.Options = cols, text, uses, options
		v.Temporary = s.Persistence == ast.Temporary
		return c.Catalog.PutTable(ctx, v)
	}
	if !s.OrReplace {
		return pgerr.Newf(pgerr.DuplicateTable, "relation %q already exists", s.Name.Name)
	}
	if old.Kind != catalog.KindView {
		return pgerr.Newf(pgerr.WrongObjectType, "%q is not a view", s.Name.Name)
	}
	v, err := c.lockTable(ctx, old, txn.AccessExclusive, c.owns)
	if err != nil {
		return err
	}
	if err := replaceable(v.Columns, cols); err != nil {
		return err
	}
	v.Columns, v.ViewSQL, v.Uses, v.Options = cols, text, uses, options
	return c.Catalog.PutTable(ctx, v)
}

// viewOptions are the options of a view as pg_class shows them; a Boolean named
// alone is true.
func viewOptions(opts []*ast.Option) ([]string, error) {
	out := optionTexts(opts)
	for i, o := range opts {
		if o.Name != "security_invoker" && o.Name != "security_barrier" {
			continue
		}
		if o.Kind == ast.OptionNone {
			out[i] += "=true"
		} else if !isBool(o.Value) {
			return nil, pgerr.Newf(pgerr.InvalidParameterValue, "invalid value for boolean option %q: %s", o.Name, o.Value)
		}
	}
	return out, nil
}

// isBool tells a Boolean as options write it: unique prefixes of true, false, yes
// and no; on, off, 1, 0.
func isBool(v string) bool {
	v = strings.ToLower(v)
	for _, word := range []string{"true", "false", "yes", "no"} {
		if v != "" && strings.HasPrefix(word, v) {
			return true
		}
	}
	return v == "on" || v == "off" || v == "of" || v == "1" || v == "0"
}

func (c *Context) viewColumns(s *ast.CreateView) ([]catalog.Column, []types.OID, error) {
	cols, uses, err := c.Internal.CheckQuery(s.Query)
	if err != nil {
		return nil, nil, err
	}
	if len(s.Columns) > len(cols) {
		return nil, nil, pgerr.New(pgerr.SyntaxError, "CREATE VIEW specifies more column names than columns")
	}
	seen := map[string]bool{}
	for i := range cols {
		if i < len(s.Columns) {
			cols[i].Name = s.Columns[i]
		}
		if seen[cols[i].Name] {
			return nil, nil, pgerr.Newf(pgerr.DuplicateColumn, "column %q specified more than once", cols[i].Name)
		}
		seen[cols[i].Name] = true
		cols[i].Attnum = int16(i + 1)
		if cols[i].Type.Is(types.Unknown) {
			cols[i].Type = types.Text
		}
	}
	return cols, uses, nil
}

// replaceable checks that the new columns begin with the old ones.
func replaceable(old, cols []catalog.Column) error {
	if len(cols) < len(old) {
		return pgerr.New(pgerr.InvalidTableDefinition, "cannot drop columns from view")
	}
	for i, o := range old {
		n := cols[i]
		if o.Name != n.Name {
			return pgerr.Newf(pgerr.InvalidTableDefinition, "cannot change name of view column %q to %q", o.Name, n.Name).
				WithHint("Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.")
		}
		if !o.Type.Is(n.Type) || o.Mod != n.Mod {
			return pgerr.Newf(pgerr.InvalidTableDefinition, "cannot change data type of view column %q from %s to %s",
				o.Name, types.FormatType(o.Type, o.Mod), types.FormatType(n.Type, n.Mod))
		}
	}
	return nil
}
