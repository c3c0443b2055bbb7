package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// respCommand encodes one command.
func respCommand(args ...string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(a), a)
	}
	return b.Bytes()
}

func respPipelines() [][][]byte {
	var out [][][]byte
	for _, lines := range [][]string{
		{"SET ka 1", "INCR ka", "APPEND ka x", "GET ka", "EXPIRE ka 100", "TTL ka"},
		{"HSET users:1 name Ada", "HGETALL users:1", "HSCAN users:1 0 COUNT 5", "HINCRBY users:1 n 1"},
		{"MULTI", "LPUSH kl a b c", "LRANGE kl 0 -1", "EXEC", "WATCH kl", "UNWATCH", "MULTI", "DISCARD"},
		{"ZADD kz 1 a 2 b", "ZRANGEBYSCORE kz -inf +inf WITHSCORES LIMIT 0 1", "ZRANGE kz 0 -1 REV"},
		{"SUBSCRIBE ch1", "PUBLISH ch1 hello", "UNSUBSCRIBE", "PSUBSCRIBE *", "PING"},
		{"HELLO 3", "CLIENT TRACKING off", "CLIENT INFO", "COMMAND COUNT", "RESET"},
		{"BLPOP kx 0.01", "XADD ks * f v", "EVAL return(redis.call('GET',KEYS[1])) 1 ka", "SCAN 0 MATCH * COUNT 10"},
	} {
		var p [][]byte
		for _, line := range lines {
			p = append(p, respCommand(strings.Fields(line)...))
		}
		out = append(out, p)
	}
	return append(out, [][]byte{[]byte("PING\r\n"), []byte("SET ki \"quoted \\x41\"\r\n"), []byte("GET ki\r\n")},
		[][]byte{[]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")}, [][]byte{[]byte("*1\r\n$4\r\nPI"), []byte("NG\r\n")},
		[][]byte{[]byte("*2\r\n$3\r\nGET\r\n$536870912\r\n"), bytes.Repeat([]byte("x"), 1<<20)},
		[][]byte{[]byte("*1048576\r\n"), bytes.Repeat([]byte("$1\r\na\r\n"), 1000)})
}

// attackRespWire sends damaged pipelines; counts and lengths lie as decimals.
func attackRespWire(ctx context.Context, w *worker) {
	valid := respPipelines()
	var open []net.Conn
	defer func() { closeAll(open) }()
	for s := w.h.server(ctx); s != nil; s = w.h.server(ctx) {
		data := mutate(w.r, pick(w.r, valid))
		if w.oneOf(3) {
			data = lieDecimal(w, data)
		}
		if bytes.Contains(bytes.ToUpper(data), []byte("PAUSE")) || bytes.Contains(bytes.ToUpper(data), []byte("SHUTDOWN")) {
			continue
		}
		open = w.sendDamaged(ctx, s, s.reAddr, input{kind: "resp", data: data}, open)
	}
}

func lieDecimal(w *worker, b []byte) []byte {
	marks := bytes.Count(b, []byte("$")) + bytes.Count(b, []byte("*"))
	if marks == 0 {
		return b
	}
	skip := w.r.IntN(marks)
	for i, c := range b {
		if c != '$' && c != '*' {
			continue
		}
		if skip--; skip >= 0 {
			continue
		}
		end := bytes.IndexByte(b[i:], '\r')
		if end < 0 {
			return b
		}
		return append(append(append([]byte(nil), b[:i+1]...), pick(w.r, integers)...), b[i+end:]...)
	}
	return b
}

const (
	stallHold       = 3 * time.Second
	stallValueBytes = 1 << 20
	stallPublishes  = 48
)

// attackStall asks for much and does not read it: on the PostgreSQL port a big
// result, on the Redis port pipelined replies or messages of a channel.
func attackStall(ctx context.Context, w *worker) {
	big := strings.Repeat("v", stallValueBytes)
	for s := w.h.server(ctx); s != nil; s = w.h.server(ctx) {
		switch w.r.IntN(3) {
		case 0:
			messages := encodeAll(startup(), &pgproto3.Query{String: "SELECT repeat('x', 100000) FROM generate_series(1, 100000)"})
			w.stall(ctx, s.pgAddr, input{kind: "pg", data: bytes.Join(messages, nil)})
		case 1:
			data := append(respCommand("SET", "kbig", big), bytes.Repeat(respCommand("GET", "kbig"), 100)...)
			w.stall(ctx, s.reAddr, input{kind: "resp", data: data})
		case 2:
			w.stallSubscriber(ctx, s, big)
		}
	}
}

func (w *worker) stall(ctx context.Context, addr string, in input) {
	d := net.Dialer{Timeout: dialTimeout}
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		w.pause(ctx, 50*time.Millisecond)
		return
	}
	defer c.Close()
	w.track.begin(in)
	defer w.track.end()
	_ = c.SetWriteDeadline(deadline(stallHold))
	_, _ = c.Write(in.data) // what the server takes it takes
	w.pause(ctx, time.Duration(w.r.Int64N(int64(stallHold))))
}

func (w *worker) stallSubscriber(ctx context.Context, s *server, big string) {
	d := net.Dialer{Timeout: dialTimeout}
	c, err := d.DialContext(ctx, "tcp", s.reAddr)
	if err != nil {
		w.pause(ctx, 50*time.Millisecond)
		return
	}
	defer c.Close()
	channel := "stall" + strconv.Itoa(w.r.IntN(3))
	_ = c.SetWriteDeadline(deadline(time.Second))
	_, _ = c.Write(respCommand("SUBSCRIBE", channel))
	w.pause(ctx, 20*time.Millisecond)
	in := input{kind: "resp", data: bytes.Repeat(respCommand("PUBLISH", channel, big), stallPublishes)}
	w.track.begin(in)
	defer w.track.end()
	_, _ = sendRaw(ctx, s.reAddr, in.data, 200*time.Millisecond) // the watchdog sees whether the port lives on
}
