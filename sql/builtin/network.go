package builtin

import (
	"net/netip"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

func inetFn(name string, f func(a netip.Addr, bits int) types.Datum) {
	fn(name, "inet", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		addr, bits := types.InetParts(a[0])
		return f(addr, bits), nil
	})
}

// maskBytes is the netmask of an address family.
func maskBytes(size, bits int) []byte {
	b := make([]byte, size)
	for i := range bits {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return b
}

func mapBytes(a netip.Addr, f func(i int, b byte) byte) netip.Addr {
	raw := a.AsSlice()
	for i := range raw {
		raw[i] = f(i, raw[i])
	}
	out, _ := netip.AddrFromSlice(raw)
	return out
}

func registerNetwork() {
	inetFn("host", func(a netip.Addr, _ int) types.Datum { return types.MakeStr(a.String()) })
	inetFn("masklen", func(_ netip.Addr, bits int) types.Datum { return types.MakeInt(int64(bits)) })
	inetFn("family", func(a netip.Addr, _ int) types.Datum {
		if a.BitLen() == 32 {
			return types.MakeInt(4)
		}
		return types.MakeInt(6)
	})
	inetFn("network", func(a netip.Addr, bits int) types.Datum {
		p, _ := a.Prefix(bits)
		return types.MakeInet(p.Addr(), bits, true)
	})
	inetFn("netmask", func(a netip.Addr, bits int) types.Datum {
		m := maskBytes(a.BitLen()/8, bits)
		return types.MakeInet(mapBytes(a, func(i int, _ byte) byte { return m[i] }), a.BitLen(), false)
	})
	inetFn("hostmask", func(a netip.Addr, bits int) types.Datum {
		m := maskBytes(a.BitLen()/8, bits)
		return types.MakeInet(mapBytes(a, func(i int, _ byte) byte { return ^m[i] }), a.BitLen(), false)
	})
	inetFn("broadcast", func(a netip.Addr, bits int) types.Datum {
		m := maskBytes(a.BitLen()/8, bits)
		return types.MakeInet(mapBytes(a, func(i int, b byte) byte { return b | ^m[i] }), bits, false)
	})
	for name, t := range map[string]*types.T{"inet": types.Inet, "cidr": types.Cidr} {
		fn("abbrev", name, func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			return types.MakeStr(types.Format(a[0], t, nil)), nil
		})
		fn("set_masklen", name+",int4", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
			addr, _ := types.InetParts(a[0])
			n := int(a[1].Int())
			if n == -1 {
				n = addr.BitLen()
			}
			if n < 0 || n > addr.BitLen() {
				return types.Null, pgerr.Newf(pgerr.InvalidParameterValue, "invalid mask length: %d", n)
			}
			if name == "cidr" {
				p, _ := addr.Prefix(n)
				addr = p.Addr()
			}
			return types.MakeInet(addr, n, name == "cidr"), nil
		})
	}
	fn("text", "inet", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeStr(castText(ctx, a[0], types.Inet)), nil
	})
	fn("inet_same_family", "inet,inet", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		x, _ := types.InetParts(a[0])
		y, _ := types.InetParts(a[1])
		return types.MakeBool(x.BitLen() == y.BitLen()), nil
	})
	registerSubnets()
	add := func(d types.Datum, n int64) (types.Datum, error) {
		addr, bits := types.InetParts(d)
		raw := addr.AsSlice()
		for i := len(raw) - 1; i >= 0 && n != 0; i-- {
			n += int64(raw[i])
			raw[i] = byte(n)
			n >>= 8
		}
		if n != 0 {
			return types.Null, pgerr.New(pgerr.NumericValueOutOfRange, "result is out of range")
		}
		out, _ := netip.AddrFromSlice(raw)
		return types.MakeInet(out, bits, false), nil
	}
	both("+", "inet", "int8", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) { return add(a[0], a[1].Int()) })
	op("-", "inet", "int8", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) { return add(a[0], -a[1].Int()) })
}

// registerSubnets registers containment of networks.
func registerSubnets() {
	within := func(a, b types.Datum, proper bool) bool {
		x, xb := types.InetParts(a)
		y, yb := types.InetParts(b)
		if x.BitLen() != y.BitLen() || xb < yb || proper && xb == yb {
			return false
		}
		p, _ := y.Prefix(yb)
		return p.Contains(x)
	}
	rel := func(name string, f func(a, b types.Datum) bool) {
		op(name, "inet", "inet", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) { return types.MakeBool(f(a[0], a[1])), nil })
	}
	rel("<<", func(a, b types.Datum) bool { return within(a, b, true) })
	rel("<<=", func(a, b types.Datum) bool { return within(a, b, false) })
	rel(">>", func(a, b types.Datum) bool { return within(b, a, true) })
	rel(">>=", func(a, b types.Datum) bool { return within(b, a, false) })
	rel("&&", func(a, b types.Datum) bool { return within(a, b, false) || within(b, a, false) })
}
