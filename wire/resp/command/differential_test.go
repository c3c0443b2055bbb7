package command_test

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/kv/clock"
)

// gen makes random words; patterns of commands are expanded with it.
type gen struct{ *rand.Rand }

func (g gen) one(words ...string) string { return words[g.Intn(len(words))] }

func (g gen) key(prefix string) string { return fmt.Sprintf("%s%d", prefix, g.Intn(4)) }

func (g gen) score() string {
	return g.one("1", "2", "2.5", "-3", "0", "1e3", "inf", "-inf", "3.14", "10", "7")
}

// expand replaces the words of a pattern:
//
//	K… a key of a family, F field, M member, V value, I small integer, N number,
//	S score, B score bound, L member bound, a|b|c a choice, [x] perhaps x
func (g gen) expand(pattern string) []string {
	var out []string
	for _, w := range strings.Fields(pattern) {
		if strings.HasPrefix(w, "[") && strings.HasSuffix(w, "]") {
			if g.Intn(2) == 0 {
				continue
			}
			out = append(out, g.expand(strings.ReplaceAll(w[1:len(w)-1], "_", " "))...)
			continue
		}
		switch w {
		case "Kb":
			out = append(out, g.key("b"))
		case "BIG":
			out = append(out, strings.Repeat(g.one("a", "\x00", "\xff"), g.Intn(90000)))
		case "A":
			out = append(out, fmt.Sprint(g.Intn(200000)))
		case "Y":
			out = append(out, fmt.Sprint(g.Intn(200000)*8+g.Intn(8)))
		case "Ks", "Kh", "Kl", "Kz", "Kt":
			if g.Intn(40) == 0 {
				w = g.one("Ks", "Kh", "Kl", "Kz", "Kt") // a key of another type
			}
			out = append(out, g.key(w[1:]))
		case "F":
			out = append(out, fmt.Sprintf("field%d", g.Intn(14)))
		case "M":
			out = append(out, g.one(fmt.Sprint(g.Intn(16)), fmt.Sprint(g.Intn(16)), fmt.Sprintf("m%d", g.Intn(10))))
		case "V":
			out = append(out, g.one("a", "b", "c", "10", "-5", "3.5", "", "foobar", strings.Repeat("xyz", g.Intn(40)), "hello world"))
		case "I":
			out = append(out, fmt.Sprint(g.Intn(12)-4))
		case "P":
			out = append(out, fmt.Sprint(g.Intn(5)))
		case "N":
			out = append(out, g.one("1", "-1", "5", "100", "9223372036854775807", "-9223372036854775808", "abc", "1.5", "0"))
		case "wP", "wI", "oP":
			out = append(out, w[:1]+fmt.Sprint(g.Intn(5)))
		case "SCRIPT":
			out = append(out, scripts[g.Intn(len(scripts))])
		case "D":
			out = append(out, g.one("1", "0.1", "-2.5", "1e2", "abc", "3.0", "0.25"))
		case "S":
			out = append(out, g.score())
		case "B":
			out = append(out, g.one("", "", "(")+g.score())
		case "L":
			out = append(out, g.one("-", "+", "[m1", "(m1", "[m5", "(m7", "[3", "[m", "x"))
		case "O":
			out = append(out, fmt.Sprint(g.Intn(60)))
		case "T":
			out = append(out, g.one("i8", "u4", "i16", "u7", "i64", "u63", "i1"))
		default:
			if strings.Contains(w, "|") {
				w = g.one(strings.Split(w, "|")...)
			}
			out = append(out, w)
		}
	}
	return out
}

