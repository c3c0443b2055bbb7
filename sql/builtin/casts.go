package builtin

import (
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// registerCastFuncs registers the conversion functions that are named like their
// result type: int4(float8), text(boolean), numeric(bigint) and so on.
func registerCastFuncs() {
	for name, list := range procFacts {
		to, ok := types.ByName(name)
		if !ok {
			continue
		}
		for _, p := range list {
			if p.kind != 'f' || p.set || len(p.args) != 1 || !p.ret.Is(to) || byOID[p.oid] != nil {
				continue
			}
			from := p.args[0]
			if _, ok := types.FindCast(from, to); !ok || from.Typtype == 'p' || from.Category == 'G' || to.Typtype == 'm' && !from.IsRange() {
				continue
			}
			d := defineFact(p)
			d.Eval = func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
				return types.CastTo(a[0], from, to, -1, true, ctx.IO())
			}
			Register(d)
		}
	}
}
