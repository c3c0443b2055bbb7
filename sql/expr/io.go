package expr

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/types"
)

// IO is the session's input and output settings, read once per execution.
func (c *Ctx) IO() *types.IOContext {
	if c.io == nil {
		if s, ok := c.Session.(IOSource); ok {
			c.ioCopy = *s.IO()
		} else {
			c.ioCopy = *IOSettings(c.Session)
			c.ioCopy.Now, c.ioCopy.Lenient = c.TxnTime, c.Lenient
		}
		c.ioCopy.Budget = c.Budget
		c.io = &c.ioCopy
	}
	return c.io
}

// IOSource is a Session that keeps its settings in the form that types' text
// forms need. Ctx.IO copies them: settings of a running statement change by ResetIO.
type IOSource interface{ IO() *types.IOContext }

// ResetIO makes the next IO read the settings anew (after set_config).
func (c *Ctx) ResetIO() { c.io = nil }

// IOSettings reads the settings of a session that types' text forms depend on;
// the defaults for a nil session.
func IOSettings(s Session) *types.IOContext {
	io := &types.IOContext{}
	if s == nil {
		return io
	}
	io.Location = s.Location()
	get := func(name string) string {
		v, _ := s.Setting(name)
		return strings.ToLower(v)
	}
	for _, w := range strings.FieldsFunc(get("datestyle"), func(r rune) bool { return r == ',' || r == ' ' }) {
		switch w {
		case "iso":
			io.DateStyle = types.DateISO
		case "sql":
			io.DateStyle = types.DateSQL
		case "postgres":
			io.DateStyle = types.DatePostgres
		case "german":
			io.DateStyle, io.DateOrder = types.DateGerman, types.OrderDMY
		case "dmy", "european":
			io.DateOrder = types.OrderDMY
		case "mdy", "us", "noneuropean":
			io.DateOrder = types.OrderMDY
		case "ymd":
			io.DateOrder = types.OrderYMD
		}
	}
	switch get("intervalstyle") {
	case "postgres_verbose":
		io.IntervalStyle = types.IntervalPostgresVerbose
	case "sql_standard":
		io.IntervalStyle = types.IntervalSQLStandard
	case "iso_8601":
		io.IntervalStyle = types.IntervalISO8601
	}
	if n, ok, _ := types.ParseInt(get("extra_float_digits")); ok {
		io.FloatDigits = int(n) - 1
	}
	io.ByteaEscape = get("bytea_output") == "escape"
	io.Names, _ = s.(types.Names)
	return io
}
