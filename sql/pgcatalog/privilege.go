package pgcatalog

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// letters of privileges as ACLs store them.
var letters = map[string]byte{"SELECT": 'r', "INSERT": 'a', "UPDATE": 'w', "DELETE": 'd', "TRUNCATE": 'D',
	"REFERENCES": 'x', "TRIGGER": 't', "USAGE": 'U', "CREATE": 'C', "CONNECT": 'c', "TEMPORARY": 'T', "TEMP": 'T',
	"EXECUTE": 'X', "SET": 's', "ALTER SYSTEM": 'A', "MEMBER": 'M'}

// registerPrivileges registers the has_…_privilege functions: an optional role,
// an object by name or OID, a list of privileges of which one suffices.
func registerPrivileges() {
	for _, name := range []string{"has_table_privilege", "has_sequence_privilege", "has_any_column_privilege", "has_column_privilege"} {
		every(name, hasRelationPrivilege)
	}
	every("has_schema_privilege", hasSchemaPrivilege)
	yes := func(*expr.Ctx, []types.Datum) (types.Datum, error) { return types.MakeBool(true), nil }
	for _, name := range []string{"has_database_privilege", "has_function_privilege", "has_language_privilege",
		"has_tablespace_privilege", "has_type_privilege", "has_parameter_privilege", "has_foreign_data_wrapper_privilege",
		"has_server_privilege"} {
		every(name, yes)
	}
	every("pg_has_role", hasRole)
	every("row_security_active", func(*expr.Ctx, []types.Datum) (types.Datum, error) { return types.MakeBool(false), nil })
	builtin.Set("aclexplode", "_aclitem", openACLExplode)
	every("acldefault", defaultACL)
}

// defaultACLs are the privileges of an object without an ACL: PUBLIC's and the
// owner's, by acldefault's object letter (PostgreSQL section 5.7).
var defaultACLs = map[byte][2]string{'c': {"", ""}, 'r': {"", "arwdDxt"}, 's': {"", "rwU"}, 'd': {"Tc", "CTc"}, 'f': {"X", "X"},
	'l': {"U", "U"}, 'L': {"", "rw"}, 'n': {"", "UC"}, 't': {"", "C"}, 'T': {"U", "U"}, 'F': {"", "U"}, 'S': {"", "U"}, 'p': {"", "sA"}}

func defaultACL(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	kind := byte(0)
	if a[0].Kind() == types.KindInt {
		kind = byte(a[0].Int())
	} else if s := a[0].Str(); s != "" {
		kind = s[0]
	}
	p, ok := defaultACLs[kind]
	if !ok {
		return types.Null, pgerr.Newf(pgerr.InvalidParameterValue, "unrecognized object type abbreviation: %c", kind)
	}
	owner := roleName(reader(ctx), types.OID(a[1].Int()))
	var items []string
	if p[0] != "" {
		items = append(items, "="+p[0]+"/"+owner)
	}
	if p[1] != "" {
		items = append(items, owner+"="+p[1]+"/"+owner)
	}
	return array(types.ArrayOf(types.Aclitem), len(items), func(i int) types.Datum { return types.MakeStr(items[i]) }), nil
}

// roleOf is the role a call asks about: its first argument where there are more
// than the object needs, the current user otherwise.
func roleOf(ctx *expr.Ctx, cat catalog.Reader, a []types.Datum, plain int) (*catalog.Role, []types.Datum, error) {
	if len(a) == plain {
		r, err := cat.Role(ctx.Session.User())
		return r, a, err
	}
	r, err := roleByDatum(cat, a[0])
	return r, a[1:], err
}

func roleByDatum(cat catalog.Reader, d types.Datum) (*catalog.Role, error) {
	if d.Kind() == types.KindInt {
		return cat.RoleByOID(types.OID(d.Int()))
	}
	r, err := cat.Role(d.Str())
	if err == nil && r == nil {
		err = pgerr.Newf(pgerr.UndefinedObject, "role %q does not exist", d.Str())
	}
	return r, err
}

func hasRelationPrivilege(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	cat := reader(ctx)
	if cat == nil {
		return types.Null, nil
	}
	// The privilege is last; a column may stand before it. Names of roles, tables
	// and columns are all text, so the count of arguments decides.
	privs := a[len(a)-1]
	objects := a[:len(a)-1]
	role, objects, err := roleOf(ctx, cat, objects, min(len(objects), 1+columnArgs(a)))
	if err != nil || role == nil {
		return types.Null, err
	}
	oid := types.OID(0)
	if objects[0].Kind() == types.KindInt {
		oid = types.OID(objects[0].Int())
	} else {
		d, err := types.Parse(types.Regclass, -1, objects[0].Str(), ctx.IO())
		if err != nil {
			return types.Null, err
		}
		oid = types.OID(d.Int())
	}
	t, err := cat.TableByOID(oid)
	if err != nil || t == nil {
		return types.Null, err
	}
	if t.Kind == catalog.KindVirtual {
		return types.MakeBool(true), nil
	}
	return anyPrivilege(cat, role, t.Owner, t.ACL, privs.Str())
}

// columnArgs is 1 where a call has a column argument: four arguments, or three
// of which the second is a number.
func columnArgs(a []types.Datum) int {
	if len(a) == 4 || len(a) == 3 && a[1].Kind() == types.KindInt && a[0].Kind() == types.KindInt {
		return 1
	}
	return 0
}

