package ddl

import (
	"context"
	"slices"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// methods are the access methods that may be named; inside all are ordered.
var methods = []string{"btree", "hash"}

func createIndex(ctx context.Context, c *Context, s *ast.CreateIndex) error {
	name, ok := s.Table.(*ast.TableName)
	if !ok {
		return unsupported("an index on a key pattern")
	}
	method := s.Method
	if method == "" {
		method = "btree"
	}
	if !slices.Contains(methods, method) {
		if slices.Contains([]string{"gin", "gist", "spgist", "brin"}, method) {
			return unsupported("access method \"" + method + "\"")
		}
		return pgerr.Newf(pgerr.UndefinedObject, "access method %q does not exist", method)
	}
	t, err := c.lock(ctx, name.Name, txn.Share, c.owns)
	if err != nil {
		return err
	}
	if t.Kind != catalog.KindTable && t.Kind != catalog.KindMatView {
		return pgerr.Newf(pgerr.WrongObjectType, "cannot create index on relation %q", t.Name).
			WithDetailf("This operation is not supported for %ss.", kindWord(t.Kind))
	}
	if s.Name != "" && c.relationTaken(t.Schema, nil)(s.Name) {
		if !s.IfNotExists {
			return pgerr.Newf(pgerr.DuplicateTable, "relation %q already exists", s.Name)
		}
		c.notice("NOTICE", pgerr.DuplicateTable, "relation %q already exists, skipping", s.Name)
		return nil
	}
	if sc := c.Catalog.SchemaByOID(t.Schema); sc != nil {
		if err := c.Auth.RequireSchema(sc, acl.Create); err != nil {
			return err
		}
	}
	b := &tableBuilder{c: c, t: t}
	ix := &catalog.Index{Name: s.Name, Unique: s.Unique, Method: method, NullsNotDistinct: s.NullsNotDistinct}
	if err := b.indexKeys(ix, s); err != nil {
		return err
	}
	if err := b.addIndex(ctx, ix); err != nil {
		return err
	}
	if err := c.Catalog.PutTable(ctx, t); err != nil {
		return err
	}
	return c.Internal.BuildIndex(ctx, t, ix)
}

func (b *tableBuilder) indexKeys(ix *catalog.Index, s *ast.CreateIndex) error {
	if len(s.Elements) > catalog.IndexColumnsMax {
		return pgerr.Newf(pgerr.TooManyColumns, "cannot use more than %d columns in an index", catalog.IndexColumnsMax)
	}
	label := ""
	for _, el := range s.Elements {
		key, word, err := b.indexKey(el)
		if err != nil {
			return err
		}
		ix.Keys = append(ix.Keys, key)
		if label != "" {
			label += "_"
		}
		label += word
	}
	if err := b.include(ix, s.Include); err != nil {
		return err
	}
	if s.Where != nil {
		_, text, err := b.c.Internal.CheckRowExpr(s.Where, b.t, types.Bool, "index predicates")
		if err != nil {
			return err
		}
		ix.Where = text
	}
	if ix.Name == "" {
		for _, n := range s.Include {
			label += "_" + n
		}
		ix.Name = freeName(b.t.Name, label, "idx", b.c.relationTaken(b.t.Schema, b.t.Indexes))
	}
	return nil
}

// indexKey makes one key and the word it adds to a chosen name.
func (b *tableBuilder) indexKey(el *ast.IndexElement) (catalog.IndexKey, string, error) {
	key := catalog.IndexKey{Desc: el.Direction == ast.SortDescending}
	key.NullsFirst = key.Desc
	switch el.Nulls {
	case ast.NullsFirst:
		key.NullsFirst = true
	case ast.NullsLast:
		key.NullsFirst = false
	}
	if el.OpClass != nil {
		key.Opclass = el.OpClass.Name
	}
	if el.Expr == nil {
		col := b.t.Column(el.Column)
		if col == nil {
			return key, "", pgerr.Newf(pgerr.UndefinedColumn, "column %q does not exist", el.Column)
		}
		key.Attnum, key.Type = col.Attnum, col.Type
		return key, col.Name, b.indexable(col.Type)
	}
	typ, text, err := b.c.Internal.CheckRowExpr(el.Expr, b.t, nil, "index expressions")
	if err != nil {
		return key, "", err
	}
	key.Expr, key.Type = text, typ
	word := "expr"
	if f, ok := el.Expr.(*ast.FuncCall); ok {
		word = f.Name.Name
	}
	return key, word, b.indexable(typ)
}

func (b *tableBuilder) indexable(t *types.T) error {
	switch t.Underlying() {
	case types.JSON, types.Point, types.Box, types.XML:
		return pgerr.Newf(pgerr.UndefinedObject, "data type %s has no default operator class for access method \"btree\"", types.FormatType(t, -1)).
			WithHint("You must specify an operator class for the index or define a default operator class for the data type.")
	}
	return nil
}
