package lua_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/lang/lua"
	"github.com/ferritedb/ferrite/txn/redis"
)

// host answers redis.call with a reply of its own.
type host struct {
	reply string
	calls int
}

func (h *host) Call(args [][]byte) ([]byte, error) {
	h.calls++
	if string(args[0]) == "panic" {
		panic("a defect of the host")
	}
	return []byte(h.reply), nil
}

func newState(h lua.Host) *lua.State {
	limit := new(atomic.Int64)
	limit.Store(512 << 20)
	return lua.New(lua.Options{Host: h, Rand: clock.Entropy, StringBytesMax: limit})
}

// run runs a script under limits.
func run(t testing.TB, s *lua.State, src string, l budget.Limits, ctx context.Context, args ...string) (string, error) {
	t.Helper()
	p, err := lua.Compile([]byte(src))
	if err != nil {
		return "", err
	}
	b := budget.New(ctx, nil, l)
	defer b.Close()
	var argv [][]byte
	for _, a := range args {
		argv = append(argv, []byte(a))
	}
	w := &redis.Writer{Limit: 64 << 20}
	err = s.Run(lua.Run{Script: p, Argv: argv, Budget: b}, w)
	if b.Held() != 0 {
		t.Errorf("%s: %d bytes are held after the run", src, b.Held())
	}
	return string(w.B), err
}

// Scripts that would fill the memory end with budget.ErrMemory, whatever they catch.
func TestMemory(t *testing.T) {
	const limit = 16 << 20
	for _, src := range []string{
		"local t = {} for i = 1, 1e9 do t[i] = i end",
		"local t = {} for i = 1, 1e9 do t[#t + 1] = i end",
		"local t = {} for i = 1, 1e9 do table.insert(t, i) end",
		"local t = {} for i = 1, 1e9 do t['k' .. i] = i end",
		"local t = {} for i = 1, 1e9 do t[i + 0.5] = i end",
		"local t = {} for i = 1, 1e9 do t[-i] = true end",
		"local t = {} for i = 1, 1e9 do t['k' .. i] = i t['k' .. i] = nil end",
		"local t = {} t[67108863] = 1",
		"local t = {} table.insert(t, 67108863, 1)",
		"local t = {[67108863] = 1}",
		"local t = {} t[60000000], t[1] = 1, 2",
		"local t = {} for i = 1, 1000 do t[i] = {} t[i][1000000] = 1 end",
		"local t = {} for i = 1, 1e9 do t[i] = {} end",
		"local t = {} for i = 1, 1e9 do t = {t} end",
		"local t = {} for i = 1, 1e9 do t[i] = {a = i, b = i} end",
		"local t = {} for i = 1, 1e9 do t[i] = function() return i end end",
		"local f = function() end for i = 1, 1e9 do local g = f f = function() return g end end",
		"local s = 'x' while true do s = s .. s end",
		"local s = 'x' local t = {} while true do s = s .. 'x' t[#t + 1] = s end",
		"local t = {} while true do t[#t + 1] = string.rep('x', 1000000) end",
		"local t = {} while true do t[#t + 1] = string.rep('x', 1000000):sub(1, 1) .. string.rep('y', 1000) end",
		"local t = {} local s = string.rep('x', 1000000) while true do t[#t + 1] = s:upper() end",
		"local t = {} local s = string.rep('x', 100000) while true do t[#t + 1] = s:gsub('x', 'yy') end",
		"return string.rep('x', 100000000)",
		"return string.rep('x', 1000000):gsub('x', string.rep('y', 1000))",
		"return table.concat({string.rep('x', 7000000), string.rep('y', 7000000)})",
		"local t = {} for i = 1, 1000 do t[i] = string.rep('x', 1000) end local u = {} while true do u[#u + 1] = table.concat(t) end",
		"local t = {} for i = 1, 100 do t[i] = {t[i - 1], t[i - 1]} end return cjson.encode(t[100])",
		"return cjson.decode(string.rep('[', 500) .. string.rep('1,', 2000000) .. '1' .. string.rep(']', 500))",
		"local t = {} while true do t[#t + 1] = cjson.decode('[1,2,3,{\"a\":5}]') end",
		"local t = {} while true do t[#t + 1] = redis.call('x') end",
		"while true do pcall(function() local t = {} for i = 1, 1e9 do t[i] = i end end) end",
		"local t = {} local function f(n) t[#t + 1] = {n} return f(n + 1) end f(1)",
		"local t = {} for i = 1, 1e9 do t[i] = tostring(i) end",
		"local t = {} while true do t[#t + 1] = string.format('%s%s', string.rep('x', 100000), 'y') end",
	} {
		s := newState(&host{reply: "*2\r\n$3\r\nabc\r\n:5\r\n"})
		if _, err := run(t, s, src, budget.Limits{Bytes: limit}, context.Background()); !errors.Is(err, budget.ErrMemory) {
			t.Errorf("%s: %v", src, err)
		}
		if r, err := run(t, s, "return 1", budget.Limits{}, context.Background()); r != ":1\r\n" || err != nil {
			t.Errorf("after %s: %q %v", src, r, err)
		}
	}
}

