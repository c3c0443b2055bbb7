package bind

import (
	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// actor is for whom the part of the statement being bound acts.
type actor struct {
	// run is the owner of the SECURITY DEFINER function around; 0: the current user.
	run types.OID
	// check is who needs the privileges on relations: the owner of the view around;
	// 0: run.
	check types.OID
	// auth decides which schemas are looked into; nil: all.
	auth *acl.User
}

// need notes one use of a relation, key pattern or function.
func (b *binder) need(n *acl.Need) *acl.Need {
	n.ViaView = b.viaView
	n.As = b.who.run
	if b.who.check != 0 && n.Function == nil {
		n.As = b.who.check
	}
	if b.res != nil {
		b.res.Access = append(b.res.Access, n)
	}
	return n
}

// inView has what follows act for a view: names in its text were resolved when
// it was made, and its owner needs the privileges, or with security_invoker the
// user. The result restores what was.
func (b *binder) inView(t *catalog.Table) (restore func()) {
	saved := b.who
	b.who.auth, b.who.check = nil, t.Owner
	if t.Invoker() {
		b.who.check = 0
	}
	return func() { b.who = saved }
}

// inFunction has what follows act for an SQL function: its text is read anew
// under the rights of whoever it runs as.
func (b *binder) inFunction(f *catalog.Function) (restore func()) {
	saved := b.who
	b.who.check = 0
	if f.SecDef {
		b.who.run = f.Owner
	}
	b.who.auth = b.cfg.Auth
	if b.who.run != 0 && b.cfg.Auth != nil {
		b.who.auth = b.cfg.Auth.As(b.who.run)
	}
	return func() { b.who = saved }
}

// sees tells whether unqualified names are looked for in a schema.
func (b *binder) sees(s *catalog.Schema) bool { return b.who.auth == nil || b.who.auth.SeesSchema(s) }

// io gives the settings that literals are read with: names in stored text need no
// privileges.
func (b *binder) io() *types.IOContext {
	if b.who.auth != nil || b.cfg.Auth == nil || b.cfg.IO == nil {
		return b.cfg.IO
	}
	c := *b.cfg.IO
	c.Stored = true
	return &c
}

// schemaNamed finds a schema by name, nil where there is none; one that the user
// may not look into is 42501.
func (b *binder) schemaNamed(name string, pos ast.At) *catalog.Schema {
	s := b.cat.SchemaByName(name)
	if s != nil && b.who.auth != nil {
		b.must(pos, b.who.auth.RequireSchema(s, acl.Usage))
	}
	return s
}

// asOwner has a call inside a SECURITY DEFINER function see the function's owner
// as its user. What is immutable sees no user.
func (b *binder) asOwner(def *expr.FuncDef) *expr.FuncDef {
	owner := b.who.run
	if owner == 0 || def.Volatility == 'i' {
		return def
	}
	d := *def
	d.Batch = nil
	as := func(ctx *expr.Ctx, eval func() (types.Datum, error)) (types.Datum, error) {
		saved := ctx.As
		ctx.As = owner
		defer func() { ctx.As = saved }()
		return eval()
	}
	if def.Eval != nil {
		d.Eval = func(ctx *expr.Ctx, args []types.Datum) (types.Datum, error) {
			return as(ctx, func() (types.Datum, error) { return def.Eval(ctx, args) })
		}
	}
	if def.TypedEval != nil {
		d.TypedEval = func(ctx *expr.Ctx, args []types.Datum, f *expr.Func) (types.Datum, error) {
			return as(ctx, func() (types.Datum, error) { return def.TypedEval(ctx, args, f) })
		}
	}
	return &d
}

// cannotWrite is 42501 for a relation of the system.
func (b *binder) cannotWrite(t *catalog.Table, pos ast.At) {
	if b.who.auth != nil && !b.who.auth.Superuser() {
		o := acl.OfTable(t)
		o.Kind = acl.Table
		b.fail(pos, o.Denied())
	}
	b.failf(pos, pgerr.InsufficientPrivilege, "permission denied: %q is a system catalog", t.Name)
}