// families are patterns of commands by family; a trailing "#n" has the reply
// compared with its items sorted in groups of n.
var families = map[string]string{
	"string": `
set Ks V [NX|XX] [GET] [KEEPTTL]
set Ks V
get Ks
getset Ks V
getdel Ks
getex Ks [PERSIST]
append Ks V
strlen Ks
getrange Ks I I
substr Ks I I
setrange Ks O V
setnx Ks V
incr Ks
decr Ks
incrby Ks N
decrby Ks N
incrbyfloat Ks D
mget Ks Ks Kh
mset Ks V Ks V
msetnx Ks V Ks V
mset Ks V Ks
lcs Ks Ks
lcs Ks Ks LEN
lcs Ks Ks IDX [MINMATCHLEN_P] [WITHMATCHLEN]
object encoding Ks
setbit Ks O 0|1|2
getbit Ks O
bitcount Ks
bitcount Ks I I [BIT|BYTE]
bitpos Ks 0|1
bitpos Ks 0|1 I
bitpos Ks 0|1 I I [BIT|BYTE]
bitop AND|OR|XOR Ks Ks Ks
bitop NOT Ks Ks
bitfield Ks GET T O SET T O I INCRBY T O I
bitfield Ks OVERFLOW SAT|FAIL|WRAP INCRBY T O N GET T #3
bitfield_ro Ks GET T O
del Ks Ks
exists Ks Ks Kh`,
	"large": `
setrange Kb A V
setrange Kb A V
setbit Kb Y 0|1
getbit Kb Y
append Kb BIG
append Kb V
set Kb BIG
set Kb V
getrange Kb A A
getrange Kb -5 -1
strlen Kb
bitcount Kb
bitcount Kb A A [BIT|BYTE]
bitpos Kb 0|1
bitpos Kb 0|1 A
bitpos Kb 0|1 A A [BIT|BYTE]
bitop AND|OR|XOR Kb Kb Kb
bitop NOT Kb Kb
bitfield Kb SET T Y I GET T Y INCRBY T Y I
bitfield Kb GET T Y OVERFLOW FAIL INCRBY T Y N
getset Kb BIG
getdel Kb
copy Kb Kb REPLACE
rename Kb Kb
incr Kb
incrbyfloat Kb 1
expire Kb 1000
persist Kb
mget Kb Kb
lpush Kb x
object encoding Kb
del Kb`,
	"hash": `
hset Kh F V
hset Kh F V F V F V
hmset Kh F V F V
hset Kh F V F
hsetnx Kh F V
hget Kh F
hmget Kh F F F
hgetall Kh #2
hkeys Kh #1
hvals Kh #1
hlen Kh
hstrlen Kh F
hexists Kh F
hdel Kh F
hdel Kh F F F
hincrby Kh F N
hincrbyfloat Kh F D
hrandfield Kh 100 #1
hrandfield Kh 100 WITHVALUES #2
object encoding Kh
type Kh
del Kh`,
	"list": `
lpush Kl V
rpush Kl V V V
rpush Kl M M M M M M
lpush Kl M M M M M M
lpushx Kl V
rpushx Kl V
lpop Kl
rpop Kl
lpop Kl P
rpop Kl I
llen Kl
lindex Kl I
lrange Kl I I
lrange Kl 0 -1
lset Kl I V
linsert Kl BEFORE|AFTER|WHAT M V
lrem Kl I M
ltrim Kl I I
ltrim Kl 0 30
lpos Kl M
lpos Kl M RANK I
lpos Kl M COUNT P [MAXLEN_P] [RANK_I]
rpoplpush Kl Kl
lmove Kl Kl LEFT|RIGHT LEFT|RIGHT
lmpop 2 Kl Kl LEFT|RIGHT [COUNT_I]
lmpop I Kl Kl LEFT
sort Kl ALPHA [DESC] [LIMIT_I_I]
sort Kl
sort Kl ALPHA STORE Kl
del Kl
object encoding Kl`,
	"set": `
sadd Kt M
sadd Kt M M M M
srem Kt M M
scard Kt
sismember Kt M
smismember Kt M M M
smembers Kt #1
smove Kt Kt M
spop Kt 100 #1
srandmember Kt 100 #1
sinter Kt Kt #1
sunion Kt Kt Kt #1
sdiff Kt Kt #1
sinterstore Kt Kt Kt
sunionstore Kt Kt Kt
sdiffstore Kt Kt Kt
sintercard 2 Kt Kt [LIMIT_P]
sintercard I Kt Kt
sort Kt ALPHA [DESC] [LIMIT_I_I]
object encoding Kt
del Kt`,
	"zset": `
zadd Kz S M
zadd Kz S M S M S M
zadd Kz [NX|XX] [GT|LT] [CH] S M S M
zadd Kz [NX|XX] [GT|LT] INCR S M
zadd Kz S M S
zadd Kz V M
zincrby Kz S M
zrem Kz M M
zcard Kz
zscore Kz M
zmscore Kz M M
zrank Kz M
zrevrank Kz M
zcount Kz B B
zrange Kz I I [WITHSCORES]
zrange Kz I I REV [WITHSCORES]
zrange Kz B B BYSCORE [LIMIT_I_I] [WITHSCORES]
zrange Kz B B BYSCORE REV [LIMIT_I_I] [WITHSCORES]
zrange Kz I I LIMIT 0 1
zrevrange Kz I I [WITHSCORES]
zrangebyscore Kz B B [WITHSCORES] [LIMIT_I_I]
zrevrangebyscore Kz B B [WITHSCORES]
zrangestore Kz Kz I I [REV]
zrangestore Kz Kz B B BYSCORE [LIMIT_I_I]
zremrangebyrank Kz I I
zremrangebyscore Kz B B
zpopmin Kz [I]
zpopmax Kz [I]
zmpop 2 Kz Kz MIN|MAX [COUNT_I]
zrandmember Kz 100 #1
zunion 2 Kz Kz [WITHSCORES]
zunion 2 Kz Kz WEIGHTS 2 3 AGGREGATE SUM|MIN|MAX WITHSCORES
zinter 2 Kz Kz [WITHSCORES]
zinter 2 Kz Kt WITHSCORES
zdiff 2 Kz Kz [WITHSCORES]
zunionstore Kz 2 Kz Kz AGGREGATE MIN|MAX
zinterstore Kz 2 Kz Kz [WEIGHTS_2_0.5]
zdiffstore Kz 2 Kz Kz
zintercard 2 Kz Kz [LIMIT_P]
zunion I Kz Kz
object encoding Kz
del Kz`,
	"sort": `
rpush sl P P
ltrim sl 0 6
set wP N
set wI I
hset oP f V
hdel oP f
mset w0 5 w1 3 w2 9 w3 1 w4 7
sort sl
sort sl BY w* [DESC] [LIMIT_I_I]
sort sl BY nosort GET #
sort sl BY w* GET # GET w* GET o*->f
sort sl BY o*->f GET #
sort sl GET nothing
sort sl BY w* GET w* STORE dst
lrange dst 0 -1
sort_ro sl DESC
sort_ro sl STORE dst
sort nosuch`,
	"lex": `
zadd Ky 0 M 0 M 0 M
zrem Ky M
zlexcount Ky L L
zrangebylex Ky L L [LIMIT_I_I]
zrevrangebylex Ky L L [LIMIT_I_I]
zrange Ky L L BYLEX [LIMIT_I_I]
zrange Ky L L BYLEX REV
zrange Ky L L BYLEX WITHSCORES
zremrangebylex Ky L L
zrangestore Kw Ky L L BYLEX`,
	"keys": `
set Ks V
set Ks V EX 1000
hset Kh F V
rpush Kl V
sadd Kt M
zadd Kz S M
expire Ks|Kh|Kl 1000 [NX|XX|GT|LT]
pexpire Ks 500000 [NX|XX|GT|LT] [NX|XX|GT|LT]
expireat Ks 33177117420 [NX|XX|GT|LT]
expire Ks -1
expire Ks N
persist Ks
expiretime Ks
type Ks
rename Ks Ks
renamenx Ks Ks
rename Kh Kh
copy Ks Ks [REPLACE]
copy Kl Kl [REPLACE]
copy Kh Kh DB 1 [REPLACE]
move Ks 1
select 0|1
exists Ks Kh
touch Ks Kl Kz
unlink Ks Kh
del Kl Kt
dbsize
keys * #1
keys [sh]? #1
keys s[0-2] #1
flushdb`,
	"multi": `
multi
exec
discard
watch Ks
unwatch
set Ks V
incr Ks
get Ks
lpush Ks V
nosuch Ks
get
ping
echo V
select 0
mget Ks Ks`,
	"script": `
eval SCRIPT 1 Ks V
eval SCRIPT 2 Ks Kl V I
eval SCRIPT 3 Ks
eval_ro SCRIPT 1 Ks V
eval SCRIPT I
get Ks
set Ks V
del Ks
script exists abc
evalsha abc 0`,
	"misc": `
ping
ping V
ping V V
echo V
echo
select N
select abc
time extra
client getname
client setname V
client nosuch
config get maxclients
config set nosuch 1
object help2
command count extra
command getkeys set a b
command getkeys zunionstore d 2 a b
command getkeys ping
auth foo
auth foo bar
hello 9
hello abc
scan abc
scan 0 count 0
scan 0 foo
hscan Kh abc
eval
wait 0 0
lolnosuch a b c
restore
pubsub channels
pubsub numsub a b
pubsub numpat
pubsub nosuch
publish a b
debug
sort Ks nosuchoption
reset`,
}

