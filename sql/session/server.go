package session

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// Server is what the sessions of one process share. Safe for concurrent use.
type Server struct {
	Store  txn.Store
	Engine Engine
	Clock  clock.Clock
	Rand   clock.Rand
	// Memory is what all statements share; nil: no bound.
	Memory *budget.Server
	// Defaults override the setting table's defaults, by name.
	Defaults map[string]string
	// Database is the one database's name, shown to every client that asked for another.
	Database string

	Hub   *Hub
	Plans *PlanCache
	Stats Stats

	mu       sync.Mutex
	backends map[int32]*Backend // guarded by mu
	nextPID  int32              // guarded by mu
	down     bool               // Shutdown was called; guarded by mu
	started  time.Time
}

// Stats count what the sessions did.
type Stats struct {
	Statements, Errors, Commits, Rollbacks atomic.Int64
	PlanHits, PlanMisses                   atomic.Int64
}

// NewServer makes a server over a store.
func NewServer(store txn.Store, engine Engine, c clock.Clock, r clock.Rand) *Server {
	return &Server{
		Store: store, Engine: engine, Clock: c, Rand: r, Database: "ferrite",
		Hub: NewHub(), Plans: NewPlanCache(planCacheEntriesMax),
		backends: map[int32]*Backend{}, started: c.Now(),
	}
}

// Started is when the server was made.
func (srv *Server) Started() time.Time { return srv.started }

// Backend is a session as others see it. Safe for concurrent use.
type Backend struct {
	PID    int32
	Secret uint32
	// Info is fixed at start.
	Info Info
	// role is the OID of the role that logged in; 0 before it has.
	role atomic.Uint32
	// Started is when the session began.
	Started time.Time

	mu      sync.Mutex
	ctx     context.Context         // of the running statement; guarded by mu
	cancel  context.CancelCauseFunc // of ctx; guarded by mu
	running bool                    // guarded by mu
	fatal   *pgerr.Error            // why the session must end; guarded by mu
	now     bool                    // not only once its transaction is over; guarded by mu
	wake    func()                  // guarded by mu
	query   string                  // last query text; guarded by mu
	state   state                   // guarded by mu
	app     string                  // guarded by mu
	queryAt time.Time               // guarded by mu
	txnAt   time.Time               // guarded by mu

	notes inbox
}

// Info is who a session belongs to.
type Info struct {
	User, Database, RemoteAddr string
	// Params are the startup message's settings.
	Params map[string]string
}

// Causes of a statement's context ending.
var (
	errUserCancel = errors.New("canceling statement due to user request")
	errTimeout    = errors.New("canceling statement due to statement timeout")
)

// backendsMax bounds the sessions; the listener's own limit is lower.
const backendsMax = 1 << 18

func (srv *Server) register(info Info) *Backend {
	b := &Backend{Info: info, Secret: uint32(srv.Rand.Uint64()), Started: srv.Clock.Now()}
	srv.mu.Lock()
	defer srv.mu.Unlock()
	for {
		srv.nextPID++
		if srv.nextPID <= 0 || srv.nextPID > backendsMax<<2 {
			srv.nextPID = 1
		}
		if _, taken := srv.backends[srv.nextPID]; !taken {
			break
		}
	}
	b.PID = srv.nextPID
	if srv.down {
		b.fatal = errShutdown
	}
	srv.backends[b.PID] = b
	return b
}

func (srv *Server) unregister(b *Backend) {
	srv.mu.Lock()
	delete(srv.backends, b.PID)
	srv.mu.Unlock()
	srv.Hub.forget(b)
}

func (srv *Server) backend(pid int32) *Backend {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return srv.backends[pid]
}

// countRole counts the other sessions of a role and counts b among them from
// now on.
func (srv *Server) countRole(b *Backend, role types.OID) int {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	n := 0
	for _, o := range srv.backends {
		if o != b && o.role.Load() == uint32(role) {
			n++
		}
	}
	b.role.Store(uint32(role))
	return n
}

