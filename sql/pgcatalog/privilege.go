package pgcatalog

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// inquiry answers one of the has_…_privilege functions about an object.
type inquiry struct {
	// privs are the privileges that may be asked for.
	privs acl.Privs
	// find resolves the object; nil where there is none of that OID.
	find func(ctx *expr.Ctx, cat catalog.Reader, d types.Datum) (*acl.Object, error)
}

// inquiries by the word in the function's name.
var inquiries = map[string]inquiry{
	"sequence":             {acl.Sequence.All(), findSequence},
	"schema":               {acl.Schema.All(), findSchema},
	"database":             {acl.Database.All(), findDatabase},
	"function":             {acl.Function.All(), findFunction},
	"type":                 {acl.Type.All(), findType},
	"language":             {acl.Language.All(), findLanguage},
	"tablespace":           {acl.Tablespace.All(), findNothing(acl.Tablespace)},
	"parameter":            {acl.Parameter.All(), findParameter},
	"foreign_data_wrapper": {acl.Usage, findNothing(acl.Language)},
	"server":               {acl.Usage, findNothing(acl.Language)},
}

// registerPrivileges registers the has_…_privilege functions: an optional role,
// an object by name or OID, a list of privileges of which one suffices.
func registerPrivileges() {
	for word, q := range inquiries {
		every("has_"+word+"_privilege", q.answer)
	}
	every("has_table_privilege", hasTablePrivilege)
	every("has_column_privilege", hasColumnPrivilege)
	every("has_any_column_privilege", hasAnyColumnPrivilege)
	every("pg_has_role", hasRole)
	every("row_security_active", func(*expr.Ctx, []types.Datum) (types.Datum, error) { return types.MakeBool(false), nil })
	builtin.Set("aclexplode", "_aclitem", openACLExplode)
	every("acldefault", defaultACL)
}

func defaultACL(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	letter := byte(0)
	if a[0].Kind() == types.KindInt {
		letter = byte(a[0].Int())
	} else if s := a[0].Str(); s != "" {
		letter = s[0]
	}
	kind, ok := acl.ByLetter(letter)
	t := types.ArrayOf(types.Aclitem)
	if !ok {
		owner := roleName(reader(ctx), types.OID(a[1].Int()))
		own, known := map[byte]string{'L': "rw", 'F': "U", 'S': "U"}[letter]
		if !known {
			return types.Null, pgerr.Newf(pgerr.InvalidParameterValue, "unrecognized object type abbreviation: %c", letter)
		}
		return array(t, 1, func(int) types.Datum { return types.MakeStr(aclName(owner) + "=" + own + "/" + aclName(owner)) }), nil
	}
	items := aclTexts(reader(ctx), acl.Defaults(kind, types.OID(a[1].Int())))
	return array(t, len(items), func(i int) types.Datum { return types.MakeStr(items[i]) }), nil
}

// asked is the role that a call asks about: its first argument where it has one
// more than plain, the current user otherwise.
func asked(ctx *expr.Ctx, cat catalog.Reader, a []types.Datum, plain int) (*acl.User, []types.Datum, error) {
	if len(a) == plain {
		return acl.For(cat, ctx.UserOID()), a, nil
	}
	oid, err := roleByDatum(cat, a[0], true)
	return acl.For(cat, oid), a[1:], err
}

// roleByDatum is the OID of a role given by name or OID; public is 0 where that
// may stand for everybody.
func roleByDatum(cat catalog.Reader, d types.Datum, public bool) (types.OID, error) {
	if d.Kind() == types.KindInt {
		return types.OID(d.Int()), nil
	}
	if public && d.Str() == "public" {
		return 0, nil
	}
	r, err := cat.Role(d.Str())
	if err == nil && r == nil {
		err = pgerr.Newf(pgerr.UndefinedObject, "role %q does not exist", d.Str())
	}
	if err != nil {
		return 0, err
	}
	return r.OID, nil
}

// wish is one privilege asked for.
type wish struct {
	p     acl.Privs
	grant bool
}

