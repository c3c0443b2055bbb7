package resp

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/fault"
	"github.com/ferritedb/ferrite/txn"
)

// Options of a Server.
type Options struct {
	Store txn.Store
	Clock clock.Clock
	// Durability of turns that write, as CONFIG SET appendfsync changes it.
	Durability txn.Durability
	// Password as requirepass; empty for none.
	Password string
	// NewExecutor makes the executor of a shard.
	NewExecutor func(*Server, *Shard) Executor
	// Background is called now and then off-loop (expiry); nil for none.
	Background func(*Server)
	// Port that INFO shows.
	Port int
	// Memory of the server, of which large buffers are reserved; nil: without limit.
	Memory *budget.Server
	// Log hears of panics; nil: nobody does.
	Log *slog.Logger
}

// Server is what all shards share. Safe for concurrent use.
type Server struct {
	opts  Options
	store txn.Store
	clk   clock.Clock

	Settings Settings
	Stats    Stats
	PubSub   *PubSub
	Slowlog  Slowlog
	Started  time.Time

	waiters waiters
	watched watchTable
	pause   pauseState
	paused  atomic.Bool

	nextID atomic.Int64
	// buffered is the bytes that large buffers of clients take
	buffered atomic.Int64
	faults   fault.Recorder

	outside chan struct{}  // a slot of each command outside the loops
	tasks   sync.WaitGroup // goroutines of Go

	mu       sync.Mutex
	clients  map[int64]*Client // guarded by mu, as are the rest
	shards   []*Shard          // see WatchLoop
	loop     string
	loops    int
	ticker   clock.Timer
	stopped  bool
	ticking  sync.WaitGroup
	Draining atomic.Bool
}

// NewServer makes a server without connections; a loop (wire/epoll, wire/netpoll)
// brings them.
func NewServer(o Options) *Server {
	s := &Server{opts: o, store: o.Store, clk: o.Clock, PubSub: newPubSub(), clients: map[int64]*Client{}}
	s.Started = o.Clock.Now()
	s.outside = make(chan struct{}, outsideMax)
	s.Settings.init(o.Durability, o.Password)
	s.waiters.byKey = map[string][]waiter{}
	s.watched.byKey = map[string]map[*Client]struct{}{}
	s.schedule()
	return s
}

// Store below.
func (s *Server) Store() txn.Store { return s.store }

// Clock of the server.
func (s *Server) Clock() clock.Clock { return s.clk }

// Port that the server was told it listens on.
func (s *Server) Port() int { return s.opts.Port }

// SetLoop notes which loop serves, for INFO.
func (s *Server) SetLoop(name string, loops int) {
	s.mu.Lock()
	s.loop, s.loops = name, loops
	s.mu.Unlock()
}

// Loop is the name of the loop that serves and how many of them run.
func (s *Server) Loop() (string, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loop, s.loops
}

// schedule plans the next run of the background work.
func (s *Server) schedule() {
	if s.opts.Background == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return
	}
	s.ticker = s.clk.AfterFunc(expireInterval, func() {
		s.mu.Lock()
		if s.stopped {
			s.mu.Unlock()
			return
		}
		s.ticking.Add(1)
		s.mu.Unlock()
		s.background()
		s.schedule()
	})
}

func (s *Server) background() {
	defer s.ticking.Done()
	defer func() {
		if p := recover(); p != nil {
			s.Fault("background", p)
		}
	}()
	s.opts.Background(s)
}

// WatchLoop has Silent look after a shard that lives as long as its loop does.
func (s *Server) WatchLoop(sh *Shard) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shards = append(s.shards, sh)
}

// Silent counts the watched shards whose loop does not answer before ctx ends.
func (s *Server) Silent(ctx context.Context) int {
	s.mu.Lock()
	shards := s.shards[:len(s.shards):len(s.shards)]
	s.mu.Unlock()
	answers := make(chan struct{}, len(shards))
	for _, sh := range shards {
		sh.Post(func() { answers <- struct{}{} })
	}
	for n := range shards {
		select {
		case <-answers:
		case <-ctx.Done():
			return len(shards) - n
		}
	}
	return 0
}

