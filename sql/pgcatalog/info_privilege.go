package pgcatalog

import (
	"strconv"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/types"
)

// given is one privilege in an access list, as the views of information_schema
// list it: those whose grantor or grantee the user has the privileges of, and
// those of PUBLIC.
type given struct {
	grantor, grantee string
	p                acl.Privs
	grantable        bool
}

func (e *env) eachGiven(o *acl.Object, everybody bool, f func(given) error) error {
	u := e.user()
	for _, it := range o.Items() {
		if !(u.HasPrivsOf(it.Grantor) || it.Grantee == 0 && everybody || it.Grantee != 0 && u.HasPrivsOf(it.Grantee)) {
			continue
		}
		g := given{grantor: e.role(it.Grantor), grantee: "PUBLIC"}
		if it.Grantee != 0 {
			g.grantee = e.role(it.Grantee)
		}
		option := acl.ParsePrivs(it.GrantOption)
		var err error
		acl.ParsePrivs(it.Privs).Each(func(p acl.Privs) {
			g.p, g.grantable = p, option&p != 0 || it.Grantee == o.Owner && it.Grantor == o.Owner
			if err == nil {
				err = f(g)
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// genTablePrivileges lists privileges of PUBLIC too, genRoleTableGrants only
// those of roles that the user may act as.
func genTablePrivileges(e *env) error   { return e.tablePrivileges(true) }
func genRoleTableGrants(e *env) error   { return e.tablePrivileges(false) }
func genColumnPrivileges(e *env) error  { return e.columnPrivileges(true) }
func genRoleColumnGrants(e *env) error  { return e.columnPrivileges(false) }
func genRoutinePrivileges(e *env) error { return e.routinePrivileges(true) }
func genRoleRoutineGrants(e *env) error { return e.routinePrivileges(false) }
func genUDTPrivileges(e *env) error     { return e.typePrivileges(true) }
func genRoleUDTGrants(e *env) error     { return e.typePrivileges(false) }

func (e *env) tablePrivileges(everybody bool) error {
	return e.eachTable("", func(t *catalog.Table) error {
		if k := relkind(t); k != 'r' && k != 'v' {
			return nil
		}
		o := e.user().OfTable(t)
		return e.eachGiven(&o, everybody, func(g given) error {
			return e.row(g.grantor, g.grantee, e.database(), e.schema(t.Schema), t.Name, g.p.Word(), yesNo(g.grantable), yesNo(g.p == acl.Select))
		})
	})
}

// columnPrivileges lists for every column those of its table and its own.
func (e *env) columnPrivileges(everybody bool) error {
	return e.eachTable("", func(t *catalog.Table) error {
		if k := relkind(t); k != 'r' && k != 'v' {
			return nil
		}
		whole := e.user().OfTable(t)
		for _, c := range live(t) {
			seen := map[given]bool{}
			list := func(g given) error {
				if g.p&acl.Column.All() == 0 || seen[g] {
					return nil
				}
				seen[g] = true
				return e.row(g.grantor, g.grantee, e.database(), e.schema(t.Schema), t.Name, c.Name, g.p.Word(), yesNo(g.grantable))
			}
			own := acl.Object{Kind: acl.Column, Owner: t.Owner, ACL: c.ACL}
			for _, o := range []*acl.Object{&whole, &own} {
				if err := e.eachGiven(o, everybody, list); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (e *env) routinePrivileges(everybody bool) error {
	fs, err := e.cat.AllFunctions()
	if err != nil {
		return err
	}
	for _, f := range fs {
		o := acl.OfFunction(f)
		if err := e.eachGiven(&o, everybody, func(g given) error {
			return e.row(g.grantor, g.grantee, e.database(), e.schema(f.Schema), f.Name+"_"+strconv.FormatUint(uint64(f.OID), 10),
				e.database(), e.schema(f.Schema), f.Name, g.p.Word(), yesNo(g.grantable))
		}); err != nil {
			return err
		}
	}
	return nil
}

// typePrivileges lists the types made of columns; the others are under usage.
func (e *env) typePrivileges(everybody bool) error {
	return e.eachType('c', func(d *catalog.TypeDesc) error {
		o := acl.OfType(d)
		return e.eachGiven(&o, everybody, func(g given) error {
			return e.row(g.grantor, g.grantee, e.database(), e.schema(d.Schema), d.T.Name, "TYPE USAGE", yesNo(g.grantable))
		})
	})
}

func (e *env) eachType(typtype byte, f func(d *catalog.TypeDesc) error) error {
	ds, err := e.cat.Types()
	if err != nil {
		return err
	}
	for _, d := range ds {
		if d.T.Typtype == typtype {
			if err := f(d); err != nil {
				return err
			}
		}
	}
	return nil
}

// genUsagePrivileges lists USAGE of domains and sequences.
func genUsagePrivileges(e *env) error { return e.usagePrivileges(true) }
func genRoleUsageGrants(e *env) error { return e.usagePrivileges(false) }

func (e *env) usagePrivileges(everybody bool) error {
	list := func(schema types.OID, name, kind string) func(given) error {
		return func(g given) error {
			if g.p != acl.Usage {
				return nil
			}
			return e.row(g.grantor, g.grantee, e.database(), e.schema(schema), name, kind, "USAGE", yesNo(g.grantable))
		}
	}
	if err := e.eachType('d', func(d *catalog.TypeDesc) error {
		o := acl.OfType(d)
		return e.eachGiven(&o, everybody, list(d.Schema, d.T.Name, "DOMAIN"))
	}); err != nil {
		return err
	}
	return e.eachTable("", func(t *catalog.Table) error {
		if t.Kind != catalog.KindSequence {
			return nil
		}
		o := acl.OfTable(t)
		return e.eachGiven(&o, everybody, list(t.Schema, t.Name, "SEQUENCE"))
	})
}

// sees tells whether the views of information_schema show a relation: the user
// owns it or holds some privilege on it or a column.
func (e *env) sees(t *catalog.Table) bool {
	u := e.user()
	o := u.OfTable(t)
	if u.Owns(&o) || u.Mask(&o, o.Kind.All()) != 0 {
		return true
	}
	shown := false
	acl.Column.All().Each(func(p acl.Privs) { shown = shown || u.HoldsColumns(t, p, nil, true) })
	return shown
}

// seesColumn tells the same of a column.
func (e *env) seesColumn(t *catalog.Table, c *catalog.Column) bool {
	u := e.user()
	o := u.OfTable(t)
	shown := u.Owns(&o)
	acl.Column.All().Each(func(p acl.Privs) { shown = shown || u.HoldsColumns(t, p, []int16{c.Attnum}, false) })
	return shown
}
