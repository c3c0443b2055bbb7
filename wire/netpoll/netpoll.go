package netpoll

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"github.com/ferritedb/ferrite/wire/listen"
	"github.com/ferritedb/ferrite/wire/resp"
)

// Name of the loop in INFO.
const Name = "netpoll"

// Loop serves a resp.Server on one listener.
type Loop struct {
	srv *resp.Server
	ln  *listen.Listener
}

// New makes a loop; it owns ln from here on. The listener's limit becomes
// maxclients.
func New(srv *resp.Server, ln *listen.Listener) *Loop {
	if max := ln.Limit().Max(); max > 0 {
		srv.Settings.ClientsMax.Store(int64(max))
	}
	srv.SetLoop(Name, 1)
	return &Loop{srv: srv, ln: ln}
}

// Serve accepts and serves connections until Shutdown.
func (l *Loop) Serve() error { return l.ln.Serve(l.serve) }

// Shutdown stops accepting, closes clients once the replies of what they sent
// are out, and cuts off what is left when ctx ends.
func (l *Loop) Shutdown(ctx context.Context) error {
	l.srv.Draining.Store(true)
	told := make(chan struct{}) // the server may be stopped once all clients were
	go func() {
		defer close(told)
		<-l.ln.Draining()
		for _, c := range l.srv.Clients() {
			l.srv.Kill(c)
		}
	}()
	err := l.ln.Drain(ctx)
	<-told
	return err
}

// conn is one connection.
type conn struct {
	nc net.Conn

	mu      sync.Mutex
	readers sync.Cond // signalled when WantRead may have changed
	sh      *resp.Shard
	c       *resp.Client
	writing bool // a goroutine is in nc.Write
}

var buffers = sync.Pool{New: func() any { b := make([]byte, resp.ReadBufferBytes); return &b }}

func (l *Loop) serve(nc net.Conn) {
	k := &conn{nc: nc}
	k.readers.L = &k.mu
	k.sh = l.srv.NewShard(func() { l.srv.Go("deliver", k.deliver, k.fail) })
	k.c = k.sh.Open(nc.RemoteAddr(), nc.LocalAddr())
	if k.c == nil {
		nc.Write([]byte(resp.RefusedReply))
		return
	}
	if l.srv.Draining.Load() {
		l.srv.Kill(k.c)
	}
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	for k.wantRead() {
		n, err := nc.Read(*buf)
		k.took((*buf)[:n], err)
	}
	k.mu.Lock()
	for k.writing {
		k.readers.Wait()
	}
	k.sh.Close(k.c)
	k.sh.EndTurn()
	k.sh.Release()
	k.mu.Unlock()
}

// took runs a turn over what was read.
func (k *conn) took(data []byte, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	defer func() {
		if p := recover(); p != nil {
			k.sh.Server().Fault("turn", p)
			k.sh.Close(k.c)
		}
	}()
	if len(data) > 0 {
		k.sh.Server().Stats.NetIn.Add(int64(len(data)))
		k.sh.Input(k.c, data)
	}
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		k.sh.EndTurn()
		k.sh.Hangup(k.c)
	}
	k.finishTurn()
}

// fail closes the client after a panic in deliver.
func (k *conn) fail() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sh.Close(k.c)
	k.nc.SetDeadline(time.Unix(1, 0))
	k.readers.Broadcast()
}

// wantRead waits until the client may be read; false where it is closed.
func (k *conn) wantRead() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for {
		if k.c.Closed() {
			return false
		}
		if k.c.WantRead() {
			return true
		}
		k.readers.Wait()
	}
}

func (k *conn) deliver() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sh.Deliver()
	k.finishTurn()
}

// finishTurn commits and sends. REQUIRES: k.mu is held; it is let go while writing.
func (k *conn) finishTurn() {
	k.sh.EndTurn()
	defer k.readers.Broadcast()
	for !k.writing {
		k.sh.Dirty()
		if k.c.Closed() {
			break
		}
		out := k.c.Pending()
		if len(out) == 0 {
			if k.c.Done() {
				k.sh.Close(k.c)
			}
			break
		}
		k.writing = true
		k.mu.Unlock()
		n, err := k.nc.Write(out)
		k.mu.Lock()
		k.writing = false
		k.sh.Server().Stats.NetOut.Add(int64(n))
		k.c.Sent(n)
		if err != nil {
			k.sh.Close(k.c)
			break
		}
		k.sh.Resume(k.c)
		k.sh.EndTurn()
	}
	if k.c.Closed() {
		// Ends a Read or a Write in progress; the reader then leaves.
		k.nc.SetDeadline(time.Unix(1, 0))
	}
}
