package command_test

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/kv/clock"
)

// luaLines are bodies of scripts whose replies are compared with redis-server's.
var luaLines = strings.Split(strings.TrimSpace(`
return {('hello'):sub(2, -2), ('hello'):sub(-3), ('hello'):sub(0), ('hello'):sub(4, 2), ('hello'):sub(-100, 100)}
return {('abc'):upper(), ('ABC'):lower(), ('abc'):reverse(), ('ab'):rep(3), ('ab'):rep(0), ('ab'):rep(-1), #('x'):rep(1000)}
return {string.byte('abc', 1, -1)}
return {string.find('hello world', 'o w'), string.find('hello', 'l+'), string.find('a.b', '.', 1, true), string.find('abc', 'b', -1)}
return {string.find('abc', '(a)(b)()'), string.find('abc', ''), string.find('abc', '', 10), string.find('', '')}
return {string.match('key = value', '(%w+)%s*=%s*(%w+)'), string.match('2024-01-02', '(%d+)-(%d+)-(%d+)')}
return {string.match('f(a(b)c)d', '%b()'), string.match('THE (quick) fox', '%f[%a]%a+'), string.match('"x" \'y\'', '(["\'])(.-)%1')}
return {string.gsub('hello world', 'o', '0'), string.gsub('hello', '', '-'), string.gsub('abc', '%w', '%0%0'), string.gsub('abc', 'b', {b = 'X'})}
return {string.gsub('hello world', '(%w+)', '<%1>', 1), string.gsub('abc', '^a', 'x'), string.gsub('aaa', '^a', 'x')}
return {string.gsub('$name is $age', '%$(%w+)', {name = 'Bob', age = 42}), string.gsub('abc', '.', function(c) if c == 'b' then return 'X' end end)}
local t = {} for k, v in string.gmatch('a=1, b=2', '(%w+)=(%w+)') do t[#t + 1] = k .. v end return t
local t = {} for w in string.gmatch('one two', '%a*') do t[#t + 1] = w end return t
return {string.format('%d %5d %-5d| %05d %x %X %o %c', 42, 42, 42, 42, 255, 255, 8, 65)}
return {string.format('%s %q %10s|%-10s|%.2s', 'a', 'b\n"c"\0d', 'r', 'l', 'cut')}
return {string.format('%5.2f %e %g %i %%', 3.14159, 12345.678, 0.0001, 7)}
return string.format('%s %s %s', nil, true, 1.5)
return pcall(string.format, '%y', 1)
return pcall(string.format, '%d')
return {1 .. 2, 'a' .. 1 .. 'b', 1.5 .. ''}
return {pcall(function() return 'a' .. nil end)}
return {pcall(function() return {} .. 'a' end)}
local m = setmetatable({}, {__concat = function(a, b) return 'meta' end}) return {m .. 'a', 'a' .. m, 'a' .. 'b' .. m, m .. 'a' .. 'b', 1 .. m}
local t = {} t[1], t[2], t.x = 1, 2, 3 return {t[1], t[2], t.x, #t}
local t = {1, 2} t[1], t[2] = t[2], t[1] return t
local i, t = 1, {} i, t[i] = i + 1, 20 return {i, t[1], t[2] == nil}
local function f() return 1, 2, 3 end local t = {} t[1], t[2], t[3] = f() return t
local function f() return 1, 2 end local t = {f(), f()} t[#t + 1] = f() return t
local function f() return 'x', 'y' end return {f() .. f(), 'a' .. f()}
local function f(...) return 'a' .. ... end return {f('x', 'y'), pcall(f)}
local t = {[1] = 'a', [2] = 'b', ['x' .. 1] = 3, [2.5] = 4} return {t[1], t[2], t.x1, t[2.5]}
local t = {} t[1.5] = 1 t[-1] = 2 t[0] = 3 t[true] = 4 return {t[1.5], t[-1], t[0], t[true]}
return {pcall(function() local t = {} t[nil] = 1 end)}
return {table.concat({1, 2, 3}, ','), table.concat({}, ','), table.concat({1, 2, 3}, ',', 2), table.concat({1, 2, 3}, ',', 2, 3), table.concat({1, 2}, ',', 3)}
return {pcall(table.concat, {1, {}, 3})}
return {pcall(table.concat, {1, 2}, ',', 1, 5)}
local t = {1, 2, 3} table.insert(t, 4) table.insert(t, 1, 0) return t
local t = {3, 1, 2} table.sort(t) local d = {3, 1, 2} table.sort(d, function(a, b) return a > b end) return {t, d, table.remove(t), table.remove(t, 1), #t}
return {unpack({1, 2, 3})}
return {unpack({1, 2, 3}, 2)}
return {unpack({1, 2, 3}, 2, 5) == 2, select('#', unpack({}, 1, 3))}
return {select('#', 1, nil, 3), select(2, 'a', 'b', 'c')}
local a = {} for i = 1, 100 do a[#a + 1] = i * i end return {#a, a[100]}
local s = 0 for i = 10, 1, -3 do s = s + i end return s
local t = {} for k, v in pairs({a = 1, b = 2, 10}) do t[#t + 1] = tostring(k) .. '=' .. tostring(v) end table.sort(t) return t
local n = 0 while true do n = n + 1 if n > 10 then break end end repeat n = n - 1 until n < 5 return n
if ARGV[1] == 'a' then return 1 elseif ARGV[1] == 'b' then return 2 else return 3 end
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end return fib(15)
return {cjson.encode({a = {1, 2, {b = 'x"y'}}}), cjson.encode({}), cjson.encode('a/b'), cjson.encode(1.5), cjson.encode({1, 2})}
local d = cjson.decode('{"a":[1,2,{"b":null}],"c":"\\u00e9","d":1e3,"e":true}') return {d.a[1], d.a[2], d.a[3].b == cjson.null, d.c, d.d, d.e}
return (pcall(cjson.decode, '[1,'))
return {pcall(cjson.encode, {f = function() end})}
return {tostring(0.1), tostring(-1.5), tonumber('0x10'), tonumber('z', 36), tonumber('abc') == nil}
return {math.floor(3.7), math.ceil(3.2), math.max(1, 5, 3), math.min(2, 0), math.abs(-4), 7 % 3, -7 % 3, 2 ^ 10}
return redis.call('set', KEYS[1], 'v', 'nx', 'xx')
return {redis.pcall('set', KEYS[1]).err ~= nil, redis.call('ping')}
error({err = 'CODE mine'})
return {pcall(error, 'x')}
local t = {} t.x = t.x or {} t.x.y = 'z' t['a' .. 'b'] = t.x return t.ab.y
goto done do return 'not here' end ::done:: return 'here'
`), "\n")

