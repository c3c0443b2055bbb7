package resp

import (
	"sync/atomic"

	"github.com/ferritedb/ferrite/txn"
)

// Settings may change while the server runs. Safe for concurrent use.
type Settings struct {
	durability    atomic.Int32
	password      atomic.Pointer[string]
	BulkBytesMax  atomic.Int64               // proto-max-bulk-len
	QueryBytesMax atomic.Int64               // client-query-buffer-limit
	ClientsMax    atomic.Int64               // maxclients
	BusyMillis    atomic.Int64               // busy-reply-threshold; 0: never busy
	SlowlogMicros atomic.Int64               // slowlog-log-slower-than
	SlowlogMax    atomic.Int64               // slowlog-max-len
	Output        [outputClasses]OutputLimit // client-output-buffer-limit
}

func (s *Settings) init(d txn.Durability, password string) {
	s.SetDurability(d)
	s.SetPassword(password)
	s.BulkBytesMax.Store(bulkBytesMaxDefault)
	s.QueryBytesMax.Store(queryBytesMaxDefault)
	s.ClientsMax.Store(clientsMaxDefault)
	s.Output[OutputPubSub].Store(pubsubHardBytes, pubsubSoftBytes, pubsubSoftSeconds)
	s.SlowlogMicros.Store(slowlogMicrosDefault)
	s.BusyMillis.Store(busyMillisDefault)
	s.SlowlogMax.Store(slowlogEntriesMaxDefault)
}

// Durability of turns.
func (s *Settings) Durability() txn.Durability { return txn.Durability(s.durability.Load()) }

// SetDurability changes the durability of later turns.
func (s *Settings) SetDurability(d txn.Durability) { s.durability.Store(int32(d)) }

// Password that AUTH wants; empty for none.
func (s *Settings) Password() string { return *s.password.Load() }

// PasswordSet tells whether clients must authenticate.
func (s *Settings) PasswordSet() bool { return *s.password.Load() != "" }

// SetPassword changes requirepass.
func (s *Settings) SetPassword(p string) { s.password.Store(&p) }
