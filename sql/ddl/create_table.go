package ddl

import (
	"context"
	"strings"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// primaryIndexID is the index id under which the rows themselves stand.
const primaryIndexID = 1

func createTable(ctx context.Context, c *Context, s *ast.CreateTable) error {
	switch {
	case len(s.Inherits) > 0:
		return unsupported("table inheritance")
	case s.PartitionBy != nil || s.PartitionOf != nil:
		return unsupported("table partitioning")
	case s.OfType != nil:
		return unsupported("CREATE TABLE OF type")
	}
	if s.Persistence != ast.Temporary && s.OnCommit != ast.OnCommitDefault {
		return pgerr.New(pgerr.InvalidTableDefinition, "ON COMMIT can only be used on temporary tables")
	}
	schema, err := c.creationSchema(ctx, s.Name, s.Persistence)
	if err != nil {
		return c.at(err, s.Name.At)
	}
	if old, err := c.Catalog.Table(schema.OID, s.Name.Name); err != nil {
		return err
	} else if old != nil {
		if !s.IfNotExists {
			return pgerr.Newf(pgerr.DuplicateTable, "relation %q already exists", s.Name.Name)
		}
		c.notice("NOTICE", pgerr.DuplicateTable, "relation %q already exists, skipping", s.Name.Name)
		return nil
	}
	t, err := c.newTable(ctx, schema, s.Name.Name, catalog.KindTable)
	if err != nil {
		return err
	}
	t.Temporary, t.Unlogged = s.Persistence == ast.Temporary, s.Persistence == ast.Unlogged
	if !t.Temporary {
		t.KeepHistorySeconds = c.HistorySeconds
	}
	t.Options = optionTexts(s.Options)
	b := &tableBuilder{c: c, t: t}
	if err := b.elements(ctx, s.Elements); err != nil {
		return err
	}
	return b.finish(ctx)
}

// newTable makes a descriptor with numbers of its own and no columns.
func (c *Context) newTable(ctx context.Context, schema *catalog.Schema, name string, kind catalog.RelKind) (*catalog.Table, error) {
	oid, err := c.Store.NewOID(ctx)
	if err != nil {
		return nil, err
	}
	rowType, err := c.Store.NewOID(ctx)
	if err != nil {
		return nil, err
	}
	t := &catalog.Table{OID: oid, Name: name, Schema: schema.OID, Owner: c.Auth.OID, Kind: kind,
		Storage: uint32(oid), Primary: -1, RowType: rowType}
	of := acl.Table
	if kind == catalog.KindSequence {
		of = acl.Sequence
	}
	t.ACL, err = acl.ForNew(c.Catalog, of, t.Owner, t.Schema)
	return t, err
}

func optionTexts(opts []*ast.Option) []string {
	var out []string
	for _, o := range opts {
		text := o.Name
		if o.Kind != ast.OptionNone {
			text += "=" + o.Value
		}
		out = append(out, text)
	}
	return out
}

// tableBuilder collects what a CREATE TABLE or ALTER TABLE … ADD makes.
type tableBuilder struct {
	c *Context
	t *catalog.Table
	// sequences are owned sequences to be made with the table.
	sequences []*catalog.Table
	// referred are the other tables that foreign keys changed.
	referred []*catalog.Table
	// newIndexes and newForeignKeys and newChecks are those added now.
	newIndexes     []*catalog.Index
	newForeignKeys []*catalog.ForeignKey
	newChecks      []catalog.Check
}

// elements adds columns first, then constraints, as PostgreSQL does: a
// constraint may name a column written after it.
func (b *tableBuilder) elements(ctx context.Context, els []ast.TableElement) error {
	for _, el := range els {
		var err error
		switch e := el.(type) {
		case *ast.ColumnDef:
			_, err = b.column(ctx, e)
		case *ast.LikeClause:
			err = b.like(ctx, e)
		}
		if err != nil {
			return err
		}
	}
	if len(b.t.Columns) > catalog.ColumnsMax {
		return pgerr.Newf(pgerr.TooManyColumns, "tables can have at most %d columns", catalog.ColumnsMax)
	}
	for _, el := range els {
		if e, ok := el.(*ast.ColumnDef); ok {
			if err := b.columnConstraints(ctx, e); err != nil {
				return err
			}
		}
	}
	for _, el := range els {
		if e, ok := el.(*ast.TableConstraint); ok {
			if err := b.constraint(ctx, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// finish writes the descriptors of a new table.
func (b *tableBuilder) finish(ctx context.Context) error {
	for _, seq := range b.sequences {
		if err := b.c.Catalog.PutTable(ctx, seq); err != nil {
			return err
		}
	}
	if err := b.c.Tx.LockTable(ctx, uint64(b.t.OID), txn.AccessExclusive, txn.Block); err != nil {
		return err
	}
	if err := b.c.Catalog.PutTable(ctx, b.t); err != nil {
		return err
	}
	return b.putReferred(ctx)
}

func (b *tableBuilder) putReferred(ctx context.Context) error {
	for _, r := range b.referred {
		if r.OID == b.t.OID {
			continue
		}
		if err := b.c.Catalog.PutTable(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

func (b *tableBuilder) nextAttnum() int16 {
	n := int16(0)
	for _, c := range b.t.Columns {
		n = max(n, c.Attnum)
	}
	return n + 1
}

// serials maps the serial pseudo-types to the type of column and sequence.
var serials = map[string]*types.T{
	"serial": types.Int4, "serial4": types.Int4,
	"bigserial": types.Int8, "serial8": types.Int8,
	"smallserial": types.Int2, "serial2": types.Int2,
}

func (b *tableBuilder) column(ctx context.Context, d *ast.ColumnDef) (*catalog.Column, error) {
	if b.t.Column(d.Name) != nil {
		return nil, pgerr.Newf(pgerr.DuplicateColumn, "column %q specified more than once", d.Name)
	}
	if systemColumns[d.Name] {
		return nil, pgerr.Newf(pgerr.DuplicateColumn, "column name %q conflicts with a system column name", d.Name)
	}
	col := catalog.Column{Name: d.Name, Attnum: b.nextAttnum(), Mod: -1, Collation: collationOf(d.Collation)}
	serial := serials[d.Type.Name.Name]
	if d.Type.Name.Schema != "" || len(d.Type.ArrayBounds) > 0 {
		serial = nil
	}
	if serial != nil {
		col.Type, col.NotNull = serial, true
	} else {
		var err error
		if col.Type, col.Mod, err = b.c.usableType(d.Type); err != nil {
			return nil, err
		}
		if col.Type.Typtype == 'p' {
			return nil, pgerr.Newf(pgerr.InvalidTableDefinition, "column %q has pseudo-type %s", d.Name, types.FormatType(col.Type, -1))
		}
	}
	b.t.Columns = append(b.t.Columns, col)
	c := &b.t.Columns[len(b.t.Columns)-1]
	if serial != nil {
		seq, err := b.ownedSequence(ctx, c, serial, nil)
		if err != nil {
			return nil, err
		}
		c.Default = "nextval('" + strings.ReplaceAll(b.c.qualified(seq), "'", "''") + "'::regclass)"
	}
	return c, nil
}

var systemColumns = map[string]bool{"ctid": true, "xmin": true, "xmax": true, "cmin": true, "cmax": true, "tableoid": true}

func collationOf(n *ast.ObjectName) types.OID {
	switch {
	case n == nil || n.Name == "default":
		return 0
	default:
		return catalog.CollationC
	}
}

// qualified is the name of a relation as a stored expression names it: with its
// schema, so that it means the same under any search_path.
func (c *Context) qualified(t *catalog.Table) string {
	s := c.Catalog.SchemaByOID(t.Schema)
	if s == nil {
		return ast.QuoteIdentifier(t.Name)
	}
	return ast.QuoteIdentifier(s.Name) + "." + ast.QuoteIdentifier(t.Name)
}

func (b *tableBuilder) like(ctx context.Context, l *ast.LikeClause) error {
	src, err := b.c.relation(l.Table)
	if err != nil {
		return err
	}
	if src == nil {
		return errNoRelation(l.Table)
	}
	if err := b.c.holds(acl.Select)(src); err != nil {
		return err
	}
	with := map[string]bool{}
	for _, o := range l.Options {
		if o.What == "all" {
			for _, w := range []string{"comments", "constraints", "defaults", "generated", "identity", "indexes"} {
				with[w] = !o.Excluding
			}
		}
		with[o.What] = !o.Excluding
	}
	for _, col := range src.Columns {
		if col.Dropped {
			continue
		}
		if b.t.Column(col.Name) != nil {
			return pgerr.Newf(pgerr.DuplicateColumn, "column %q specified more than once", col.Name)
		}
		if err := b.likeColumn(ctx, col, with); err != nil {
			return err
		}
	}
	if with["constraints"] {
		b.t.Checks = append(b.t.Checks, src.Checks...)
	}
	if with["indexes"] {
		return b.likeIndexes(ctx, src)
	}
	return nil
}

func (b *tableBuilder) likeColumn(ctx context.Context, col catalog.Column, with map[string]bool) error {
	n := catalog.Column{Name: col.Name, Attnum: b.nextAttnum(), Type: col.Type, Mod: col.Mod,
		NotNull: col.NotNull, Collation: col.Collation}
	if col.Generated == 0 && with["defaults"] || col.Generated != 0 && with["generated"] {
		n.Default, n.Generated = col.Default, col.Generated
	}
	if with["comments"] {
		n.Comment = col.Comment
	}
	b.t.Columns = append(b.t.Columns, n)
	if col.Identity == 0 || !with["identity"] {
		return nil
	}
	c := &b.t.Columns[len(b.t.Columns)-1]
	seq, err := b.ownedSequence(ctx, c, col.Type, nil)
	if err == nil {
		c.Identity, c.OwnedSeq = col.Identity, seq.OID
	}
	return err
}

func (b *tableBuilder) likeIndexes(ctx context.Context, src *catalog.Table) error {
	for _, ix := range src.Indexes {
		n := *ix
		n.Keys = append([]catalog.IndexKey(nil), ix.Keys...)
		label := "idx"
		var names []string
		for i, k := range n.Keys {
			if col := src.ColumnByNum(k.Attnum); k.Attnum != 0 && col != nil {
				n.Keys[i].Attnum = b.t.Column(col.Name).Attnum
				names = append(names, col.Name)
			}
		}
		switch {
		case ix.Primary:
			label, names = "pkey", nil
		case ix.Constraint:
			label = "key"
		}
		n.Name = freeName(b.t.Name, strings.Join(names, "_"), label, b.c.relationTaken(b.t.Schema, b.t.Indexes))
		if err := b.addIndex(ctx, &n); err != nil {
			return err
		}
	}
	return nil
}