// TestLuaAgainstRedis runs scripts on both servers.
func TestLuaAgainstRedis(t *testing.T) {
	redis := startRedis(t)
	ferrite, _ := startFerrite(t, clock.Real)
	a, b := dial(t, redis), dial(t, ferrite)
	for _, line := range luaLines {
		if strings.HasPrefix(line, "goto") {
			continue // no part of Lua 5.1
		}
		a.send("eval", line, "1", "k", "b")
		b.send("eval", line, "1", "k", "b")
		want, got := a.recv().String(), b.recv().String()
		if want != got && luaErrorText(want) != luaErrorText(got) {
			t.Errorf("%s\n redis   %s\n ferrite %s", line, want, got)
		}
	}
}

// luaErrorText is a reply without the words that are the library's own: which
// function was called wrongly, and how.
func luaErrorText(s string) string {
	if strings.HasPrefix(s, "-ERR user_script:") {
		return "-ERR"
	}
	return strings.ReplaceAll(s, "user_script:1: ", "")
}

// TestPatternsAgainstRedis matches random patterns on both servers.
func TestPatternsAgainstRedis(t *testing.T) {
	const seed, rounds = 11, 3000
	g := gen{rand.New(rand.NewSource(seed))}
	redis := startRedis(t)
	ferrite, _ := startFerrite(t, clock.Real)
	a, b := dial(t, redis), dial(t, ferrite)
	item := func() string {
		return g.one("a", "b", ".", "%a", "%d", "%s", "%.", "[ab]", "[^b]", "[%w-]", "[a-c]", "[]]", "[^]a]", "%1", "%b()", "%f[%w]", "$", "^", "(", ")", "()", "%", "[", "-") +
			g.one("", "", "", "*", "+", "-", "?")
	}
	const script = `local function show(...) local t = {} for i = 1, select('#', ...) do t[i] = tostring((select(i, ...))) end return table.concat(t, '|') end
return {show(pcall(string.find, ARGV[1], ARGV[2])), show(pcall(string.match, ARGV[1], ARGV[2], 2)), show(pcall(string.gsub, ARGV[1], ARGV[2], '<%0>')),
show(pcall(function() local t = {} for x, y in string.gmatch(ARGV[1], ARGV[2]) do t[#t + 1] = tostring(x) .. tostring(y) if #t > 20 then break end end return table.concat(t, ',') end))}`
	for step := range rounds {
		var pat, subject strings.Builder
		for range 1 + g.Intn(5) {
			pat.WriteString(item())
		}
		for range g.Intn(12) {
			subject.WriteString(g.one("a", "b", "c", "1", " ", "(", ")", ".", "]", "-"))
		}
		a.send("eval", script, "0", subject.String(), pat.String())
		b.send("eval", script, "0", subject.String(), pat.String())
		want, got := a.recv().String(), b.recv().String()
		if want != got && !strings.Contains(want, "false|") {
			t.Errorf("seed %d, step %d: %q in %q\n redis   %s\n ferrite %s", seed, step, pat.String(), subject.String(), want, got)
		}
		if strings.Contains(want, "false|") != strings.Contains(got, "false|") {
			t.Errorf("seed %d, step %d: %q in %q: only one refuses\n redis   %s\n ferrite %s", seed, step, pat.String(), subject.String(), want, got)
		}
		if t.Failed() && step > rounds/2 {
			return
		}
	}
}