// Stop ends the background work. Loops are closed before.
func (s *Server) Stop() {
	s.mu.Lock()
	s.stopped = true
	if s.ticker != nil {
		s.ticker.Stop()
	}
	s.mu.Unlock()
	s.ticking.Wait()
	s.tasks.Wait()
}

// RefusedReply is what a connection above maxclients is told.
const RefusedReply = "-ERR max number of clients reached\r\n"

// Open makes the client of a new connection on this shard; nil where maxclients
// is reached: the loop then sends RefusedReply and closes.
func (sh *Shard) Open(remote, local net.Addr) *Client {
	s := sh.srv
	c := &Client{ID: s.nextID.Add(1), Addr: addrString(remote), Laddr: addrString(local), Created: s.clk.Now(), shard: sh}
	c.Session.Authed = !s.Settings.PasswordSet()
	c.Info.Resp = 2
	c.Info.Interaction.Store(c.Created.UnixMilli())
	c.ctx, c.cancel = context.WithCancel(context.Background())
	s.mu.Lock()
	defer s.mu.Unlock()
	if int64(len(s.clients)) >= s.Settings.ClientsMax.Load() {
		s.Stats.Rejected.Add(1)
		c.cancel()
		return nil
	}
	s.Stats.Connections.Add(1)
	s.clients[c.ID] = c
	return c
}

func addrString(a net.Addr) string {
	if a == nil {
		return ""
	}
	return a.String()
}

// Close ends a client: its commands stop, its subscriptions and waits go. The
// loop, which finds it among Dirty, closes the connection.
func (sh *Shard) Close(c *Client) {
	if c.closed {
		return
	}
	sh.markDirty(c)
	c.closed = true
	c.cancel()
	sh.stopWaiting(c)
	if c.parked != parkedDetached {
		sh.forget(c)
	}
	if !c.processes { // else its commands still lie there
		sh.dropInput(c)
	}
	s := sh.srv
	s.reserve(&c.outHeld, 0)
	s.mu.Lock()
	delete(s.clients, c.ID)
	s.mu.Unlock()
}

// forget drops what a closed client has; while a command of it runs outside the
// loop that is the command's.
func (sh *Shard) forget(c *Client) {
	sh.srv.Unwatch(c)
	sh.srv.PubSub.DropClient(c)
	sh.exec.DropClient(c)
}

// Closed tells the loop that the client is gone.
func (c *Client) Closed() bool { return c.closed }

// Hangup tells that the peer sent its last byte. What it sent before still runs
// and is answered, then the client closes; one that waits for keys closes at once.
func (sh *Shard) Hangup(c *Client) {
	switch {
	case c.closed:
	case c.parked == parkedBlocked:
		sh.Close(c)
	case c.parked == running && !c.stalled:
		c.closing = true
		if c.Done() {
			sh.Close(c)
		}
	default:
		c.eof = true
	}
}

// Disconnect closes a client of any shard, whatever it waits for and whether or
// not it reads.
func (s *Server) Disconnect(c *Client) { c.shard.Post(func() { c.shard.Close(c) }) }

// Kill closes a client of any shard once its output is sent.
func (s *Server) Kill(c *Client) {
	c.shard.Post(func() {
		if !c.closed {
			c.closing = true
			if c.parked != running {
				c.shard.Close(c)
				return
			}
			c.shard.replied(c)
		}
	})
}

// Client finds a client by id; nil where there is none.
func (s *Server) Client(id int64) *Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clients[id]
}

// Clients lists the clients in order of id.
func (s *Server) Clients() []*Client {
	s.mu.Lock()
	out := make([]*Client, 0, len(s.clients))
	for _, c := range s.clients {
		out = append(out, c)
	}
	s.mu.Unlock()
	slices.SortFunc(out, func(a, b *Client) int { return int(a.ID - b.ID) })
	return out
}

// ClientCount is the number of clients.
func (s *Server) ClientCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.clients)
}

// BlockedCount is the number of clients waiting for keys.
func (s *Server) BlockedCount() int { return int(s.waiters.n.Load()) }

// WatchingCount is the number of clients with WATCH in force.
func (s *Server) WatchingCount() int { return int(s.watched.n.Load()) }

// ValidName tells whether a client name has only printable characters and no spaces.
func ValidName(name string) bool {
	return strings.IndexFunc(name, func(r rune) bool { return r < '!' || r > '~' }) < 0
}
