package ddl

import (
	"context"
	"slices"
	"strings"

	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// alteration is one ALTER TABLE under way.
type alteration struct {
	c *Context
	b *tableBuilder
	t *catalog.Table
	// old is the descriptor before the statement.
	old *catalog.Table
	// rewrite tells that the rows must be written anew, set what changes in them
	// by attnum (expressions over old's columns).
	rewrite bool
	set     map[int16]ast.Expr
}

// change has the rows rewritten with a new value for a column.
func (a *alteration) change(attnum int16, e ast.Expr) {
	a.rewrite = true
	if a.set == nil {
		a.set = map[int16]ast.Expr{}
	}
	a.set[attnum] = e
}

type action func(ctx context.Context, a *alteration, x *ast.AlterAction) error

// actions of ALTER TABLE; those not listed are refused.
var alterActions = map[ast.AlterActionKind]action{
	ast.AddColumn:          addColumn,
	ast.DropColumn:         dropColumn,
	ast.AlterColumnType:    alterColumnType,
	ast.SetColumnDefault:   setColumnDefault,
	ast.DropColumnDefault:  dropColumnDefault,
	ast.SetColumnNotNull:   setColumnNotNull,
	ast.DropColumnNotNull:  dropColumnNotNull,
	ast.AddColumnIdentity:  addColumnIdentity,
	ast.DropColumnIdentity: dropColumnIdentity,
	ast.AddConstraint:      addConstraint,
	ast.ValidateConstraint: validateConstraint,
	ast.DropConstraint:     dropConstraint,
	ast.RenameColumn:       renameColumn,
	ast.RenameConstraint:   renameConstraint,
	ast.RenameTo:           renameTo,
	ast.SetSchema:          setSchema,
	ast.OwnerTo:            ownerTo,
	ast.SetOptions:         setOptions,
	ast.ResetOptions:       resetOptions,
	// Accepted without effect: they tune what Ferrite does not have.
	ast.SetColumnStatistics:  accept,
	ast.SetColumnStorage:     accept,
	ast.SetColumnCompression: accept,
	ast.ClusterOn:            accept,
	ast.SetWithoutCluster:    accept,
	ast.SetWithoutOids:       accept,
	ast.ReplicaIdentity:      accept,
	ast.SetLogged:            func(_ context.Context, a *alteration, _ *ast.AlterAction) error { a.t.Unlogged = false; return nil },
	ast.SetUnlogged:          func(_ context.Context, a *alteration, _ *ast.AlterAction) error { a.t.Unlogged = true; return nil },
}

func accept(context.Context, *alteration, *ast.AlterAction) error { return nil }

func setOptions(_ context.Context, a *alteration, x *ast.AlterAction) error {
	texts := optionTexts(x.Options)
	if a.t.Kind == catalog.KindView {
		var err error
		if texts, err = viewOptions(x.Options); err != nil {
			return err
		}
	}
	a.forget(x.Options)
	a.t.Options = append(a.t.Options, texts...)
	return nil
}

func resetOptions(_ context.Context, a *alteration, x *ast.AlterAction) error {
	a.forget(x.Options)
	return nil
}

// forget takes options off the table.
func (a *alteration) forget(opts []*ast.Option) {
	a.t.Options = slices.DeleteFunc(slices.Clone(a.t.Options), func(text string) bool {
		name, _, _ := strings.Cut(text, "=")
		return slices.ContainsFunc(opts, func(o *ast.Option) bool { return o.Name == name })
	})
}

func alterTable(ctx context.Context, c *Context, s *ast.AlterTable) error {
	name, ok := s.Table.(*ast.TableName)
	if !ok {
		return unsupported("ALTER TABLE of a key pattern")
	}
	if s.Kind == ast.ObjectIndex {
		return c.alterIndex(ctx, s, name.Name)
	}
	t, err := c.relation(name.Name)
	if err != nil {
		return err
	}
	if t == nil {
		if s.IfExists {
			c.notice("NOTICE", pgerr.UndefinedTable, "relation %q does not exist, skipping", name.Name.Name)
			return nil
		}
		if _, ix, _ := c.index(name.Name); ix != nil {
			return c.alterIndex(ctx, s, name.Name)
		}
		return errNoRelation(name.Name)
	}
	if t, err = c.lockTable(ctx, t, alterLock(s.Actions), c.owns); err != nil {
		return err
	}
	a := &alteration{c: c, t: t, old: copyTable(t), b: &tableBuilder{c: c, t: t}}
	for _, x := range s.Actions {
		run := alterActions[x.Kind]
		if run == nil {
			return unsupported("this form of ALTER TABLE")
		}
		if err := run(ctx, a, x); err != nil {
			return err
		}
	}
	return a.finish(ctx)
}

// finish writes the descriptors, then builds and validates what is new.
func (a *alteration) finish(ctx context.Context) error {
	for _, seq := range a.b.sequences {
		if err := a.c.Catalog.PutTable(ctx, seq); err != nil {
			return err
		}
	}
	if err := a.b.putReferred(ctx); err != nil {
		return err
	}
	if a.rewrite {
		if err := a.rewriteRows(ctx); err != nil {
			return err
		}
	}
	if err := a.c.Catalog.PutTable(ctx, a.t); err != nil {
		return err
	}
	for _, ix := range a.b.newIndexes {
		if ix == a.t.PrimaryIndex() {
			continue // its entries are the rows
		}
		if err := a.c.Internal.BuildIndex(ctx, a.t, ix); err != nil {
			return err
		}
	}
	for _, k := range a.b.newChecks {
		if !k.NotValid {
			if err := a.validateCheck(ctx, k); err != nil {
				return err
			}
		}
	}
	for _, fk := range a.b.newForeignKeys {
		if !fk.NotValid {
			if err := a.validateForeignKey(ctx, fk); err != nil {
				return err
			}
		}
	}
	return nil
}

// rewriteRows moves the rows to storage of their own; all indexes are built anew.
func (a *alteration) rewriteRows(ctx context.Context) error {
	oid, err := a.c.Store.NewOID(ctx)
	if err != nil {
		return err
	}
	a.t.Storage = uint32(oid)
	for i, ix := range a.t.Indexes { // the old descriptor shares them
		fresh := *ix
		fresh.KeyFormat = catalog.KeyFormat
		a.t.Indexes[i] = &fresh
	}
	if err := a.c.Internal.Rewrite(ctx, a.old, a.t, a.set); err != nil {
		return err
	}
	// The rows are written whole, columns that this statement adds included: none
	// lacks a column any more.
	for i := range a.t.Columns {
		a.t.Columns[i].HasMissing, a.t.Columns[i].Missing = false, types.Null
	}
	if err := giveUp(a.c.Tx, a.old, keys.AppendTable(nil, a.old.Storage)); err != nil {
		return err
	}
	a.b.newIndexes = a.t.Indexes
	a.b.newChecks = a.t.Checks
	return nil
}

func (a *alteration) column(name string) (*catalog.Column, error) {
	col := a.t.Column(name)
	if col == nil {
		return nil, pgerr.Newf(pgerr.UndefinedColumn, "column %q of relation %q does not exist", name, a.t.Name)
	}
	return col, nil
}

func renameColumn(ctx context.Context, a *alteration, x *ast.AlterAction) error {
	col, err := a.column(x.Name)
	if err != nil {
		return err
	}
	if a.t.Column(x.NewName) != nil {
		return pgerr.Newf(pgerr.DuplicateColumn, "column %q of relation %q already exists", x.NewName, a.t.Name)
	}
	if err := a.refuseExpressions(col, "rename"); err != nil {
		return err
	}
	col.Name = x.NewName
	return nil
}

// refuseExpressions refuses a change of a column that stored expressions name:
// they are kept as text.
func (a *alteration) refuseExpressions(col *catalog.Column, verb string) error {
	for _, k := range a.t.Checks {
		if slices.Contains(k.Columns, col.Attnum) {
			return unsupported(verb + " of a column that a check constraint uses")
		}
	}
	for _, o := range a.t.Columns {
		if o.Generated != 0 && !o.Dropped && textMentions(o.Default, col.Name) {
			return unsupported(verb + " of a column that a generated column uses")
		}
	}
	for _, ix := range a.t.Indexes {
		for _, key := range ix.Keys {
			if textMentions(key.Expr, col.Name) || textMentions(ix.Where, col.Name) {
				return unsupported(verb + " of a column that an index expression uses")
			}
		}
	}
	views, err := a.c.viewsOver(a.t)
	if err != nil {
		return err
	}
	for _, v := range views {
		if textMentions(v.ViewSQL, col.Name) {
			return unsupported(verb + " of a column that view " + v.Name + " uses")
		}
	}
	return nil
}

func renameConstraint(ctx context.Context, a *alteration, x *ast.AlterAction) error {
	if constraintTaken(a.t)(x.NewName) {
		return pgerr.Newf(pgerr.DuplicateObject, "constraint %q for relation %q already exists", x.NewName, a.t.Name)
	}
	for i := range a.t.Checks {
		if a.t.Checks[i].Name == x.Name {
			a.t.Checks[i].Name = x.NewName
			return nil
		}
	}
	for i, ix := range a.t.Indexes {
		if ix.Constraint && ix.Name == x.Name {
			n := *ix
			n.Name = x.NewName
			a.t.Indexes[i] = &n
			return nil
		}
	}
	for i, fk := range a.t.ForeignKeys {
		if fk.Name == x.Name {
			n := *fk
			n.Name = x.NewName
			a.t.ForeignKeys[i] = &n
			return a.renameReferrer(ctx, fk, x.NewName)
		}
	}
	return pgerr.Newf(pgerr.UndefinedObject, "constraint %q for table %q does not exist", x.Name, a.t.Name)
}

func (a *alteration) renameReferrer(ctx context.Context, fk *catalog.ForeignKey, name string) error {
	ref := a.t
	if fk.RefTable != a.t.OID {
		r, err := a.c.Catalog.TableByOID(fk.RefTable)
		if err != nil || r == nil {
			return err
		}
		ref = copyTable(r)
	}
	for i := range ref.ReferredBy {
		if r := &ref.ReferredBy[i]; r.Table == a.t.OID && r.Name == fk.Name {
			r.Name = name
		}
	}
	if ref == a.t {
		return nil
	}
	return a.c.Catalog.PutTable(ctx, ref)
}

func renameTo(ctx context.Context, a *alteration, x *ast.AlterAction) error {
	if s := a.c.Catalog.SchemaByOID(a.t.Schema); s != nil {
		if err := a.c.Auth.RequireSchema(s, acl.Create); err != nil {
			return err
		}
	}
	if a.c.relationTaken(a.t.Schema, nil)(x.NewName) {
		return pgerr.Newf(pgerr.DuplicateTable, "relation %q already exists", x.NewName)
	}
	if err := a.refuseViews("rename"); err != nil {
		return err
	}
	a.t.Name = x.NewName
	return nil
}

// refuseViews refuses a new name for a relation that views name in their text.
func (a *alteration) refuseViews(verb string) error {
	views, err := a.c.viewsOver(a.t)
	if err != nil {
		return err
	}
	if len(views) > 0 {
		return unsupported(verb + " of a relation that view " + views[0].Name + " uses")
	}
	return nil
}

func (c *Context) viewsOver(t *catalog.Table) ([]*catalog.Table, error) {
	all, err := c.Catalog.Tables()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(v *catalog.Table) bool { return !slices.Contains(v.Uses, t.OID) }), nil
}

