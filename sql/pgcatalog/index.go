package pgcatalog

import (
	"strconv"
	"strings"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

func genIndex(e *env) error {
	if oid, ok := e.wantsOID("indexrelid"); ok {
		t, ix, err := e.cat.IndexByOID(oid)
		if err != nil || ix == nil {
			return err
		}
		return e.index(t, ix)
	}
	return e.eachTable("indrelid", func(t *catalog.Table) error {
		for _, ix := range t.Indexes {
			if err := e.index(t, ix); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *env) index(t *catalog.Table, ix *catalog.Index) error {
	var keys []int16
	var colls, classes []types.OID
	var options []int16
	var exprs []string
	for _, k := range ix.Keys {
		keys = append(keys, k.Attnum)
		coll := types.OID(0)
		if collatable(k.Type) {
			coll = catalog.CollationDefault
		}
		colls = append(colls, coll)
		classes = append(classes, opclassOf(k))
		opt := int16(0)
		if k.Desc {
			opt |= 1
		}
		if k.NullsFirst {
			opt |= 2
		}
		options = append(options, opt)
		if k.Attnum == 0 {
			exprs = append(exprs, k.Expr)
		}
	}
	keys = append(keys, ix.Include...)
	return e.row(ix.OID, t.OID, len(keys), len(ix.Keys), ix.Unique, ix.NullsNotDistinct, ix.Primary, false,
		!ix.Deferrable, false, true, false, true, true, false, keys, colls, classes, options,
		textOrNull(strings.Join(exprs, ", ")), textOrNull(ix.Where))
}

// opclass is a row of pg_opclass for ordered indexes.
type opclass struct {
	oid    types.OID
	name   string
	method types.OID
	input  *types.T
	deflt  bool
	family types.OID
}

var opclasses = []opclass{
	{1978, "int4_ops", 403, types.Int4, true, 1976}, {1979, "int2_ops", 403, types.Int2, true, 1976},
	{3124, "int8_ops", 403, types.Int8, true, 1976}, {1981, "oid_ops", 403, types.Oid, true, 1989},
	{3122, "date_ops", 403, types.Date, true, 434}, {3123, "float8_ops", 403, types.Float8, true, 1970},
	{10012, "float4_ops", 403, types.Float4, true, 1970}, {3125, "numeric_ops", 403, types.Numeric, true, 1988},
	{3126, "text_ops", 403, types.Text, true, 1994}, {3127, "timestamptz_ops", 403, types.Timestamptz, true, 434},
	{3128, "timestamp_ops", 403, types.Timestamp, true, 434}, {4217, "text_pattern_ops", 403, types.Text, false, 2095},
	{4218, "varchar_pattern_ops", 403, types.Text, false, 2095}, {10044, "varchar_ops", 403, types.Text, false, 1994},
	{10000, "array_ops", 403, types.Anyarray, true, 397}, {10003, "bool_ops", 403, types.Bool, true, 424},
	{10004, "bpchar_ops", 403, types.Bpchar, true, 426}, {10006, "bytea_ops", 403, types.Bytea, true, 428},
	{10007, "char_ops", 403, types.Char, true, 429}, {10015, "inet_ops", 403, types.Inet, true, 1974},
	{10022, "interval_ops", 403, types.IntervalT, true, 1982}, {10028, "name_ops", 403, types.Name, true, 1994},
	{10038, "time_ops", 403, types.Time, true, 1996}, {10041, "timetz_ops", 403, types.Timetz, true, 2000},
	{10047, "money_ops", 403, types.Money, true, 2099}, {10065, "uuid_ops", 403, types.UUID, true, 2968},
	{10069, "enum_ops", 403, types.Anyenum, true, 3522}, {10088, "jsonb_ops", 403, types.JSONB, true, 4033},
	{10020, "int4_ops", 405, types.Int4, true, 1977}, {10037, "text_ops", 405, types.Text, true, 1995},
}

func opclassOf(k catalog.IndexKey) types.OID {
	t := k.Type.Underlying()
	if t.Is(types.Varchar) {
		t = types.Text
	}
	if t.IsEnum() {
		t = types.Anyenum
	}
	if t.IsArray() {
		t = types.Anyarray
	}
	for _, c := range opclasses {
		if k.Opclass != "" && c.name == k.Opclass || k.Opclass == "" && c.deflt && c.method == 403 && c.input.Is(t) {
			return c.oid
		}
	}
	return 0
}

func genOpclass(e *env) error {
	for _, c := range opclasses {
		if err := e.row(c.oid, c.method, c.name, catalog.SchemaPgCatalog, catalog.RoleSuperuser, c.family, c.input.OID, c.deflt, 0); err != nil {
			return err
		}
	}
	return nil
}

func genIndexes(e *env) error {
	return e.eachTable("", func(t *catalog.Table) error {
		for _, ix := range t.Indexes {
			if err := e.row(e.schema(t.Schema), t.Name, ix.Name, nil, indexDef(e.ctx, e.cat, t, ix, false)); err != nil {
				return err
			}
		}
		return nil
	})
}

// indexDef is pg_get_indexdef of a whole index.
func indexDef(ctx *expr.Ctx, cat catalog.Reader, t *catalog.Table, ix *catalog.Index, pretty bool) string {
	var b strings.Builder
	b.WriteString("CREATE ")
	if ix.Unique {
		b.WriteString("UNIQUE ")
	}
	b.WriteString("INDEX " + quoteIdent(ix.Name) + " ON ")
	if s := cat.SchemaByOID(t.Schema); s != nil {
		b.WriteString(quoteIdent(s.Name) + ".")
	}
	b.WriteString(quoteIdent(t.Name) + " USING " + ix.Method + " (")
	for i := range ix.Keys {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(indexKeyDef(ctx, t, ix, i, true, pretty))
	}
	b.WriteByte(')')
	if len(ix.Include) > 0 {
		b.WriteString(" INCLUDE (" + columnList(t, ix.Include) + ")")
	}
	if ix.NullsNotDistinct {
		b.WriteString(" NULLS NOT DISTINCT")
	}
	if ix.Where != "" {
		b.WriteString(" WHERE " + exprText(ctx, ix.Where, pretty))
	}
	return b.String()
}

// indexKeyDef words key i; full adds operator class and order.
func indexKeyDef(ctx *expr.Ctx, t *catalog.Table, ix *catalog.Index, i int, full, pretty bool) string {
	k := ix.Keys[i]
	text := exprText(ctx, k.Expr, pretty)
	if k.Attnum != 0 {
		if c := t.ColumnByNum(k.Attnum); c != nil {
			text = quoteIdent(c.Name)
		}
	} else if !isCall(text) {
		text = "(" + text + ")"
	}
	if !full {
		return text
	}
	if k.Opclass != "" {
		text += " " + k.Opclass
	}
	if k.Desc {
		text += " DESC"
	}
	switch {
	case k.Desc && !k.NullsFirst:
		text += " NULLS LAST"
	case !k.Desc && k.NullsFirst:
		text += " NULLS FIRST"
	}
	return text
}

func isCall(text string) bool {
	name, _, ok := strings.Cut(text, "(")
	return ok && name != "" && strings.HasSuffix(text, ")") && !strings.ContainsAny(name, " '\"+-*/<>=|:")
}

func columnList(t *catalog.Table, nums []int16) string {
	names := make([]string, len(nums))
	for i, n := range nums {
		names[i] = strconv.Itoa(int(n))
		if c := t.ColumnByNum(n); c != nil {
			names[i] = quoteIdent(c.Name)
		}
	}
	return strings.Join(names, ", ")
}
