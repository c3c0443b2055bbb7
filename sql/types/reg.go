package types

import (
	"math"
	"strconv"
	"strings"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// parseReg reads a number, "-" for 0, or a name that the context resolves.
func parseReg(t *T, _ int32, s string, c *IOContext) (Datum, error) {
	if s == "-" {
		return MakeInt(0), nil
	}
	if s != "" && strings.Trim(s, "0123456789") == "" {
		n, _, ok := ParseInt(s)
		if !ok || n > math.MaxUint32 {
			return Null, errRange("oid", s)
		}
		return MakeInt(n), nil
	}
	if t.OID == Regtype.OID {
		if r := regtypeByName(s); r != nil {
			return MakeInt(int64(r.OID)), nil
		}
	}
	if c.Names != nil {
		oid, err := c.Names.RegOID(t, s, c.Stored)
		if err != nil {
			return Null, err
		}
		return MakeInt(int64(oid)), nil
	}
	if t.OID == Regtype.OID {
		return Null, pgerr.Newf(pgerr.UndefinedObject, "type \"%s\" does not exist", s)
	}
	return Null, pgerr.Newf(pgerr.UndefinedObject, "%s \"%s\" does not exist", strings.TrimPrefix(t.Name, "reg"), s)
}

// regtypeByName finds a built-in type by its SQL spelling, arrays included.
func regtypeByName(s string) *T {
	w := strings.TrimPrefix(strings.Join(strings.Fields(strings.ToLower(s)), " "), "pg_catalog.")
	elem, isArray := strings.CutSuffix(w, "[]")
	if i := strings.IndexByte(elem, '('); i >= 0 {
		if j := strings.IndexByte(elem[i:], ')'); j >= 0 {
			elem = strings.TrimSpace(elem[:i]) + elem[i+j+1:]
		}
	}
	var t *T
	switch elem {
	case `"char"`:
		t = Char
	default:
		t, _ = BySQLName(elem)
	}
	if t != nil && isArray {
		return ArrayOf(t)
	}
	return t
}

func textReg(dst []byte, d Datum, t *T, c *IOContext) []byte {
	oid := OID(d.Int())
	if oid == 0 {
		return append(dst, '-')
	}
	if t.OID == Regtype.OID {
		if r, ok := ByOID(oid); ok {
			return append(dst, FormatType(r, -1)...)
		}
	}
	if c.Names != nil {
		if name, ok := c.Names.RegName(t, oid); ok {
			return append(dst, name...)
		}
	}
	return strconv.AppendUint(dst, uint64(oid), 10)
}