func setSchema(ctx context.Context, a *alteration, x *ast.AlterAction) error {
	s, err := a.c.schemaNamed(x.NewName)
	if err != nil {
		return err
	}
	if err := a.c.Auth.RequireSchema(s, acl.Create); err != nil {
		return err
	}
	if err := a.refuseViews("a change of schema"); err != nil {
		return err
	}
	if s.OID == a.t.Schema {
		return nil
	}
	for _, col := range a.t.Columns {
		if col.OwnedSeq == 0 || col.Dropped {
			continue
		}
		seq, err := a.c.Catalog.TableByOID(col.OwnedSeq)
		if err != nil {
			return err
		}
		if seq = copyTable(seq); seq.Schema == a.t.Schema {
			seq.Schema = s.OID
			if err := a.c.Catalog.PutTable(ctx, seq); err != nil {
				return err
			}
			if c := a.t.ColumnByNum(col.Attnum); c.Default != "" && c.Identity == 0 {
				c.Default = "nextval('" + a.c.qualified(seq) + "'::regclass)"
			}
		}
	}
	a.t.Schema = s.OID
	return nil
}

func ownerTo(ctx context.Context, a *alteration, x *ast.AlterAction) error {
	r, err := a.c.role(*x.Owner)
	if err != nil || a.t.Owner == r.OID {
		return err
	}
	if a.t.Kind == catalog.KindSequence && a.t.Seq.OwnerTable != 0 {
		if o, err := a.c.Catalog.TableByOID(a.t.Seq.OwnerTable); err == nil && o != nil {
			return pgerr.Newf(pgerr.FeatureNotSupported, "cannot change owner of sequence %q", a.t.Name).
				WithDetailf("Sequence %q is linked to table %q.", a.t.Name, o.Name)
		}
	}
	if err := a.c.mayBeOwner(r, a.t.Schema); err != nil {
		return err
	}
	return a.c.giveTable(ctx, a.t, r.OID)
}

