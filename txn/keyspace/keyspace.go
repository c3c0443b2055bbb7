package keyspace

import (
	"errors"
	"sync/atomic"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/txn"
)

// ErrWrongType: the key holds another type than the operation wants.
var ErrWrongType = errors.New("WRONGTYPE Operation against a key holding the wrong kind of value")

// ErrCorrupt: a record's bytes break the format in doc.go.
var ErrCorrupt = errors.New("redis record is damaged")

// ErrNotHash: a relation over a key pattern met a key of another type.
var ErrNotHash = errors.New("key does not hold a hash")

// Type of a Redis key, the first byte of its record.
type Type byte

// Types, as they stand on disk.
const (
	TypeNone   Type = 0
	TypeString Type = 1
	TypeList   Type = 2
	TypeSet    Type = 3
	TypeZSet   Type = 4
	TypeHash   Type = 5
)

var typeNames = [...]string{"none", "string", "list", "set", "zset", "hash"}

// String is the name that TYPE replies.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "none"
}

// Encodings, the second byte of a record.
const (
	encPacked  byte = 0
	encSpread  byte = 1
	encVariant byte = 2
	encText    byte = 3
	encParts   byte = 4
)

const (
	// headerBytes is the type and encoding in front of every body.
	headerBytes = 2
	// DatabasesMax is the number of databases SELECT can reach.
	DatabasesMax = 16
	// idBytes is the width of a collection id.
	idBytes = 8
)

// Limits say when a collection leaves its packed form and how OBJECT ENCODING
// names it. All may change while the server runs.
type Limits struct {
	HashEntriesMax atomic.Int64 // hash-max-listpack-entries
	HashValueMax   atomic.Int64 // hash-max-listpack-value, bytes: names the encoding only
	SetIntsetMax   atomic.Int64 // set-max-intset-entries
	ZSetEntriesMax atomic.Int64 // zset-max-listpack-entries
	ZSetValueMax   atomic.Int64 // zset-max-listpack-value, bytes: names the encoding only
	PackedBytesMax atomic.Int64 // packed-bytes-max: no packed collection grows past it
}

// Defaults of Limits; those with a Redis name have Redis 7.0's value.
const (
	hashEntriesMaxDefault = 512
	hashValueMaxDefault   = 64
	setIntsetMaxDefault   = 512
	zsetEntriesMaxDefault = 128
	zsetValueMaxDefault   = 64
	packedBytesMaxDefault = 8 << 10
)

// Keyspace is what all transactions over one store share. Safe for concurrent use.
type Keyspace struct {
	store  txn.Store
	clk    clock.Clock
	rand   clock.Rand
	Limits Limits
	// observer is told of changes; nil: nobody is.
	observer atomic.Pointer[Observer]
}

// New makes the keyspace of a store. rand drives what Redis leaves to chance
// (SPOP, RANDOMKEY …); nil: clock.Entropy.
func New(store txn.Store, clk clock.Clock, rand clock.Rand) *Keyspace {
	if rand == nil {
		rand = clock.Entropy
	}
	ks := &Keyspace{store: store, clk: clk, rand: rand}
	ks.Limits.HashEntriesMax.Store(hashEntriesMaxDefault)
	ks.Limits.HashValueMax.Store(hashValueMaxDefault)
	ks.Limits.SetIntsetMax.Store(setIntsetMaxDefault)
	ks.Limits.ZSetEntriesMax.Store(zsetEntriesMaxDefault)
	ks.Limits.ZSetValueMax.Store(zsetValueMaxDefault)
	ks.Limits.PackedBytesMax.Store(packedBytesMaxDefault)
	return ks
}

// Store is the store below.
func (ks *Keyspace) Store() txn.Store { return ks.store }

// NowMs is the clock's time in Unix milliseconds.
func (ks *Keyspace) NowMs() int64 { return ks.clk.Now().UnixMilli() }

// lastCollectionID is shared by all keyspaces of the process, so that two over
// one store never give out the same id.
var lastCollectionID atomic.Uint64

// nextCollectionID is unique for ever: never below the store's timestamps, which
// do not go back over a restart, and ids are given out slower than timestamps pass.
func (ks *Keyspace) nextCollectionID() uint64 {
	now := uint64(ks.store.Now())
	for {
		last := lastCollectionID.Load()
		id := max(last+1, now)
		if lastCollectionID.CompareAndSwap(last, id) {
			return id
		}
	}
}