// scripts are Lua for EVAL. A failed script leaves nothing behind here, so none
// writes before it fails.
var scripts = []string{
	"return redis.call('get', KEYS[1])",
	"return redis.call('set', KEYS[1], ARGV[1])",
	"return redis.call('incr', KEYS[1])",
	"return redis.pcall('incr', KEYS[1])",
	"return {1, 2, {3, 'x'}, nil, 4}",
	"return {KEYS, ARGV}",
	"return 3.99",
	"return true",
	"return false",
	"return nil",
	"return {ok='fine'}",
	"return {err='MY error'}",
	"return redis.error_reply('MY error')",
	"return redis.status_reply('fine')",
	"error('boom')",
	"x = 1",
	"return nosuchvar",
	"return redis.call('nosuch')",
	"return redis.call('get')",
	"return redis.call('blpop', 'q', 0)",
	"return redis.call('multi')",
	"return redis.call({})",
	"return redis.sha1hex(ARGV[1] or '')",
	"local r = redis.pcall('get') return r.err",
	"return redis.call('get', 'nokey') == false",
	"local n = 0 for i = 1, 10 do n = n + i end return n",
	"return tostring(redis.call('exists', KEYS[1]))",
	"return #ARGV + #KEYS",
	"return cjson.encode({1, 2, 'a'})",
	"return cjson.decode('[1, {\"a\": 5}]')[2].a",
	"return string.format('%05.1f', 3.14159)",
	"return redis.call('mget', KEYS[1], 'nokey')",
	"return type(redis.call('ping'))",
	"redis.call('rpush', 'scriptlist', 1, 2.5, 'x') local v = redis.call('lrange', 'scriptlist', 0, -1) redis.call('del', 'scriptlist') return v",
	"local t = {} for k in string.gmatch('a b c', '%a') do table.insert(t, k) end return table.concat(t, ',')",
	"return pcall(function() error('x') end)",
	"return redis.call('sort', KEYS[1])",
}

