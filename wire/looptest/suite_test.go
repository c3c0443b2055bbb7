package looptest

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/local"
)

func TestPipeline(t *testing.T) {
	const n = 5000
	each(t, func(t *testing.T, s *server) {
		c := s.dial(t)
		var in strings.Builder
		for i := range n {
			in.WriteString(cmd(fmt.Sprintf("set key%d %d", i, i)))
			in.WriteString(cmd(fmt.Sprintf("get key%d", i)))
			in.WriteString(cmd("incr counter"))
		}
		go io.WriteString(c.nc, in.String())
		for i := range n {
			c.wantReply("+OK")
			c.wantReply(strconv.Itoa(i))
			c.wantReply(fmt.Sprintf(":%d", i+1))
		}
		if turns := s.srv.Stats.Turns.Load(); turns >= 3*n {
			t.Fatalf("%d turns for %d commands: nothing was shared", turns, 3*n)
		}
	})
}

// TestSplit cuts one dialogue in two at every byte.
func TestSplit(t *testing.T) {
	dialogue := cmd("set a hello") + "get a\r\n" + cmd("append a \x00\xff") + "\r\n" + cmd("rpush l 1 22 333") + cmd("lrange l 0 -1") + cmd("del a l")
	want := []string{"+OK", "hello", ":7", ":3", "[1 22 333]", ":2"}
	each(t, func(t *testing.T, s *server) {
		c := s.dial(t)
		total := int(s.srv.Stats.NetIn.Load())
		for at := range len(dialogue) {
			c.write(dialogue[:at])
			s.readAll(total + at)
			c.write(dialogue[at:])
			for _, w := range want {
				c.wantReply(w)
			}
			total += len(dialogue)
		}
	})
}

func TestGarbage(t *testing.T) {
	for in, want := range map[string]string{
		"*abc\r\n":                             "-ERR Protocol error: invalid multibulk length",
		"*1\r\n:5\r\n":                         "-ERR Protocol error: expected '$', got ':'",
		"*1\r\n$-5\r\n":                        "-ERR Protocol error: invalid bulk length",
		"*1\r\n$x\r\n":                         "-ERR Protocol error: invalid bulk length",
		"*1\r\n$99999999999\r\n":               "-ERR Protocol error: invalid bulk length",
		"*2000000\r\n":                         "-ERR Protocol error: invalid multibulk length",
		"set a \"unbalanced\r\n":               "-ERR Protocol error: unbalanced quotes in request",
		strings.Repeat("x", 70000):             "-ERR Protocol error: too big inline request",
		"*" + strings.Repeat("1", 70000):       "-ERR Protocol error: too big mbulk count string",
		"*1\r\n$" + strings.Repeat("1", 70000): "-ERR Protocol error: too big bulk count string",
	} {
		t.Run(in[:min(len(in), 12)], func(t *testing.T) {
			each(t, func(t *testing.T, s *server) {
				c := s.dial(t)
				c.write(cmd("ping") + in)
				c.wantReply("+PONG")
				c.wantReply(want)
				c.wantEOF()
			})
		})
	}
}

func TestHalfClose(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		c := s.dial(t)
		c.write(strings.Repeat(cmd("incr n"), 500))
		if err := c.nc.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		for i := range 500 {
			c.wantReply(fmt.Sprintf(":%d", i+1))
		}
		c.wantEOF()
	})
}

// TestLastReplyIsLarge: a client whose last reply alone stalls it goes on afterwards.
func TestLastReplyIsLarge(t *testing.T) {
	const value = 3 << 20
	each(t, func(t *testing.T, s *server) {
		c := s.dial(t)
		c.want("set big "+strings.Repeat("v", value), "+OK")
		for range 3 {
			if got := c.do("get big"); len(got) != value {
				t.Fatalf("reply of %d bytes", len(got))
			}
		}
		c.want("ping", "+PONG")
		c.write(cmd("get big"))
		if err := c.nc.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if got := c.reply(); len(got) != value {
			t.Fatalf("reply of %d bytes", len(got))
		}
		c.wantEOF()
	})
}

