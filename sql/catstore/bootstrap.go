package catstore

import (
	"context"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// bootstrap makes the objects of a new store.
func (s *Store) bootstrap(ctx context.Context, o Options) error {
	tx, err := s.st.Begin(txn.Options{})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	t := s.Begin(tx)
	for _, sc := range []*catalog.Schema{
		{OID: catalog.SchemaPgCatalog, Name: "pg_catalog", Comment: "system catalog schema"},
		{OID: catalog.SchemaPublic, Name: "public", Comment: "standard public schema"},
		{OID: catalog.SchemaInformation, Name: "information_schema"},
	} {
		sc.Owner = catalog.RoleSuperuser
		if err := t.PutSchema(ctx, sc); err != nil {
			return err
		}
	}
	for i, n := range o.Superusers {
		r := &catalog.Role{OID: catalog.RoleSuperuser, Name: n, Superuser: true, Inherit: true, CreateRole: true,
			CreateDB: true, Login: true, Replication: true, BypassRLS: true, ConnLimit: -1}
		if i > 0 {
			if r.OID, err = s.NewOID(ctx); err != nil {
				return err
			}
		}
		if err := t.PutRole(ctx, r); err != nil {
			return err
		}
	}
	for i, n := range o.Databases {
		d := &catalog.Database{OID: catalog.DatabaseDefault, Name: n, Owner: catalog.RoleSuperuser}
		if i > 0 {
			if d.OID, err = s.NewOID(ctx); err != nil {
				return err
			}
		}
		if err := t.PutDatabase(ctx, d); err != nil {
			return err
		}
	}
	t.BeforeCommit()
	_, err = tx.Commit(ctx)
	return err
}

// complete adds what catalogs made before it was known lack: the predefined
// roles, and the privileges of the built-in schemas.
func (s *Store) complete(ctx context.Context) error {
	tx, err := s.st.Begin(txn.Options{})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	t := s.Begin(tx)
	for _, r := range catalog.PredefinedRoles() {
		if have, err := t.RoleByOID(r.OID); err != nil || have != nil {
			if err != nil {
				return err
			}
			continue
		}
		if err := t.PutRole(ctx, r); err != nil {
			return err
		}
	}
	for oid, owner := range map[types.OID]types.OID{catalog.SchemaPgCatalog: catalog.RoleSuperuser,
		catalog.SchemaInformation: catalog.RoleSuperuser, catalog.SchemaPublic: catalog.RoleDatabaseOwner} {
		old := t.SchemaByOID(oid)
		if old == nil || old.ACL != nil || old.Owner != catalog.RoleSuperuser {
			continue
		}
		n := *old
		n.Owner = owner
		n.ACL = []catalog.ACLItem{{Grantee: owner, Grantor: owner, Privs: "UC"}, {Grantor: owner, Privs: "U"}}
		if err := t.PutSchema(ctx, &n); err != nil {
			return err
		}
	}
	if !t.Changed() {
		return nil
	}
	t.BeforeCommit()
	_, err = tx.Commit(ctx)
	return err
}
