package builtin

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

func bytesLen(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
	return types.MakeInt(int64(len(a[0].Bytes()))), nil
}

func hashFunc(f func([]byte) []byte) EvalFunc {
	return func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) { return types.MakeBytes(f(a[0].Bytes())), nil }
}

func registerBytes() {
	fn("length", "bytea", bytesLen)
	fn("octet_length", "bytea", bytesLen)
	fn("bit_length", "bytea", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeInt(8 * int64(len(a[0].Bytes()))), nil
	})
	fn("position", "bytea,bytea", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeInt(int64(bytes.Index(a[0].Bytes(), a[1].Bytes()) + 1)), nil
	})
	md := func(b []byte) types.Datum {
		sum := md5.Sum(b)
		return types.MakeStr(hex.EncodeToString(sum[:]))
	}
	fn("md5", "text", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) { return md([]byte(a[0].Str())), nil })
	fn("md5", "bytea", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) { return md(a[0].Bytes()), nil })
	fn("sha224", "bytea", hashFunc(func(b []byte) []byte { s := sha256.Sum224(b); return s[:] }))
	fn("sha256", "bytea", hashFunc(func(b []byte) []byte { s := sha256.Sum256(b); return s[:] }))
	fn("sha384", "bytea", hashFunc(func(b []byte) []byte { s := sha512.Sum384(b); return s[:] }))
	fn("sha512", "bytea", hashFunc(func(b []byte) []byte { s := sha512.Sum512(b); return s[:] }))
	fn("encode", "bytea,text", encode)
	fn("decode", "text,text", decode)
	fn("to_hex", "int4", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeStr(strconv.FormatUint(uint64(uint32(a[0].Int())), 16)), nil
	})
	fn("to_hex", "int8", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeStr(strconv.FormatUint(uint64(a[0].Int()), 16)), nil
	})
	fn("convert_from", "bytea,name", convertFrom)
	fn("convert_to", "text,name", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		if err := onlyUTF8(a[1].Str()); err != nil {
			return types.Null, err
		}
		return types.MakeBytes([]byte(a[0].Str())), nil
	})
	registerByteAccess()
	fn("normalize", "text,text", normalize).Defaults = []types.Datum{types.MakeStr("NFC")}
	fn("is_normalized", "text,text", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		n, err := normalize(ctx, a)
		if err != nil {
			return types.Null, err
		}
		return types.MakeBool(n.Str() == a[0].Str()), nil
	}).Defaults = []types.Datum{types.MakeStr("NFC")}
}

// normalizeGrowth is how many times longer a text may become: U+FDFA of three
// bytes has 33 in NFKD.
const normalizeGrowth = 11

func normalize(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	f, ok := map[string]norm.Form{"NFC": norm.NFC, "NFD": norm.NFD, "NFKC": norm.NFKC, "NFKD": norm.NFKD}[strings.ToUpper(a[1].Str())]
	if !ok {
		return types.Null, pgerr.Newf(pgerr.InvalidParameterValue, "invalid normalization form: %s", a[1].Str())
	}
	s := a[0].Str()
	if f.IsNormalString(s) {
		return a[0], nil
	}
	if err := enlarge(ctx, 0, normalizeGrowth*len(s)); err != nil {
		return types.Null, err
	}
	return types.MakeStr(f.String(s)), stepBytes(ctx, len(s))
}

func onlyUTF8(name string) error {
	switch strings.ToLower(strings.ReplaceAll(name, "-", "")) {
	case "utf8", "unicode", "sql_ascii":
		return nil
	}
	return pgerr.NotSupported("encoding \"" + name + "\"")
}

func convertFrom(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	switch strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(a[1].Str())) {
	case "latin1", "iso88591":
		in := a[0].Bytes()
		if err := fits(ctx, 2*int64(len(in))); err != nil {
			return types.Null, err
		}
		out := make([]byte, 0, len(in))
		for _, b := range in {
			out = utf8.AppendRune(out, rune(b))
		}
		return types.MakeStr(string(out)), nil
	}
	if err := onlyUTF8(a[1].Str()); err != nil {
		return types.Null, err
	}
	if !utf8.Valid(a[0].Bytes()) {
		return types.DecodeBinary(types.Text, a[0].Bytes())
	}
	return types.MakeStr(string(a[0].Bytes())), nil
}

