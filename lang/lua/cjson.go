package lua

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"sort"
	"strconv"

	lua "github.com/yuin/gopher-lua"
)

// cjsonDepthMax bounds how deep cjson nests, as in Redis.
const cjsonDepthMax = 1000

// cjson is the part of Lua's cjson that scripts use: encode, decode and null.
type cjson struct {
	s    *State
	null lua.LValue
	out  []byte
}

func (s *State) newCJSON() *lua.LTable {
	c := &cjson{s: s, null: s.l.NewUserData()}
	t := s.l.SetFuncs(s.l.NewTable(), map[string]lua.LGFunction{"encode": c.encode, "decode": c.decode})
	t.RawSetString("null", c.null)
	return t
}

func (c *cjson) encode(l *lua.LState) int {
	c.out = c.out[:0]
	held := c.s.m.held
	defer func() {
		c.s.m.held = held
		c.out = nil
	}()
	c.value(l.CheckAny(1), 0)
	return c.s.push(string(c.out))
}

// write appends text that was charged for.
func (c *cjson) write(b []byte) {
	c.s.m.charge(int64(len(b)))
	if int64(len(c.out)+len(b)) > c.s.o.StringBytesMax.Load() {
		c.s.l.RaiseError("resulting string too large")
	}
	c.out = append(c.out, b...)
	c.s.m.held += int64(len(b))
}

func (c *cjson) byte(b byte) { c.write([]byte{b}) }

func (c *cjson) value(v lua.LValue, depth int) {
	c.s.m.step(1)
	if depth > cjsonDepthMax {
		c.s.l.RaiseError("Cannot serialise, excessive depth (%d)", depth)
	}
	switch v := v.(type) {
	case lua.LBool:
		c.write(strconv.AppendBool(nil, bool(v)))
	case lua.LString:
		c.text(string(v))
	case lua.LNumber:
		c.number(float64(v))
	case *lua.LTable:
		if n := v.Len(); n > 0 {
			c.array(v, n, depth)
		} else {
			c.object(v, depth)
		}
	default:
		if v != lua.LNil && v != c.null {
			c.s.l.RaiseError("Cannot serialise %s: type not supported", v.Type().String())
		}
		c.write([]byte("null"))
	}
}

func (c *cjson) number(f float64) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		c.s.l.RaiseError("Cannot serialise number: must not be NaN or Inf")
	}
	c.write(strconv.AppendFloat(nil, f, 'g', 14, 64))
}

func (c *cjson) text(s string) {
	c.s.made(int64(len(s)))
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		c.s.l.RaiseError("%s", err)
	}
	out := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	c.write(bytes.ReplaceAll(out, []byte("/"), []byte(`\/`)))
}

func (c *cjson) array(t *lua.LTable, n, depth int) {
	c.byte('[')
	for i := range n {
		if i > 0 {
			c.byte(',')
		}
		c.value(t.RawGetInt(i+1), depth+1)
	}
	c.byte(']')
}

// object writes the fields in order of their names.
func (c *cjson) object(t *lua.LTable, depth int) {
	var names []string
	fields := map[string]lua.LValue{}
	t.ForEach(func(k, v lua.LValue) {
		fields[k.String()] = v
		names = append(names, k.String())
	})
	sort.Strings(names)
	c.byte('{')
	for i, k := range names {
		if i > 0 {
			c.byte(',')
		}
		c.text(k)
		c.byte(':')
		c.value(fields[k], depth+1)
	}
	c.byte('}')
}

// errDepth: a document nests too deep.
var errDepth = errors.New("Found too many nested data structures (1001)")

func (c *cjson) decode(l *lua.LState) int {
	text := l.CheckString(1)
	held := c.s.m.held
	defer func() { c.s.m.held = held }()
	c.s.made(int64(len(text)))
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	tok, err := dec.Token()
	var v lua.LValue
	if err == nil {
		v, err = c.read(dec, tok, 0)
	}
	if err == nil {
		if _, more := dec.Token(); more != io.EOF {
			err = io.ErrUnexpectedEOF
		}
	}
	switch {
	case errors.Is(err, errDepth):
		l.RaiseError("%s", err)
	case err != nil:
		l.RaiseError("Expected value but found invalid token")
	}
	l.Push(v)
	return 1
}

// read reads the value that begins with a token, straight into tables.
func (c *cjson) read(dec *json.Decoder, tok json.Token, depth int) (lua.LValue, error) {
	c.s.m.step(4)
	c.s.m.hold(numberBytes)
	if depth > cjsonDepthMax {
		return nil, errDepth
	}
	switch v := tok.(type) {
	case bool:
		return lua.LBool(v), nil
	case string:
		return lua.LString(v), nil
	case float64:
		return lua.LNumber(v), nil
	case json.Delim:
		c.s.m.hold(tableBytes)
		t := c.s.l.NewTable()
		for i := 1; dec.More(); i++ {
			var key lua.LValue = lua.LNumber(i)
			if v == '{' {
				name, err := dec.Token()
				if err != nil {
					return nil, err
				}
				key = lua.LString(name.(string))
				c.s.m.hold(fieldBytes)
			}
			tok, err := dec.Token()
			if err != nil {
				return nil, err
			}
			e, err := c.read(dec, tok, depth+1)
			if err != nil {
				return nil, err
			}
			t.RawSet(key, e)
		}
		_, err := dec.Token() // the end of it
		return t, err
	}
	return c.null, nil
}
