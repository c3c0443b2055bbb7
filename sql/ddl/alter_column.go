package ddl

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/parse"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// textMentions tells whether an identifier stands in canonical SQL text. It may
// say yes for a word in a string: the caller then refuses more than it must.
func textMentions(text, ident string) bool {
	for rest := text; ; {
		i := strings.Index(rest, ident)
		if i < 0 {
			return false
		}
		before, after := i == 0 || !wordByte(rest[i-1]), i+len(ident) == len(rest) || !wordByte(rest[i+len(ident)])
		if before && after {
			return true
		}
		rest = rest[i+1:]
	}
}

func wordByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= 0x80
}

func addColumn(ctx context.Context, a *alteration, x *ast.AlterAction) error {
	if a.t.Column(x.Column.Name) != nil {
		if !x.IfNotExists {
			return pgerr.Newf(pgerr.DuplicateColumn, "column %q of relation %q already exists", x.Column.Name, a.t.Name)
		}
		a.c.notice("NOTICE", pgerr.DuplicateColumn, "column %q of relation %q already exists, skipping", x.Column.Name, a.t.Name)
		return nil
	}
	if a.t.Kind != catalog.KindTable {
		return pgerr.Newf(pgerr.WrongObjectType, "%q is not a table", a.t.Name)
	}
	if _, err := a.b.column(ctx, x.Column); err != nil {
		return err
	}
	if err := a.b.columnConstraints(ctx, x.Column); err != nil {
		return err
	}
	return a.fillColumn(ctx, x.Column)
}

// fillColumn gives the rows there are the new column's value: one that does not
// change is kept once in the descriptor, others are written to every row.
func (a *alteration) fillColumn(ctx context.Context, d *ast.ColumnDef) error {
	col := a.t.Column(d.Name)
	empty, err := a.empty(ctx)
	if err != nil || empty {
		return err
	}
	switch {
	case col.Identity != 0:
		seq := a.b.sequences[len(a.b.sequences)-1]
		if err := a.c.Catalog.PutTable(ctx, seq); err != nil {
			return err
		}
		a.b.sequences = a.b.sequences[:len(a.b.sequences)-1]
		return a.changeText(col.Attnum, a.nextvalText(seq))
	case col.OwnedSeq != 0 && strings.HasPrefix(col.Default, "nextval("):
		seq := a.b.sequences[len(a.b.sequences)-1]
		if err := a.c.Catalog.PutTable(ctx, seq); err != nil {
			return err
		}
		a.b.sequences = a.b.sequences[:len(a.b.sequences)-1]
		return a.changeText(col.Attnum, col.Default)
	case col.Generated != 0 || volatileText(col.Default):
		return a.changeText(col.Attnum, col.Default)
	}
	if col.Default == "" {
		if col.NotNull {
			return pgerr.Newf(pgerr.NotNullViolation, "column %q of relation %q contains null values", col.Name, a.t.Name).
				WithTable(a.schemaName(), a.t.Name).WithColumn(col.Name)
		}
		return nil
	}
	for _, k := range d.Constraints {
		if k.Kind == ast.ConstraintDefault {
			if col.Missing, err = a.c.Internal.Eval(ctx, k.Expr, col.Type, col.Mod); err != nil {
				return err
			}
			col.HasMissing = true
		}
	}
	return nil
}

// volatileText tells whether a default calls a function whose value differs
// from row to row.
func volatileText(text string) bool {
	for _, f := range []string{"random", "gen_random_uuid", "clock_timestamp", "timeofday"} {
		if textMentions(text, f) {
			return true
		}
	}
	return false
}

func (a *alteration) schemaName() string {
	if s := a.c.Catalog.SchemaByOID(a.t.Schema); s != nil {
		return s.Name
	}
	return ""
}

// sqlName names the table as the catalog before this statement knows it.
func (a *alteration) sqlName() string {
	t, err := a.c.Catalog.TableByOID(a.t.OID)
	if err != nil || t == nil {
		t = a.t
	}
	return ast.QuoteIdentifier(a.schemaName()) + "." + ast.QuoteIdentifier(t.Name)
}

func (a *alteration) empty(ctx context.Context) (bool, error) {
	rows, err := a.c.Internal.Query(ctx, "SELECT 1 FROM "+a.sqlName()+" LIMIT 1", a.t)
	return len(rows) == 0, err
}