// wishes reads a list of privileges.
func wishes(list string, of acl.Privs) ([]wish, error) {
	var out []wish
	for _, part := range strings.Split(list, ",") {
		word, grant := strings.CutSuffix(strings.ToUpper(strings.TrimSpace(part)), " WITH GRANT OPTION")
		p, ok := acl.ByWord(word)
		if word == "RULE" && of&acl.Trigger != 0 {
			continue // was a privilege once; nobody has it
		}
		if !ok || p&of == 0 {
			return nil, pgerr.Newf(pgerr.InvalidParameterValue, "unrecognized privilege type: %q", strings.TrimSpace(part))
		}
		out = append(out, wish{p, grant})
	}
	return out, nil
}

// grants tells whether one of the wishes is held on an object.
func grants(u *acl.User, o *acl.Object, ws []wish) bool {
	for _, w := range ws {
		if w.grant && u.HoldsGrant(o, w.p) || !w.grant && u.Holds(o, w.p) {
			return true
		}
	}
	return false
}

func (q inquiry) answer(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	cat := reader(ctx)
	if cat == nil {
		return types.Null, nil
	}
	u, rest, err := asked(ctx, cat, a, 2)
	if err != nil {
		return types.Null, err
	}
	o, err := q.find(ctx, cat, rest[0])
	if err != nil {
		return types.Null, err
	}
	ws, err := wishes(rest[1].Str(), q.privs)
	if err != nil || o == nil {
		return types.Null, err
	}
	return types.MakeBool(grants(u, o, ws)), nil
}

func findRelation(ctx *expr.Ctx, cat catalog.Reader, d types.Datum) (*catalog.Table, error) {
	oid := types.OID(0)
	if d.Kind() == types.KindInt {
		oid = types.OID(d.Int())
	} else {
		x, err := types.Parse(types.Regclass, -1, d.Str(), ctx.IO())
		if err != nil {
			return nil, err
		}
		oid = types.OID(x.Int())
	}
	return cat.TableByOID(oid)
}

func findSequence(ctx *expr.Ctx, cat catalog.Reader, d types.Datum) (*acl.Object, error) {
	t, err := findRelation(ctx, cat, d)
	if err != nil || t == nil {
		return nil, err
	}
	if t.Kind != catalog.KindSequence {
		return nil, pgerr.Newf(pgerr.WrongObjectType, "%q is not a sequence", t.Name)
	}
	o := acl.OfTable(t)
	return &o, nil
}

func findSchema(_ *expr.Ctx, cat catalog.Reader, d types.Datum) (*acl.Object, error) {
	var s *catalog.Schema
	if d.Kind() == types.KindInt {
		s = cat.SchemaByOID(types.OID(d.Int()))
	} else if s = cat.SchemaByName(d.Str()); s == nil {
		return nil, pgerr.Newf(pgerr.InvalidSchemaName, "schema %q does not exist", d.Str())
	}
	if s == nil {
		return nil, nil
	}
	o := acl.OfSchema(s)
	return &o, nil
}

func findDatabase(_ *expr.Ctx, cat catalog.Reader, d types.Datum) (*acl.Object, error) {
	all, err := cat.Databases()
	if err != nil {
		return nil, err
	}
	for _, db := range all {
		if d.Kind() == types.KindInt && db.OID == types.OID(d.Int()) || d.Kind() != types.KindInt && db.Name == d.Str() {
			o := acl.OfDatabase(db)
			return &o, nil
		}
	}
	if d.Kind() == types.KindInt {
		return nil, nil
	}
	return nil, pgerr.Newf(pgerr.InvalidCatalogName, "database %q does not exist", d.Str())
}

