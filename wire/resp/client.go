package resp

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ferritedb/ferrite/txn/redis"
)

// parkReason says what a parked client waits for.
type parkReason uint8

const (
	running parkReason = iota
	parkedLock
	parkedBlocked
	parkedPause
	parkedDetached
	parkedDelay
)

// ReplyMode of CLIENT REPLY.
type ReplyMode uint8

const (
	ReplyOn ReplyMode = iota
	ReplyOff
	// ReplySkipNext and ReplySkip: the next command has no reply.
	ReplySkipNext
	ReplySkip
)

// Client is one connection's state. Fields without a lock belong to the shard's
// goroutine (or, while the client is parked on a detached command, to that
// command's goroutine).
type Client struct {
	// ID is unique in the life of the process; the fields down to Created never change.
	ID      int64
	Addr    string
	Laddr   string
	Created time.Time
	shard   *Shard
	ctx     context.Context
	cancel  context.CancelFunc

	// W holds the replies that were not sent. Commands append to it.
	W redis.Writer
	// Session is what commands keep.
	Session Session
	// ChangedSession: in this turn it ran a command that is about more than keys.
	// Set by the Executor.
	ChangedSession bool
	// Loop is the loop's own: its connection.
	Loop any

	inHeld, outHeld int64 // reserved for in and W.B

	parser   Parser
	in       []byte // input not consumed yet, from the start of a command
	parked   parkReason
	lockKeys [][]byte // what a parkedLock client's transaction must lock
	retries  int

	// The output as a stream: base is the position of W.B[0], sent and allowed
	// are positions; base <= sent <= allowed <= base+len(W.B).
	base, sent, allowed int64

	stalled   bool // not read from until output drains
	eof       bool // the peer sent its last byte
	inTurn    bool // in Shard.turn
	dirty     bool // in Shard.dirty
	closing   bool // close once the output is sent
	closed    bool
	doomed    bool // in Shard.doomed
	processes bool // process is on the stack

	overSoft  time.Time // since when the output is above the soft limit; zero: it is not
	softTimer bool      // the soft limit will be looked at again

	block Blocking

	Info Info
}

// Session is the state that commands keep in a client.
type Session struct {
	DB         uint16
	Authed     bool
	Reply      ReplyMode
	NoEvict    bool
	AuthWaited bool // the AUTH at hand has waited its time
	Multi      bool
	MultiError bool       // EXEC must refuse (EXECABORT)
	Queue      [][][]byte // commands of MULTI, owned copies
	QueueBytes int
	Watched    []Watch
	// Channels, Patterns and Shards are the client's subscriptions.
	Channels, Patterns, Shards map[string]struct{}
}

// Watch is one key under WATCH and what was there.
type Watch struct {
	DB    uint16
	Key   []byte
	TS    uint64
	Found bool
}

// Info is what CLIENT LIST shows of a client; guarded by its mutex, as other
// shards read it.
type Info struct {
	mu                     sync.Mutex
	Name, LibName, LibVer  string
	Cmd                    string
	DB                     int
	Sub, PSub, SSub, Multi int
	Watch                  int
	Resp                   int
	Flags                  string
	InBytes, OutBytes      int
	Interaction            atomic.Int64 // Unix ms of the last input
	WatchDirty             atomic.Bool  // a watched key was written
}

// Update changes the info under its lock.
func (i *Info) Update(f func(*Info)) {
	i.mu.Lock()
	f(i)
	i.mu.Unlock()
}

// InfoSnapshot is a copy of what Info shows.
type InfoSnapshot struct {
	Name, LibName, LibVer, Cmd, Flags       string
	DB, Sub, PSub, SSub, Multi, Watch, Resp int
	InBytes, OutBytes                       int
	Interaction                             int64
}

// Snapshot copies the info.
func (i *Info) Snapshot() InfoSnapshot {
	i.mu.Lock()
	defer i.mu.Unlock()
	return InfoSnapshot{i.Name, i.LibName, i.LibVer, i.Cmd, i.Flags, i.DB, i.Sub, i.PSub, i.SSub, i.Multi, i.Watch,
		i.Resp, i.InBytes, i.OutBytes, i.Interaction.Load()}
}

// Subscriptions is the number of channels and patterns subscribed to.
func (s *Session) Subscriptions() int { return len(s.Channels) + len(s.Patterns) + len(s.Shards) }

// Subscribed tells whether a RESP2 client may only manage subscriptions.
func (c *Client) Subscribed() bool { return c.Session.Subscriptions() > 0 }

// Context ends when the client is closed.
func (c *Client) Context() context.Context { return c.ctx }

// Shard that the client belongs to.
func (c *Client) Shard() *Shard { return c.shard }

// CloseAfterReply has the loop close the connection once its output is sent;
// commands after the current one do not run.
func (c *Client) CloseAfterReply() { c.closing = true }

// produced is the stream position after the last reply.
func (c *Client) produced() int64 { return c.base + int64(len(c.W.B)) }

// unsent is the number of bytes produced and not sent.
func (c *Client) unsent() int { return int(c.produced() - c.sent) }

// Pending is the output that may be sent now; valid until the next turn.
func (c *Client) Pending() []byte {
	return c.W.B[c.sent-c.base : c.allowed-c.base]
}

// Sent takes n bytes of Pending as sent.
func (c *Client) Sent(n int) {
	c.sent += int64(n)
	if c.sent == c.produced() {
		c.base = c.sent
		c.shard.dropOutput(c)
	} else if done := int(c.sent - c.base); done > keepBytes && done > len(c.W.B)/2 {
		c.W.B = append(c.W.B[:0], c.W.B[done:]...)
		c.base = c.sent
	}
}

// Stalled tells that the client's commands wait for its output to drain.
func (c *Client) Stalled() bool { return c.stalled }

// WantRead tells the loop whether to read from the connection.
func (c *Client) WantRead() bool {
	if c.closed || c.closing || c.stalled || c.eof {
		return false
	}
	return c.parked == running || len(c.in) < inputStallBytes
}

// Done tells the loop that the connection can be closed: its last output is sent.
func (c *Client) Done() bool {
	return c.closing && c.sent == c.produced()
}

// inputOver tells that the peer sent its last byte and that nothing it sent waits
// to run; a command cut off in the middle never will.
func (c *Client) inputOver() bool {
	return c.eof && !c.processes && c.parked == running && !c.stalled
}

// Parked tells that the client's next command waits for something.
func (c *Client) Parked() bool { return c.parked != running }