// TestHalfCloseWhileParked: a command that runs outside the loop is answered.
func TestHalfCloseWhileParked(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		c := s.dial(t)
		c.write(cmd("set a 1") + cmd("keys *") + cmd("dbsize") + cmd("get a"))
		if err := c.nc.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"+OK", "[a]", ":1", "1"} {
			c.wantReply(want)
		}
		c.wantEOF()
	})
}

// TestSlowReader: a client that sends and does not read stops the server's
// reading of it, and gets every reply once it does read.
func TestSlowReader(t *testing.T) {
	const value, n = 100 << 10, 600
	each(t, func(t *testing.T, s *server) {
		c := s.dial(t)
		c.want("set big "+strings.Repeat("v", value), "+OK")
		sent := make(chan error, 1)
		go func() {
			_, err := io.WriteString(c.nc, strings.Repeat(cmd("get big"), n))
			sent <- err
		}()
		if err := <-sent; err != nil {
			t.Fatal(err)
		}
		other := s.dial(t)
		other.want("ping", "+PONG")
		if max := s.srv.Stats.OutputBytesMax.Load(); max > 2<<20 {
			t.Fatalf("%d bytes of output were kept for one client", max)
		}
		for range n {
			if got := c.reply(); len(got) != value {
				t.Fatalf("reply of %d bytes", len(got))
			}
		}
		if max := s.srv.Stats.OutputBytesMax.Load(); max > 2<<20 || max == 0 {
			t.Fatalf("%d bytes of output were kept for one client", max)
		}
	})
}

// TestMultiIsAtomic: writers keep two keys equal in MULTI; no reader sees them differ.
func TestMultiIsAtomic(t *testing.T) {
	const writers, rounds = 4, 300
	each(t, func(t *testing.T, s *server) {
		var wg sync.WaitGroup
		for range writers {
			c := s.dial(t)
			wg.Add(1)
			go func() {
				defer wg.Done()
				for range rounds {
					io.WriteString(c.nc, cmd("multi")+cmd("incr a")+cmd("incr b")+cmd("exec"))
					for range 4 {
						if _, err := c.read(); err != nil {
							t.Errorf("writer: %v", err)
							return
						}
					}
				}
			}()
		}
		reader := s.dial(t)
		for range rounds {
			got := strings.Fields(strings.Trim(reader.do("mget a b"), "[]"))
			if got[0] != got[1] {
				t.Fatalf("a and b differ: %v", got)
			}
		}
		wg.Wait()
		n := strconv.Itoa(writers * rounds)
		reader.want("mget a b", "["+n+" "+n+"]")
	})
}

// TestWatch: optimistic increments by several clients lose none.
func TestWatch(t *testing.T) {
	const clients, each1 = 4, 60
	each(t, func(t *testing.T, s *server) {
		var wg sync.WaitGroup
		for range clients {
			c := s.dial(t)
			wg.Add(1)
			go func() {
				defer wg.Done()
				for done := 0; done < each1; {
					c.do("watch n")
					v, _ := strconv.Atoi(c.do("get n"))
					io.WriteString(c.nc, cmd("multi")+cmd(fmt.Sprintf("set n %d", v+1))+cmd("exec"))
					c.read()
					c.read()
					if r, err := c.read(); err != nil {
						t.Errorf("exec: %v", err)
						return
					} else if r == "[+OK]" {
						done++
					}
				}
			}()
		}
		wg.Wait()
		s.dial(t).want("get n", strconv.Itoa(clients*each1))
	})
}

func TestWatchSeesMakeAndDelete(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		a, b := s.dial(t), s.dial(t)
		a.want("watch k", "+OK")
		b.want("set k v", "+OK")
		b.want("del k", ":1")
		a.want("multi", "+OK")
		a.want("ping", "+QUEUED")
		a.want("exec", "nil")
		// One pipeline: what the client itself wrote before WATCH does not count.
		a.write(cmd("set k 1") + cmd("watch k"))
		a.wantReply("+OK")
		a.wantReply("+OK")
		a.want("multi", "+OK")
		a.want("get k", "+QUEUED")
		a.want("exec", "[1]")
	})
}

func TestBlockingPopsAreServedInOrder(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		ctl := s.dial(t)
		var waiting []*conn
		for i := range 5 {
			c := s.dial(t)
			c.write(cmd("blpop other q 0") + cmd("ping"))
			ctl.blocked(i + 1)
			waiting = append(waiting, c)
		}
		for i, c := range waiting {
			ctl.want(fmt.Sprintf("rpush q v%d", i), ":1")
			c.wantReply(fmt.Sprintf("[q v%d]", i))
			c.wantReply("+PONG")
		}
		ctl.want("exists q", ":0")
	})
}