// alterIndex handles ALTER INDEX, and ALTER TABLE given an index.
func (c *Context) alterIndex(ctx context.Context, s *ast.AlterTable, n ast.ObjectName) error {
	t, ix, err := c.index(n)
	if err != nil {
		return err
	}
	if ix == nil {
		if s.IfExists {
			c.notice("NOTICE", pgerr.UndefinedTable, "relation %q does not exist, skipping", n.Name)
			return nil
		}
		return errNoRelation(n)
	}
	if t, err = c.lockTable(ctx, t, txn.ShareUpdateExclusive, func(t *catalog.Table) error {
		o := acl.OfIndex(t, ix)
		return c.Auth.RequireOwner(&o)
	}); err != nil {
		return err
	}
	for _, x := range s.Actions {
		switch x.Kind {
		case ast.RenameTo:
			if c.relationTaken(t.Schema, nil)(x.NewName) {
				return pgerr.Newf(pgerr.DuplicateTable, "relation %q already exists", x.NewName)
			}
			for i, o := range t.Indexes {
				if o.OID == ix.OID {
					renamed := *o
					renamed.Name = x.NewName
					t.Indexes[i] = &renamed
				}
			}
		case ast.SetOptions, ast.ResetOptions, ast.SetTablespace, ast.SetColumnStatistics, ast.OwnerTo:
		default:
			return unsupported("this form of ALTER INDEX")
		}
	}
	return c.Catalog.PutTable(ctx, t)
}
