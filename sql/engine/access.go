package engine

import (
	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/sql/types"
)

// verdict is that a role may run a plan, under one version of the catalog.
type verdict struct {
	role    types.OID
	version uint64
}

// userOf is the role that a statement acts for.
func userOf(x *expr.Ctx, cat catalog.Reader) *acl.User {
	u := acl.For(cat, x.UserOID())
	u.TempSchema = tempSchema(x)
	return u
}

// present is the catalog of now, where cat may be one of the past.
func present(x *expr.Ctx, cat catalog.Reader) catalog.Reader {
	if now, ok := x.Session.Catalog().(catalog.Reader); ok && now != nil {
		return now
	}
	return cat
}

// allow is 42501 unless the user may run the plan. It is asked at every
// execution: the plan may be another role's, or older than a REVOKE. A verdict
// already given costs a comparison.
func (c *compiled) allow(x *expr.Ctx, cat catalog.Reader) error {
	cat = present(x, cat)
	now := verdict{x.UserOID(), cat.Version()}
	if v := c.allowed.Load(); v != nil && *v == now {
		return nil
	}
	needs := c.needs
	if c.version != now.version {
		var err error
		if needs, err = renewed(cat, needs); err != nil {
			return err
		}
	}
	if err := userOf(x, cat).Check(needs); err != nil {
		return err
	}
	c.allowed.Store(&now)
	return nil
}

// renewed are the needs with the descriptors of another version of the catalog:
// who may read the past is said by the lists of now. What is gone by now keeps
// the list that it had.
func renewed(cat catalog.Reader, needs []*acl.Need) ([]*acl.Need, error) {
	out := make([]*acl.Need, 0, len(needs))
	for _, n := range needs {
		fresh := *n
		if n.Table != nil {
			t, err := cat.TableByOID(n.Table.OID)
			if err != nil {
				return nil, err
			}
			if t != nil {
				fresh.Table = t
			}
		}
		if n.Function != nil {
			fs, err := cat.Functions(n.Function.Schema, n.Function.Name)
			if err != nil {
				return nil, err
			}
			for _, f := range fs {
				if f.OID == n.Function.OID {
					fresh.Function = f
				}
			}
		}
		out = append(out, &fresh)
	}
	return out, nil
}

// Allowed is 42501 unless the user may run the plan.
func (e *Engine) Allowed(x *expr.Ctx, cat session.Catalog, p *session.Plan) error {
	return p.Impl.(*compiled).allow(x, cat)
}
