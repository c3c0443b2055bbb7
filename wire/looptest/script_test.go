package looptest

import (
	"strconv"
	"strings"
	"testing"
)

// bulks is a command of arguments with spaces in them.
func bulks(args ...string) string {
	var b strings.Builder
	b.WriteString("*" + strconv.Itoa(len(args)) + "\r\n")
	for _, a := range args {
		b.WriteString("$" + strconv.Itoa(len(a)) + "\r\n" + a + "\r\n")
	}
	return b.String()
}

func (c *conn) eval(script string, keys ...string) string {
	c.t.Helper()
	c.write(bulks(append([]string{"eval", script, strconv.Itoa(len(keys))}, keys...)...))
	return c.reply()
}

const spin = "for i = 1, 1e5 do end "

// A script without an end holds no loop: others are served, are told that the
// server is busy past the threshold, and can end it.
func TestEndlessScript(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.srv.Settings.BusyMillis.Store(0)
		c, other := s.dial(t), s.dial(t)
		other.want("script kill", "-NOTBUSY No scripts in execution right now.")
		c.write(bulks("eval", "while true do pcall(function() while true do end end) end", "0"))
		other.want("set k v", "+OK")
		other.until("script kill", func(r string) bool { return r == "+OK" })
		if r := c.reply(); !strings.HasPrefix(r, "-ERR Script killed by user with SCRIPT KILL.") {
			t.Errorf("killed: %s", r)
		}
		c.want("get k", "v")

		s.srv.Settings.BusyMillis.Store(1)
		c.write(bulks("eval", "while true do end", "0"))
		other.until("get k", func(r string) bool { return strings.HasPrefix(r, "-BUSY ") })
		other.want("ping", "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.")
		other.want("script kill", "+OK")
		c.reply()
		other.until("get k", func(r string) bool { return r == "v" })
	})
}

// A script that wrote is not killed; with its client it goes, and leaves nothing.
func TestUnkillableScript(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.srv.Settings.BusyMillis.Store(0)
		c, other := s.dial(t), s.dial(t)
		c.do("set k old")
		id := strings.TrimPrefix(c.do("client id"), ":")
		script := bulks("eval", "redis.call('set', KEYS[1], 'new') while true do end", "1", "k")
		c.write(script)
		other.until("script kill", func(r string) bool {
			if r == "+OK" { // it had not written yet
				c.reply()
				c.write(script)
			}
			return strings.HasPrefix(r, "-UNKILLABLE ")
		})
		other.want("get k", "old")
		other.want("client kill id "+id, ":1")
		other.until("set k newer", func(r string) bool { return r == "+OK" }) // waits for the script's lock
		other.want("get k", "newer")
		other.until("script kill", func(r string) bool { return strings.HasPrefix(r, "-NOTBUSY") })
	})
}

// A script that outgrows its turn runs once as far as anybody sees: its writes,
// messages and wake-ups come with its commit.
func TestLongScript(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		c, sub, waiter, watcher := s.dial(t), s.dial(t), s.dial(t), s.dial(t)
		sub.do("subscribe ch")
		waiter.write(cmd("blpop q 0"))
		c.blocked(1)
		watcher.do("watch n")
		c.write(bulks("eval", "redis.call('incr', KEYS[1]) redis.call('publish', 'ch', 'm') redis.call('rpush', KEYS[2], 'x') "+
			spin+"return redis.call('get', KEYS[1])", "2", "n", "q") + cmd("get n") + cmd("ping"))
		c.wantReply("1")
		c.wantReply("1")
		c.wantReply("+PONG")
		sub.wantReply("[message ch m]")
		waiter.wantReply("[q x]")
		watcher.do("multi")
		watcher.do("get n")
		watcher.want("exec", "nil")
		sub.want("ping", "[pong ]") // there is no second message
		if r := c.eval(spin+"redis.call('set', KEYS[1], 'x') error('late')", "n"); !strings.HasPrefix(r, "-ERR ") {
			t.Errorf("failed script: %s", r)
		}
		c.want("get n", "1")
	})
}

// EXEC with a long script in it runs outside as a whole.
func TestLongScriptInExec(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		c := s.dial(t)
		c.do("watch n")
		c.write(cmd("multi") + cmd("incr n") + bulks("eval", spin+"return redis.call('incr', KEYS[1])", "1", "n") + cmd("incr n") + cmd("exec") + cmd("get n"))
		for _, want := range []string{"+OK", "+QUEUED", "+QUEUED", "+QUEUED", "[:1 :2 :3]", "3"} {
			c.wantReply(want)
		}
	})
}

// Long scripts over the same keys wait for each other, and all count.
func TestLongScriptsMeet(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		const clients, rounds = 6, 5
		var cs []*conn
		for i := range clients {
			c := s.dial(t)
			keys := []string{"a", "b"}
			if i%2 == 1 {
				keys = []string{"b", "a"}
			}
			for range rounds {
				c.write(bulks("eval", spin+"redis.call('incr', KEYS[1]) "+spin+"return redis.call('incr', KEYS[2])", "2", keys[0], keys[1]))
			}
			cs = append(cs, c)
		}
		for _, c := range cs {
			for range rounds {
				if r := c.reply(); !strings.HasPrefix(r, ":") {
					t.Fatal(r)
				}
			}
		}
		cs[0].want("mget a b", "[30 30]")
	})
}
