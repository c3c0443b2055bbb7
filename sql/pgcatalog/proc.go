package pgcatalog

import (
	"cmp"
	"slices"

	"github.com/ferritedb/ferrite/sql/builtin"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// proc is one row of pg_proc.
type proc struct {
	secDef                   bool
	acl                      []catalog.ACLItem
	oid, schema, owner, lang types.OID
	name                     string
	kind                     byte
	strict, set, variadic    bool
	vol                      byte
	args                     []*types.T
	ret                      *types.T
	names                    []string
	columns                  []types.Field
	body                     string
	defaults                 int
	defaultTexts             []string
	parallel                 byte
}

var (
	builtinProcs []proc
	procOIDs     = map[string]types.OID{}
)

// loadProcs lists the registered functions by OID, once all are registered.
func loadProcs() []proc {
	if builtinProcs != nil {
		return builtinProcs
	}
	var out []proc
	builtin.All(func(def any) {
		p := proc{schema: catalog.SchemaPgCatalog, owner: catalog.RoleSuperuser, lang: 12, vol: 'i', kind: 'f', parallel: 's'}
		switch d := def.(type) {
		case *expr.FuncDef:
			p.oid, p.name, p.strict, p.vol, p.args, p.ret, p.variadic = d.OID, d.Name, d.Strict, d.Volatility, d.Args, d.Ret, d.Variadic
			p.names, p.defaults, p.body = d.Names, len(d.Defaults), d.Name
		case *expr.AggDef:
			p.oid, p.name, p.args, p.ret, p.variadic, p.body = d.OID, d.Name, d.Args, d.Ret, d.Variadic, "aggregate_dummy"
			if p.kind = 'a'; d.Kind == 'w' {
				p.kind = 'w'
			}
		case *builtin.SRF:
			p.oid, p.name, p.strict, p.vol, p.args, p.ret, p.variadic = d.OID, d.Name, d.Strict, d.Volatility, d.Args, d.Ret, d.Variadic
			p.set, p.columns, p.names, p.body = true, d.Columns, d.Names, d.Name
		}
		if p.oid != 0 && p.ret != nil {
			out = append(out, p)
		}
	})
	known := map[types.OID]bool{}
	for _, p := range out {
		known[p.oid] = true
	}
	for _, p := range ioProcs {
		if !known[p.oid] {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b proc) int { return cmp.Compare(a.oid, b.oid) })
	builtinProcs = out
	for _, p := range out {
		if _, ok := procOIDs[p.name]; !ok {
			procOIDs[p.name] = p.oid
		}
	}
	return out
}

// procNamed is the OID of a function by name, 0 where there is none.
func procNamed(name string) types.OID { return procOIDs[name] }

func userProc(f *catalog.Function) proc {
	return proc{oid: f.OID, schema: f.Schema, owner: f.Owner, lang: 14, name: f.Name, kind: f.Kind, strict: f.Strict,
		set: f.RetSet, vol: f.Volatility, args: f.ArgTypes, ret: f.Ret, names: f.ArgNames, body: f.Body, defaults: len(f.Defaults),
		defaultTexts: f.Defaults, parallel: 'u', secDef: f.SecDef, acl: f.ACL}
}

func (e *env) eachProc(f func(p proc) error) error {
	want, only := types.OID(0), false
	if e.t.Name == "pg_proc" {
		want, only = e.wantsOID("oid")
	}
	for _, p := range loadProcs() {
		if only && p.oid != want {
			continue
		}
		if err := f(p); err != nil {
			return err
		}
	}
	fs, err := e.cat.AllFunctions()
	if err != nil {
		return err
	}
	for _, fn := range fs {
		if only && fn.OID != want {
			continue
		}
		if err := f(userProc(fn)); err != nil {
			return err
		}
	}
	return nil
}

func oidsOf(ts []*types.T) []types.OID {
	out := make([]types.OID, len(ts))
	for i, t := range ts {
		out[i] = t.WireOID()
	}
	return out
}

func genProc(e *env) error {
	return e.eachProc(func(p proc) error {
		var variadic types.OID
		if p.variadic && len(p.args) > 0 {
			last := p.args[len(p.args)-1]
			if variadic = last.OID; last.Elem != nil {
				variadic = last.Elem.OID
			}
		}
		rows, cost := 0.0, 1.0
		if p.lang != 12 {
			cost = 100
		}
		if p.set {
			rows = 1000
		}
		var all, modes, names any
		if len(p.columns) > 0 {
			all, modes, names = p.withColumns()
		} else if anyNamed(p.names) {
			names = p.names
		}
		return e.row(p.oid, p.name, p.schema, p.owner, p.lang, cost, rows, variadic, 0, p.kind, p.secDef, false, p.strict, p.set,
			p.vol, p.parallel, len(p.args), p.defaults, p.ret.WireOID(), oidsOf(p.args), all, modes, names, nil, nil, p.body, nil, nil, nil, e.acl(p.acl))
	})
}

func anyNamed(names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return n != "" })
}

// withColumns are proallargtypes, proargmodes and proargnames of a function with
// result columns.
func (p proc) withColumns() (all, modes, names any) {
	oids := oidsOf(p.args)
	m := []byte{}
	n := []string{}
	for i := range p.args {
		m = append(m, 'i')
		if i < len(p.names) {
			n = append(n, p.names[i])
		} else {
			n = append(n, "")
		}
	}
	for _, c := range p.columns {
		oids, m, n = append(oids, c.Type.OID), append(m, 'o'), append(n, c.Name)
	}
	return oids, m, n
}

func genOperator(e *env) error {
	var ops []*builtin.OpDef
	builtin.AllOperators(func(o *builtin.OpDef) { ops = append(ops, o) })
	slices.SortFunc(ops, func(a, b *builtin.OpDef) int { return cmp.Compare(a.OID, b.OID) })
	for _, o := range ops {
		kind, left := byte('b'), types.OID(0)
		if o.Left == nil {
			kind = 'l'
		} else {
			left = o.Left.OID
		}
		if err := e.row(o.OID, o.Name, catalog.SchemaPgCatalog, catalog.RoleSuperuser, kind, o.Merge, o.Hash, left, o.Right.OID,
			o.Fn.Ret.OID, related(o, o.Commutator, true), related(o, o.Negator, false), o.Fn.OID, 0, 0); err != nil {
			return err
		}
	}
	return nil
}

// related finds the commutator (operands swapped) or negator of an operator.
func related(o *builtin.OpDef, name string, swapped bool) types.OID {
	if name == "" || o.Left == nil {
		return 0
	}
	l, r := o.Left, o.Right
	if swapped {
		l, r = r, l
	}
	for _, c := range builtin.Operators(name) {
		if c.Left != nil && c.Left.Is(l) && c.Right.Is(r) {
			return c.OID
		}
	}
	return 0
}

func genCast(e *env) error {
	casts := types.AllCasts()
	slices.SortFunc(casts, func(a, b types.CastRow) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	for i, c := range casts {
		if err := e.row(10000+i, c.From, c.To, 0, byte(c.Context), byte('f')); err != nil {
			return err
		}
	}
	return nil
}
