package ferrite

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"

	"github.com/ferritedb/ferrite/txn/redis"
	"github.com/ferritedb/ferrite/wire/resp"
)

// idleConnsMax bounds the idle Redis connections that are kept.
const idleConnsMax = 64

// Redis is the store as a Redis server, called directly. Safe for concurrent use.
type Redis struct{ db *DB }

// Redis gives the Redis commands.
func (db *DB) Redis() Redis { return Redis{db} }

// Error is an error reply: "WRONGTYPE Operation against …".
type Error string

func (e Error) Error() string { return string(e) }

// Do runs one command. Its reply is nil, int64, string (simple and bulk), or
// []any of those; an error reply is an Error. Commands that wait (BLPOP) wait
// until ctx ends. Arguments are string, []byte, integers, float64.
func (r Redis) Do(ctx context.Context, args ...any) (any, error) {
	c, err := r.db.acquire()
	if err != nil {
		return nil, err
	}
	reply, err := c.do(ctx, args)
	if err != nil {
		c.close() // a reply may be on its way still
		return nil, err
	}
	r.db.release(c)
	if e, ok := reply.(Error); ok {
		return nil, e
	}
	return reply, nil
}

func (db *DB) acquire() (*respConn, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closed {
		return nil, errors.New("ferrite: the store is closed")
	}
	if n := len(db.idle); n > 0 {
		c := db.idle[n-1]
		db.idle = db.idle[:n-1]
		return c, nil
	}
	return newRespConn(db.redis)
}

func (db *DB) release(c *respConn) {
	db.mu.Lock()
	keep := !db.closed && len(db.idle) < idleConnsMax
	if keep {
		db.idle = append(db.idle, c)
	}
	db.mu.Unlock()
	if !keep {
		c.close()
	}
}

// respConn is a client of the RESP server without a socket: a shard of its own.
type respConn struct {
	mu    sync.Mutex
	ready sync.Cond // signalled when output may have come
	sh    *resp.Shard
	c     *resp.Client
	in    []byte
	out   []byte
	gone  bool // guarded by mu: the caller gave up
}

var embedded = &net.UnixAddr{Name: "embedded", Net: "unix"}

func newRespConn(srv *resp.Server) (*respConn, error) {
	k := &respConn{}
	k.ready.L = &k.mu
	k.sh = srv.NewShard(func() { go k.deliver() })
	k.c = k.sh.Open(embedded, embedded)
	if k.c == nil {
		return nil, errors.New("ferrite: max number of clients reached")
	}
	return k, nil
}

// deliver runs the shard's mail: locks that came free, syncs that ended.
func (k *respConn) deliver() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sh.Deliver()
	k.turn()
}

// turn ends a turn and takes what may be sent. REQUIRES: k.mu is held.
func (k *respConn) turn() {
	k.sh.EndTurn()
	k.sh.Dirty()
	if p := k.c.Pending(); len(p) > 0 {
		k.out = append(k.out, p...)
		k.c.Sent(len(p))
	}
	k.ready.Broadcast()
}

func (k *respConn) do(ctx context.Context, args []any) (any, error) {
	k.in = append(k.in[:0], '*')
	k.in = append(strconv.AppendInt(k.in, int64(len(args)), 10), '\r', '\n')
	for _, a := range args {
		var err error
		if k.in, err = appendArg(k.in, a); err != nil {
			return nil, err
		}
	}
	stop := context.AfterFunc(ctx, func() {
		k.mu.Lock()
		k.gone = true
		k.ready.Broadcast()
		k.mu.Unlock()
	})
	defer stop()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.out = k.out[:0]
	k.sh.Input(k.c, k.in)
	k.turn()
	for {
		r, rest, ok, err := redis.Read(k.out)
		if err != nil {
			return nil, err
		}
		if ok {
			reply := fromReply(r)
			k.out = append(k.out[:0], rest...)
			return reply, nil
		}
		if k.gone {
			return nil, ctx.Err()
		}
		if k.c.Closed() {
			return nil, errors.New("ferrite: the command closed its connection")
		}
		k.ready.Wait()
	}
}

func (k *respConn) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sh.Close(k.c)
	k.sh.EndTurn()
	k.sh.Release()
}

// appendArg appends one argument as a bulk string.
func appendArg(dst []byte, a any) ([]byte, error) {
	var room [32]byte
	b := room[:0]
	switch a := a.(type) {
	case string:
		dst = append(strconv.AppendInt(append(dst, '$'), int64(len(a)), 10), '\r', '\n')
		return append(append(dst, a...), '\r', '\n'), nil
	case []byte:
		b = a
	case int:
		b = strconv.AppendInt(b, int64(a), 10)
	case int64:
		b = strconv.AppendInt(b, a, 10)
	case uint64:
		b = strconv.AppendUint(b, a, 10)
	case float64:
		b = strconv.AppendFloat(b, a, 'g', -1, 64)
	default:
		return dst, fmt.Errorf("ferrite: an argument of type %T is not supported", a)
	}
	dst = append(strconv.AppendInt(append(dst, '$'), int64(len(b)), 10), '\r', '\n')
	return append(append(dst, b...), '\r', '\n'), nil
}
