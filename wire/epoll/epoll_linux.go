package epoll

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/ferritedb/ferrite/wire/listen"
	"github.com/ferritedb/ferrite/wire/resp"
)

// Name of the loop in INFO.
const Name = "epoll"

const (
	// eventsMax is how many events one epoll_wait brings.
	eventsMax = 512
	// acceptsMax bounds the connections accepted in one turn.
	acceptsMax = 64
)

// Loop serves a resp.Server on one listener.
type Loop struct {
	ln      *listen.Listener
	srv     *resp.Server
	file    *os.File // the listening socket, read by worker 0
	workers []*worker
	next    int // worker that gets the next connection; worker 0's
	done    sync.WaitGroup
}

type worker struct {
	l         *Loop
	ep, event int
	sh        *resp.Shard
	conns     map[int]*conn
	buf       []byte
	stop      atomic.Bool // leave once no connection is left
	force     atomic.Bool // leave now
	listening int         // the listening descriptor, -1 where none
}

type conn struct {
	fd     int
	c      *resp.Client
	events uint32 // what epoll watches
}

// DefaultWorkers is one worker for two processors, at least one.
func DefaultWorkers() int { return max(1, runtime.NumCPU()/2) }

// New makes a loop of n workers (0: DefaultWorkers); it owns ln from here on. The
// listener's limit becomes maxclients.
func New(srv *resp.Server, ln *listen.Listener, n int) (*Loop, error) {
	if n <= 0 {
		n = DefaultWorkers()
	}
	file, err := ln.File()
	if err != nil {
		return nil, err
	}
	l := &Loop{ln: ln, srv: srv, file: file}
	fd := int(file.Fd()) // makes the descriptor blocking: called once only
	if err := unix.SetNonblock(fd, true); err != nil {
		file.Close()
		return nil, fmt.Errorf("listening socket: %w", err)
	}
	for i := range n {
		w, err := l.newWorker()
		if err != nil {
			l.closeAll()
			return nil, err
		}
		l.workers = append(l.workers, w)
		if i == 0 {
			w.listening = fd
			if err := w.watch(unix.EPOLL_CTL_ADD, w.listening, unix.EPOLLIN); err != nil {
				l.closeAll()
				return nil, err
			}
		}
	}
	if max := ln.Limit().Max(); max > 0 {
		srv.Settings.ClientsMax.Store(int64(max))
	}
	srv.SetLoop(Name, n)
	return l, nil
}

func (l *Loop) newWorker() (*worker, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll_create1: %w", err)
	}
	event, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		unix.Close(ep)
		return nil, fmt.Errorf("eventfd: %w", err)
	}
	w := &worker{l: l, ep: ep, event: event, conns: map[int]*conn{}, buf: make([]byte, resp.ReadBufferBytes), listening: -1}
	if err := w.watch(unix.EPOLL_CTL_ADD, event, unix.EPOLLIN); err != nil {
		unix.Close(ep)
		unix.Close(event)
		return nil, err
	}
	w.sh = l.srv.NewShard(w.wake)
	l.srv.WatchLoop(w.sh)
	return w, nil
}

// closeAll releases what New opened.
func (l *Loop) closeAll() {
	for _, w := range l.workers {
		unix.Close(w.ep)
		unix.Close(w.event)
	}
	l.file.Close()
	l.ln.Close()
}

// Serve runs the workers until Shutdown.
func (l *Loop) Serve() error {
	errs := make(chan error, len(l.workers))
	for _, w := range l.workers {
		l.done.Add(1)
		go func() {
			defer l.done.Done()
			errs <- w.run()
		}()
	}
	l.done.Wait()
	var first error
	for range l.workers {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	l.closeAll()
	return first
}

// Shutdown stops accepting, closes clients once the replies of what they sent
// are out, and cuts off what is left when ctx ends. Serve returns afterwards.
func (l *Loop) Shutdown(ctx context.Context) error {
	l.srv.Draining.Store(true)
	for _, w := range l.workers {
		w.stop.Store(true)
		w.wake()
	}
	for _, c := range l.srv.Clients() {
		l.srv.Kill(c)
	}
	left := make(chan struct{})
	go func() {
		l.done.Wait()
		close(left)
	}()
	select {
	case <-left:
		return nil
	case <-ctx.Done():
	}
	for _, w := range l.workers {
		w.force.Store(true)
		w.wake()
	}
	<-left
	return ctx.Err()
}

func (w *worker) wake() {
	var one [8]byte
	one[0] = 1
	unix.Write(w.event, one[:])
}

func (w *worker) watch(op, fd int, events uint32) error {
	ev := unix.EpollEvent{Events: events, Fd: int32(fd)}
	if err := unix.EpollCtl(w.ep, op, fd, &ev); err != nil {
		return fmt.Errorf("epoll_ctl: %w", err)
	}
	return nil
}

// run is the worker's goroutine.
func (w *worker) run() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer w.closeConns()
	events := make([]unix.EpollEvent, eventsMax)
	for {
		n, err := unix.EpollWait(w.ep, events, -1)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("epoll_wait: %w", err)
		}
		for _, ev := range events[:max(n, 0)] {
			w.handle(ev)
		}
		w.finishTurn()
		if w.stop.Load() {
			if w.listening >= 0 {
				w.watch(unix.EPOLL_CTL_DEL, w.listening, 0)
				w.listening = -1
			}
			if len(w.conns) == 0 || w.force.Load() {
				return nil
			}
		}
	}
}

