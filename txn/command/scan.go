package command

import (
	"strconv"
	"sync"

	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/keyspace"
	"github.com/ferritedb/ferrite/txn/redis"
)

const (
	// cursorsMax bounds the iterations that can be resumed; the oldest go first.
	cursorsMax = 1 << 14
	// scanCountDefault is COUNT where it is left out.
	scanCountDefault = 10
	// scanCountMax bounds the keys that one SCAN visits.
	scanCountMax = 1 << 16
)

// cursorTable gives numbers to the places where iterations stopped. A cursor may
// be used more than once. Safe for concurrent use.
type cursorTable struct {
	mu    sync.Mutex
	last  uint64            // guarded by mu, as is the rest
	place map[uint64][]byte // where to go on
}

func (t *cursorTable) put(place []byte) uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.place == nil {
		t.place = map[uint64][]byte{}
	}
	t.last++
	t.place[t.last] = append([]byte(nil), place...)
	if t.last > cursorsMax {
		delete(t.place, t.last-cursorsMax)
	}
	return t.last
}

func (t *cursorTable) get(id uint64) ([]byte, bool) {
	if id == 0 {
		return nil, true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	p, ok := t.place[id]
	return p, ok
}

// scanOptions are MATCH, COUNT and TYPE.
type scanOptions struct {
	from  []byte
	match []byte // nil: all
	count int
	typ   string
}

// scanOptions reads the cursor at argument i and the options after it.
func (x *Exec) scanOptions(i int, types bool) (o scanOptions, err error) {
	id, perr := strconv.ParseUint(string(x.Args[i]), 10, 64)
	if perr != nil {
		return o, errCursor
	}
	from, ok := x.cursors.get(id)
	if !ok {
		return o, errCursor
	}
	o.from, o.count = from, scanCountDefault
	for i++; i < len(x.Args); i += 2 {
		if i+1 >= len(x.Args) {
			return o, ErrSyntax
		}
		switch {
		case x.Is(i, "count"):
			n, err := x.Int(i + 1)
			if err != nil {
				return o, err
			}
			if n < 1 {
				return o, ErrSyntax
			}
			o.count = int(min(n, scanCountMax))
		case x.Is(i, "match"):
			o.match = x.Args[i+1]
			if len(o.match) == 1 && o.match[0] == '*' {
				o.match = nil
			}
		case x.Is(i, "type") && types:
			o.typ = string(x.Args[i+1])
		default:
			return o, ErrSyntax
		}
	}
	return o, nil
}

func (o *scanOptions) matches(b []byte) bool { return o.match == nil || redis.Match(o.match, b) }

func cmdScan(x *Exec) error {
	o, err := x.scanOptions(1, true)
	if err != nil {
		return err
	}
	it, err := x.scanKeys(o.match, o.from, o.count)
	if err != nil {
		return err
	}
	defer it.Close()
	var names [][]byte
	cursor := uint64(0)
	for n := 0; it.Next(); n++ {
		if n == o.count {
			cursor = x.cursors.put(it.Key())
			break
		}
		if o.matches(it.Key()) && (o.typ == "" || it.Type().String() == o.typ) {
			names = append(names, append([]byte(nil), it.Key()...))
		}
	}
	if err := it.Err(); err != nil {
		return err
	}
	x.scanReply(cursor, names)
	return nil
}

// scanKeys iterates the keys that a pattern can match, from a key on.
func (x *Exec) scanKeys(match, from []byte, hint int) (*keyspace.KeyScan, error) {
	prefix := []byte(nil)
	if match != nil {
		prefix = redis.LiteralPrefix(match)
	}
	if string(from) < string(prefix) {
		from = prefix
	}
	var to []byte
	if len(prefix) > 0 {
		to = prefixEnd(prefix)
	}
	return x.Tx.ScanRange(from, to, txn.ScanOptions{LimitHint: hint})
}

// prefixEnd is the least key above all that start with prefix; nil for none.
func prefixEnd(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i] != 0xff {
			end[i]++
			return end[:i+1]
		}
	}
	return nil
}

func (x *Exec) scanReply(cursor uint64, items [][]byte) {
	x.W.Array(2)
	x.W.BulkString(strconv.FormatUint(cursor, 10))
	x.W.Array(len(items))
	for _, b := range items {
		x.W.Bulk(b)
	}
}

func cmdHScan(x *Exec) error {
	o, err := x.scanOptions(2, false)
	if err != nil {
		return err
	}
	e, err := x.readHash()
	if err != nil {
		return err
	}
	it := e.HashEach(o.from)
	var items [][]byte
	cursor := uint64(0)
	for n := 0; it.Next(); n++ {
		if n == o.count && e.Spread() {
			cursor = x.cursors.put(it.Field)
			break
		}
		if o.matches(it.Field) {
			items = append(items, append([]byte(nil), it.Field...), append([]byte(nil), it.Value...))
		}
	}
	if err := it.Close(); err != nil {
		return err
	}
	x.scanReply(cursor, items)
	return nil
}