func TestBlocking(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		ctl, c := s.dial(t), s.dial(t)
		c.want("blpop q 0.01", "nil")
		c.want("blmove q r left right 0.01", "nil")
		c.want("bzpopmin z 0.01", "nil")
		c.write(cmd("bzmpop 0 1 z max"))
		ctl.blocked(1)
		ctl.want("zadd z 1 a 2 b", ":2")
		c.wantReply("[z [[b 2]]]")
		c.write(cmd("blmove q r left right 0"))
		ctl.blocked(1)
		ctl.want("lpush q x", ":1")
		c.wantReply("x")
		ctl.want("lrange r 0 -1", "[x]")
		// A push in MULTI serves after EXEC, and only what is left then.
		c.write(cmd("blpop q 0"))
		ctl.blocked(1)
		ctl.write(cmd("multi") + cmd("rpush q gone") + cmd("del q") + cmd("rpush q stays") + cmd("exec"))
		for _, want := range []string{"+OK", "+QUEUED", "+QUEUED", "+QUEUED", "[:1 :1 :1]"} {
			ctl.wantReply(want)
		}
		c.wantReply("[q stays]")
		// CLIENT UNBLOCK, and blocking commands inside MULTI.
		id := strings.TrimPrefix(c.do("client id"), ":")
		c.write(cmd("blpop q 0"))
		ctl.blocked(1)
		ctl.want("client unblock "+id+" error", ":1")
		c.wantReply("-UNBLOCKED client unblocked via CLIENT UNBLOCK")
		c.want("multi", "+OK")
		c.want("blpop q 0", "+QUEUED")
		c.want("exec", "[nil]")
		// A client that goes away waits no more.
		c.write(cmd("blpop q 0"))
		ctl.blocked(1)
		c.nc.Close()
		ctl.blocked(0)
	})
}

func TestPubSub(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		pub, a, b := s.dial(t), s.dial(t), s.dial(t)
		a.want("subscribe news", "[subscribe news :1]")
		b.want("psubscribe n*", "[psubscribe n* :1]")
		b.want("ssubscribe news", "[ssubscribe news :1]")
		if got := a.do("get x"); !strings.HasPrefix(got, "-ERR Can't execute 'get': only") {
			t.Fatal(got)
		}
		pub.want("publish news hello", ":2")
		a.wantReply("[message news hello]")
		b.wantReply("[pmessage n* news hello]")
		pub.want("spublish news shard", ":1")
		b.wantReply("[smessage news shard]")
		pub.want("pubsub numsub news", "[news :1]")
		pub.write(cmd("multi") + cmd("set k v") + cmd("publish news later") + cmd("exec"))
		for _, want := range []string{"+OK", "+QUEUED", "+QUEUED", "[+OK :2]"} {
			pub.wantReply(want)
		}
		a.wantReply("[message news later]")
		a.want("ping", "[pong ]")
		a.want("unsubscribe", "[unsubscribe news :0]")
		a.want("get k", "v")
	})
}

func TestClientKill(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		ctl, c, w := s.dial(t), s.dial(t), s.dial(t)
		id := strings.TrimPrefix(c.do("client id"), ":")
		ctl.want("client kill id "+id, ":1")
		c.wantEOF()
		wid := strings.TrimPrefix(w.do("client id"), ":")
		w.write(cmd("blpop q 0"))
		ctl.blocked(1)
		ctl.want("client kill id "+wid, ":1")
		w.wantEOF()
		ctl.want("rpush q v", ":1")
		ctl.want("lrange q 0 -1", "[v]")
		ctl.until("client list", func(s string) bool { return strings.Count(s, "id=") == 1 })
	})
}

func TestPause(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		ctl, c := s.dial(t), s.dial(t)
		ctl.want("client pause 100000 write", "+OK")
		c.want("get a", "nil")
		c.write(cmd("set a 1") + cmd("get a"))
		ctl.want("get a", "nil")
		ctl.want("client unpause", "+OK")
		c.wantReply("+OK")
		c.wantReply("1")
	})
}

