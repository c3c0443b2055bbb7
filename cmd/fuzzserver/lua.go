package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// luaGen writes random scripts. A script that may run for ever writes nothing,
// so that SCRIPT KILL must end it.
type luaGen struct {
	r       *rand.Rand
	forever bool
	depth   int
}

const luaDepthMax = 6

var luaReads = []string{"redis.call('GET', 'fs')", "redis.call('LRANGE', 'fl', 0, -1)", "redis.pcall('HGETALL', 'fs')", "redis.call('ZSCORE', 'fz', 'a')", "redis.pcall('NOSUCH')"}
var luaWrites = []string{"redis.call('SET', 'ls', %s)", "redis.pcall('RPUSH', 'll', %s)", "redis.pcall('APPEND', 'ls', %s)", "redis.call('DEL', 'll', 'ls')", "redis.pcall('HSET', 'lh', 'f', %s)"}

// script is a whole script.
func (g *luaGen) script() string {
	switch g.r.IntN(12) {
	case 0:
		return g.deep()
	case 1:
		g.forever = true
		return g.heavy()
	}
	g.forever = g.r.IntN(3) == 0
	var b strings.Builder
	for range 1 + g.r.IntN(5) {
		b.WriteString(g.statement() + "\n")
	}
	return b.String() + "return " + g.expr()
}

// deep scripts are for the compiler.
func (g *luaGen) deep() string {
	n := []int{100, 199, 201, 5000, 200000, 1000000}[g.r.IntN(6)]
	rep := strings.Repeat
	switch g.r.IntN(9) {
	case 0:
		return "return " + rep("{", n) + rep("}", n)
	case 1:
		return "return " + rep("(", n) + "1" + rep(")", n)
	case 2:
		return "return 'a'" + rep("..'a'", n)
	case 3:
		m := min(n, 100000)
		return rep("if true then ", m) + rep("end ", m)
	case 4:
		return "return " + rep("-", n) + "1"
	case 5:
		return "return " + rep("not ", n) + "1"
	case 6:
		return "local a = " + rep("function() return ", min(n, 100000)) + "1" + rep(" end", min(n, 100000))
	case 7:
		return "return 1" + rep("+1", n)
	}
	return "local t = {} return t" + rep("[1]", n)
}

var luaHeavy = []string{
	"while true do end", "repeat until false", "for i = 1, 1e9 do t[i] = i end", "local s = 'x' while true do s = s .. s end",
	"return string.rep('a', 1e9):len()", "return string.find(string.rep('a', 5000000), '.-b')", "return (('x'):rep(30)):find(('x*'):rep(30) .. 'y')",
	"return string.gsub(string.rep('a', 1000000), 'a', string.rep('b', 10000))", "return string.format('%99.99f', 1e308):rep(1e7)",
	"local function f() return f() end f()", "local function f() return 1 + f() end f()", "return table.concat(t, string.rep('x', 1e6))",
	"for i = 1, 1e8 do t[#t + 1] = {} end", "return unpack({}, 1, 1e8)", "table.sort(t, function() return true end)",
	"setmetatable(t, {__index = function(a, k) return a[k + 1] end}) return t[1]", "while true do pcall(error) end", "while true do pcall(function() while true do end end) end",
	"local c = coroutine and coroutine.wrap(function() while true do end end) if c then c() end while true do end", "return cjson.decode(string.rep('[', 1000000))", "return string.rep('ab', 1e6):match('(a*b*)*c')",
	"return cmsgpack and cmsgpack.unpack(string.rep('\\221\\255', 10))", "for i = 1, 1e7 do local x = tostring(i) t[x] = x end", "return #string.rep(string.rep('x', 1e5), 1e5)", "goto = 1",
	"local t = {} for i = 1, 1e6 do t = {t} end return t", "return loadstring(string.rep('x = 1 ', 1e6))()", "return string.byte(string.rep('x', 1e7), 1, -1)", "return string.char(unpack(t))", "t[1e15] = 1 t[-1] = 2 return #t",
}

func (g *luaGen) heavy() string { return "local t = {} " + pick(g.r, luaHeavy) }

func (g *luaGen) statement() string {
	if g.depth >= luaDepthMax {
		return "local z = " + g.expr()
	}
	g.depth++
	defer func() { g.depth-- }()
	switch g.r.IntN(9) {
	case 0:
		return fmt.Sprintf("for i = %s, %s do %s end", g.number(), g.bound(), g.statement())
	case 1:
		return fmt.Sprintf("if %s then %s else %s end", g.expr(), g.statement(), g.statement())
	case 2:
		return fmt.Sprintf("local f = function(...) %s return ... end f(%s)", g.statement(), g.expr())
	case 3:
		return fmt.Sprintf("pcall(function() %s end)", g.statement())
	case 4:
		if !g.forever {
			w := pick(g.r, luaWrites)
			if strings.Contains(w, "%s") {
				w = fmt.Sprintf(w, "tostring("+g.expr()+")")
			}
			return w
		}
	case 5:
		return "local u = " + pick(g.r, luaReads)
	case 6:
		return fmt.Sprintf("local t = {%s} for k, v in pairs(t) do %s end", g.expr(), g.statement())
	}
	return "local x = " + g.expr()
}