// Backends lists the sessions, in no order.
func (srv *Server) Backends() []*Backend {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	out := make([]*Backend, 0, len(srv.backends))
	for _, b := range srv.backends {
		out = append(out, b)
	}
	return out
}

// Cancel is the protocol's CancelRequest: it does nothing unless pid and secret match.
func (srv *Server) Cancel(pid int32, secret uint32) {
	if b := srv.backend(pid); b != nil && b.Secret == secret {
		b.Cancel()
	}
}

// Shutdown tells every session, those to come included, to end (57P01) once it
// is in no transaction.
func (srv *Server) Shutdown() {
	srv.mu.Lock()
	srv.down = true
	srv.mu.Unlock()
	for _, b := range srv.Backends() {
		b.Terminate(errShutdown, false)
	}
}

var errShutdown = pgerr.New(pgerr.AdminShutdown, "terminating connection due to administrator command").
	WithSeverity(pgerr.SeverityFatal)

// Cancel stops the running statement, if there is one.
func (b *Backend) Cancel() { b.stop(errUserCancel) }

func (b *Backend) stop(cause error) {
	b.mu.Lock()
	wake := b.wake
	if b.running && b.cancel != nil {
		b.cancel(cause)
	}
	b.mu.Unlock()
	if wake != nil {
		wake() // it may be waiting for COPY data
	}
}

// Canceled is the error of a running statement that was cancelled, else nil.
func (b *Backend) Canceled() *pgerr.Error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.running && b.ctx != nil && b.ctx.Err() != nil {
		return cancelError(context.Cause(b.ctx))
	}
	return nil
}

// Terminate has the session end with this error: as soon as it is in no
// transaction, or where now, at once, a running statement included.
func (b *Backend) Terminate(why *pgerr.Error, now bool) {
	b.mu.Lock()
	if b.fatal == nil {
		b.fatal = why
	}
	b.now = b.now || now
	if now && b.running && b.cancel != nil {
		b.cancel(why)
	}
	wake := b.wake
	b.mu.Unlock()
	if wake != nil {
		wake()
	}
}

// Fatal is why the session must end here and now, nil for going on. inTxn tells
// that it is in a transaction.
func (b *Backend) Fatal(inTxn bool) *pgerr.Error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if inTxn && !b.now {
		return nil
	}
	return b.fatal
}

// OnWake registers what interrupts the wait for the client's next message.
func (b *Backend) OnWake(wake func()) {
	b.mu.Lock()
	b.wake = wake
	b.mu.Unlock()
}

// Wake interrupts the wait for the next message.
func (b *Backend) Wake() {
	b.mu.Lock()
	wake := b.wake
	b.mu.Unlock()
	if wake != nil {
		wake()
	}
}

// begin marks a statement as running and gives its context. The context is
// kept from statement to statement until it is cancelled.
func (b *Backend) begin() context.Context {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ctx == nil || b.ctx.Err() != nil {
		b.ctx, b.cancel = context.WithCancelCause(context.Background())
	}
	b.running = true
	return b.ctx
}

func (b *Backend) end(st state) {
	b.mu.Lock()
	b.running = false
	b.state = st
	b.mu.Unlock()
}

func (b *Backend) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cancel != nil {
		b.cancel(context.Canceled)
	}
	b.wake = nil
}

func (b *Backend) setQuery(q string, at time.Time) {
	b.mu.Lock()
	b.query, b.queryAt = q, at
	b.mu.Unlock()
}

// Activity is one row of pg_stat_activity.
type Activity struct {
	PID                       int32
	User, Database, App, Addr string
	State, Query              string
	Started, QueryAt          time.Time
}

// Activity is what the session is doing.
func (b *Backend) Activity() Activity {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := Activity{PID: b.PID, User: b.Info.User, Database: b.Info.Database, App: b.app, Addr: b.Info.RemoteAddr,
		Query: b.query, Started: b.Started, QueryAt: b.queryAt, State: "idle"}
	switch {
	case b.running:
		a.State = "active"
	case b.state == block:
		a.State = "idle in transaction"
	case b.state == failed:
		a.State = "idle in transaction (aborted)"
	}
	return a
}