func TestMaxClients(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		c := s.dial(t)
		c.want("config set maxclients 1", "+OK")
		s.dial(t).wantReply("-ERR max number of clients reached")
		c.want("config set maxclients 10", "+OK")
		s.dial(t).want("ping", "+PONG")
	})
}

// TestLockedKey: a key that another transaction of the store has locked (as SQL
// does) holds back only the client that writes it, and only until it commits.
func TestLockedKey(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		sql, err := s.store.Begin(txn.Options{Durability: txn.None})
		if err != nil {
			t.Fatal(err)
		}
		defer sql.Rollback()
		key := keys.AppendRedis(nil, 0, []byte("k"))
		if _, _, err := sql.LockRow(context.Background(), nil, key, txn.LockOptions{Mode: txn.ForUpdate}); err != nil {
			t.Fatal(err)
		}
		a, b := s.dial(t), s.dial(t)
		a.write(cmd("set before 1") + cmd("append k X") + cmd("get k") + cmd("multi") + cmd("append k Y") + cmd("set after 1") + cmd("exec"))
		a.wantReply("+OK")
		// The loop serves others, and what came before the conflict is committed.
		b.until("get before", func(r string) bool { return r == "1" })
		b.want("exists after", ":0")
		if err := sql.Put(key, []byte{1, 0, 'S'}, txn.PutOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := sql.Commit(context.Background()); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{":2", "SX", "+OK", "+QUEUED", "+QUEUED", "[:3 +OK]"} {
			a.wantReply(want)
		}
		if s.srv.Stats.LockWaits.Load() == 0 {
			t.Fatal("nobody waited for the lock")
		}
		b.want("get k", "SXY")
		if locks := s.store.Locks(); len(locks) != 0 {
			t.Fatalf("locks left: %+v", locks)
		}
	})
}

// heldStore keeps what is written from counting as synced until release.
type heldStore struct {
	txn.Store
	mu      sync.Mutex
	held    []func(error)
	open    bool
	waiting chan struct{}
}

func (h *heldStore) SyncedPosition() txn.Position {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open {
		return 1 << 62
	}
	return 0
}

func (h *heldStore) OnSync(_ txn.Position, fn func(error)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open {
		go fn(nil)
		return
	}
	h.held = append(h.held, fn)
	if len(h.held) == 1 {
		close(h.waiting)
	}
}

func (h *heldStore) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open = true
	for _, fn := range h.held {
		go fn(nil)
	}
}

// Begin gives commits positions: a store in memory has no log.
func (h *heldStore) Begin(o txn.Options) (txn.Txn, error) {
	t, err := h.Store.Begin(o)
	return posTxn{t}, err
}

type posTxn struct{ txn.Txn }

func (t posTxn) CommitNoWait() (txn.Commit, error) {
	c, err := t.Txn.CommitNoWait()
	c.Pos = txn.Position(c.TS)
	return c, err
}

func TestFsyncHoldsReplies(t *testing.T) {
	open := func() txn.Store { return &heldStore{Store: local.OpenMemory(), waiting: make(chan struct{})} }
	eachStore(t, txn.Fsync, open, func(t *testing.T, s *server) {
		h := s.store.(*heldStore)
		c, d := s.dial(t), s.dial(t)
		c.write(cmd("set a 1") + cmd("get a"))
		<-h.waiting
		d.write(cmd("get a"))
		if n := s.srv.Stats.NetOut.Load(); n != 0 {
			t.Fatalf("%d bytes were sent before the sync", n)
		}
		h.release()
		c.wantReply("+OK")
		c.wantReply("1")
		d.wantReply("1")
		c.want("append a 2", ":2")
	})
}

// TestShutdownWhileBusy: clients that wait are closed, and nothing hangs.
func TestShutdownWhileBusy(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		ctl, c, sub := s.dial(t), s.dial(t), s.dial(t)
		c.write(cmd("blpop q 0"))
		ctl.blocked(1)
		sub.want("subscribe ch", "[subscribe ch :1]")
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.loop.Shutdown(ctx); err != nil {
			t.Fatal(err)
		}
		for _, x := range []*conn{ctl, c, sub} {
			x.wantEOF()
		}
	})
}
