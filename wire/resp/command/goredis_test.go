package command_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ferritedb/ferrite/kv/clock"
)

// TestGoRedis drives the server with a client that applications use, in both
// protocols.
func TestGoRedis(t *testing.T) {
	for _, proto := range []int{2, 3} {
		t.Run(fmt.Sprintf("resp%d", proto), func(t *testing.T) {
			addr, _ := startFerrite(t, clock.Real)
			ctx := context.Background()
			c := redis.NewClient(&redis.Options{Addr: addr, Protocol: proto})
			defer c.Close()
			check := func(what string, err error) {
				t.Helper()
				if err != nil {
					t.Fatalf("%s: %v", what, err)
				}
			}
			check("set", c.Set(ctx, "k", "v", 0).Err())
			if _, err := c.Get(ctx, "nokey").Result(); !errors.Is(err, redis.Nil) {
				t.Fatalf("get of an absent key: %v", err)
			}
			check("hset", c.HSet(ctx, "users:1", map[string]any{"name": "Ada", "age": 36}).Err())
			var user struct {
				Name string `redis:"name"`
				Age  int    `redis:"age"`
			}
			check("hgetall", c.HGetAll(ctx, "users:1").Scan(&user))
			if user.Name != "Ada" || user.Age != 36 {
				t.Fatalf("%+v", user)
			}
			_, err := c.TxPipelined(ctx, func(p redis.Pipeliner) error {
				p.Incr(ctx, "n")
				p.ZAdd(ctx, "z", redis.Z{Score: 1.5, Member: "a"}, redis.Z{Score: 2, Member: "b"})
				return nil
			})
			check("pipeline", err)
			zs, err := c.ZRangeWithScores(ctx, "z", 0, -1).Result()
			check("zrange", err)
			if len(zs) != 2 || zs[0].Score != 1.5 || zs[1].Member != "b" {
				t.Fatalf("%+v", zs)
			}
			err = c.Watch(ctx, func(tx *redis.Tx) error {
				_, err := tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
					p.Set(ctx, "k", "w", 0)
					return nil
				})
				return err
			}, "k")
			check("watch", err)
			sub := c.Subscribe(ctx, "ch")
			defer sub.Close()
			_, err = sub.Receive(ctx)
			check("subscribe", err)
			check("publish", c.Publish(ctx, "ch", "hello").Err())
			msg, err := sub.ReceiveMessage(ctx)
			check("receive", err)
			if msg.Payload != "hello" {
				t.Fatalf("%+v", msg)
			}
			keys := 0
			for it := c.Scan(ctx, 0, "*", 2).Iterator(); it.Next(ctx); {
				keys++
			}
			if keys != 4 {
				t.Fatalf("scan found %d keys", keys)
			}
		})
	}
}
