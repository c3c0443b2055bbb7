package looptest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/local"
	"github.com/ferritedb/ferrite/wire/resp"
)

// A subscriber that does not read is closed at its limit, whoever publishes; the
// publisher and the others go on, on its loop and on others.
func TestSubscriberDoesNotRead(t *testing.T) {
	for _, subscribe := range []string{"subscribe ch", "psubscribe c*", "ssubscribe ch"} {
		t.Run(strings.Fields(subscribe)[0], func(t *testing.T) {
			each(t, func(t *testing.T, s *server) {
				publish := "publish"
				if subscribe[0] == 's' && subscribe[1] == 's' {
					publish = "spublish"
				}
				s.srv.Settings.Output[resp.OutputPubSub].Store(1<<20, 0, 0)
				for range 6 { // on every loop of several
					s.dial(t).do(subscribe)
				}
				pub := s.dial(t)
				msg := strings.Repeat("x", 64<<10)
				pub.until(publish+" ch "+msg, func(r string) bool { return r == ":0" })
				pub.want("ping", "+PONG")
				pub.until("info stats", func(r string) bool {
					return strings.Contains(r, "client_output_buffer_limit_disconnections:6\r\n")
				})
			})
		})
	}
}

// A client that publishes to itself past its limit is closed as well.
func TestPublisherDoesNotRead(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.srv.Settings.Output[resp.OutputPubSub].Store(1<<20, 0, 0)
		c := s.dial(t)
		c.write(cmd("hello 3") + cmd("subscribe ch") + cmd("multi"))
		for range 64 {
			c.write(cmd("publish ch " + strings.Repeat("x", 32<<10)))
		}
		c.write(cmd("exec"))
		other := s.dial(t)
		other.until("info stats", func(r string) bool {
			return strings.Contains(r, "client_output_buffer_limit_disconnections:1\r\n")
		})
		other.want("ping", "+PONG")
	})
}

// CLIENT KILL ends clients that wait, that subscribe, and that do not read.
func TestKillStuckClients(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		for _, line := range []string{"blpop q 0", "subscribe ch", "lrange l 0 -1"} {
			killer := s.dial(t)
			killer.do("rpush l " + strings.Repeat("x", 1<<20))
			c := s.dial(t)
			id := strings.TrimPrefix(c.do("client id"), ":")
			c.write(strings.Repeat(cmd(line), 100))
			if strings.HasPrefix(line, "blpop") {
				killer.blocked(1)
			}
			killer.until("client kill id "+id, func(r string) bool { return r == ":0" })
			c.wantEOF()
			killer.do("del l")
		}
	})
}

// The limit of normal clients holds for a reply that is not read; none is the
// default.
func TestNormalOutputLimit(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		c := s.dial(t)
		for range 64 {
			c.do("rpush l " + strings.Repeat("x", 64<<10))
		}
		c.do("lrange l 0 -1")
		s.srv.Settings.Output[resp.OutputNormal].Store(1<<20, 0, 0)
		c.write(cmd("lrange l 0 -1"))
		c.wantEOF()
		s.dial(t).want("ping", "+PONG")
	})
}

// Unfinished commands of all clients together take no more than their share of the
// memory; who asks for more hears an error, and what they took comes back.
func TestUnfinishedCommands(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		const share = 64 << 20 / 2 // of eachStore's memory
		const bulk = 10 << 20
		var cs []*conn
		for range 8 {
			c := s.dial(t)
			c.write(fmt.Sprintf("*3\r\n$3\r\nset\r\n$1\r\nk\r\n$%d\r\n", bulk))
			if _, err := c.nc.Write(make([]byte, bulk-1)); err != nil {
				continue // refused while it sent
			}
			cs = append(cs, c)
		}
		ctl := s.dial(t)
		ctl.until("info ferrite", func(r string) bool {
			return strings.Contains(r, "client_buffer_refusals:") && s.srv.Stats.BufferRefusals.Load() > 0
		})
		if n := s.srv.Buffered(); n > share || n == 0 {
			t.Errorf("%d bytes are buffered", n)
		}
		if n := s.srv.Stats.BufferRefusals.Load(); n > 7 {
			t.Errorf("%d of 8 refused", n)
		}
		for _, c := range cs {
			c.nc.Close()
		}
		ctl.until("info ferrite", func(r string) bool { return strings.Contains(r, "client_buffers_large:0\r\n") })
		// One that is finished is served.
		c := s.dial(t)
		c.write(cmd("set k " + strings.Repeat("x", bulk)))
		c.wantReply("+OK")
		c.want("strlen k", fmt.Sprintf(":%d", bulk))
		if n := len(c.do("get k")); n != bulk {
			t.Errorf("get of %d bytes", n)
		}
	})
}