func (g *luaGen) number() string {
	if g.forever {
		return pick(g.r, integers)
	}
	return strconv.Itoa(g.r.IntN(100) - 10)
}

// bound of a loop: small where the script also writes.
func (g *luaGen) bound() string {
	if g.forever && g.r.IntN(10) == 0 {
		return "1e9"
	}
	return strconv.Itoa(g.r.IntN(50))
}

func (g *luaGen) expr() string {
	if g.depth >= luaDepthMax {
		return g.number()
	}
	g.depth++
	defer func() { g.depth-- }()
	switch g.r.IntN(16) {
	case 0:
		return g.number()
	case 1:
		return strconv.Quote(strings.ReplaceAll(pick(g.r, texts), "\\", ""))
	case 2:
		return "(" + g.expr() + pick(g.r, []string{"+", "-", "*", "/", "%", "^", "..", "==", "<", " and ", " or "}) + g.expr() + ")"
	case 3:
		return fmt.Sprintf("string.%s(tostring(%s), %s, %s)", pick(g.r, []string{"sub", "find", "match", "rep", "byte", "gsub", "format", "gmatch"}), g.expr(), g.pattern(), g.count())
	case 4:
		return "{" + g.expr() + ", " + g.expr() + ", a = " + g.expr() + "}"
	case 5:
		return fmt.Sprintf("#tostring(%s)", g.expr())
	case 6:
		return fmt.Sprintf("select(%s, %s, %s)", g.count(), g.expr(), g.expr())
	case 7:
		return fmt.Sprintf("math.%s(%s, %s)", pick(g.r, []string{"floor", "max", "random", "fmod", "pow", "ldexp", "frexp", "modf"}), g.number(), g.number())
	case 8:
		return fmt.Sprintf("cjson.encode({%s})", g.expr())
	case 9:
		return fmt.Sprintf("pcall(cjson.decode, %s)", strconv.Quote(pick(g.r, extremes["json"])))
	case 10:
		return fmt.Sprintf("bit.%s(%s, %s)", pick(g.r, []string{"band", "lshift", "rol", "tobit", "bnot", "arshift"}), g.number(), g.number())
	case 11:
		return fmt.Sprintf("struct and struct.pack(%s, %s)", strconv.Quote(pick(g.r, []string{"i", ">I16", "s", "d", "c0", "i999", "c2147483647"})), g.expr())
	case 12:
		return fmt.Sprintf("pcall(unpack, {1,2,3}, %s, %s)", g.count(), g.count())
	case 13:
		return fmt.Sprintf("table.concat({%s, %s}, ',', %s, %s)", g.expr(), g.expr(), g.count(), g.count())
	}
	return fmt.Sprintf("tonumber(%s, %s)", g.expr(), g.count())
}

// count is a number where a script that writes may ask for much, too: string.rep
// and its kin are bounded.
func (g *luaGen) count() string {
	if g.r.IntN(3) == 0 {
		return strconv.Itoa(g.r.IntN(40))
	}
	return pick(g.r, integers)
}

func (g *luaGen) pattern() string {
	return strconv.Quote(pick(g.r, []string{"a", "%d+", ".-b", "(a*)*", "%b()", "%f[%w]", "[^", "%", "(((", "%1", "a-a-a-a-a-a-b", "%5d", "%q", "%99999d", "%s%s%s"}))
}

// scriptTimeout: an endless script is killed by the watchdog long before.
const scriptTimeout = 20 * time.Second

// attackLua runs random scripts.
func attackLua(ctx context.Context, w *worker) {
	var c *respConn
	for s := w.h.server(ctx); s != nil; s = w.h.server(ctx) {
		if c == nil {
			var err error
			if c, err = dialResp(ctx, s); err != nil {
				c = nil
				w.pause(ctx, 50*time.Millisecond)
				continue
			}
		}
		g := &luaGen{r: w.r}
		args := []string{"EVAL", g.script(), "0"}
		in := input{kind: "resp", data: respCommand(args...)}
		w.track.begin(in)
		v, err := c.do(scriptTimeout, args...)
		w.track.end()
		if err != nil {
			if isTimeout(err) && s.alive() && !s.ending.Load() {
				w.h.report.add(finding{kind: "not cancelled", what: "a script is not answered", inputs: []input{in}})
			} else if !s.ending.Load() && !s.diesSoon() {
				w.h.report.add(finding{kind: "connection lost", what: "EVAL: " + err.Error(), inputs: []input{in}})
			}
			_ = c.Close()
			c = nil
			continue
		}
		if text, ok := v.(string); ok && strings.HasPrefix(text, "-") && isLuaInternal(text) {
			w.h.report.add(finding{kind: "internal error", what: text, inputs: []input{in}})
		}
	}
	if c != nil {
		_ = c.Close()
	}
}

// isLuaInternal: scripts raise errors of all sorts; those of the Go runtime and
// of the library's insides are the server's.
func isLuaInternal(text string) bool {
	for _, mark := range []string{"runtime error", "nil pointer", "goroutine", "internal error", "assertion failed:", "panic"} {
		if strings.Contains(text, mark) {
			return true
		}
	}
	return false
}
