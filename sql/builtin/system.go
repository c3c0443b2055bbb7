package builtin

import (
	"runtime"
	"strings"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// Version is what version() says. It starts as drivers expect it; PostgreSQL 15
// is the version whose behaviour Ferrite follows.
var Version = "PostgreSQL 15.12 (Ferrite) on " + runtime.GOARCH + "-" + runtime.GOOS + ", compiled by " + runtime.Version() + ", 64-bit"

// session registers a function without arguments that asks the session.
func session(name string, f func(s expr.Session) types.Datum) {
	fn(name, "", func(ctx *expr.Ctx, _ []types.Datum) (types.Datum, error) {
		if ctx.Session == nil {
			return types.Null, nil
		}
		return f(ctx.Session), nil
	})
}

// currentUser is the user's name, or inside a SECURITY DEFINER function its owner's.
func currentUser(ctx *expr.Ctx, _ []types.Datum) (types.Datum, error) {
	if ctx.Session == nil {
		return types.Null, nil
	}
	if cat, ok := ctx.Session.Catalog().(catalog.Reader); ok && ctx.As != 0 {
		if r, err := cat.RoleByOID(ctx.As); err != nil || r != nil {
			if err != nil {
				return types.Null, err
			}
			return types.MakeStr(r.Name), nil
		}
	}
	return types.MakeStr(ctx.Session.User()), nil
}

func constant(name string, d types.Datum) {
	fn(name, "", func(*expr.Ctx, []types.Datum) (types.Datum, error) { return d, nil })
}

func registerSystem() {
	constant("version", types.MakeStr(Version))
	for _, n := range []string{"current_user", "getpgusername"} {
		fn(n, "", currentUser)
	}
	session("session_user", func(s expr.Session) types.Datum { return types.MakeStr(s.SessionUser()) })
	session("current_database", func(s expr.Session) types.Datum { return types.MakeStr(s.Database()) })
	session("pg_backend_pid", func(s expr.Session) types.Datum { return types.MakeInt(int64(s.BackendPID())) })
	for _, n := range []string{"txid_current", "txid_current_if_assigned", "pg_current_xact_id", "pg_current_xact_id_if_assigned"} {
		session(n, func(s expr.Session) types.Datum { return types.MakeInt(int64(s.TxnID())) })
	}
	constant("pg_is_in_recovery", types.MakeBool(false))
	constant("pg_jit_available", types.MakeBool(false))
	constant("pg_trigger_depth", types.MakeInt(0))
	constant("pg_my_temp_schema", types.MakeInt(0))
	constant("getdatabaseencoding", types.MakeStr("UTF8"))
	constant("pg_client_encoding", types.MakeStr("UTF8"))
	for _, n := range []string{"inet_server_addr", "inet_server_port", "inet_client_addr", "inet_client_port"} {
		constant(n, types.Null)
	}
	started := clock.Real.Now()
	constant("pg_postmaster_start_time", types.MakeInt(types.FromTime(started)))
	constant("pg_conf_load_time", types.MakeInt(types.FromTime(started)))
	fn("pg_encoding_to_char", "int4", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeStr(map[int64]string{0: "SQL_ASCII", 6: "UTF8"}[a[0].Int()]), nil
	})
	fn("pg_char_to_encoding", "name", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		if onlyUTF8(a[0].Str()) == nil {
			return types.MakeInt(6), nil
		}
		return types.MakeInt(-1), nil
	})
	fn("pg_is_other_temp_schema", "oid", func(*expr.Ctx, []types.Datum) (types.Datum, error) { return types.MakeBool(false), nil })
	fn("pg_blocking_pids", "int4", func(*expr.Ctx, []types.Datum) (types.Datum, error) {
		return types.MakeArray(&types.Array{Elem: types.Int4}), nil
	})
	fnTyped("pg_typeof", "any", func(_ *expr.Ctx, _ []types.Datum, f *expr.Func) (types.Datum, error) {
		return types.MakeInt(int64(f.Args[0].Type().OID)), nil
	})
	fnTyped("pg_column_size", "any", func(ctx *expr.Ctx, a []types.Datum, f *expr.Func) (types.Datum, error) {
		t := f.Args[0].Type()
		if t.Len > 0 {
			return types.MakeInt(int64(t.Len)), nil
		}
		return types.MakeInt(int64(len(types.AppendBinary(nil, a[0], t)) + 1)), nil
	})
	fnTyped("pg_collation_for", "any", func(_ *expr.Ctx, _ []types.Datum, f *expr.Func) (types.Datum, error) {
		if f.Args[0].Type().Category == 'S' {
			return types.MakeStr(`"default"`), nil
		}
		return types.Null, pgerr.Newf(pgerr.DatatypeMismatch, "collations are not supported by type %s", types.FormatType(f.Args[0].Type(), -1))
	})
	registerSettings()
	registerSleep()
	registerBackends()
	registerSizes()
}

