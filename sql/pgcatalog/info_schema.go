package pgcatalog

import (
	"strconv"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/types"
)

func (e *env) database() string { return e.ctx.Session.Database() }

func yesNo(b bool) string {
	if b {
		return "YES"
	}
	return "NO"
}

func genCatalogName(e *env) error { return e.row(e.database()) }

func genSchemata(e *env) error {
	for _, s := range e.cat.Schemas() {
		if o := acl.OfSchema(s); !e.user().Owns(&o) && e.user().Mask(&o, acl.Schema.All()) == 0 {
			continue
		}
		if err := e.row(e.database(), s.Name, e.role(s.Owner), nil, nil, nil, nil); err != nil {
			return err
		}
	}
	return nil
}

func genInfoTables(e *env) error {
	return e.eachTable("", func(t *catalog.Table) error {
		if !e.sees(t) {
			return nil
		}
		kind, insertable := "BASE TABLE", true
		switch relkind(t) {
		case 'v':
			kind, insertable = "VIEW", false
		case 'r':
			if t.Temporary {
				kind = "LOCAL TEMPORARY"
			}
		default:
			return nil
		}
		return e.row(e.database(), e.schema(t.Schema), t.Name, kind, nil, nil, nil, nil, nil, yesNo(insertable), "NO", nil)
	})
}

func genInfoViews(e *env) error {
	return e.eachTable("", func(t *catalog.Table) error {
		if t.Kind != catalog.KindView || !e.sees(t) {
			return nil
		}
		return e.row(e.database(), e.schema(t.Schema), t.Name, viewText(e.ctx, t), "NONE", "NO", "NO", "NO", "NO", "NO")
	})
}

// typeFacts are the columns of information_schema that describe a type.
type typeFacts struct {
	dataType                 string
	charLen, octetLen        any
	precision, radix, scale  any
	datetime, interval       any
	udtSchema, udtName       string
	domainSchema, domainName any
}

func (e *env) typeFacts(t *types.T, mod int32) typeFacts {
	f := typeFacts{}
	if t.Typtype == 'd' {
		f.domainSchema, f.domainName = t.SchemaName, t.Name
		if mod < 0 {
			mod = t.BaseMod
		}
		t = t.Underlying()
	}
	f.udtSchema, f.udtName = "pg_catalog", t.Name
	if t.SchemaName != "" {
		f.udtSchema = t.SchemaName
	}
	switch {
	case t.IsArray():
		f.dataType = "ARRAY"
	case t.SchemaName != "":
		f.dataType = "USER-DEFINED"
	default:
		f.dataType = types.FormatType(t, -1)
	}
	f.numbers(t, mod)
	return f
}

func (f *typeFacts) numbers(t *types.T, mod int32) {
	switch {
	case t.Is(types.Varchar), t.Is(types.Bpchar):
		if mod >= 4 {
			f.charLen, f.octetLen = int(mod-4), int(mod-4)*4
		} else {
			f.octetLen = 1 << 30
		}
	case t.Is(types.Text):
		f.octetLen = 1 << 30
	case t.IsInteger():
		f.precision, f.radix, f.scale = int(t.Len)*8, 2, 0
	case t.Is(types.Float4):
		f.precision, f.radix = 24, 2
	case t.Is(types.Float8):
		f.precision, f.radix = 53, 2
	case t.Is(types.Numeric):
		f.radix = 10
		if mod >= 4 {
			f.precision, f.scale = int((mod-4)>>16)&0xffff, int((mod-4)&0x7ff)
		}
	case t.Is(types.Date):
		f.datetime = 0
	case t.Category == 'D' || t.Is(types.IntervalT):
		f.datetime = 6
		if mod >= 0 && mod <= 6 {
			f.datetime = int(mod)
		}
	}
}