func (w *worker) handle(ev unix.EpollEvent) {
	fd := int(ev.Fd)
	defer w.recovered(fd)
	switch fd {
	case w.event:
		var b [8]byte
		unix.Read(w.event, b[:])
		w.sh.Deliver()
		return
	case w.listening:
		w.accept()
		return
	}
	k := w.conns[fd]
	if k == nil {
		return
	}
	if ev.Events&(unix.EPOLLIN|unix.EPOLLHUP|unix.EPOLLERR) != 0 && k.events&unix.EPOLLIN != 0 {
		w.read(k)
	} else if ev.Events&(unix.EPOLLHUP|unix.EPOLLERR) != 0 {
		w.sh.Close(k.c)
	}
	if ev.Events&unix.EPOLLOUT != 0 && !k.c.Closed() {
		w.send(k)
	}
}

func (w *worker) read(k *conn) {
	n, errno := recv(k.fd, w.buf)
	switch {
	case errno == unix.EAGAIN || errno == unix.EINTR:
	case errno != 0:
		w.sh.Close(k.c)
	case n == 0:
		w.sh.EndTurn()
		w.flush()
		w.sh.Hangup(k.c)
		w.interest(k)
	default:
		w.l.srv.Stats.NetIn.Add(int64(n))
		w.sh.Input(k.c, w.buf[:n])
		if k.events&unix.EPOLLIN != 0 && !k.c.WantRead() {
			w.interest(k)
		}
	}
}

// recovered is deferred around what concerns one descriptor: a panic closes its
// connection, and the worker goes on.
func (w *worker) recovered(fd int) {
	p := recover()
	if p == nil {
		return
	}
	w.l.srv.Fault("event", p)
	if k := w.conns[fd]; k != nil {
		w.sh.Close(k.c)
	}
}

// finishTurn commits the turn and sends its replies; what that resumes is a turn
// of its own.
func (w *worker) finishTurn() {
	defer w.recovered(-1)
	w.sh.EndTurn()
	w.flush()
}

func (w *worker) flush() {
	for dirty := w.sh.Dirty(); len(dirty) > 0; dirty = w.sh.Dirty() {
		for _, c := range dirty {
			k := c.Loop.(*conn)
			if c.Closed() {
				w.drop(k)
				continue
			}
			w.send(k)
		}
		w.sh.EndTurn()
	}
}

// send sends what may be sent, once.
func (w *worker) send(k *conn) {
	out := k.c.Pending()
	if len(out) > 0 {
		n, errno := send(k.fd, out)
		switch {
		case errno == unix.EAGAIN || errno == unix.EINTR:
		case errno != 0:
			w.sh.Close(k.c)
			return
		default:
			w.l.srv.Stats.NetOut.Add(int64(n))
			k.c.Sent(n)
		}
	}
	if k.c.Done() {
		w.sh.Close(k.c)
		return
	}
	if k.c.Stalled() {
		w.sh.Resume(k.c)
	}
	w.interest(k)
}

// interest tells epoll what the connection waits for.
func (w *worker) interest(k *conn) {
	if k.c.Closed() {
		return
	}
	var want uint32
	if k.c.WantRead() {
		want = unix.EPOLLIN
	}
	if len(k.c.Pending()) > 0 {
		want |= unix.EPOLLOUT
	}
	if want != k.events {
		k.events = want
		if err := w.watch(unix.EPOLL_CTL_MOD, k.fd, want); err != nil {
			w.sh.Close(k.c)
		}
	}
}

// drop closes the connection of a client that is closed already.
func (w *worker) drop(k *conn) {
	if w.conns[k.fd] != k {
		return
	}
	delete(w.conns, k.fd)
	unix.Close(k.fd)
}

func (w *worker) closeConns() {
	for _, k := range w.conns {
		w.sh.Close(k.c)
	}
	w.sh.EndTurn()
	for _, k := range w.conns {
		w.drop(k)
	}
	w.sh.Release()
}

// accept takes new connections and hands them round the workers.
func (w *worker) accept() {
	for range acceptsMax {
		fd, sa, err := unix.Accept4(w.listening, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		if err != nil {
			return // EAGAIN, or no descriptor left: the listener stays readable
		}
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
		remote := address(sa)
		to := w.l.workers[w.l.next%len(w.l.workers)]
		w.l.next++
		if to == w {
			w.adopt(fd, remote)
		} else {
			to.sh.Post(func() { to.adopt(fd, remote) })
		}
	}
}

// adopt makes fd one of the worker's connections.
func (w *worker) adopt(fd int, remote net.Addr) {
	c := w.sh.Open(remote, w.l.ln.Addr())
	if c == nil {
		send(fd, []byte(resp.RefusedReply))
		unix.Close(fd)
		return
	}
	k := &conn{fd: fd, c: c, events: unix.EPOLLIN}
	c.Loop = k
	w.conns[fd] = k
	if err := w.watch(unix.EPOLL_CTL_ADD, fd, k.events); err != nil || w.stop.Load() {
		w.sh.Close(c)
	}
}

// peer is the address of a connection.
type peer string

func (peer) Network() string  { return "tcp" }
func (p peer) String() string { return string(p) }

func address(sa unix.Sockaddr) net.Addr {
	switch a := sa.(type) {
	case *unix.SockaddrInet4:
		return peer(netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port)).String())
	case *unix.SockaddrInet6:
		ip := netip.AddrFrom16(a.Addr).Unmap()
		return peer(netip.AddrPortFrom(ip, uint16(a.Port)).String())
	case *unix.SockaddrUnix:
		return peer("unix:" + strconv.Quote(a.Name))
	}
	return peer("?")
}

// recv and send are raw: the sockets never block, so the scheduler need not hear
// of them.
func recv(fd int, b []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)),
		unix.MSG_DONTWAIT, 0, 0)
	return int(n), errno
}

func send(fd int, b []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)),
		unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
	return int(n), errno
}