// sortGroups reads the "#n" of a pattern.
func sortGroups(pattern string) (string, int) {
	if body, n, ok := strings.Cut(pattern, " #"); ok && len(n) == 1 {
		return body, int(n[0] - '0')
	}
	return pattern, 0
}

// TestAgainstRedis runs the same random commands against redis-server and Ferrite
// and compares every reply, with collections packed and spread.
func TestAgainstRedis(t *testing.T) {
	const stepsPerFamily = 4000
	for _, mode := range []struct {
		name   string
		hello  string
		limits []string
	}{
		{"packed", "2", nil},
		{"resp3", "3", nil},
		{"spread", "2", []string{"hash-max-listpack-entries", "3", "zset-max-listpack-entries", "3", "set-max-intset-entries", "3"}},
	} {
		redis := startRedis(t)
		ferrite, _ := startFerrite(t, clock.Real)
		for family, text := range families {
			t.Run(mode.name+"/"+family, func(t *testing.T) {
				const seed = 20
				g := gen{rand.New(rand.NewSource(seed))}
				a, b := dial(t, redis), dial(t, ferrite)
				if mode.limits != nil {
					args := append([]string{"config", "set"}, mode.limits...)
					if a.do(args...) != "+OK" || b.do(args...) != "+OK" {
						t.Fatal("config set failed")
					}
				}
				for _, c := range []*client{a, b} {
					c.do("hello", mode.hello)
					c.do("flushall")
				}
				compare(t, g, seed, strings.Split(strings.TrimSpace(text), "\n"), stepsPerFamily, a, b)
			})
		}
	}
}

// wrongMax ends a run after so many differences.
const wrongMax = 8

func compare(t *testing.T, g gen, seed int, patterns []string, steps int, a, b *client) {
	t.Helper()
	wrong := 0
	var history []string
	for step := range steps {
		pattern, group := sortGroups(patterns[g.Intn(len(patterns))])
		args := g.expand(pattern)
		a.send(args...)
		b.send(args...)
		want, got := a.recv(), b.recv()
		if group > 0 {
			want, got = want.sorted(group), got.sorted(group)
		}
		history = append(history, fmt.Sprintf("%.300q -> %.300s", args, want))
		if want.String() != got.String() {
			t.Errorf("seed %d, step %d: %.300q\n redis   %.300s\n ferrite %.300s\n before: %.3000s", seed, step, args, want, got,
				strings.Join(history[max(0, len(history)-4):], "\n         "))
			if wrong++; wrong == wrongMax {
				return
			}
		}
	}
}
