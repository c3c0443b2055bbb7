package ddl

import (
	"context"
	"github.com/ferritedb/ferrite/txn"
	"slices"
	"strings"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

func addConstraint(ctx context.Context, a *alteration, x *ast.AlterAction) error {
	k := x.Constraint
	if err := a.b.constraint(ctx, k); err != nil {
		return err
	}
	if k.Kind != ast.ConstraintPrimaryKey {
		return nil
	}
	for _, n := range k.Columns {
		rows, err := a.c.Internal.Query(ctx, "SELECT 1 FROM "+a.sqlName()+" WHERE "+ast.QuoteIdentifier(n)+" IS NULL LIMIT 1", a.t)
		if err != nil {
			return err
		}
		if len(rows) > 0 {
			return pgerr.Newf(pgerr.NotNullViolation, "column %q of relation %q contains null values", n, a.t.Name)
		}
	}
	if a.t.Primary < 0 {
		a.clusterByPrimary()
	}
	return nil
}

// clusterByPrimary makes the new primary key the order of the rows: a read by
// key is then one look-up, as in a table created with it.
func (a *alteration) clusterByPrimary() {
	for i, ix := range a.t.Indexes {
		if ix.Primary {
			ix.ID, a.t.Primary, a.rewrite = primaryIndexID, i, true
		}
	}
}

// validateCheck verifies a new check over the rows there are.
func (a *alteration) validateCheck(ctx context.Context, k catalog.Check) error {
	rows, err := a.c.Internal.Query(ctx, "SELECT 1 FROM "+a.sqlName()+" WHERE NOT ("+k.Expr+") LIMIT 1", a.t)
	if err != nil {
		return err
	}
	if len(rows) > 0 {
		return pgerr.Newf(pgerr.CheckViolation, "check constraint %q of relation %q is violated by some row", k.Name, a.t.Name).
			WithTable(a.schemaName(), a.t.Name).WithConstraint(k.Name)
	}
	return nil
}

// validateForeignKey verifies a new foreign key over the rows there are.
func (a *alteration) validateForeignKey(ctx context.Context, fk *catalog.ForeignKey) error {
	ref, err := a.c.Catalog.TableByOID(fk.RefTable)
	if err != nil || ref == nil {
		return err
	}
	refSchema := a.c.Catalog.SchemaByOID(ref.Schema)
	var cols, on, notNull []string
	for i, n := range fk.Columns {
		f, p := "f."+ast.QuoteIdentifier(a.t.ColumnByNum(n).Name), "p."+ast.QuoteIdentifier(ref.ColumnByNum(fk.RefColumns[i]).Name)
		cols, on, notNull = append(cols, f), append(on, f+" = "+p), append(notNull, f+" IS NOT NULL")
	}
	text := make([]string, len(cols))
	for i, c := range cols {
		text[i] = "CAST(" + c + " AS text)"
	}
	q := "SELECT " + strings.Join(text, ", ") + " FROM " + a.sqlName() + " AS f WHERE " + strings.Join(notNull, " AND ") +
		" AND NOT EXISTS (SELECT 1 FROM " + ast.QuoteIdentifier(refSchema.Name) + "." + ast.QuoteIdentifier(ref.Name) + " AS p WHERE " +
		strings.Join(on, " AND ") + ") LIMIT 1"
	rows, err := a.c.Internal.Query(ctx, q, a.t, ref)
	if err != nil || len(rows) == 0 {
		return err
	}
	var names, values []string
	for i, n := range fk.Columns {
		names = append(names, a.t.ColumnByNum(n).Name)
		values = append(values, rows[0][i].Str())
	}
	return pgerr.Newf(pgerr.ForeignKeyViolation, "insert or update on table %q violates foreign key constraint %q", a.t.Name, fk.Name).
		WithDetailf("Key (%s)=(%s) is not present in table %q.", strings.Join(names, ", "), strings.Join(values, ", "), ref.Name).
		WithTable(a.schemaName(), a.t.Name).WithConstraint(fk.Name)
}

func validateConstraint(ctx context.Context, a *alteration, x *ast.AlterAction) error {
	for i := range a.t.Checks {
		if k := &a.t.Checks[i]; k.Name == x.Name {
			k.NotValid = false
			return a.validateCheck(ctx, *k)
		}
	}
	for i, fk := range a.t.ForeignKeys {
		if fk.Name == x.Name {
			n := *fk
			n.NotValid = false
			a.t.ForeignKeys[i] = &n
			if err := a.c.Tx.LockTable(ctx, uint64(fk.RefTable), txn.RowShare, txn.Block); err != nil {
				return err
			}
			return a.validateForeignKey(ctx, &n)
		}
	}
	return pgerr.Newf(pgerr.UndefinedObject, "constraint %q of relation %q does not exist", x.Name, a.t.Name)
}

func dropConstraint(ctx context.Context, a *alteration, x *ast.AlterAction) error {
	if i := slices.IndexFunc(a.t.Checks, func(k catalog.Check) bool { return k.Name == x.Name }); i >= 0 {
		a.t.Checks = slices.Delete(a.t.Checks, i, i+1)
		return nil
	}
	for _, fk := range a.t.ForeignKeys {
		if fk.Name == x.Name {
			return a.removeForeignKey(ctx, fk)
		}
	}
	for _, ix := range a.t.Indexes {
		if ix.Constraint && ix.Name == x.Name {
			if err := a.refuseReferred(ix, x.Behavior == ast.DropCascade); err != nil {
				return err
			}
			if a.t.PrimaryIndex() == ix {
				return a.unmarkPrimary(ix)
			}
			return a.c.dropIndex(a.t, ix.OID)
		}
	}
	if x.IfExists {
		a.c.notice("NOTICE", pgerr.UndefinedObject, "constraint %q of relation %q does not exist, skipping", x.Name, a.t.Name)
		return nil
	}
	return pgerr.Newf(pgerr.UndefinedObject, "constraint %q of relation %q does not exist", x.Name, a.t.Name)
}

// unmarkPrimary drops the key that the rows are ordered by: they go under row ids.
func (a *alteration) unmarkPrimary(ix *catalog.Index) error {
	a.t.Indexes = slices.DeleteFunc(a.t.Indexes, func(x *catalog.Index) bool { return x == ix })
	a.t.Primary, a.rewrite = -1, true
	return nil
}

func (a *alteration) removeForeignKey(ctx context.Context, fk *catalog.ForeignKey) error {
	a.t.ForeignKeys = slices.DeleteFunc(a.t.ForeignKeys, func(f *catalog.ForeignKey) bool { return f.Name == fk.Name })
	if fk.RefTable == a.t.OID {
		a.t.ReferredBy = slices.DeleteFunc(a.t.ReferredBy, func(r catalog.Referrer) bool { return r.Table == a.t.OID && r.Name == fk.Name })
		return nil
	}
	return a.c.unrefer(ctx, a.t, fk)
}