func genColumns(e *env) error {
	return e.eachTable("", func(t *catalog.Table) error {
		if k := relkind(t); k != 'r' && k != 'v' {
			return nil
		}
		for i, c := range live(t) {
			if !e.seesColumn(t, &c) {
				continue
			}
			if err := e.column(t, c, i+1); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *env) column(t *catalog.Table, c catalog.Column, place int) error {
	f := e.typeFacts(c.Type, c.Mod)
	deflt, generation := textOrNull(exprText(e.ctx, c.Default, false)), any(nil)
	if c.Generated != 0 {
		deflt, generation = nil, exprText(e.ctx, c.Default, false)
	}
	var identity, start, inc, maxv, minv any
	cycle := "NO"
	if c.Identity != 0 {
		if identity = "BY DEFAULT"; c.Identity == 'a' {
			identity = "ALWAYS"
		}
		if s, err := e.cat.TableByOID(c.OwnedSeq); err == nil && s != nil && s.Seq != nil {
			start, inc = strconv.FormatInt(s.Seq.Start, 10), strconv.FormatInt(s.Seq.Increment, 10)
			maxv, minv, cycle = strconv.FormatInt(s.Seq.Max, 10), strconv.FormatInt(s.Seq.Min, 10), yesNo(s.Seq.Cycle)
		}
	}
	generated := "NEVER"
	if c.Generated != 0 {
		generated = "ALWAYS"
	}
	var domainCat any
	if f.domainName != nil {
		domainCat = e.database()
	}
	return e.row(e.database(), e.schema(t.Schema), t.Name, c.Name, place, deflt, yesNo(!c.NotNull), f.dataType,
		f.charLen, f.octetLen, f.precision, f.radix, f.scale, f.datetime, f.interval, nil,
		nil, nil, nil, nil, nil, nil, domainCat, f.domainSchema, f.domainName, e.database(), f.udtSchema, f.udtName,
		nil, nil, nil, nil, strconv.Itoa(int(c.Attnum)), "NO", yesNo(c.Identity != 0), identity, start, inc, maxv, minv, cycle,
		generated, generation, yesNo(relkind(t) == 'r' && t.Kind != catalog.KindVirtual))
}

func genInfoSequences(e *env) error {
	return e.eachTable("", func(t *catalog.Table) error {
		if t.Kind != catalog.KindSequence || !e.sees(t) {
			return nil
		}
		if o, err := e.cat.TableByOID(t.Seq.OwnerTable); err == nil && o != nil {
			if c := o.ColumnByNum(t.Seq.OwnerColumn); c != nil && c.Identity != 0 {
				return nil // part of its column
			}
		}
		q, n := t.Seq, func(v int64) string { return strconv.FormatInt(v, 10) }
		return e.row(e.database(), e.schema(t.Schema), t.Name, types.FormatType(q.Type, -1), int(q.Type.Len)*8, 2, 0,
			n(q.Start), n(q.Min), n(q.Max), n(q.Increment), yesNo(q.Cycle))
	})
}

func genDomains(e *env) error {
	ds, err := e.cat.Types()
	if err != nil {
		return err
	}
	for _, d := range ds {
		if d.T.Typtype != 'd' {
			continue
		}
		f := e.typeFacts(d.T.Base, d.T.BaseMod)
		if err := e.row(e.database(), e.schema(d.Schema), d.T.Name, f.dataType, f.charLen, f.octetLen, nil, nil, nil, nil, nil, nil,
			f.precision, f.radix, f.scale, f.datetime, f.interval, nil, textOrNull(d.Default), e.database(), f.udtSchema, f.udtName,
			nil, nil, nil, nil, "1"); err != nil {
			return err
		}
	}
	return nil
}

func genCharacterSets(e *env) error {
	return e.row(nil, nil, "UTF8", "UCS", "UTF8", e.database(), "pg_catalog", "default")
}

func genEnabledRoles(e *env) error {
	return e.eachRole(func(r *catalog.Role) error {
		if !e.user().HasPrivsOf(r.OID) {
			return nil
		}
		return e.row(r.Name)
	})
}

func genApplicableRoles(e *env) error {
	return e.eachRole(func(r *catalog.Role) error {
		if !e.user().HasPrivsOf(r.OID) {
			return nil
		}
		for _, m := range r.MemberOf {
			if err := e.row(r.Name, e.role(m.Role), yesNo(m.Admin)); err != nil {
				return err
			}
		}
		return nil
	})
}

func genRoutines(e *env) error {
	return e.eachProc(func(p proc) error {
		if p.kind != 'f' && p.kind != 'p' {
			return nil
		}
		row := make([]any, len(e.t.Columns))
		set := func(name string, v any) { row[e.t.Column(name).Attnum-1] = v }
		f := e.typeFacts(p.ret, -1)
		for n, v := range map[string]any{
			"specific_catalog": e.database(), "specific_schema": e.schema(p.schema), "specific_name": specificName(p),
			"routine_catalog": e.database(), "routine_schema": e.schema(p.schema), "routine_name": p.name,
			"routine_type": "FUNCTION", "data_type": f.dataType, "type_udt_catalog": e.database(), "type_udt_schema": f.udtSchema,
			"type_udt_name": f.udtName, "routine_body": "EXTERNAL", "external_language": "INTERNAL", "parameter_style": "GENERAL",
			"is_deterministic": yesNo(p.vol == 'i'), "sql_data_access": "MODIFIES", "is_null_call": yesNo(p.strict),
			"schema_level_routine": "YES", "max_dynamic_result_sets": 0, "security_type": "INVOKER", "as_locator": "NO",
			"is_udt_dependent": "NO", "dtd_identifier": "0",
		} {
			set(n, v)
		}
		if p.lang == 14 {
			set("routine_body", "SQL")
			set("routine_definition", p.body)
			set("external_language", "SQL")
		}
		return e.row(row...)
	})
}

func specificName(p proc) string { return p.name + "_" + strconv.FormatUint(uint64(p.oid), 10) }

func genParameters(e *env) error {
	return e.eachProc(func(p proc) error {
		for i, t := range p.args {
			var name any
			if i < len(p.names) {
				name = textOrNull(p.names[i])
			}
			f := e.typeFacts(t, -1)
			row := make([]any, len(e.t.Columns))
			for n, v := range map[string]any{
				"specific_catalog": e.database(), "specific_schema": e.schema(p.schema), "specific_name": specificName(p),
				"ordinal_position": i + 1, "parameter_mode": "IN", "is_result": "NO", "as_locator": "NO", "parameter_name": name,
				"data_type": f.dataType, "udt_catalog": e.database(), "udt_schema": f.udtSchema, "udt_name": f.udtName,
				"dtd_identifier": strconv.Itoa(i + 1),
			} {
				row[e.t.Column(n).Attnum-1] = v
			}
			if err := e.row(row...); err != nil {
				return err
			}
		}
		return nil
	})
}
