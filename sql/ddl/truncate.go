package ddl

import (
	"context"
	"slices"

	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/txn"
)

func truncate(ctx context.Context, c *Context, s *ast.Truncate) error {
	var tables []*catalog.Table
	add := func(t *catalog.Table) error {
		if slices.ContainsFunc(tables, func(o *catalog.Table) bool { return o.OID == t.OID }) {
			return nil
		}
		allowed := c.holds(acl.Truncate)
		if t.Kind == catalog.KindVirtual {
			allowed = nil // refused to everybody
		}
		t, err := c.lockTable(ctx, t, txn.AccessExclusive, allowed)
		if err != nil {
			return err
		}
		if t.Kind != catalog.KindTable {
			return pgerr.Newf(pgerr.WrongObjectType, "%q is not a table", t.Name)
		}
		tables = append(tables, t)
		return nil
	}
	for _, ref := range s.Tables {
		n, ok := ref.(*ast.TableName)
		if !ok {
			return unsupported("TRUNCATE of a key pattern")
		}
		t, err := c.relation(n.Name)
		if err == nil && t == nil {
			err = errNoRelation(n.Name)
		}
		if err == nil {
			err = add(t)
		}
		if err != nil {
			return err
		}
	}
	for i := 0; i < len(tables); i++ {
		for _, r := range tables[i].ReferredBy {
			o, err := c.Catalog.TableByOID(r.Table)
			if err != nil {
				return err
			}
			if o == nil || slices.ContainsFunc(tables, func(t *catalog.Table) bool { return t.OID == o.OID }) {
				continue
			}
			if s.Behavior != ast.DropCascade {
				return pgerr.New(pgerr.FeatureNotSupported, "cannot truncate a table referenced in a foreign key constraint").
					WithDetailf("Table %q references %q.", o.Name, tables[i].Name).
					WithHintf("Truncate table %q at the same time, or use TRUNCATE ... CASCADE.", o.Name)
			}
			c.notice("NOTICE", pgerr.SuccessfulCompletion, "truncate cascades to table %q", o.Name)
			if err := add(o); err != nil {
				return err
			}
		}
	}
	if s.RestartIdentity {
		if err := c.ownsSequences(tables); err != nil {
			return err
		}
	}
	return c.emptyTables(ctx, tables, s.RestartIdentity)
}

// ownsSequences is asked where the sequences of the columns begin anew.
func (c *Context) ownsSequences(tables []*catalog.Table) error {
	for _, t := range tables {
		for _, col := range t.Columns {
			if col.OwnedSeq == 0 || col.Dropped {
				continue
			}
			seq, err := c.Catalog.TableByOID(col.OwnedSeq)
			if err == nil && seq != nil {
				err = c.owns(seq)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// emptyTables gives each table new, empty storage: what others still read of
// the old stays as it is until the transaction commits.
func (c *Context) emptyTables(ctx context.Context, tables []*catalog.Table, restart bool) error {
	for _, t := range tables {
		if err := giveUp(c.Tx, t, keys.AppendTable(nil, t.Storage)); err != nil {
			return err
		}
		oid, err := c.Store.NewOID(ctx)
		if err != nil {
			return err
		}
		t.Storage = uint32(oid)
		if err := c.Catalog.PutTable(ctx, t); err != nil {
			return err
		}
		if !restart {
			continue
		}
		for _, col := range t.Columns {
			if col.OwnedSeq == 0 || col.Dropped {
				continue
			}
			seq, err := c.Catalog.TableByOID(col.OwnedSeq)
			if err != nil {
				return err
			}
			if err := c.Store.SetVal(ctx, seq, seq.Seq.Start, false); err != nil {
				return err
			}
		}
	}
	return nil
}
