package ferrite

import (
	"context"
	"errors"
	"time"
)

// The common commands with their types. ErrNil is the reply of what is not there.

// ErrNil tells that the key, field or element does not exist.
var ErrNil = errors.New("ferrite: nil reply")

func (r Redis) text(ctx context.Context, args ...any) (string, error) {
	v, err := r.Do(ctx, args...)
	if err != nil {
		return "", err
	}
	s, ok := v.(string)
	if !ok {
		return "", ErrNil
	}
	return s, nil
}

func (r Redis) int(ctx context.Context, args ...any) (int64, error) {
	v, err := r.Do(ctx, args...)
	if err != nil {
		return 0, err
	}
	n, ok := v.(int64)
	if !ok {
		return 0, ErrNil
	}
	return n, nil
}

func (r Redis) list(ctx context.Context, args ...any) ([]string, error) {
	v, err := r.Do(ctx, args...)
	if err != nil {
		return nil, err
	}
	items, _ := v.([]any)
	out := make([]string, len(items))
	for i, x := range items {
		out[i], _ = x.(string)
	}
	return out, nil
}

// Get is GET; ErrNil where the key does not exist.
func (r Redis) Get(ctx context.Context, key string) (string, error) { return r.text(ctx, "GET", key) }

// Set is SET, with an expiry where ttl is above 0.
func (r Redis) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	args := []any{"SET", key, value}
	if ttl > 0 {
		args = append(args, "PX", ttl.Milliseconds())
	}
	_, err := r.Do(ctx, args...)
	return err
}

// Del is DEL: the number of keys that existed.
func (r Redis) Del(ctx context.Context, keys ...string) (int64, error) {
	return r.int(ctx, join("DEL", keys)...)
}

// Incr is INCRBY.
func (r Redis) Incr(ctx context.Context, key string, by int64) (int64, error) {
	return r.int(ctx, "INCRBY", key, by)
}

// Expire is PEXPIRE; false where the key does not exist.
func (r Redis) Expire(ctx context.Context, key string, ttl time.Duration) (bool, error) {
	n, err := r.int(ctx, "PEXPIRE", key, ttl.Milliseconds())
	return n == 1, err
}

// HSet is HSET of field, value, …: the number of new fields.
func (r Redis) HSet(ctx context.Context, key string, pairs ...string) (int64, error) {
	return r.int(ctx, join("HSET", append([]string{key}, pairs...))...)
}

// HGet is HGET; ErrNil where key or field do not exist.
func (r Redis) HGet(ctx context.Context, key, field string) (string, error) {
	return r.text(ctx, "HGET", key, field)
}

// HGetAll is HGETALL.
func (r Redis) HGetAll(ctx context.Context, key string) (map[string]string, error) {
	l, err := r.list(ctx, "HGETALL", key)
	if err != nil {
		return nil, err
	}
	m := make(map[string]string, len(l)/2)
	for i := 0; i+1 < len(l); i += 2 {
		m[l[i]] = l[i+1]
	}
	return m, nil
}

// LPush and RPush are LPUSH and RPUSH: the new length.
func (r Redis) LPush(ctx context.Context, key string, values ...string) (int64, error) {
	return r.int(ctx, join("LPUSH", append([]string{key}, values...))...)
}

// RPush is RPUSH: the new length.
func (r Redis) RPush(ctx context.Context, key string, values ...string) (int64, error) {
	return r.int(ctx, join("RPUSH", append([]string{key}, values...))...)
}

// LRange is LRANGE.
func (r Redis) LRange(ctx context.Context, key string, start, stop int64) ([]string, error) {
	return r.list(ctx, "LRANGE", key, start, stop)
}

// SAdd is SADD: the number of new members.
func (r Redis) SAdd(ctx context.Context, key string, members ...string) (int64, error) {
	return r.int(ctx, join("SADD", append([]string{key}, members...))...)
}

// SMembers is SMEMBERS.
func (r Redis) SMembers(ctx context.Context, key string) ([]string, error) {
	return r.list(ctx, "SMEMBERS", key)
}

// ZAdd is ZADD of one member: 1 where it is new.
func (r Redis) ZAdd(ctx context.Context, key string, score float64, member string) (int64, error) {
	return r.int(ctx, "ZADD", key, score, member)
}

// ZRange is ZRANGE by rank.
func (r Redis) ZRange(ctx context.Context, key string, start, stop int64) ([]string, error) {
	return r.list(ctx, "ZRANGE", key, start, stop)
}

func join(name string, rest []string) []any {
	out := make([]any, 0, len(rest)+1)
	out = append(out, name)
	for _, s := range rest {
		out = append(out, s)
	}
	return out
}