// deep repeats the pieces of a script around its middle.
func deep(before, middle, after string, n int) string {
	return strings.Repeat(before, n) + middle + strings.Repeat(after, n)
}

// TestScriptsThatAreRefused: texts that would not end to compile, or would take
// the stack with them.
func TestScriptsThatAreRefused(t *testing.T) {
	addr, _ := startFerrite(t, clock.Real)
	c := dial(t, addr)
	for name, src := range map[string]string{
		"braces":      "return " + deep("{", "", "}", 1_000_000),
		"braces open": "return " + strings.Repeat("{", 100_000),
		"concat":      "return 'a'" + strings.Repeat("..'a'", 40_000),
		"concat long": "return 'a'" + strings.Repeat("..'a'", 300_000),
		"if":          deep("if true then ", "x()", " end", 10_000),
		"if many":     deep("if true then ", "", " end", 100_000),
		"elseif":      "if a then " + strings.Repeat("elseif a then ", 15_000) + " end",
		"functions":   deep("return function() ", "", " end", 5_000),
		"plus":        "return 1" + strings.Repeat("+1", 100_000),
		"not":         "return " + strings.Repeat("not ", 50_000) + "1",
		"minus":       "return " + strings.Repeat("- ", 50_000) + "1",
		"power":       "return 2" + strings.Repeat("^2", 50_000),
		"and":         "return 1" + strings.Repeat(" and 1", 30_000),
		"indexes":     "return a" + strings.Repeat("[1]", 50_000),
		"calls":       "return a" + strings.Repeat("()", 100_000),
		"methods":     "return a" + strings.Repeat(":b()", 50_000),
		"do":          deep("do ", "", " end", 20_000),
		"while":       deep("while true do ", "", " end", 10_000),
		"constants":   "return {" + manyConstants(40_000) + "}",
		"locals":      strings.Repeat("local a ", 30_000),
		"labels":      manyLabels(10_000),
		"arguments":   "f(" + strings.Repeat("1,", 1000) + "1)",
	} {
		r := c.do("eval", src, "0")
		if !strings.HasPrefix(r, "-ERR") {
			t.Errorf("%s: %.200s", name, r)
		}
	}
	if r := c.do("eval", "return 1", "0"); r != "1" {
		t.Error(r)
	}
}

func manyConstants(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d,", i)
	}
	return b.String()
}

func manyLabels(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "goto l%d ::l%d:: ", i, i)
	}
	return b.String()
}
