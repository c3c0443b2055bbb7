package builtin

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// IdentityNext is nextval for an identity column: whoever may insert into its
// table may draw from it. Not to be called by name.
var IdentityNext = &expr.FuncDef{Name: "nextval", Args: []*types.T{types.Regclass}, Ret: types.Int8, Strict: true, Volatility: 'v',
	Eval: func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return intResult(ctx.Session.NextVal(ctx.Context, types.OID(a[0].Int()), 0))
	}}

func registerSequences() {
	fn("nextval", "regclass", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return intResult(ctx.Session.NextVal(ctx.Context, types.OID(a[0].Int()), ctx.UserOID()))
	})
	fn("currval", "regclass", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return intResult(ctx.Session.CurrVal(types.OID(a[0].Int()), ctx.UserOID()))
	})
	fn("lastval", "", func(ctx *expr.Ctx, _ []types.Datum) (types.Datum, error) {
		return intResult(ctx.Session.LastVal(ctx.UserOID()))
	})
	setval := func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		called := len(a) == 2 || a[2].Bool()
		return a[1], ctx.Session.SetVal(ctx.Context, types.OID(a[0].Int()), a[1].Int(), called, ctx.UserOID())
	}
	fn("setval", "regclass,int8", setval)
	fn("setval", "regclass,int8,bool", setval)
	fn("gen_random_uuid", "", func(ctx *expr.Ctx, _ []types.Datum) (types.Datum, error) {
		b := make([]byte, 16)
		for i, r := range []uint64{ctx.Session.Random(), ctx.Session.Random()} {
			for j := range 8 {
				b[8*i+j] = byte(r >> (8 * j))
			}
		}
		b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // version 4 (RFC 4122)
		return types.MakeBytes(b), nil
	})
}
