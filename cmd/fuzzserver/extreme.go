package main

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

// integers are the ends of the integer types and their neighbours.
var integers = []string{"0", "1", "-1", "2", "7", "31", "32", "63", "64", "65535", "65536", "32767", "32768", "-32768", "-32769",
	"2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296", "536870912", "1073741824",
	"9223372036854775807", "9223372036854775806", "-9223372036854775808", "-9223372036854775807", "9223372036854775808", "4611686018427387904"}

var floats = []string{"0", "-0", "1", "0.1", "-1.5", "1e308", "-1e308", "5e-324", "NaN", "Infinity", "-Infinity", "1e-20", "123456.789"}

var numerics = []string{"0", "1", "-1", "0.00000000000000000001", "9.99999", "1e1000", "-1e131071", "NaN", "Infinity", "-Infinity",
	"30000.5", "99999999999999999999999999999999999999", "1e-16383", "0.5", "2"}

// texts are short; longTexts make them grow.
var texts = []string{"", "a", "ab", "é", "日本", "%", "_", "\\", "\\\\", "%a%a%a%a%b", "(a*)*b", "(((((((((a", "[[:alpha:]]+", "a{1,255}", "(a|aa)+$",
	"YYYY-MM-DD HH24:MI:SS.US TZ", "FM9999.99EEEE", "RN", "S999G999D99V9", "public", "t1", "pg_class", "json", "2024-02-29 23:59:60+15:59", "infinity", "-infinity",
	"epoch", "{1,2,3}", "[1,5)", "(1,2)", "{\"a\":1}", "$.a[*] ? (@ > 1)", "month", "century", "UTC", "Europe/Paris", "00000000-0000-0000-0000-000000000000", "1 year 2 mons", "utf8", "hex", "base64", "escape",
	"\x01\x02", "a\tb\nc", "foo & bar | !baz", "simple", "sha256", "nextval", "NULL", "on", "SELECT 1", "%s %I %L %1$s %9999999s", "%-2147483648s"}

// repeats of a text that is to be long.
var repeats = []string{"10", "1000", "20000", "100000", "1000000", "100000000", "2147483647"}