func findFunction(ctx *expr.Ctx, cat catalog.Reader, d types.Datum) (*acl.Object, error) {
	oid := types.OID(0)
	if d.Kind() == types.KindInt {
		oid = types.OID(d.Int())
	} else {
		x, err := types.Parse(types.Regprocedure, -1, d.Str(), ctx.IO())
		if err != nil {
			return nil, err
		}
		oid = types.OID(x.Int())
	}
	all, err := cat.AllFunctions()
	if err != nil {
		return nil, err
	}
	for _, f := range all {
		if f.OID == oid {
			o := acl.OfFunction(f)
			return &o, nil
		}
	}
	if _, ok := builtin.ByOID(oid); ok {
		return &acl.Object{Kind: acl.Function, Owner: catalog.RoleSuperuser}, nil
	}
	return nil, nil
}

func findType(ctx *expr.Ctx, cat catalog.Reader, d types.Datum) (*acl.Object, error) {
	oid := types.OID(0)
	if d.Kind() == types.KindInt {
		oid = types.OID(d.Int())
	} else {
		x, err := types.Parse(types.Regtype, -1, d.Str(), ctx.IO())
		if err != nil {
			return nil, err
		}
		oid = types.OID(x.Int())
	}
	if t, ok := types.ByOID(oid); ok {
		if t.IsArray() {
			oid = t.Elem.OID
		}
		o := acl.Object{Kind: acl.Type, Owner: catalog.RoleSuperuser}
		if a := cat.Access(catalog.AccessKey{Class: catalog.AccessType, Object: oid}); a != nil {
			o.ACL = a.ACL
		}
		return &o, nil
	}
	t, err := cat.TypeByOID(oid)
	if err != nil || t == nil {
		return nil, err
	}
	if t.T.IsArray() {
		if t, err = cat.TypeByOID(t.T.Elem.OID); err != nil || t == nil {
			return nil, err
		}
	}
	o := acl.OfType(t)
	return &o, nil
}

// languages by OID; see genLanguage.
var languages = []struct {
	oid     int
	name    string
	trusted bool
}{{12, "internal", false}, {14, "sql", true}}

func findLanguage(_ *expr.Ctx, cat catalog.Reader, d types.Datum) (*acl.Object, error) {
	for _, l := range languages {
		if d.Kind() == types.KindInt && int64(l.oid) == d.Int() || d.Kind() != types.KindInt && l.name == d.Str() {
			return languageObject(cat, l.name), nil
		}
	}
	if d.Kind() == types.KindInt {
		return nil, nil
	}
	return nil, pgerr.Newf(pgerr.UndefinedObject, "language %q does not exist", d.Str())
}

func languageObject(cat catalog.Reader, name string) *acl.Object {
	o := &acl.Object{Kind: acl.Language, Name: name, Owner: catalog.RoleSuperuser}
	if a := cat.Access(catalog.AccessKey{Class: catalog.AccessLanguage, Name: name}); a != nil {
		o.ACL = a.ACL
	}
	return o
}

func findParameter(_ *expr.Ctx, cat catalog.Reader, d types.Datum) (*acl.Object, error) {
	o := &acl.Object{Kind: acl.Parameter, Owner: catalog.RoleSuperuser}
	if a := cat.Access(catalog.AccessKey{Class: catalog.AccessSetting, Name: strings.ToLower(d.Str())}); a != nil {
		o.ACL = a.ACL
	}
	return o, nil
}

// findNothing stands for kinds of objects of which there are none but the
// system's.
func findNothing(k acl.Kind) func(*expr.Ctx, catalog.Reader, types.Datum) (*acl.Object, error) {
	return func(*expr.Ctx, catalog.Reader, types.Datum) (*acl.Object, error) {
		return &acl.Object{Kind: k, Owner: catalog.RoleSuperuser, ACL: []catalog.ACLItem{}}, nil
	}
}

func hasTablePrivilege(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	cat := reader(ctx)
	if cat == nil {
		return types.Null, nil
	}
	u, rest, err := asked(ctx, cat, a, 2)
	if err != nil {
		return types.Null, err
	}
	t, err := findRelation(ctx, cat, rest[0])
	if err != nil {
		return types.Null, err
	}
	ws, err := wishes(rest[1].Str(), acl.Table.All())
	if err != nil || t == nil {
		return types.Null, err
	}
	o := u.OfTable(t)
	return types.MakeBool(grants(u, &o, ws)), nil
}