// Memory that was let go is not counted: a script may make many times the limit.
func TestGarbage(t *testing.T) {
	for _, src := range []string{
		"for i = 1, 300 do local s = string.rep('x', 1000000) .. i end return 1",
		"for i = 1, 300000 do local t = {i, {}} end return 1",
		"local t = {} for i = 1, 200000 do t[i % 1000 + 1] = {i} end return 1",
		"local t = {} for i = 1, 300 do t[1] = ('x'):rep(500000) end return 1",
		"local t = {} for i = 1, 100000 do t['k' .. i % 100] = i end return 1",
		"local s = ('x'):rep(1000000) local t = {} for i = 1, 1000 do t[i] = s end return 1",
	} {
		if r, err := run(t, newState(&host{}), src, budget.Limits{Bytes: 12 << 20}, context.Background()); r != ":1\r\n" || err != nil {
			t.Errorf("%s: %q %v", src, r, err)
		}
	}
}

// A run ends with its context, inside functions of ours as well, and what it
// catches does not help it.
func TestEndless(t *testing.T) {
	cause := errors.New("somebody ended it")
	for _, src := range []string{
		"while true do end",
		"while true do pcall(function() while true do end end) end",
		"local function f() return f() end f()",
		"local function f() pcall(f) while true do end end f()",
		"return string.find(string.rep('a', 5000000), '.-b')",
		"return (('x'):rep(30)):find(('x*'):rep(30) .. 'y')",
		"return string.rep('a', 300000):gsub('.-b', 'x')",
		"for k in string.gmatch(string.rep('a', 300000), '.-b') do end",
		"return string.match(string.rep('(', 1000000), '%b()')  or (function() while true do end end)()",
		"local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end}) pcall(function() return t[1] end) while true do end",
		"local t = {} for i = 1, 1000 do t[i] = i end while true do table.sort(t, function(a, b) return a > b end) end",
		"repeat until redis.pcall('x') == 1",
		"local t = {} for i = 1, 60 do t = {t, t, t} end return t",
	} {
		s := newState(&host{reply: "+OK\r\n"})
		ctx, cancel := context.WithCancelCause(context.Background())
		b := budget.Limits{Steps: 500_000}
		cancel(cause)
		if _, err := run(t, s, src, b, ctx); !errors.Is(err, cause) {
			t.Errorf("%s, cancelled: %v", src, err)
		}
		if _, err := run(t, s, src, b, context.Background()); !errors.Is(err, budget.ErrSteps) {
			t.Errorf("%s: %v", src, err)
		}
	}
}

// What a script may not do is an error of its own.
func TestRefused(t *testing.T) {
	for _, src := range []string{
		"return string.rep('x', 1e18)",
		"return string.rep('x', 2^40)",
		"return unpack({}, 1, 1e9)",
		"return unpack({}, -9e15, 9e15)",
		"return string.format('%1000000d', 1)",
		"return string.format('%.1000f', 1)",
		"return string.byte(string.rep('x', 1000000), 1, -1)",
		"local function f(n) return 1 + f(n + 1) end return f(1)",
		"return string.find('a', string.rep('(', 40))",
		"return string.find(string.rep('a', 300), string.rep('a?', 300) .. string.rep('a', 300))",
		"return string.find('a', '%')",
		"return string.find('a', '[')",
		"return string.find('a', '[%')",
		"return string.find('a', '%b')",
		"return string.find('a', '%f')",
		"local t = {} t = {t} for i = 1, 2000 do t = {t} end return cjson.encode(t)",
		"return cjson.decode(string.rep('[', 2000) .. string.rep(']', 2000))",
		"redis = 1", "string.x = 1", "x = 1", "return y",
	} {
		_, err := run(t, newState(&host{}), src, budget.Limits{Steps: 20_000_000}, context.Background())
		var own lua.Error
		if !errors.As(err, &own) {
			t.Errorf("%s: %v", src, err)
		}
	}
}

// Inside an event loop a script has its share only.
func TestInline(t *testing.T) {
	s := newState(&host{reply: "+OK\r\n"})
	for src, fits := range map[string]bool{
		"return 1":                                              true,
		"for i = 1, 100 do redis.call('x') end":                 true,
		"for i = 1, 1000 do local a = 'x' .. i end":             true,
		"while true do end":                                     false,
		"return string.rep('x', 5000000)":                       false,
		"while true do pcall(redis.call, 'x') end":              false,
		"local t = {} t[10000000] = 1":                          false,
		"return string.rep('a', 90000):find('.-b')":             false,
		"local t = {} for i = 1, 60 do t = {t, t} end return t": false,
	} {
		p, err := lua.Compile([]byte(src))
		if err != nil {
			t.Fatal(err)
		}
		err = s.Run(lua.Run{Script: p, Inline: true}, &redis.Writer{})
		if fits != (err == nil) || !fits && !errors.Is(err, lua.ErrOutgrown) {
			t.Errorf("%s: %v", src, err)
		}
	}
}

// A panic of the host passes through Lua, whatever the script catches.
func TestHostPanic(t *testing.T) {
	s := newState(&host{})
	func() {
		defer func() {
			if p := recover(); p != "a defect of the host" {
				t.Errorf("recovered %v", p)
			}
		}()
		run(t, s, "pcall(redis.call, 'panic') while true do end", budget.Limits{}, context.Background())
	}()
}

func FuzzScript(f *testing.F) {
	for _, src := range []string{"return 1", "local t = {} t[1], t[2] = 1, 'a' .. 'b' return t", "return ('x'):gsub('%w', '%0')",
		"for i = 1, 3 do redis.call('get', i) end", "if a then elseif b then end", "goto x ::x::", "return cjson.decode('[1]')"} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if strings.Contains(src, "panic") {
			return
		}
		run(t, newState(&host{reply: "+OK\r\n"}), src, budget.Limits{Steps: 200_000, Bytes: 16 << 20}, context.Background())
	})
}