func dropColumn(ctx context.Context, a *alteration, x *ast.AlterAction) error {
	col := a.t.Column(x.Name)
	if col == nil && x.IfExists {
		a.c.notice("NOTICE", pgerr.UndefinedColumn, "column %q of relation %q does not exist, skipping", x.Name, a.t.Name)
		return nil
	}
	col, err := a.column(x.Name)
	if err != nil {
		return err
	}
	if err := a.dropFromIndexes(col, x.Behavior == ast.DropCascade); err != nil {
		return err
	}
	a.t.Checks = slices.DeleteFunc(a.t.Checks, func(k catalog.Check) bool { return slices.Contains(k.Columns, col.Attnum) })
	for _, fk := range slices.Clone(a.t.ForeignKeys) {
		if slices.Contains(fk.Columns, col.Attnum) {
			if err := a.removeForeignKey(ctx, fk); err != nil {
				return err
			}
		}
	}
	if err := a.refuseExpressions(col, "drop"); err != nil {
		return err
	}
	if col.OwnedSeq != 0 {
		d := dropper{c: a.c, cascade: true, gone: []types.OID{a.t.OID}}
		if err := d.relation(ctx, col.OwnedSeq); err != nil {
			return err
		}
	}
	col.Name = fmt.Sprintf("........pg.dropped.%d........", col.Attnum)
	col.Dropped, col.NotNull, col.Default, col.Generated, col.Identity, col.OwnedSeq = true, false, "", 0, 0, 0
	return nil
}

// dropFromIndexes drops the indexes over the column; the order of the rows
// themselves cannot go.
func (a *alteration) dropFromIndexes(col *catalog.Column, cascade bool) error {
	for _, ix := range slices.Clone(a.t.Indexes) {
		if !slices.ContainsFunc(ix.Keys, func(k catalog.IndexKey) bool { return k.Attnum == col.Attnum }) &&
			!slices.Contains(ix.Include, col.Attnum) {
			continue
		}
		if a.t.PrimaryIndex() == ix {
			return unsupported("dropping a primary key column")
		}
		if err := a.refuseReferred(ix, cascade); err != nil {
			return err
		}
		if err := a.c.dropIndex(a.t, ix.OID); err != nil {
			return err
		}
	}
	return nil
}

// refuseReferred refuses to drop a unique index that foreign keys rely on.
func (a *alteration) refuseReferred(ix *catalog.Index, cascade bool) error {
	for _, r := range a.t.ReferredBy {
		o, err := a.c.Catalog.TableByOID(r.Table)
		if err != nil {
			return err
		}
		if o == nil {
			continue
		}
		for _, fk := range o.ForeignKeys {
			if fk.Name == r.Name && uniqueOver(&catalog.Table{Indexes: []*catalog.Index{ix}}, fk.RefColumns) != nil {
				if cascade {
					return unsupported("CASCADE to the foreign keys of other tables")
				}
				return pgerr.Newf(pgerr.DependentObjectsStillExist, "cannot drop constraint %s on table %s because other objects depend on it", ix.Name, a.t.Name).
					WithDetailf("constraint %s on table %s depends on index %s", fk.Name, o.Name, ix.Name).
					WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
			}
		}
	}
	return nil
}

func alterColumnType(ctx context.Context, a *alteration, x *ast.AlterAction) error {
	col, err := a.column(x.Name)
	if err != nil {
		return err
	}
	t, mod, err := a.c.usableType(x.Type)
	if err != nil {
		return err
	}
	if t.Is(col.Type) && mod == col.Mod && x.Using == nil {
		return nil
	}
	if x.Using != nil || !widens(col, t, mod) {
		if err := a.retype(col, t, x); err != nil {
			return err
		}
	}
	for i, ix := range a.t.Indexes {
		n := *ix
		n.Keys = slices.Clone(ix.Keys)
		for j := range n.Keys {
			if n.Keys[j].Attnum == col.Attnum {
				n.Keys[j].Type = t
			}
		}
		a.t.Indexes[i] = &n
	}
	col.Type, col.Mod = t, mod
	return nil
}

// retype has the rows rewritten with the column converted.
func (a *alteration) retype(col *catalog.Column, t *types.T, x *ast.AlterAction) error {
	if err := a.refuseExpressions(col, "a change of type"); err != nil {
		return err
	}
	e := x.Using
	if e == nil {
		if ctx, ok := types.FindCast(col.Type, t); !ok || ctx == types.CastExplicit {
			return pgerr.Newf(pgerr.DatatypeMismatch, "column %q cannot be cast automatically to type %s", col.Name, types.FormatType(t, -1)).
				WithHintf("You might need to specify \"USING %s::%s\".", ast.QuoteIdentifier(col.Name), types.FormatType(t, -1))
		}
		e = &ast.ColumnRef{Names: []string{col.Name}}
	}
	a.change(col.Attnum, &ast.Cast{Operand: e, Type: x.Type})
	return nil
}

// changeText is change with an expression as stored.
func (a *alteration) changeText(attnum int16, text string) error {
	e, err := parse.Expr(text)
	if err == nil {
		a.change(attnum, e)
	}
	return err
}