// base64LineMax is where encode breaks lines (RFC 2045).
const base64LineMax = 76

// encodeGrowth is how many times longer encode's text is than its bytes.
var encodeGrowth = map[string]int64{"hex": 2, "escape": 4, "base64": 2}

func encode(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
	b, name := a[0].Bytes(), strings.ToLower(a[1].Str())
	if err := fits(ctx, encodeGrowth[name]*int64(len(b))); err != nil {
		return types.Null, err
	}
	switch name {
	case "hex":
		return types.MakeStr(hex.EncodeToString(b)), nil
	case "escape":
		var out []byte
		for _, c := range b {
			switch {
			case c == '\\':
				out = append(out, `\\`...)
			case c == 0 || c >= 0x80:
				out = append(out, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
			default:
				out = append(out, c)
			}
		}
		return types.MakeStr(string(out)), nil
	case "base64":
		s := base64.StdEncoding.EncodeToString(b)
		var out strings.Builder
		for len(s) > base64LineMax {
			out.WriteString(s[:base64LineMax] + "\n")
			s = s[base64LineMax:]
		}
		out.WriteString(s)
		return types.MakeStr(out.String()), nil
	}
	return types.Null, errEncoding(a[1].Str())
}

func errEncoding(name string) error {
	return pgerr.Newf(pgerr.InvalidParameterValue, "unrecognized encoding: \"%s\"", name)
}

func decode(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
	s := a[0].Str()
	switch strings.ToLower(a[1].Str()) {
	case "hex":
		b, err := types.DecodeHex(s)
		return types.MakeBytes(b), err
	case "escape":
		if strings.HasPrefix(s, `\x`) {
			s = `\\` + s[1:]
		}
		return types.Parse(types.Bytea, -1, s, nil)
	case "base64":
		clean := strings.Map(func(r rune) rune {
			if strings.ContainsRune(" \t\r\n", r) {
				return -1
			}
			return r
		}, s)
		b, err := base64.StdEncoding.DecodeString(clean)
		if err != nil {
			for _, r := range clean {
				if !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=", r) {
					return types.Null, pgerr.Newf(pgerr.InvalidParameterValue, "invalid symbol \"%c\" found while decoding base64 sequence", r)
				}
			}
			return types.Null, pgerr.New(pgerr.InvalidParameterValue, "invalid base64 end sequence").
				WithHint("Input data is missing padding, is truncated, or is otherwise corrupted.")
		}
		return types.MakeBytes(b), nil
	}
	return types.Null, errEncoding(a[1].Str())
}

func errIndex(n, last int64) error {
	return pgerr.Newf(pgerr.ArraySubscriptError, "index %d out of valid range, 0..%d", n, last)
}

func registerByteAccess() {
	fn("get_byte", "bytea,int4", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		b, n := a[0].Bytes(), a[1].Int()
		if n < 0 || n >= int64(len(b)) {
			return types.Null, errIndex(n, int64(len(b))-1)
		}
		return types.MakeInt(int64(b[n])), nil
	})
	fn("set_byte", "bytea,int4,int4", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		b, n := bytes.Clone(a[0].Bytes()), a[1].Int()
		if n < 0 || n >= int64(len(b)) {
			return types.Null, errIndex(n, int64(len(b))-1)
		}
		b[n] = byte(a[2].Int())
		return types.MakeBytes(b), nil
	})
	fn("get_bit", "bytea,int8", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		b, n := a[0].Bytes(), a[1].Int()
		if n < 0 || n >= 8*int64(len(b)) {
			return types.Null, errIndex(n, 8*int64(len(b))-1)
		}
		return types.MakeInt(int64(b[n/8] >> (n % 8) & 1)), nil
	})
	fn("set_bit", "bytea,int8,int4", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		b, n, v := bytes.Clone(a[0].Bytes()), a[1].Int(), a[2].Int()
		if n < 0 || n >= 8*int64(len(b)) {
			return types.Null, errIndex(n, 8*int64(len(b))-1)
		}
		if v != 0 && v != 1 {
			return types.Null, pgerr.New(pgerr.InvalidParameterValue, "new bit must be 0 or 1")
		}
		b[n/8] = b[n/8]&^(1<<(n%8)) | byte(v)<<(n%8)
		return types.MakeBytes(b), nil
	})
}
