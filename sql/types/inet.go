package types

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// An inet or cidr datum is PostgreSQL's binary form: family (2 IPv4, 3 IPv6),
// netmask bits, is_cidr flag, address length, address.

// MakeInet makes an inet or cidr datum.
func MakeInet(addr netip.Addr, maskBits int, cidr bool) Datum {
	raw := addr.AsSlice()
	b := []byte{2, byte(maskBits), 0, byte(len(raw))}
	if len(raw) == 16 {
		b[0] = 3
	}
	if cidr {
		b[2] = 1
	}
	return MakeBytes(append(b, raw...))
}

// InetParts takes an inet apart.
func InetParts(d Datum) (addr netip.Addr, maskBits int) {
	b := d.Bytes()
	addr, _ = netip.AddrFromSlice(b[4:])
	return addr, int(b[1])
}

func parseInet(t *T, _ int32, s string, _ *IOContext) (Datum, error) {
	w := trimSpace(s)
	host, mask, hasMask := strings.Cut(w, "/")
	if t.OID == 650 && !strings.Contains(host, ":") { // cidr may leave out octets
		n := strings.Count(host, ".")
		if !hasMask {
			mask, hasMask = itoa(8*(n+1)), n < 3
		}
		host += strings.Repeat(".0", 3-min(n, 3))
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Zone() != "" {
		return Null, errSyntax(t.Name, s)
	}
	maskBits := addr.BitLen()
	if hasMask {
		n, syntax, _ := ParseInt(mask)
		if !syntax || n < 0 || int(n) > maskBits {
			return Null, errSyntax(t.Name, s)
		}
		maskBits = int(n)
	}
	if t.OID == 650 {
		if p, _ := addr.Prefix(maskBits); p.Addr() != addr {
			return Null, pgerr.Newf(pgerr.InvalidTextRepresentation, "invalid cidr value: \"%s\"", s).
				WithDetail("Value has bits set to right of mask.")
		}
	}
	return MakeInet(addr, maskBits, t.OID == 650), nil
}

func textInet(dst []byte, d Datum, t *T, _ *IOContext) []byte {
	addr, maskBits := InetParts(d)
	if addr.Is4In6() {
		dst = append(dst, "::ffff:"...)
		dst = addr.Unmap().AppendTo(dst)
	} else {
		dst = addr.AppendTo(dst)
	}
	if t.OID == 650 || maskBits != addr.BitLen() {
		dst = strconv.AppendInt(append(dst, '/'), int64(maskBits), 10)
	}
	return dst
}

func decodeInet(t *T, b []byte) (Datum, error) {
	if len(b) < 4 || len(b) != 4+int(b[3]) || b[0] == 2 && b[3] != 4 || b[0] == 3 && b[3] != 16 || b[0] < 2 || b[0] > 3 || int(b[1]) > 8*int(b[3]) {
		return Null, errBinary("invalid address family in external \"%s\" value", t.Name)
	}
	return MakeBytes(bytes.Clone(b)), nil
}

func encodeInet(dst []byte, d Datum, t *T) []byte {
	start := len(dst)
	dst = append(dst, d.Bytes()...)
	dst[start+2] = 0
	if t.OID == 650 {
		dst[start+2] = 1
	}
	return dst
}

// compareInet orders by family, by the network bits in common, by mask length,
// by the whole address.
func compareInet(_ *T, a, b Datum) int {
	x, y := a.Bytes(), b.Bytes()
	if x[0] != y[0] {
		return cmpInt(int64(x[0]), int64(y[0]))
	}
	common := int(min(x[1], y[1]))
	if c := compareBits(x[4:], y[4:], common); c != 0 {
		return c
	}
	if x[1] != y[1] {
		return cmpInt(int64(x[1]), int64(y[1]))
	}
	return bytes.Compare(x[4:], y[4:])
}

func compareBits(a, b []byte, n int) int {
	full := n / 8
	if c := bytes.Compare(a[:full], b[:full]); c != 0 || n%8 == 0 {
		return c
	}
	shift := 8 - n%8
	return cmpInt(int64(a[full]>>shift), int64(b[full]>>shift))
}
