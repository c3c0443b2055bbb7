package listen

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/kv/fault"
)

// acceptRetryDelay is the pause after an accept that failed for want of a
// resource (descriptors, memory): the kernel keeps the connection queued.
const acceptRetryDelay = 10 * time.Millisecond

// Options of a Listener.
type Options struct {
	// ConnsMax bounds the open connections; 0: no bound.
	ConnsMax int
	// Limit is used in place of ConnsMax where listeners share one bound.
	Limit *Limit
	// Refuse may write a last message to a connection above the bound; the
	// listener closes it afterwards. It must not block for long.
	Refuse func(net.Conn)
	// Clock paces retries. Nil: clock.Real.
	Clock clock.Clock
}

// Listener accepts connections and keeps account of them. Safe for concurrent use.
type Listener struct {
	ln       net.Listener
	o        Options
	limit    *Limit
	draining chan struct{}

	mu     sync.Mutex
	conns  map[net.Conn]struct{} // guarded by mu
	closed bool                  // guarded by mu
	done   sync.WaitGroup        // one per connection in conns
}

// Open listens on a "tcp" or "unix" address without MPTCP.
func Open(ctx context.Context, network, addr string, o Options) (*Listener, error) {
	var lc net.ListenConfig
	lc.SetMultipathTCP(false)
	ln, err := lc.Listen(ctx, network, addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	return New(ln, o), nil
}

// New wraps an open net.Listener, which it owns from here on.
func New(ln net.Listener, o Options) *Listener {
	if o.Clock == nil {
		o.Clock = clock.Real
	}
	limit := o.Limit
	if limit == nil {
		limit = NewLimit(o.ConnsMax)
	}
	return &Listener{ln: ln, o: o, limit: limit, draining: make(chan struct{}), conns: map[net.Conn]struct{}{}}
}

// Addr is the address that it listens on.
func (l *Listener) Addr() net.Addr { return l.ln.Addr() }

// Limit is the bound on open connections.
func (l *Listener) Limit() *Limit { return l.limit }

// Draining is closed when Drain or Close was called.
func (l *Listener) Draining() <-chan struct{} { return l.draining }

// File is a duplicate of the listening socket for an event loop that accepts by
// itself; the caller closes it.
func (l *Listener) File() (*os.File, error) {
	f, ok := l.ln.(interface{ File() (*os.File, error) })
	if !ok {
		return nil, fmt.Errorf("%T has no file descriptor", l.ln)
	}
	return f.File()
}

// Serve accepts until Drain or Close, and calls handle in a goroutine for each
// connection, which is closed when handle returns. It returns nil after Drain or
// Close, and otherwise the error that ended it.
func (l *Listener) Serve(handle func(net.Conn)) error {
	for {
		conn, err := l.ln.Accept()
		if err != nil {
			if l.isClosed() || errors.Is(err, net.ErrClosed) {
				return nil
			}
			var ne net.Error
			if errors.As(err, &ne) {
				l.pause()
				continue
			}
			return fmt.Errorf("accept: %w", err)
		}
		if !l.limit.Acquire() {
			if l.o.Refuse != nil {
				l.o.Refuse(conn)
			}
			conn.Close()
			continue
		}
		if !l.add(conn) {
			l.limit.Release()
			conn.Close()
			return nil
		}
		go l.run(conn, handle)
	}
}

func (l *Listener) run(conn net.Conn, handle func(net.Conn)) {
	defer func() {
		conn.Close()
		l.mu.Lock()
		delete(l.conns, conn)
		l.mu.Unlock()
		l.limit.Release()
		l.done.Done()
	}()
	defer fault.Catch("connection")
	handle(conn)
}

// pause waits acceptRetryDelay, or for the drain.
func (l *Listener) pause() {
	wake := make(chan struct{})
	t := l.o.Clock.AfterFunc(acceptRetryDelay, func() { close(wake) })
	select {
	case <-wake:
	case <-l.draining:
		t.Stop()
	}
}

func (l *Listener) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

func (l *Listener) add(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.conns[conn] = struct{}{}
	l.done.Add(1)
	return true
}

// Conns is the number of connections that handlers are serving.
func (l *Listener) Conns() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.conns)
}

// stop ends accepting and tells the handlers.
func (l *Listener) stop() {
	l.mu.Lock()
	first := !l.closed
	l.closed = true
	l.mu.Unlock()
	if first {
		close(l.draining)
		l.ln.Close()
	}
}

// Drain stops accepting, waits for the handlers to return, and when ctx ends
// closes the connections that are left and waits for their handlers. The error
// is ctx's where it had to close some.
func (l *Listener) Drain(ctx context.Context) error {
	l.stop()
	done := make(chan struct{})
	go func() {
		l.done.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	left := len(l.conns)
	for c := range l.conns {
		c.Close()
	}
	l.mu.Unlock()
	<-done
	if left == 0 {
		return nil
	}
	return fmt.Errorf("drain: %d connections closed: %w", left, ctx.Err())
}

// Close drains without waiting for handlers to end by themselves.
func (l *Listener) Close() error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := l.Drain(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