func registerSettings() {
	get := func(ctx *expr.Ctx, name string, missingOK bool) (types.Datum, error) {
		v, ok := ctx.Session.Setting(name)
		if !ok && !missingOK {
			return types.Null, pgerr.Newf(pgerr.UndefinedObject, "unrecognized configuration parameter \"%s\"", name)
		}
		if !ok {
			return types.Null, nil
		}
		return types.MakeStr(v), nil
	}
	fn("current_setting", "text", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) { return get(ctx, a[0].Str(), false) })
	fn("current_setting", "text,bool", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return get(ctx, a[0].Str(), a[1].Bool())
	})
	fn("set_config", "text,text,bool", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		if a[0].IsNull() {
			return types.Null, pgerr.New(pgerr.NullValueNotAllowed, "SET requires parameter name")
		}
		if name := strings.ToLower(a[0].Str()); ctx.As != 0 && (name == "role" || name == "session_authorization") {
			return types.Null, pgerr.Newf(pgerr.InsufficientPrivilege, "cannot set parameter %q within security-definer function", name)
		}
		value := ""
		if !a[1].IsNull() {
			value = a[1].Str()
		}
		if err := ctx.Session.SetSetting(a[0].Str(), value, !a[2].IsNull() && a[2].Bool()); err != nil {
			return types.Null, err
		}
		ctx.ResetIO()
		return get(ctx, a[0].Str(), true)
	})
	fn("setseed", "float8", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		if f := a[0].Float(); f < -1 || f > 1 || f != f {
			return types.Null, pgerr.Newf(pgerr.InvalidParameterValue, "setseed parameter %g is out of allowed range [-1,1]", f)
		}
		return types.Null, pgerr.NotSupported("setseed")
	})
	fn("pg_notify", "text,text", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		if a[0].IsNull() || a[0].Str() == "" {
			return types.Null, pgerr.New(pgerr.InvalidParameterValue, "channel name cannot be empty")
		}
		payload := ""
		if !a[1].IsNull() {
			payload = a[1].Str()
		}
		return types.MakeStr(""), ctx.Session.Notify(a[0].Str(), payload)
	})
}

// sleep waits, or until the statement is cancelled.
func sleep(ctx *expr.Ctx, d time.Duration) (types.Datum, error) {
	if d <= 0 {
		return types.MakeStr(""), nil
	}
	done := make(chan struct{})
	timer := clock.Real.AfterFunc(d, func() { close(done) })
	defer timer.Stop()
	select {
	case <-done:
		return types.MakeStr(""), nil
	case <-ctx.Context.Done():
		return types.Null, ctx.Context.Err() // the session names the reason
	}
}

func registerSleep() {
	fn("pg_sleep", "float8", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return sleep(ctx, time.Duration(min(a[0].Float(), 9e9)*1e9))
	})
	fn("pg_sleep_for", "interval", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		now := types.FromTime(ctx.Session.Now())
		end, err := AddIntervalTz(now, a[0].Interval(), ctx.IO().Loc())
		if err != nil {
			return types.Null, err
		}
		return sleep(ctx, time.Duration(end-now)*time.Microsecond)
	})
	fn("pg_sleep_until", "timestamptz", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return sleep(ctx, time.Duration(a[0].Int()-types.FromTime(ctx.Session.Now()))*time.Microsecond)
	})
}

func registerBackends() {
	fn("pg_cancel_backend", "int4", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		ok, err := ctx.Session.CancelBackend(int32(a[0].Int()), ctx.UserOID())
		return types.MakeBool(ok), err
	})
	fn("pg_terminate_backend", "int4,int8", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		ok, err := ctx.Session.TerminateBackend(int32(a[0].Int()), ctx.UserOID())
		return types.MakeBool(ok), err
	}).Defaults = []types.Datum{types.MakeInt(0)}
	advisory := func(name string, shared, session, try bool) {
		lock := func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
			key, two := advisoryKey(a)
			ok, err := ctx.Session.Advisory(ctx.Context, key, two, shared, session, try)
			if !try {
				return types.MakeStr(""), err
			}
			return types.MakeBool(ok), err
		}
		fn(name, "int8", lock)
		fn(name, "int4,int4", lock)
	}
	for _, shared := range []bool{false, true} {
		suffix := map[bool]string{true: "_shared"}[shared]
		advisory("pg_advisory_lock"+suffix, shared, true, false)
		advisory("pg_advisory_xact_lock"+suffix, shared, false, false)
		advisory("pg_try_advisory_lock"+suffix, shared, true, true)
		advisory("pg_try_advisory_xact_lock"+suffix, shared, false, true)
		unlock := func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
			key, two := advisoryKey(a)
			ok, err := ctx.Session.AdvisoryUnlock(key, two, shared)
			return types.MakeBool(ok), err
		}
		fn("pg_advisory_unlock"+suffix, "int8", unlock)
		fn("pg_advisory_unlock"+suffix, "int4,int4", unlock)
	}
	fn("pg_advisory_unlock_all", "", func(ctx *expr.Ctx, _ []types.Datum) (types.Datum, error) {
		ctx.Session.AdvisoryUnlockAll()
		return types.MakeStr(""), nil
	})
}

