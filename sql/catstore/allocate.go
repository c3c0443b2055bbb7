package catstore

import (
	"context"
	"encoding/binary"
	"sync"

	"github.com/ferritedb/ferrite/kv/keys"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// How many numbers one reservation takes.
const (
	oidBlock = 64
	rowBlock = 1 << 16
)

// allocator hands out growing numbers.
type allocator struct {
	st    txn.Store
	key   []byte
	first uint64
	block uint64

	mu struct {
		sync.Mutex
		next, reserved uint64 // [next, reserved) may be handed out
	}
}

func (a *allocator) init(st txn.Store, id byte, first, block uint64) {
	a.st, a.first, a.block = st, first, block
	a.key = []byte{keys.Catalog, kindAllocator, id}
}

// take hands out n numbers in a row and returns the first.
func (a *allocator) take(ctx context.Context, n uint64) (uint64, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.mu.next+n > a.mu.reserved {
		if err := a.reserveLocked(ctx, max(n, a.block)); err != nil {
			return 0, err
		}
	}
	v := a.mu.next
	a.mu.next += n
	return v, nil
}

func (a *allocator) reserveLocked(ctx context.Context, n uint64) error {
	tx, err := a.st.Begin(txn.Options{Durability: txn.None})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	rec, ok, err := tx.GetNewest(nil, a.key)
	if err != nil {
		return err
	}
	from := a.first
	if ok && len(rec.Value) == 8 {
		from = max(from, binary.BigEndian.Uint64(rec.Value))
	}
	if err := tx.Put(a.key, binary.BigEndian.AppendUint64(nil, from+n), txn.PutOptions{}); err != nil {
		return err
	}
	if _, err := tx.Commit(ctx); err != nil {
		return err
	}
	if from != a.mu.reserved {
		a.mu.next = from
	}
	a.mu.reserved = from + n
	return nil
}

// NewOID gives an OID never given before.
func (s *Store) NewOID(ctx context.Context) (types.OID, error) {
	v, err := s.oids.take(ctx, 1)
	return types.OID(v), err
}

// RowIDs reserves n row ids in a row for tables without a primary key and
// returns the first.
func (s *Store) RowIDs(ctx context.Context, n int) (uint64, error) {
	return s.rows.take(ctx, uint64(n))
}
