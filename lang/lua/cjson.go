package lua

import (
	"bytes"
	"encoding/json"
	"strconv"

	lua "github.com/yuin/gopher-lua"
)

// newCJSON is the part of Lua's cjson that scripts use: encode, decode and null.
func newCJSON(l *lua.LState) *lua.LTable {
	null := l.NewUserData()
	t := l.SetFuncs(l.NewTable(), map[string]lua.LGFunction{
		"encode": func(l *lua.LState) int {
			v, err := toJSON(l.Get(1), null, 0)
			if err == "" {
				var b bytes.Buffer
				enc := json.NewEncoder(&b)
				enc.SetEscapeHTML(false)
				if eerr := enc.Encode(v); eerr != nil {
					err = eerr.Error()
				}
				l.Push(lua.LString(bytes.TrimSuffix(b.Bytes(), []byte("\n"))))
			}
			if err != "" {
				l.RaiseError("%s", err)
			}
			return 1
		},
		"decode": func(l *lua.LState) int {
			dec := json.NewDecoder(bytes.NewReader([]byte(l.CheckString(1))))
			var v any
			if err := dec.Decode(&v); err != nil || dec.More() {
				l.RaiseError("Expected value but found invalid token")
			}
			l.Push(fromJSON(l, v, null))
			return 1
		},
	})
	t.RawSetString("null", null)
	return t
}

// toJSON makes a Lua value fit for encoding/json; the text is an error's.
func toJSON(v lua.LValue, null lua.LValue, depth int) (any, string) {
	if depth > luaDepthMax {
		return nil, "Cannot serialise, excessive depth"
	}
	switch v := v.(type) {
	case lua.LBool:
		return bool(v), ""
	case lua.LString:
		return string(v), ""
	case lua.LNumber:
		return json.Number(strconv.FormatFloat(float64(v), 'g', 14, 64)), ""
	case *lua.LTable:
		if n := v.Len(); n > 0 {
			out := make([]any, n)
			for i := range out {
				e, err := toJSON(v.RawGetInt(i+1), null, depth+1)
				if err != "" {
					return nil, err
				}
				out[i] = e
			}
			return out, ""
		}
		out := map[string]any{}
		msg := ""
		v.ForEach(func(k, e lua.LValue) {
			j, err := toJSON(e, null, depth+1)
			if err != "" {
				msg = err
			}
			out[k.String()] = j
		})
		return out, msg
	}
	if v == lua.LNil || v == null {
		return nil, ""
	}
	return nil, "Cannot serialise " + v.Type().String() + ": type not supported"
}

func fromJSON(l *lua.LState, v any, null lua.LValue) lua.LValue {
	switch v := v.(type) {
	case bool:
		return lua.LBool(v)
	case string:
		return lua.LString(v)
	case float64:
		return lua.LNumber(v)
	case []any:
		t := l.NewTable()
		for i, e := range v {
			t.RawSetInt(i+1, fromJSON(l, e, null))
		}
		return t
	case map[string]any:
		t := l.NewTable()
		for k, e := range v {
			t.RawSetString(k, fromJSON(l, e, null))
		}
		return t
	}
	return null
}