func hasSchemaPrivilege(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	cat := reader(ctx)
	if cat == nil {
		return types.Null, nil
	}
	role, objects, err := roleOf(ctx, cat, a[:len(a)-1], 1)
	if err != nil || role == nil {
		return types.Null, err
	}
	var s *catalog.Schema
	if objects[0].Kind() == types.KindInt {
		s = cat.SchemaByOID(types.OID(objects[0].Int()))
	} else if s = cat.SchemaByName(objects[0].Str()); s == nil {
		return types.Null, pgerr.Newf(pgerr.InvalidSchemaName, "schema %q does not exist", objects[0].Str())
	}
	if s == nil {
		return types.Null, nil
	}
	if s.OID == catalog.SchemaPgCatalog || s.OID == catalog.SchemaInformation || s.OID == catalog.SchemaPublic && s.ACL == nil {
		return types.MakeBool(role.Superuser || !strings.Contains(strings.ToUpper(a[len(a)-1].Str()), "CREATE")), nil
	}
	return anyPrivilege(cat, role, s.Owner, s.ACL, a[len(a)-1].Str())
}

// anyPrivilege tells whether the role holds one of the listed privileges.
func anyPrivilege(cat catalog.Reader, role *catalog.Role, owner types.OID, acl []catalog.ACLItem, list string) (types.Datum, error) {
	for _, p := range strings.Split(list, ",") {
		word := strings.ToUpper(strings.TrimSpace(p))
		word, grant := strings.CutSuffix(word, " WITH GRANT OPTION")
		letter, ok := letters[word]
		if !ok {
			return types.Null, pgerr.Newf(pgerr.InvalidParameterValue, "unrecognized privilege type: %q", strings.TrimSpace(p))
		}
		if Holds(cat, role, owner, acl, letter, grant) {
			return types.MakeBool(true), nil
		}
	}
	return types.MakeBool(false), nil
}

// Holds tells whether a role, or one it is a member of, holds a privilege.
func Holds(cat catalog.Reader, role *catalog.Role, owner types.OID, acl []catalog.ACLItem, letter byte, grant bool) bool {
	if role.Superuser {
		return true
	}
	for _, r := range membersOf(cat, role) {
		if r == owner && acl == nil {
			return true
		}
		for _, item := range acl {
			held := item.Privs
			if grant {
				held = item.GrantOption
			}
			if (item.Grantee == r || item.Grantee == 0) && strings.IndexByte(held, letter) >= 0 {
				return true
			}
		}
	}
	return false
}

// membersOf lists the role and all it is a member of, directly or not.
func membersOf(cat catalog.Reader, role *catalog.Role) []types.OID {
	seen := map[types.OID]bool{}
	var out []types.OID
	var visit func(r *catalog.Role)
	visit = func(r *catalog.Role) {
		if r == nil || seen[r.OID] {
			return
		}
		seen[r.OID] = true
		out = append(out, r.OID)
		for _, m := range r.MemberOf {
			if o, err := cat.RoleByOID(m.Role); err == nil {
				visit(o)
			}
		}
	}
	visit(role)
	return out
}

func hasRole(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	cat := reader(ctx)
	if cat == nil {
		return types.Null, nil
	}
	role, rest, err := roleOf(ctx, cat, a[:len(a)-1], 1)
	if err != nil || role == nil {
		return types.Null, err
	}
	target, err := roleByDatum(cat, rest[0])
	if err != nil || target == nil {
		return types.Null, err
	}
	if role.Superuser {
		return types.MakeBool(true), nil
	}
	for _, oid := range membersOf(cat, role) {
		if oid == target.OID {
			return types.MakeBool(true), nil
		}
	}
	return types.MakeBool(false), nil
}

// aclRows gives grantor, grantee, privilege_type, is_grantable.
type aclRows struct {
	rows [][]types.Datum
	next int
}

func (r *aclRows) Next(*expr.Ctx) ([]types.Datum, bool, error) {
	if r.next == len(r.rows) {
		return nil, false, nil
	}
	r.next++
	return r.rows[r.next-1], true, nil
}

func openACLExplode(ctx *expr.Ctx, args []types.Datum, _ builtin.SRFTypes) (builtin.Rows, error) {
	out := &aclRows{}
	cat := reader(ctx)
	if args[0].IsNull() || cat == nil {
		return out, nil
	}
	for _, d := range args[0].Array().Elems {
		who, rest, _ := strings.Cut(d.Str(), "=")
		privs, by, _ := strings.Cut(rest, "/")
		grantee, grantor := types.OID(0), types.OID(0)
		if r, err := cat.Role(who); err == nil && r != nil {
			grantee = r.OID
		}
		if r, err := cat.Role(by); err == nil && r != nil {
			grantor = r.OID
		}
		for i := 0; i < len(privs); i++ {
			star := i+1 < len(privs) && privs[i+1] == '*'
			for word, l := range letters {
				if l == privs[i] && word != "TEMP" {
					out.rows = append(out.rows, []types.Datum{types.MakeInt(int64(grantor)), types.MakeInt(int64(grantee)),
						types.MakeStr(word), types.MakeBool(star)})
				}
			}
			if star {
				i++
			}
		}
	}
	return out, nil
}
