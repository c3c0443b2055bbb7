package pgcatalog

import (
	"fmt"
	"strings"
	"time"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// generator calls e.row with the values of each row in column order.
type generator func(e *env) error

// env is one generation of one relation.
type env struct {
	ctx  *expr.Ctx
	cat  catalog.Reader
	t    *catalog.Table
	eq   map[int16]types.Datum
	out  []types.Datum
	want []int16
	emit func([]types.Datum) error
	who  *acl.User // made by user
}

// Generator implements the executor's interface to computed relations.
type Generator struct{}

// Generate gives the rows of t, one datum for each of attnums.
func (Generator) Generate(ctx *expr.Ctx, t *catalog.Table, attnums []int16, eq map[int16]types.Datum, emit func([]types.Datum) error) error {
	g := generators[t.OID]
	if t.Kind == catalog.KindSequence {
		g = genSequenceState
	}
	if g == nil {
		return nil
	}
	cat, ok := readerOf(ctx)
	if !ok {
		return pgerr.New(pgerr.InternalError, "no catalog to read")
	}
	return g(&env{ctx: ctx, cat: cat, t: t, eq: eq, out: make([]types.Datum, len(attnums)), want: attnums, emit: emit})
}

func readerOf(ctx *expr.Ctx) (catalog.Reader, bool) {
	if ctx == nil || ctx.Session == nil {
		return nil, false
	}
	r, ok := ctx.Session.Catalog().(catalog.Reader)
	return r, ok && r != nil
}

// row emits one row given as Go values in column order: nil is NULL.
func (e *env) row(vals ...any) error {
	if len(vals) != len(e.t.Columns) {
		return pgerr.Newf(pgerr.InternalError, "%s has %d columns, its generator gave %d", e.t.Name, len(e.t.Columns), len(vals))
	}
	for i, n := range e.want {
		d, err := datum(vals[n-1], e.t.Columns[n-1].Type)
		if err != nil {
			return err
		}
		e.out[i] = d
	}
	return e.emit(e.out)
}

// wantsOID gives the value an equality on the named column asks for.
func (e *env) wantsOID(column string) (types.OID, bool) {
	c := e.t.Column(column)
	d, ok := e.eq[c.Attnum]
	if !ok || d.IsNull() || d.Kind() != types.KindInt {
		return 0, false
	}
	return types.OID(d.Int()), true
}

// datum turns a Go value into a datum of t's kind.
func datum(v any, t *types.T) (types.Datum, error) {
	switch v := v.(type) {
	case nil:
		return types.Null, nil
	case types.Datum:
		return v, nil
	case string:
		return types.MakeStr(v), nil
	case bool:
		return types.MakeBool(v), nil
	case byte:
		return types.MakeInt(int64(v)), nil
	case int:
		return types.MakeInt(int64(v)), nil
	case int16:
		return types.MakeInt(int64(v)), nil
	case int32:
		return types.MakeInt(int64(v)), nil
	case int64:
		return types.MakeInt(v), nil
	case uint32:
		return types.MakeInt(int64(v)), nil
	case types.OID:
		return types.MakeInt(int64(v)), nil
	case float64:
		return types.MakeFloat(v), nil
	case time.Time:
		return timestamp(v), nil
	case []int16:
		return array(t, len(v), func(i int) types.Datum { return types.MakeInt(int64(v[i])) }), nil
	case []types.OID:
		return array(t, len(v), func(i int) types.Datum { return types.MakeInt(int64(v[i])) }), nil
	case []string:
		return array(t, len(v), func(i int) types.Datum { return types.MakeStr(v[i]) }), nil
	case []byte:
		return array(t, len(v), func(i int) types.Datum { return types.MakeInt(int64(v[i])) }), nil
	}
	return types.Null, fmt.Errorf("pgcatalog: no datum for %T", v)
}

// timestamp is a KindInt: microseconds since 2000-01-01 UTC.
func timestamp(t time.Time) types.Datum {
	if t.IsZero() {
		return types.Null
	}
	return types.MakeInt(t.UnixMicro() - time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro())
}

// array makes a one-dimensional array; int2vector and oidvector count from 0.
func array(t *types.T, n int, at func(int) types.Datum) types.Datum {
	a := &types.Array{Elem: t.Elem}
	if n > 0 {
		lower := int32(1)
		if t.Is(types.Int2vector) || t.Is(types.Oidvector) {
			lower = 0
		}
		a.Dims, a.Lower = []int32{int32(n)}, []int32{lower}
	}
	for i := range n {
		a.Elems = append(a.Elems, at(i))
	}
	return types.MakeArray(a)
}

func (e *env) schema(oid types.OID) string {
	if s := e.cat.SchemaByOID(oid); s != nil {
		return s.Name
	}
	return ""
}

func (e *env) role(oid types.OID) string { return roleName(e.cat, oid) }

func roleName(cat catalog.Reader, oid types.OID) string {
	if oid == 0 {
		return ""
	}
	if r, err := cat.RoleByOID(oid); err == nil && r != nil {
		return r.Name
	}
	return fmt.Sprintf("unknown (OID=%d)", oid)
}

// acl gives aclitem texts; nil for the default privileges.
func (e *env) acl(items []catalog.ACLItem) any {
	if items == nil {
		return nil
	}
	return aclTexts(e.cat, items)
}

// aclTexts are the items of an access list as aclitem prints them.
func aclTexts(cat catalog.Reader, items []catalog.ACLItem) []string {
	out := make([]string, len(items))
	for i, it := range items {
		var b strings.Builder
		if it.Grantee != 0 {
			b.WriteString(aclName(roleName(cat, it.Grantee)))
		}
		b.WriteByte('=')
		option := acl.ParsePrivs(it.GrantOption)
		acl.ParsePrivs(it.Privs).Each(func(p acl.Privs) {
			b.WriteString(p.String())
			if option&p != 0 {
				b.WriteByte('*')
			}
		})
		b.WriteString("/" + aclName(roleName(cat, it.Grantor)))
		out[i] = b.String()
	}
	return out
}

// aclName is a role's name as aclitem prints it: quoted unless it is letters,
// digits and underscores.
func aclName(n string) string {
	for _, c := range []byte(n) {
		if c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c < 0x80 {
			return `"` + strings.ReplaceAll(n, `"`, `""`) + `"`
		}
	}
	return n
}

// user is whom the rows are for.
func (e *env) user() *acl.User {
	if e.who == nil {
		e.who = acl.For(e.cat, e.ctx.UserOID())
	}
	return e.who
}

// textOrNull is nil for the empty text.
func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func optionsOrNull(o []string) any {
	if len(o) == 0 {
		return nil
	}
	return o
}

// eachTable visits relations, only the one wanted where an equality on column
// names it.
func (e *env) eachTable(column string, f func(*catalog.Table) error) error {
	if column != "" {
		if oid, ok := e.wantsOID(column); ok {
			t, err := e.cat.TableByOID(oid)
			if err != nil || t == nil {
				return err
			}
			return f(t)
		}
	}
	all, err := e.cat.Tables()
	if err != nil {
		return err
	}
	for _, t := range all {
		if err := f(t); err != nil {
			return err
		}
	}
	return nil
}

// live lists the columns that are not dropped.
func live(t *catalog.Table) []catalog.Column {
	out := make([]catalog.Column, 0, len(t.Columns))
	for _, c := range t.Columns {
		if !c.Dropped {
			out = append(out, c)
		}
	}
	return out
}