func (a *alteration) nextvalText(seq *catalog.Table) string {
	return "nextval('" + strings.ReplaceAll(a.c.qualified(seq), "'", "''") + "'::regclass)"
}

// widens tells changes under which every stored value keeps its bytes and its
// place: between text and varchar, to a longer varchar, to a wider integer.
func widens(col *catalog.Column, t *types.T, mod int32) bool {
	from := col.Type
	str := func(t *types.T) bool { return t.Is(types.Text) || t.Is(types.Varchar) }
	switch {
	case str(from) && str(t):
		return mod < 0 || from.Is(types.Varchar) && col.Mod >= 0 && mod >= col.Mod
	case from.IsInteger() && t.IsInteger():
		return t.Len >= from.Len
	case from.Is(t) && from.Is(types.Numeric):
		return mod < 0
	}
	return false
}

func setColumnDefault(_ context.Context, a *alteration, x *ast.AlterAction) error {
	col, err := a.column(x.Name)
	if err != nil {
		return err
	}
	if col.Identity != 0 {
		return pgerr.Newf(pgerr.SyntaxError, "column %q of relation %q is an identity column", col.Name, a.t.Name)
	}
	if col.Generated != 0 {
		return pgerr.Newf(pgerr.SyntaxError, "column %q of relation %q is a generated column", col.Name, a.t.Name)
	}
	col.Default = ""
	return a.b.setDefault(col, x.Expr)
}

func dropColumnDefault(_ context.Context, a *alteration, x *ast.AlterAction) error {
	col, err := a.column(x.Name)
	if err != nil {
		return err
	}
	if col.Identity != 0 {
		return pgerr.Newf(pgerr.SyntaxError, "column %q of relation %q is an identity column", col.Name, a.t.Name).
			WithHint("Use ALTER TABLE ... ALTER COLUMN ... DROP IDENTITY instead.")
	}
	col.Default = ""
	return nil
}

func setColumnNotNull(ctx context.Context, a *alteration, x *ast.AlterAction) error {
	col, err := a.column(x.Name)
	if err != nil {
		return err
	}
	rows, err := a.c.Internal.Query(ctx, "SELECT 1 FROM "+a.sqlName()+" WHERE "+ast.QuoteIdentifier(col.Name)+" IS NULL LIMIT 1", a.t)
	if err != nil {
		return err
	}
	if len(rows) > 0 {
		return pgerr.Newf(pgerr.NotNullViolation, "column %q of relation %q contains null values", col.Name, a.t.Name).
			WithTable(a.schemaName(), a.t.Name).WithColumn(col.Name)
	}
	col.NotNull = true
	return nil
}

func dropColumnNotNull(_ context.Context, a *alteration, x *ast.AlterAction) error {
	col, err := a.column(x.Name)
	if err != nil {
		return err
	}
	if col.Identity != 0 {
		return pgerr.Newf(pgerr.SyntaxError, "column %q of relation %q is an identity column", col.Name, a.t.Name)
	}
	for _, ix := range a.t.Indexes {
		if ix.Primary && slices.ContainsFunc(ix.Keys, func(k catalog.IndexKey) bool { return k.Attnum == col.Attnum }) {
			return pgerr.Newf(pgerr.InvalidTableDefinition, "column %q is in a primary key", col.Name)
		}
	}
	col.NotNull = false
	return nil
}

func addColumnIdentity(ctx context.Context, a *alteration, x *ast.AlterAction) error {
	col, err := a.column(x.Name)
	if err != nil {
		return err
	}
	if col.Identity != 0 {
		return pgerr.Newf(pgerr.ObjectNotInPrerequisiteState, "column %q of relation %q is already an identity column", col.Name, a.t.Name)
	}
	if !col.NotNull {
		return pgerr.Newf(pgerr.ObjectNotInPrerequisiteState, "column %q of relation %q must be declared NOT NULL before identity can be added", col.Name, a.t.Name)
	}
	return a.b.setIdentity(ctx, col, x.Identity, x.SequenceOptions)
}

func dropColumnIdentity(ctx context.Context, a *alteration, x *ast.AlterAction) error {
	col, err := a.column(x.Name)
	if err != nil {
		return err
	}
	if col.Identity == 0 {
		if x.IfExists {
			a.c.notice("NOTICE", pgerr.SuccessfulCompletion, "column %q of relation %q is not an identity column, skipping", col.Name, a.t.Name)
			return nil
		}
		return pgerr.Newf(pgerr.ObjectNotInPrerequisiteState, "column %q of relation %q is not an identity column", col.Name, a.t.Name)
	}
	d := dropper{c: a.c, cascade: true, gone: []types.OID{a.t.OID}}
	seq := col.OwnedSeq
	col.Identity, col.OwnedSeq = 0, 0
	return d.relation(ctx, seq)
}
