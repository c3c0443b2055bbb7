package acl

import (
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/types"
)

// DefaultsBase is the list that ALTER DEFAULT PRIVILEGES starts from: the
// defaults of the kind, or for one schema nothing, since what is said there is
// added to the rest.
func DefaultsBase(k Kind, role, schema types.OID) []catalog.ACLItem {
	if schema != 0 {
		return []catalog.ACLItem{}
	}
	return Defaults(k, role)
}

// ForNew is the list of a new object: what ALTER DEFAULT PRIVILEGES says for its
// owner everywhere and in its schema; nil where that is the kind's default.
func ForNew(cat catalog.Reader, k Kind, owner, schema types.OID) ([]catalog.ACLItem, error) {
	global := cat.Access(catalog.AccessKey{Class: catalog.AccessDefaults, Role: owner, Object: k.DefaultsLetter()})
	var local *catalog.AccessList
	if schema != 0 {
		local = cat.Access(catalog.AccessKey{Class: catalog.AccessDefaults, Role: owner, Schema: schema, Object: k.DefaultsLetter()})
	}
	if global == nil && local == nil {
		return nil, nil
	}
	base := Defaults(k, owner)
	out := base
	if global != nil {
		out = global.ACL
	}
	if local != nil {
		var err error
		if out, err = Merge(cat, out, local.ACL, owner); err != nil {
			return nil, err
		}
	}
	// Where all was revoked, PostgreSQL's aclmerge gives no list rather than an empty
	// one, and the kind's defaults hold.
	if out = Sorted(out); len(out) == 0 || Equal(out, base) {
		return nil, nil
	}
	return out, nil
}

// DefaultsLetter is pg_default_acl.defaclobjtype of the kind (r, S, f, T, n) as
// the object of an AccessKey.
func (k Kind) DefaultsLetter() types.OID {
	if k == Sequence {
		return 'S'
	}
	return types.OID(kindTable[k].letter)
}
