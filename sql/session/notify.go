package session

import (
	"slices"
	"sync"

	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/txn"
)

// Limits of LISTEN and NOTIFY.
const (
	notifyPayloadBytesMax = 7999 // as PostgreSQL: shorter than 8000
	channelBytesMax       = 63
	channelsPerSessionMax = 4096
	notificationsPerTxn   = 1 << 16
	inboxNotificationsMax = 1 << 14
)

// notification is one message on its way.
type notification struct {
	pid              int32
	channel, payload string
	nesting          int          // savepoints open when it was queued
	pos              txn.Position // of the commit that it is of
}

// inbox holds what a listening session was not yet told.
type inbox struct {
	mu   sync.Mutex
	list []notification // guarded by mu; at most inboxNotificationsMax
}

// Hub passes notifications between the sessions of the process, in commit order.
// Safe for concurrent use.
type Hub struct {
	mu        sync.Mutex
	listeners map[string]map[*Backend]struct{} // guarded by mu
}

// NewHub makes an empty hub.
func NewHub() *Hub { return &Hub{listeners: map[string]map[*Backend]struct{}{}} }

func (h *Hub) listen(b *Backend, channel string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	m := h.listeners[channel]
	if m == nil {
		m = map[*Backend]struct{}{}
		h.listeners[channel] = m
	}
	m[b] = struct{}{}
}

func (h *Hub) unlisten(b *Backend, channel string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dropLocked(b, channel)
}

func (h *Hub) dropLocked(b *Backend, channel string) {
	if m := h.listeners[channel]; m != nil {
		delete(m, b)
		if len(m) == 0 {
			delete(h.listeners, channel)
		}
	}
}

func (h *Hub) forget(b *Backend) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for channel := range h.listeners {
		h.dropLocked(b, channel)
	}
}

var errInboxFull = pgerr.New(pgerr.ProgramLimitExceeded, "too many undelivered notifications").
	WithSeverity(pgerr.SeverityFatal)

// publish puts the notifications of a commit into the inboxes of their listeners.
// It does not block: it runs inside the commit's critical section.
func (h *Hub) publish(list []notification, pos txn.Position) {
	h.mu.Lock()
	var woken []*Backend
	for _, n := range list {
		for b := range h.listeners[n.channel] {
			b.notes.mu.Lock()
			full := len(b.notes.list) >= inboxNotificationsMax
			first := len(b.notes.list) == 0
			if !full {
				n.pos = pos
				b.notes.list = append(b.notes.list, n)
			}
			b.notes.mu.Unlock()
			if full {
				b.mu.Lock()
				b.fatal, b.now = errInboxFull, true
				b.mu.Unlock()
			}
			if first || full {
				woken = append(woken, b)
			}
		}
	}
	h.mu.Unlock()
	for _, b := range woken {
		b.Wake()
	}
}

// DeliverNotifications sends what has arrived, unless a transaction is open. Where
// the session's commits wait for the disk, so do the commits that it hears of: it
// is woken when the first that is not yet synced is.
func (s *Session) DeliverNotifications() error {
	if s.st != idle {
		return nil
	}
	b := &s.be.notes
	b.mu.Lock()
	list := b.list
	b.list = nil
	if s.durability == txn.Fsync {
		synced := s.srv.Store.SyncedPosition()
		if n := slices.IndexFunc(list, func(n notification) bool { return n.pos > synced }); n >= 0 {
			b.list = slices.Clone(list[n:])
			list = list[:n]
		}
	}
	waits := txn.Position(0)
	if len(b.list) > 0 {
		waits = b.list[0].pos
	}
	b.mu.Unlock()
	if waits != 0 && waits != s.waits {
		s.waits = waits // asked for once, however often it is looked
		be := s.be
		s.srv.Store.OnSync(waits, func(err error) {
			if err == nil { // else it never will be, and nobody hears of it
				be.Wake()
			}
		})
	}
	for _, n := range list {
		if err := s.sink.Notification(n.pid, n.channel, n.payload); err != nil {
			return err
		}
	}
	return nil
}
