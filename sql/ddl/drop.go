package ddl

import (
	"cmp"
	"context"
	"fmt"
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

func drop(ctx context.Context, c *Context, s *ast.Drop) error {
	switch s.Kind {
	case ast.ObjectTable, ast.ObjectView, ast.ObjectMaterializedView, ast.ObjectSequence:
		return c.dropRelations(ctx, s)
	case ast.ObjectIndex:
		return c.dropIndexes(ctx, s)
	case ast.ObjectSchema:
		return c.dropSchemas(ctx, s)
	case ast.ObjectType, ast.ObjectDomain:
		return c.dropTypes(ctx, s)
	case ast.ObjectFunction, ast.ObjectProcedure, ast.ObjectRoutine:
		return c.dropFunctions(ctx, s)
	case ast.ObjectDatabase:
		return c.dropDatabase(ctx, s)
	}
	return unsupported("DROP " + s.Kind.String())
}

var dropKinds = map[ast.ObjectKind]catalog.RelKind{
	ast.ObjectTable: catalog.KindTable, ast.ObjectView: catalog.KindView,
	ast.ObjectMaterializedView: catalog.KindMatView, ast.ObjectSequence: catalog.KindSequence,
}

func (c *Context) dropRelations(ctx context.Context, s *ast.Drop) error {
	want := dropKinds[s.Kind]
	d := dropper{c: c, cascade: s.Behavior == ast.DropCascade}
	for _, n := range s.Names {
		t, err := c.relation(n)
		if err != nil {
			return err
		}
		if t == nil {
			if err := c.missing(s, kindWord(want), n); err != nil {
				return err
			}
			continue
		}
		if t.Kind == catalog.KindVirtual {
			_, err := c.lockTable(ctx, t, txn.AccessExclusive, c.mayDrop)
			return err
		}
		if t.Kind != want {
			return pgerr.Newf(pgerr.WrongObjectType, "%q is not a %s", t.Name, kindWord(want)).
				WithHintf("Use DROP %s to remove a %s.", strings.ToUpper(kindWord(t.Kind)), kindWord(t.Kind))
		}
		d.named = append(d.named, t.OID)
	}
	for _, oid := range d.named {
		t, err := c.Catalog.TableByOID(oid)
		if err == nil && t != nil {
			err = c.mayDrop(t)
		}
		if err != nil {
			return err
		}
	}
	for _, oid := range d.named {
		if err := d.relation(ctx, oid); err != nil {
			return err
		}
	}
	return d.report()
}

// missing reports a name that is not there: a notice under IF EXISTS.
func (c *Context) missing(s *ast.Drop, word string, n ast.ObjectName) error {
	name := strings.Join(n.Parts(), ".")
	if s.IfExists {
		c.notice("NOTICE", pgerr.SuccessfulCompletion, "%s %q does not exist, skipping", word, name)
		return nil
	}
	code := pgerr.UndefinedTable
	if word == "index" {
		code = pgerr.UndefinedObject
	}
	return pgerr.Newf(code, "%s %q does not exist", word, name)
}

// dropper drops relations with what depends on them.
type dropper struct {
	c       *Context
	cascade bool
	// unchecked: the user's right was checked on what all of it belongs to.
	unchecked bool
	named     []types.OID
	gone      []types.OID
	// cascaded words each dependent object dropped, for the notice.
	cascaded []string
	// refused words the dependent objects that forbid the drop of refusedOn.
	refused   []string
	refusedOn string
}

func (d *dropper) relation(ctx context.Context, oid types.OID) error {
	if slices.Contains(d.gone, oid) {
		return nil
	}
	t, err := d.c.Catalog.TableByOID(oid)
	if err != nil || t == nil {
		return err
	}
	if t, err = d.c.lockTable(ctx, t, txn.AccessExclusive, d.may(t)); err != nil {
		return err
	}
	d.gone = append(d.gone, oid)
	if err := d.dependents(ctx, t); err != nil {
		return err
	}
	if err := d.detach(ctx, t); err != nil {
		return err
	}
	if t.Kind == catalog.KindTable || t.Kind == catalog.KindMatView {
		if err := giveUp(d.c.Tx, t, keys.AppendTable(nil, t.Storage)); err != nil {
			return err
		}
	}
	return d.c.Catalog.DropTable(ctx, t)
}

// may is the right to drop what the statement names; what depends on it goes
// without.
func (d *dropper) may(t *catalog.Table) may {
	if d.unchecked || !slices.Contains(d.named, t.OID) {
		return nil
	}
	return d.c.mayDrop
}

// giveUp leaves keys of t to readers of the past, after whom they are deleted.
// What a session keeps for itself has no past.
func giveUp(tx txn.Txn, t *catalog.Table, prefix []byte) error {
	if t.Temporary {
		return tx.DeleteRange(prefix, keys.PrefixEnd(nil, prefix))
	}
	return tx.Put(keys.AppendDoomed(nil, prefix), nil, txn.PutOptions{})
}

// dependents drops or refuses what needs t: views over it, foreign keys to it,
// defaults from a sequence.
func (d *dropper) dependents(ctx context.Context, t *catalog.Table) error {
	all, err := d.c.Catalog.Tables()
	if err != nil {
		return err
	}
	for _, o := range all {
		if slices.Contains(d.gone, o.OID) || !slices.Contains(o.Uses, t.OID) {
			continue
		}
		if err := d.depend(fmt.Sprintf("view %s", o.Name), t, slices.Contains(d.named, o.OID)); err != nil {
			return err
		}
		if err := d.relation(ctx, o.OID); err != nil {
			return err
		}
	}
	for _, r := range t.ReferredBy {
		if slices.Contains(d.gone, r.Table) {
			continue
		}
		o, err := d.c.Catalog.TableByOID(r.Table)
		if err != nil || o == nil {
			return err
		}
		if err := d.depend(fmt.Sprintf("constraint %s on table %s", r.Name, o.Name), t, slices.Contains(d.named, o.OID)); err != nil {
			return err
		}
		if slices.Contains(d.named, o.OID) {
			continue
		}
		if o, err = d.c.lockTable(ctx, o, txn.AccessExclusive, nil); err != nil {
			return err
		}
		o.ForeignKeys = slices.DeleteFunc(o.ForeignKeys, func(f *catalog.ForeignKey) bool { return f.Name == r.Name && f.RefTable == t.OID })
		if err := d.c.Catalog.PutTable(ctx, o); err != nil {
			return err
		}
	}
	return d.sequenceUsers(ctx, t)
}

// sequenceDefaults handles columns whose default names a sequence that no column
// owns.
func (d *dropper) sequenceDefaults(ctx context.Context, t *catalog.Table) error {
	all, err := d.c.Catalog.Tables()
	if err != nil {
		return err
	}
	name := types.QuoteLiteral(d.c.qualified(t)) + "::regclass"
	for _, o := range all {
		if o.Kind == catalog.KindVirtual || slices.Contains(d.gone, o.OID) || slices.Contains(d.named, o.OID) {
			continue
		}
		var changed *catalog.Table
		for i, col := range o.Columns {
			if col.Dropped || !strings.Contains(col.Default, name) {
				continue
			}
			if err := d.depend(fmt.Sprintf("default value for column %s of table %s", col.Name, o.Name), t, false); err != nil {
				return err
			}
			if changed == nil {
				changed = copyTable(o)
			}
			changed.Columns[i].Default = ""
		}
		if changed == nil {
			continue
		}
		if err := d.c.Catalog.PutTable(ctx, changed); err != nil {
			return err
		}
	}
	return nil
}

// sequenceUsers handles columns whose default reads the sequence.
func (d *dropper) sequenceUsers(ctx context.Context, t *catalog.Table) error {
	if t.Kind == catalog.KindSequence && t.Seq.OwnerTable == 0 {
		return d.sequenceDefaults(ctx, t)
	}
	if t.Kind != catalog.KindSequence || slices.Contains(d.gone, t.Seq.OwnerTable) {
		return nil
	}
	o, err := d.c.Catalog.TableByOID(t.Seq.OwnerTable)
	if err != nil || o == nil {
		return err
	}
	o = copyTable(o)
	col := o.ColumnByNum(t.Seq.OwnerColumn)
	if col == nil || col.OwnedSeq != t.OID {
		return nil
	}
	if col.Identity != 0 {
		return pgerr.Newf(pgerr.DependentObjectsStillExist, "cannot drop sequence %s because column %s of table %s requires it", t.Name, col.Name, o.Name).
			WithHintf("You can drop column %s of table %s instead.", col.Name, o.Name)
	}
	if strings.HasPrefix(col.Default, "nextval(") {
		if err := d.depend(fmt.Sprintf("default value for column %s of table %s", col.Name, o.Name), t, false); err != nil {
			return err
		}
		col.Default = ""
	}
	col.OwnedSeq = 0
	return d.c.Catalog.PutTable(ctx, o)
}

// depend notes a dependent object: report refuses where nothing allows dropping
// it, after all that stand in the way are known.
func (d *dropper) depend(what string, t *catalog.Table, named bool) error {
	if named {
		return nil
	}
	if !d.cascade {
		on := kindWord(t.Kind) + " " + t.Name
		if d.refusedOn == "" {
			d.refusedOn = on
		}
		d.refused = append(d.refused, what+" depends on "+on)
		return nil
	}
	d.cascaded = append(d.cascaded, what)
	return nil
}

// report refuses the drop, or sends the notice about cascaded drops, worded as PostgreSQL's.
func (d *dropper) report() error {
	if len(d.refused) > 0 {
		return pgerr.Newf(pgerr.DependentObjectsStillExist, "cannot drop %s because other objects depend on it", d.refusedOn).
			WithDetail(strings.Join(d.refused, "\n")).WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
	}
	switch len(d.cascaded) {
	case 0:
	case 1:
		d.c.notice("NOTICE", pgerr.SuccessfulCompletion, "drop cascades to %s", d.cascaded[0])
	default:
		if d.c.Notice != nil {
			d.c.Notice(pgerr.Newf(pgerr.SuccessfulCompletion, "drop cascades to %d other objects", len(d.cascaded)).
				WithSeverity("NOTICE").WithDetail("drop cascades to " + strings.Join(d.cascaded, "\ndrop cascades to ")))
		}
	}
	return nil
}

// detach removes t from the tables it refers to and drops its own sequences.
func (d *dropper) detach(ctx context.Context, t *catalog.Table) error {
	for _, fk := range t.ForeignKeys {
		if slices.Contains(d.gone, fk.RefTable) {
			continue
		}
		if err := d.c.unrefer(ctx, t, fk); err != nil {
			return err
		}
	}
	for _, col := range t.Columns {
		if col.OwnedSeq != 0 && !col.Dropped {
			if err := d.relation(ctx, col.OwnedSeq); err != nil {
				return err
			}
		}
	}
	return nil
}

// unrefer takes a foreign key's mark off the referred table.
func (c *Context) unrefer(ctx context.Context, t *catalog.Table, fk *catalog.ForeignKey) error {
	ref, err := c.Catalog.TableByOID(fk.RefTable)
	if err != nil || ref == nil || ref.OID == t.OID {
		return err
	}
	if ref, err = c.lockTable(ctx, ref, txn.AccessExclusive, nil); err != nil {
		return err
	}
	ref.ReferredBy = slices.DeleteFunc(ref.ReferredBy, func(r catalog.Referrer) bool { return r.Table == t.OID && r.Name == fk.Name })
	return c.Catalog.PutTable(ctx, ref)
}

func (c *Context) dropIndexes(ctx context.Context, s *ast.Drop) error {
	for _, n := range s.Names {
		t, ix, err := c.index(n)
		if err != nil {
			return err
		}
		if ix == nil {
			if err := c.missing(s, "index", n); err != nil {
				return err
			}
			continue
		}
		if ix.Constraint {
			return pgerr.Newf(pgerr.DependentObjectsStillExist, "cannot drop index %s because constraint %s on table %s requires it", ix.Name, ix.Name, t.Name).
				WithHintf("You can drop constraint %s on table %s instead.", ix.Name, t.Name)
		}
		if t, err = c.lockTable(ctx, t, txn.AccessExclusive, func(t *catalog.Table) error {
			o := acl.OfIndex(t, ix)
			return c.ownsOrSchema(&o, t.Schema)
		}); err != nil {
			return err
		}
		if err := c.dropIndex(t, ix.OID); err != nil {
			return err
		}
		if err := c.Catalog.PutTable(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// dropIndex removes an index from a locked copy, with its entries.
func (c *Context) dropIndex(t *catalog.Table, oid types.OID) error {
	i := slices.IndexFunc(t.Indexes, func(x *catalog.Index) bool { return x.OID == oid })
	ix := t.Indexes[i]
	t.Indexes = slices.Delete(t.Indexes, i, i+1)
	if t.Primary > i {
		t.Primary--
	}
	t.IndexesMade = max(t.IndexesMade, ix.ID)
	return giveUp(c.Tx, t, keys.AppendIndex(nil, t.Storage, ix.ID))
}

func (c *Context) dropSchemas(ctx context.Context, s *ast.Drop) error {
	for _, n := range s.Names {
		schema := c.Catalog.SchemaByName(n.Name)
		if schema == nil {
			if s.IfExists {
				c.notice("NOTICE", pgerr.SuccessfulCompletion, "schema %q does not exist, skipping", n.Name)
				continue
			}
			return pgerr.Newf(pgerr.InvalidSchemaName, "schema %q does not exist", n.Name)
		}
		if schema.OID < catalog.FirstUserOID && schema.OID != catalog.SchemaPublic {
			return pgerr.Newf(pgerr.DependentObjectsStillExist, "cannot drop schema %s because it is required by the database system", n.Name)
		}
		if err := c.ownsSchema(schema); err != nil {
			return err
		}
		if err := c.dropSchema(ctx, schema, s.Behavior == ast.DropCascade); err != nil {
			return err
		}
	}
	return nil
}

// member is an object in a schema that goes with it.
type member struct {
	oid  types.OID
	what string
}

// members describes what is in a schema, as pg_describe_object does, oldest
// first: names are qualified where the search path does not reach them.
func (c *Context) members(schema *catalog.Schema, tables []*catalog.Table, ts []*catalog.TypeDesc, fs []*catalog.Function) []string {
	prefix := types.QuoteIdent(schema.Name) + "."
	if slices.Contains(c.path(), schema) {
		prefix = ""
	}
	var in []member
	for _, t := range tables {
		if t.Schema == schema.OID && (t.Kind != catalog.KindSequence || t.Seq.OwnerTable == 0) {
			in = append(in, member{t.OID, kindWord(t.Kind) + " " + prefix + types.QuoteIdent(t.Name)})
		}
	}
	for _, t := range ts {
		if t.Schema == schema.OID {
			in = append(in, member{t.T.OID, "type " + prefix + types.QuoteIdent(t.T.Name)})
		}
	}
	for _, f := range fs {
		if f.Schema == schema.OID {
			args := make([]string, len(f.ArgTypes))
			for i, t := range f.ArgTypes {
				args[i] = types.FormatType(t, -1)
			}
			in = append(in, member{f.OID, "function " + prefix + types.QuoteIdent(f.Name) + "(" + strings.Join(args, ",") + ")"})
		}
	}
	slices.SortFunc(in, func(a, b member) int { return cmp.Compare(a.oid, b.oid) })
	out := make([]string, len(in))
	for i, m := range in {
		out[i] = m.what
	}
	return out
}

func (c *Context) dropSchema(ctx context.Context, schema *catalog.Schema, cascade bool) error {
	d := dropper{c: c, cascade: true, unchecked: true}
	all, err := c.Catalog.Tables()
	if err != nil {
		return err
	}
	for _, t := range all {
		if t.Schema == schema.OID && (t.Kind != catalog.KindSequence || t.Seq.OwnerTable == 0) {
			d.named = append(d.named, t.OID)
		}
	}
	ts, err := c.Catalog.Types()
	if err != nil {
		return err
	}
	fs, err := c.Catalog.AllFunctions()
	if err != nil {
		return err
	}
	d.cascaded = c.members(schema, all, ts, fs)
	if len(d.cascaded) > 0 && !cascade {
		return pgerr.Newf(pgerr.DependentObjectsStillExist, "cannot drop schema %s because other objects depend on it", schema.Name).
			WithDetailf("%s depends on schema %s", strings.Join(d.cascaded, " depends on schema "+schema.Name+"\n"), schema.Name).
			WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
	}
	for _, oid := range d.named {
		if err := d.relation(ctx, oid); err != nil {
			return err
		}
	}
	for _, t := range ts {
		if t.Schema == schema.OID {
			if err := c.Catalog.DropType(ctx, t); err != nil {
				return err
			}
		}
	}
	for _, f := range fs {
		if f.Schema == schema.OID {
			if err := c.Catalog.DropFunction(ctx, f); err != nil {
				return err
			}
		}
	}
	for _, a := range c.Catalog.AccessLists() {
		if a.Class == catalog.AccessDefaults && a.Schema == schema.OID {
			if err := c.Catalog.DropAccess(ctx, a); err != nil {
				return err
			}
		}
	}
	if err := c.Catalog.DropSchema(ctx, schema); err != nil {
		return err
	}
	return d.report()
}