// brokenStore panics where a key says so: a defect of ours.
type brokenStore struct{ txn.Store }

type brokenTxn struct{ txn.Txn }

func (s brokenStore) Begin(o txn.Options) (txn.Txn, error) {
	t, err := s.Store.Begin(o)
	if err != nil {
		return nil, err
	}
	return brokenTxn{t}, nil
}

func (t brokenTxn) Get(dst, key []byte) (txn.Record, bool, error) {
	if strings.Contains(string(key), "broken-get") {
		panic("defect in Get")
	}
	return t.Txn.Get(dst, key)
}

func (t brokenTxn) Put(key, value []byte, o txn.PutOptions) error {
	if err := t.Txn.Put(key, value, o); err != nil {
		return err
	}
	if strings.Contains(string(key), "broken-put") {
		panic("defect in Put")
	}
	return nil
}

func (t brokenTxn) Scan(lower, upper []byte, o txn.ScanOptions) (txn.Iterator, error) {
	if t.Options().ReadOnly { // a detached command
		panic("defect in Scan")
	}
	return t.Txn.Scan(lower, upper, o)
}

// A command that panics costs its client an error; what it wrote is undone, what
// the others of its turn wrote stays, and its connection goes on.
func TestPanic(t *testing.T) {
	const fault = "-ERR internal error: the command was undone"
	eachStore(t, txn.EverySec, func() txn.Store { return brokenStore{local.OpenMemory()} }, func(t *testing.T, s *server) {
		c := s.dial(t)
		c.write(cmd("set a 1") + cmd("mset b 2 broken-put 3") + cmd("set c 4") + cmd("get broken-get") + cmd("mget a b c"))
		for _, want := range []string{"+OK", fault, "+OK", fault, "[1 nil 4]"} {
			c.wantReply(want)
		}
		c.want("keys *", fault)
		c.want("multi", "+OK")
		c.want("set a 5", "+QUEUED")
		c.want("set broken-put 6", "+QUEUED")
		c.want("exec", fault)
		c.want("get a", "1")
		c.want("ping", "+PONG")
		if n := s.srv.Stats.Panics.Load(); n != 4 {
			t.Errorf("%d panics counted", n)
		}
		other := s.dial(t)
		other.want("mget a b c", "[1 nil 4]")
		for i := range 20 { // locks of the commands that panicked are gone
			other.want(fmt.Sprintf("set broken%d x", i), "+OK")
			other.want("set b 7", "+OK")
		}
	})
}

// A connection that speaks HTTP is closed; nothing after the verb runs.
func TestHTTP(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		for _, raw := range []string{
			"POST / HTTP/1.1\r\nHost: x\r\n\r\nset k v\r\n",
			"GET / HTTP/1.1\r\nHost: localhost:6379\r\nset k v\r\n",
			"get / http/1.1\r\nhOsT: localhost\r\nset k v\r\n",
			cmd("post x") + cmd("set k v"),
		} {
			c := s.dial(t)
			c.write(raw)
			c.wantEOF()
		}
		c := s.dial(t)
		c.want("get k", "nil")
		if n := s.srv.Stats.HTTPAttacks.Load(); n != 4 {
			t.Errorf("%d counted", n)
		}
	})
}
