package ddl

import (
	"context"
	"slices"
	"strings"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// columnConstraints adds the constraints written behind one column.
func (b *tableBuilder) columnConstraints(ctx context.Context, d *ast.ColumnDef) error {
	sawNull, sawNotNull := false, false
	for _, k := range d.Constraints {
		col := b.t.Column(d.Name)
		var err error
		switch k.Kind {
		case ast.ConstraintNull:
			sawNull = true
		case ast.ConstraintNotNull:
			sawNotNull, col.NotNull = true, true
		case ast.ConstraintDefault:
			err = b.setDefault(col, k.Expr)
		case ast.ConstraintGenerated:
			err = b.setGenerated(col, k.Expr)
		case ast.ConstraintIdentity:
			err = b.setIdentity(ctx, col, k.Identity, k.SequenceOptions)
		default:
			err = b.constraint(ctx, asTableConstraint(d.Name, k))
		}
		if err != nil {
			return err
		}
		if sawNull && sawNotNull {
			return pgerr.Newf(pgerr.SyntaxError, "conflicting NULL/NOT NULL declarations for column %q of table %q", d.Name, b.t.Name)
		}
	}
	return nil
}

// asTableConstraint turns a column's constraint into that of a table with the
// one column.
func asTableConstraint(column string, k *ast.ColumnConstraint) *ast.TableConstraint {
	return &ast.TableConstraint{At: k.At, Name: k.Name, Kind: k.Kind, Expr: k.Expr, Columns: []string{column},
		References: k.References, NullsNotDistinct: k.NullsNotDistinct, Index: k.Index, Timing: k.Timing}
}

func (b *tableBuilder) setDefault(col *catalog.Column, e ast.Expr) error {
	if col.Generated != 0 {
		return pgerr.Newf(pgerr.SyntaxError, "both default and generation expression specified for column %q of table %q", col.Name, b.t.Name)
	}
	if col.Identity != 0 {
		return pgerr.Newf(pgerr.SyntaxError, "both default and identity specified for column %q of table %q", col.Name, b.t.Name)
	}
	if col.Default != "" {
		return pgerr.Newf(pgerr.SyntaxError, "multiple default values specified for column %q of table %q", col.Name, b.t.Name)
	}
	_, text, err := b.c.Internal.CheckRowExpr(e, nil, col.Type, "DEFAULT expressions")
	if err != nil {
		return defaultTypeError(err, col)
	}
	col.Default = text
	return nil
}

// defaultTypeError rewords the error of an assignment that has no cast.
func defaultTypeError(err error, col *catalog.Column) error {
	e := pgerr.From(err)
	if e.Code == pgerr.DatatypeMismatch && !strings.HasPrefix(e.Message, "column ") {
		return pgerr.Newf(pgerr.DatatypeMismatch, "column %q is of type %s but default expression is of a different type",
			col.Name, types.FormatType(col.Type, col.Mod)).WithHint("You will need to rewrite or cast the expression.")
	}
	return err
}

func (b *tableBuilder) setGenerated(col *catalog.Column, e ast.Expr) error {
	if col.Default != "" {
		return pgerr.Newf(pgerr.SyntaxError, "both default and generation expression specified for column %q of table %q", col.Name, b.t.Name)
	}
	_, text, err := b.c.Internal.CheckRowExpr(e, b.t, col.Type, "column generation expressions")
	if err != nil {
		return err
	}
	col.Default, col.Generated = text, 's'
	return nil
}

func (b *tableBuilder) setIdentity(ctx context.Context, col *catalog.Column, k ast.IdentityKind, opts []*ast.SequenceOption) error {
	if col.Default != "" {
		return pgerr.Newf(pgerr.SyntaxError, "both default and identity specified for column %q of table %q", col.Name, b.t.Name)
	}
	if !col.Type.IsInteger() {
		return pgerr.New(pgerr.InvalidParameterValue, "identity column type must be smallint, integer, or bigint")
	}
	seq, err := b.ownedSequence(ctx, col, col.Type, opts)
	if err != nil {
		return err
	}
	col.NotNull, col.OwnedSeq, col.Identity = true, seq.OID, 'd'
	if k == ast.IdentityAlways {
		col.Identity = 'a'
	}
	return nil
}

// ownedSequence makes the sequence behind a serial or identity column.
func (b *tableBuilder) ownedSequence(ctx context.Context, col *catalog.Column, typ *types.T, opts []*ast.SequenceOption) (*catalog.Table, error) {
	name := freeName(b.t.Name, col.Name, "seq", func(n string) bool {
		return slices.ContainsFunc(b.sequences, func(s *catalog.Table) bool { return s.Name == n }) ||
			b.c.relationTaken(b.t.Schema, b.t.Indexes)(n)
	})
	schema := b.c.Catalog.SchemaByOID(b.t.Schema)
	seq, err := b.c.makeSequence(ctx, schema, name, typ, opts)
	if err != nil {
		return nil, err
	}
	seq.Temporary = b.t.Temporary
	seq.Seq.OwnerTable, seq.Seq.OwnerColumn = b.t.OID, col.Attnum
	col.OwnedSeq = seq.OID
	b.sequences = append(b.sequences, seq)
	return seq, nil
}

// constraint adds a table constraint.
func (b *tableBuilder) constraint(ctx context.Context, k *ast.TableConstraint) error {
	if k.Name != "" && constraintTaken(b.t)(k.Name) {
		return pgerr.Newf(pgerr.DuplicateObject, "constraint %q for relation %q already exists", k.Name, b.t.Name)
	}
	switch k.Kind {
	case ast.ConstraintCheck:
		return b.check(ctx, k)
	case ast.ConstraintPrimaryKey, ast.ConstraintUnique:
		return b.unique(ctx, k)
	case ast.ConstraintForeignKey:
		return b.foreignKey(ctx, k)
	default:
		return unsupported("EXCLUDE constraint")
	}
}

func (b *tableBuilder) check(ctx context.Context, k *ast.TableConstraint) error {
	_, text, err := b.c.Internal.CheckRowExpr(k.Expr, b.t, types.Bool, "check constraints")
	if err != nil {
		return err
	}
	cols := b.columnsOf(k.Expr)
	name := k.Name
	if name == "" {
		col := ""
		if len(cols) == 1 {
			col = b.t.ColumnByNum(cols[0]).Name
		}
		name = freeName(b.t.Name, col, "check", constraintTaken(b.t))
	}
	oid, err := b.c.Store.NewOID(ctx)
	if err != nil {
		return err
	}
	chk := catalog.Check{OID: oid, Name: name, Expr: text, Columns: cols,
		NotValid: k.Timing.NotValid, NoInherit: k.Timing.NoInherit}
	b.t.Checks = append(b.t.Checks, chk)
	b.newChecks = append(b.newChecks, chk)
	return nil
}

// columnsOf lists the attnums of the table that an expression reads.
func (b *tableBuilder) columnsOf(e ast.Expr) []int16 {
	var out []int16
	ast.Walk(e, func(n ast.Node) bool {
		if ref, ok := n.(*ast.ColumnRef); ok {
			if col := b.t.Column(ref.Names[len(ref.Names)-1]); col != nil && !slices.Contains(out, col.Attnum) {
				out = append(out, col.Attnum)
			}
		}
		return true
	})
	return out
}

// unique adds a primary key or unique constraint with its index.
func (b *tableBuilder) unique(ctx context.Context, k *ast.TableConstraint) error {
	primary := k.Kind == ast.ConstraintPrimaryKey
	if k.Index.UsingIndex != "" {
		return unsupported("ADD CONSTRAINT USING INDEX")
	}
	if primary && hasPrimary(b.t) {
		return pgerr.Newf(pgerr.InvalidTableDefinition, "multiple primary keys for table %q are not allowed", b.t.Name)
	}
	ix := &catalog.Index{Name: k.Name, Unique: true, Primary: primary, Constraint: true, Method: "btree",
		NullsNotDistinct: k.NullsNotDistinct, Deferrable: k.Timing.Deferrable}
	for i, n := range k.Columns {
		col := b.t.Column(n)
		if col == nil {
			return pgerr.Newf(pgerr.UndefinedColumn, "column %q named in key does not exist", n)
		}
		if slices.Contains(k.Columns[:i], n) {
			what := "unique"
			if primary {
				what = "primary key"
			}
			return pgerr.Newf(pgerr.DuplicateColumn, "column %q appears twice in %s constraint", n, what)
		}
		if primary {
			col.NotNull = true
		}
		ix.Keys = append(ix.Keys, catalog.IndexKey{Attnum: col.Attnum, Type: col.Type})
	}
	if err := b.include(ix, k.Index.Include); err != nil {
		return err
	}
	if ix.Name == "" {
		if primary {
			ix.Name = freeName(b.t.Name, "", "pkey", b.c.relationTaken(b.t.Schema, b.t.Indexes))
		} else {
			ix.Name = freeName(b.t.Name, strings.Join(k.Columns, "_"), "key", b.c.relationTaken(b.t.Schema, b.t.Indexes))
		}
	}
	return b.addIndex(ctx, ix)
}

func hasPrimary(t *catalog.Table) bool {
	return slices.ContainsFunc(t.Indexes, func(ix *catalog.Index) bool { return ix.Primary })
}

func (b *tableBuilder) include(ix *catalog.Index, names []string) error {
	for _, n := range names {
		col := b.t.Column(n)
		if col == nil {
			return pgerr.Newf(pgerr.UndefinedColumn, "column %q does not exist", n)
		}
		ix.Include = append(ix.Include, col.Attnum)
	}
	return nil
}

// addIndex numbers an index and adds it. The primary key of a table that has no
// rows yet becomes the order of the rows.
func (b *tableBuilder) addIndex(ctx context.Context, ix *catalog.Index) error {
	oid, err := b.c.Store.NewOID(ctx)
	if err != nil {
		return err
	}
	ix.OID, ix.ID, ix.KeyFormat = oid, primaryIndexID, catalog.KeyFormat
	fresh := b.t.Version == 0
	if !ix.Primary || !fresh {
		ix.ID = max(ix.ID, b.t.IndexesMade)
		for _, o := range b.t.Indexes {
			ix.ID = max(ix.ID, o.ID)
		}
		ix.ID++
	}
	b.t.Indexes = append(b.t.Indexes, ix)
	if ix.Primary && fresh {
		b.t.Primary = len(b.t.Indexes) - 1
	}
	b.newIndexes = append(b.newIndexes, ix)
	return nil
}

var actions = map[ast.ReferentialAction]byte{
	ast.NoAction: 'a', ast.RestrictAction: 'r', ast.CascadeAction: 'c', ast.SetNullAction: 'n', ast.SetDefaultAction: 'd',
}

// foreignKey adds a foreign key to this table and its mark on the other.
func (b *tableBuilder) foreignKey(ctx context.Context, k *ast.TableConstraint) error {
	r := k.References
	if r.Match == ast.MatchPartial {
		return pgerr.New(pgerr.FeatureNotSupported, "MATCH PARTIAL not yet implemented")
	}
	if len(r.OnDeleteCols) > 0 || len(r.OnUpdateCols) > 0 {
		return unsupported("a column list of ON DELETE SET")
	}
	ref, err := b.referredTable(ctx, r.Table)
	if err != nil {
		return err
	}
	fk := &catalog.ForeignKey{Name: k.Name, RefTable: ref.OID, OnDelete: actions[r.OnDelete], OnUpdate: actions[r.OnUpdate],
		MatchFull: r.Match == ast.MatchFull, NotValid: k.Timing.NotValid,
		Deferrable:        k.Timing.Deferrable || k.Timing.InitiallyDeferred,
		InitiallyDeferred: k.Timing.InitiallyDeferred}
	for _, n := range k.Columns {
		col := b.t.Column(n)
		if col == nil {
			return pgerr.Newf(pgerr.UndefinedColumn, "column %q referenced in foreign key constraint does not exist", n)
		}
		fk.Columns = append(fk.Columns, col.Attnum)
	}
	if err := referredColumns(fk, ref, r.Columns); err != nil {
		return err
	}
	if !b.c.Auth.HoldsColumns(ref, acl.References, fk.RefColumns, false) {
		o := acl.OfTable(ref)
		return o.Denied()
	}
	if fk.Name == "" {
		fk.Name = freeName(b.t.Name, strings.Join(k.Columns, "_"), "fkey", constraintTaken(b.t))
	}
	if err := checkForeignKey(b.t, ref, fk); err != nil {
		return err
	}
	if fk.OID, err = b.c.Store.NewOID(ctx); err != nil {
		return err
	}
	b.t.ForeignKeys = append(b.t.ForeignKeys, fk)
	b.newForeignKeys = append(b.newForeignKeys, fk)
	ref.ReferredBy = append(ref.ReferredBy, catalog.Referrer{Table: b.t.OID, Name: fk.Name})
	return nil
}

// referredTable gives the copy of the referred table that finish will write;
// the table itself where it refers to itself.
func (b *tableBuilder) referredTable(ctx context.Context, n ast.ObjectName) (*catalog.Table, error) {
	if n.Name == b.t.Name {
		if s := b.c.Catalog.SchemaByOID(b.t.Schema); n.Schema == "" || s != nil && s.Name == n.Schema {
			return b.t, nil
		}
	}
	t, err := b.c.relation(n)
	if err != nil {
		return nil, err
	}
	if t == nil {
		return nil, errNoRelation(n)
	}
	if t.Kind != catalog.KindTable {
		return nil, pgerr.Newf(pgerr.WrongObjectType, "referenced relation %q is not a table", t.Name)
	}
	for _, r := range b.referred {
		if r.OID == t.OID {
			return r, nil
		}
	}
	if b.t.Temporary != t.Temporary {
		word := "permanent"
		if b.t.Temporary {
			word = "temporary"
		}
		return nil, pgerr.Newf(pgerr.InvalidTableDefinition, "constraints on %s tables may reference only %s tables", word, word)
	}
	t, err = b.c.lockTable(ctx, t, txn.ShareRowExclusive, func(t *catalog.Table) error {
		if b.c.Auth.HoldsColumns(t, acl.References, nil, true) {
			return nil // on the very columns: foreignKey
		}
		o := acl.OfTable(t)
		return o.Denied()
	})
	if err == nil {
		b.referred = append(b.referred, t)
	}
	return t, err
}

func referredColumns(fk *catalog.ForeignKey, ref *catalog.Table, names []string) error {
	if len(names) == 0 {
		for _, ix := range ref.Indexes {
			if ix.Primary {
				for _, key := range ix.Keys {
					fk.RefColumns = append(fk.RefColumns, key.Attnum)
				}
				return nil
			}
		}
		return pgerr.Newf(pgerr.UndefinedObject, "there is no primary key for referenced table %q", ref.Name)
	}
	for _, n := range names {
		col := ref.Column(n)
		if col == nil {
			return pgerr.Newf(pgerr.UndefinedColumn, "column %q referenced in foreign key constraint does not exist", n)
		}
		fk.RefColumns = append(fk.RefColumns, col.Attnum)
	}
	return nil
}

func checkForeignKey(t, ref *catalog.Table, fk *catalog.ForeignKey) error {
	if len(fk.Columns) != len(fk.RefColumns) {
		return pgerr.New(pgerr.InvalidForeignKey, "number of referencing and referenced columns for foreign key disagree")
	}
	if uniqueOver(ref, fk.RefColumns) == nil {
		return pgerr.Newf(pgerr.InvalidForeignKey, "there is no unique constraint matching given keys for referenced table %q", ref.Name)
	}
	for i, n := range fk.Columns {
		a, r := t.ColumnByNum(n), ref.ColumnByNum(fk.RefColumns[i])
		if !comparable(a.Type, r.Type) {
			return pgerr.Newf(pgerr.DatatypeMismatch, "foreign key constraint %q cannot be implemented", fk.Name).
				WithDetailf("Key columns %q and %q are of incompatible types: %s and %s.", a.Name, r.Name,
					types.FormatType(a.Type, -1), types.FormatType(r.Type, -1))
		}
	}
	return nil
}

// comparable tells whether = works between the types of a foreign key: equal
// ones, integers of any width, numbers, strings.
func comparable(a, b *types.T) bool {
	a, b = a.Underlying(), b.Underlying()
	return a.Is(b) || a.Category == b.Category && (a.Category == 'N' || a.Category == 'S')
}

// uniqueOver finds a unique index over exactly these columns in any order.
func uniqueOver(t *catalog.Table, cols []int16) *catalog.Index {
	for _, ix := range t.Indexes {
		if !ix.Unique || ix.Where != "" || len(ix.Keys) != len(cols) {
			continue
		}
		if !slices.ContainsFunc(ix.Keys, func(k catalog.IndexKey) bool { return !slices.Contains(cols, k.Attnum) }) {
			return ix
		}
	}
	return nil
}