// hasColumnPrivilege takes the column by name or number before the privileges.
func hasColumnPrivilege(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	cat := reader(ctx)
	if cat == nil {
		return types.Null, nil
	}
	u, rest, err := asked(ctx, cat, a, 3)
	if err != nil {
		return types.Null, err
	}
	t, err := findRelation(ctx, cat, rest[0])
	if err != nil || t == nil {
		return types.Null, err
	}
	var c *catalog.Column
	if rest[1].Kind() == types.KindInt {
		c = t.ColumnByNum(int16(rest[1].Int()))
	} else if c = t.Column(rest[1].Str()); c == nil {
		return types.Null, pgerr.Newf(pgerr.UndefinedColumn, "column %q of relation %q does not exist", rest[1].Str(), t.Name)
	}
	ws, err := wishes(rest[2].Str(), acl.Column.All())
	if err != nil || c == nil || c.Dropped {
		return types.Null, err
	}
	for _, w := range ws {
		if w.grant && u.HoldsColumnGrant(t, c, w.p) || !w.grant && u.HoldsColumns(t, w.p, []int16{c.Attnum}, false) {
			return types.MakeBool(true), nil
		}
	}
	return types.MakeBool(false), nil
}

func hasAnyColumnPrivilege(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	cat := reader(ctx)
	if cat == nil {
		return types.Null, nil
	}
	u, rest, err := asked(ctx, cat, a, 2)
	if err != nil {
		return types.Null, err
	}
	t, err := findRelation(ctx, cat, rest[0])
	if err != nil {
		return types.Null, err
	}
	ws, err := wishes(rest[1].Str(), acl.Column.All())
	if err != nil || t == nil {
		return types.Null, err
	}
	return types.MakeBool(anyColumn(u, t, ws)), nil
}

func anyColumn(u *acl.User, t *catalog.Table, ws []wish) bool {
	for _, w := range ws {
		if !w.grant && u.HoldsColumns(t, w.p, nil, true) {
			return true
		}
		for i := range t.Columns {
			if c := &t.Columns[i]; w.grant && !c.Dropped && u.HoldsColumnGrant(t, c, w.p) {
				return true
			}
		}
	}
	return false
}

// hasRole is pg_has_role: USAGE asks for the privileges of the role, MEMBER for
// membership, either WITH ADMIN OPTION for the right to grant it.
func hasRole(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	cat := reader(ctx)
	if cat == nil {
		return types.Null, nil
	}
	u, rest, err := asked(ctx, cat, a, 2)
	if err != nil {
		return types.Null, err
	}
	role, err := roleByDatum(cat, rest[0], false)
	if err != nil {
		return types.Null, err
	}
	has := false
	for _, part := range strings.Split(rest[1].Str(), ",") {
		word := strings.ToUpper(strings.TrimSpace(part))
		plain, admin := strings.CutSuffix(word, " WITH ADMIN OPTION")
		if !admin {
			plain, admin = strings.CutSuffix(word, " WITH GRANT OPTION")
		}
		switch {
		case plain != "USAGE" && plain != "MEMBER":
			return types.Null, pgerr.Newf(pgerr.InvalidParameterValue, "unrecognized privilege type: %q", strings.TrimSpace(part))
		case admin:
			has = has || u.AdminOf(role)
		case plain == "USAGE":
			has = has || u.HasPrivsOf(role)
		default:
			has = has || u.MemberOf(role)
		}
	}
	return types.MakeBool(has), nil
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
			out.rows = append(out.rows, []types.Datum{types.MakeInt(int64(grantor)), types.MakeInt(int64(grantee)),
				types.MakeStr(acl.ParsePrivs(privs[i : i+1]).Word()), types.MakeBool(star)})
			if star {
				i++
			}
		}
	}
	return out, nil
}