// extremes are SQL literals at the ends of a type, without their cast.
var extremes = map[string][]string{
	"bool": {"true", "false"},
	"int2": {"0", "1", "-1", "32767", "-32768"}, "int4": {"0", "1", "-1", "2", "64", "2147483647", "-2147483648"},
	"int8": {"0", "1", "-1", "9223372036854775807", "-9223372036854775808"},
	"oid":  {"0", "1", "23", "1259", "4294967295"}, "float4": floats[:4], "float8": floats, "numeric": numerics, "money": {"0", "-92233720368547758.08", "92233720368547758.07"},
	"text": texts, "varchar": texts, "bpchar": texts, "name": {"", "a", "t1", "public", "pg_catalog"}, "char": {"", "a"}, "unknown": texts,
	"bytea": {"", "\\x00", "\\xff00ff", "abc", "\\x" + strings.Repeat("ab", 300)},
	"date":  {"infinity", "-infinity", "4713-01-01 BC", "5874897-12-31", "2024-02-29", "1970-01-01"},
	"time":  {"00:00:00", "24:00:00", "23:59:59.999999"}, "timetz": {"00:00:00+15:59", "24:00:00-15:59"},
	"timestamp":   {"infinity", "-infinity", "4713-01-01 00:00:00 BC", "294276-12-31 23:59:59.999999", "2024-02-29 12:00"},
	"timestamptz": {"infinity", "-infinity", "4714-11-24 00:00:00+00 BC", "294276-12-31 23:59:59.999999+00", "2024-03-31 02:30:00+00"},
	"interval":    {"0", "178000000 years", "-178000000 years", "2147483647 days", "-2147483648 days", "1 mon -1 day 00:00:01", "1 us"},
	"json":        {"null", "1", "[]", "{}", "{\"a\":{\"b\":[1,2,{\"c\":null}]}}", "\"\\ud83d\\ude00\"", "[1e1000]", "[" + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "]"},
	"jsonpath":    {"$", "$.a", "$[*]", "$.**", "strict $.a.b", "$.* ? (@.type() == \"number\")", "$[last]", "$ ? (@ like_regex \"(a*)*b\")", "-1", "$[2147483647]", "$.datetime()"},
	"uuid":        {"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"},
	"bit":         {"", "0", "1", "1010", strings.Repeat("10", 200)}, "varbit": {"", "0", "101", strings.Repeat("1", 500)},
	"inet": {"0.0.0.0/0", "255.255.255.255", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "10.0.0.1/8"}, "cidr": {"0.0.0.0/0", "10.0.0.0/8", "::/0"},
	"macaddr": {"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"}, "macaddr8": {"00:00:00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff:ff:ff"},
	"point": {"(0,0)", "(1e300,-1e300)", "(NaN,Infinity)"}, "line": {"{1,-1,0}"}, "lseg": {"[(0,0),(1,1)]"}, "box": {"(0,0),(1,1)"}, "path": {"((0,0),(1,1))", "[(0,0)]"},
	"polygon": {"((0,0),(1,1),(1,0))"}, "circle": {"<(0,0),1>"}, "pg_lsn": {"0/0", "FFFFFFFF/FFFFFFFF"}, "xid": {"0", "4294967295"}, "xid8": {"0"}, "tid": {"(0,1)"}, "cid": {"0"},
	"int4range": {"empty", "(,)", "[1,5)", "[-2147483648,2147483647)", "[2147483647,2147483647]"}, "int8range": {"empty", "(,)", "[-9223372036854775808,9223372036854775807]"},
	"numrange": {"empty", "[0,1]", "(-Infinity,NaN]"}, "daterange": {"(,)", "[2024-01-01,infinity]"}, "tsrange": {"empty", "(,)"}, "tstzrange": {"empty", "(,infinity)"},
	"int4multirange": {"{}", "{[1,2),[5,9)}"}, "int8multirange": {"{}", "{(,)}"}, "nummultirange": {"{}", "{[0,1]}"}, "datemultirange": {"{}"}, "tsmultirange": {"{}"}, "tstzmultirange": {"{}"},
	"regclass": {"pg_class", "t1"}, "regtype": {"int4", "text"}, "regproc": {"now"}, "regrole": {"postgres"}, "regnamespace": {"public"},
	"tsvector": {"", "a:1 b:2"}, "tsquery": {"a & b"}, "refcursor": {"c"},
}

func init() { extremes["jsonb"] = extremes["json"] }

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// literal is an SQL expression of the type by name; ok is false where no value
// of it is known.
func literal(r *rand.Rand, typ string) (string, bool) {
	if r.IntN(12) == 0 {
		return "NULL::" + ident(typ), true
	}
	if elem, isArray := strings.CutPrefix(typ, "_"); isArray {
		return arrayLiteral(r, elem)
	}
	list := extremes[typ]
	if list == nil {
		return "", false
	}
	if (typ == "text" || typ == "varchar") && r.IntN(8) == 0 {
		return "repeat(" + quote(pick(r, texts)) + ", " + pick(r, repeats) + ")", true
	}
	return quote(pick(r, list)) + "::" + ident(typ), true
}

func arrayLiteral(r *rand.Rand, elem string) (string, bool) {
	if extremes[elem] == nil {
		return "", false
	}
	switch r.IntN(6) {
	case 0:
		return "'{}'::" + ident(elem) + "[]", true
	case 1:
		v, _ := literal(r, elem)
		return "array_fill(" + v + ", ARRAY[" + strconv.Itoa(r.IntN(100)) + ",2])", true
	}
	var b strings.Builder
	b.WriteString("ARRAY[")
	for i := range 1 + r.IntN(4) {
		if i > 0 {
			b.WriteString(", ")
		}
		v, _ := literal(r, elem)
		b.WriteString(v)
	}
	return b.String() + "]::" + ident(elem) + "[]", true
}

// ident is the name of a type for a cast.
func ident(typ string) string {
	if elem, ok := strings.CutPrefix(typ, "_"); ok {
		return ident(elem) + "[]"
	}
	if typ == "char" {
		return `"char"`
	}
	return typ
}