// advisoryKey packs the key of one bigint or of two integers.
func advisoryKey(a []types.Datum) (key int64, two bool) {
	if len(a) == 1 {
		return a[0].Int(), false
	}
	return a[0].Int()<<32 | int64(uint32(a[1].Int())), true
}

func registerSizes() {
	size := func(name, kind string) {
		fn(name, "regclass", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
			n, err := ctx.Session.RelationBytes(types.OID(a[0].Int()), kind)
			return types.MakeInt(n), err
		})
	}
	size("pg_relation_size", "table")
	size("pg_table_size", "table")
	size("pg_indexes_size", "indexes")
	size("pg_total_relation_size", "total")
	fn("pg_relation_size", "regclass,text", func(ctx *expr.Ctx, a []types.Datum) (types.Datum, error) {
		if strings.ToLower(a[1].Str()) != "main" {
			return types.MakeInt(0), nil
		}
		n, err := ctx.Session.RelationBytes(types.OID(a[0].Int()), "table")
		return types.MakeInt(n), err
	})
	for _, t := range []string{"name", "oid"} {
		fn("pg_database_size", t, func(ctx *expr.Ctx, _ []types.Datum) (types.Datum, error) {
			n, err := ctx.Session.RelationBytes(0, "database")
			return types.MakeInt(n), err
		})
	}
	fn("pg_size_pretty", "int8", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeStr(sizePretty(types.NumericFromInt(a[0].Int()))), nil
	})
	fn("pg_size_pretty", "numeric", func(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
		return types.MakeStr(sizePretty(a[0].Decimal())), nil
	})
	fn("pg_size_bytes", "text", sizeBytes)
}

// sizePretty shows bytes in the largest unit that leaves fewer than 10 240 of
// it, rounded half away from zero.
func sizePretty(v *types.Decimal) string {
	const limit = 10 * 1024
	units := []string{"bytes", "kB", "MB", "GB", "TB", "PB"}
	abs := func() *types.Decimal {
		if v.Negative {
			return types.NegNumeric(v)
		}
		return v
	}
	max := types.NumericFromInt(limit)
	for i, u := range units {
		last := i == len(units)-1
		if last || types.CompareNumericValues(abs(), max) < 0 {
			if i > 0 { // v has one binary digit more: round it away
				v = types.AddNumeric(v, types.NumericFromInt(map[bool]int64{false: 1, true: -1}[v.Negative]))
				v, _ = types.DivTruncNumeric(v, types.NumericFromInt(2))
			}
			return string(types.AppendNumeric(nil, v)) + " " + u
		}
		// Keep one bit for rounding: divide by 512 the first time, then by 1024.
		step := int64(1024)
		if i == 0 {
			step, max = 512, types.NumericFromInt(2*limit-1)
		}
		v, _ = types.DivTruncNumeric(v, types.NumericFromInt(step))
	}
	return ""
}

func sizeBytes(_ *expr.Ctx, a []types.Datum) (types.Datum, error) {
	s := strings.TrimSpace(a[0].Str())
	i := 0
	for i < len(s) && (s[i] >= '0' && s[i] <= '9' || strings.IndexByte("+-.eE", s[i]) >= 0) {
		i++
	}
	v, err := types.ParseNumeric(s[:i])
	if err != nil {
		return types.Null, pgerr.Newf(pgerr.InvalidParameterValue, "invalid size: \"%s\"", a[0].Str())
	}
	unit := strings.TrimSpace(s[i:])
	shift, ok := map[string]int{"": 0, "bytes": 0, "kb": 10, "mb": 20, "gb": 30, "tb": 40, "pb": 50}[strings.ToLower(unit)]
	if !ok {
		return types.Null, pgerr.Newf(pgerr.InvalidParameterValue, "invalid size: \"%s\"", a[0].Str()).
			WithDetailf("Invalid size unit: \"%s\".", unit).
			WithHint("Valid units are \"bytes\", \"kB\", \"MB\", \"GB\", \"TB\", and \"PB\".")
	}
	return types.CastTo(types.MakeDecimal(types.MulNumeric(v, types.NumericFromInt(1<<shift))), types.Numeric, types.Int8, -1, true, nil)
}
