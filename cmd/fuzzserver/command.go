package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"time"
)

// commandsSkipped end or freeze the server by their meaning, or change how a
// connection talks.
var commandsSkipped = map[string]bool{"SHUTDOWN": true, "DEBUG": true, "MONITOR": true, "REPLICAOF": true, "SLAVEOF": true, "FAILOVER": true,
	"PSYNC": true, "SYNC": true, "AUTH": true, "QUIT": true, "CONFIG": true, "SUBSCRIBE": true, "PSUBSCRIBE": true, "SSUBSCRIBE": true, "ACL": true,
	"MODULE": true, "RESTORE-ASKING": true, "EVAL": true, "EVALSHA": true, "EVAL_RO": true, "EVALSHA_RO": true, "FCALL": true, "FUNCTION": true, "CLIENT": true, "RESET": true}

// keyNames: one of each type, and one that is absent. setupCommands fill them.
var keyNames = []string{"fs", "fi", "fl", "fh", "fz", "fS", "fI", "fx", "fhll", "fgeo", "users:1", ""}

var setupCommands = [][]string{
	{"SET", "fs", "hello world"}, {"SET", "fi", "9223372036854775807"}, {"DEL", "fl", "fx", "fh", "fz", "fS", "fI"}, {"RPUSH", "fl", "a", "1", "2", "3", "b"},
	{"HSET", "fh", "a", "1", "b", "x", "c", "9223372036854775807"}, {"ZADD", "fz", "1", "a", "-inf", "b", "1.7e308", "c"}, {"SADD", "fS", "a", "b", "c"}, {"SADD", "fI", "1", "2", "3"},
	{"HSET", "users:1", "name", "Ada", "age", "36"},
}

var words = []string{"LIMIT", "WITHSCORES", "WITHVALUES", "GET", "NX", "XX", "GT", "LT", "EX", "PX", "EXAT", "PXAT", "KEEPTTL", "COUNT", "MATCH", "TYPE", "BY", "STORE", "ALPHA", "ASC", "DESC",
	"WEIGHTS", "AGGREGATE", "SUM", "MIN", "MAX", "LEFT", "RIGHT", "BEFORE", "AFTER", "REV", "BYSCORE", "BYLEX", "CH", "INCR", "SET", "INCRBY", "OVERFLOW", "WRAP", "SAT", "FAIL", "i64", "u63", "u8", "#1", "#9223372036854775807",
	"*", "-", "+", "(1", "(a", "[a", "[", "inf", "-inf", "+inf", "nan", "BIT", "BYTE", "IDX", "LEN", "MINMATCHLEN", "WITHMATCHLEN", "RANK", "MAXLEN", "ABSTTL", "REPLACE", "FREQ", "IDLETIME", "NOGET", "FLUSH", "ASYNC", "HELP", "ENCODING", "EXISTS", "fl", "fz"}

// bigCounts lead to big values: rarer than the rest.
var bigCounts = []string{"100000000", "536870911", "4294967295", "2147483648"}

func randomArg(r *rand.Rand) string {
	switch r.IntN(12) {
	case 0, 1, 2:
		return pick(r, integers)
	case 3, 4, 5:
		return pick(r, keyNames)
	case 6, 7, 8:
		return pick(r, words)
	case 9:
		return pick(r, floats)
	case 10:
		return strings.Repeat(pick(r, texts), 1+r.IntN(300))
	}
	if r.IntN(4) == 0 {
		return pick(r, bigCounts)
	}
	return pick(r, texts)
}

// respCommandInfo is one entry of COMMAND.
type respCommandInfo struct {
	name     string
	arity    int
	firstKey int
}

// respConn is a connection that reads whole replies.
type respConn struct {
	net.Conn
	in *bufio.Reader
}

func dialResp(ctx context.Context, s *server) (*respConn, error) {
	d := net.Dialer{Timeout: dialTimeout}
	c, err := d.DialContext(ctx, "tcp", s.reAddr)
	if err != nil {
		return nil, err
	}
	return &respConn{Conn: c, in: bufio.NewReader(c)}, nil
}

// do sends one command and reads its reply; the reply of an array is a []any.
func (c *respConn) do(wait time.Duration, args ...string) (any, error) {
	_ = c.SetDeadline(deadline(wait))
	if _, err := c.Write(respCommand(args...)); err != nil {
		return nil, err
	}
	return c.reply(0)
}

const replyDepthMax = 256

func (c *respConn) reply(depth int) (any, error) {
	line, err := c.in.ReadString('\n')
	if err != nil {
		return nil, err
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" || depth > replyDepthMax {
		return nil, fmt.Errorf("malformed reply")
	}
	switch line[0] {
	case '+', '-', ',', '(', '#', '_':
		return line, nil
	case ':':
		return strconv.ParseInt(line[1:], 10, 64)
	}
	n, err := strconv.Atoi(line[1:])
	if err != nil {
		return nil, fmt.Errorf("malformed reply %q", cut(line, 100))
	}
	switch line[0] {
	case '$', '=':
		if n < 0 {
			return nil, nil
		}
		b := make([]byte, n+2)
		_, err := io.ReadFull(c.in, b)
		return string(b[:n]), err
	case '*', '~', '>', '%':
		if line[0] == '%' {
			n *= 2
		}
		var list []any
		for range n {
			v, err := c.reply(depth + 1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
	return nil, fmt.Errorf("malformed reply %q", cut(line, 100))
}

// commandTable asks the server for its commands.
func commandTable(c *respConn) ([]respCommandInfo, error) {
	v, err := c.do(10*time.Second, "COMMAND")
	if err != nil {
		return nil, err
	}
	var table []respCommandInfo
	entries, _ := v.([]any)
	for _, e := range entries {
		f, ok := e.([]any)
		if !ok || len(f) < 4 {
			return nil, fmt.Errorf("COMMAND gave %v", e)
		}
		name := strings.ToUpper(fmt.Sprint(f[0]))
		arity, _ := f[1].(int64)
		first, _ := f[3].(int64)
		if !commandsSkipped[name] {
			table = append(table, respCommandInfo{name: name, arity: int(arity), firstKey: int(first)})
		}
	}
	if len(table) == 0 {
		return nil, fmt.Errorf("COMMAND lists nothing")
	}
	return table, nil
}

// prepareRedis fills the keys.
func prepareRedis(c *respConn) error {
	for _, cmd := range setupCommands {
		if _, err := c.do(10*time.Second, cmd...); err != nil {
			return err
		}
	}
	return nil
}

func (w *worker) randomCommand(table []respCommandInfo) []string {
	cmd := pick(w.r, table)
	n := cmd.arity - 1
	if n < 0 {
		n = -cmd.arity - 1 + w.r.IntN(5)
	}
	if w.oneOf(20) {
		n = w.r.IntN(8)
	}
	args := []string{cmd.name}
	for i := range n {
		if i+1 == cmd.firstKey {
			args = append(args, pick(w.r, keyNames))
			continue
		}
		args = append(args, randomArg(w.r))
	}
	if cmd.name == "FLUSHALL" || cmd.name == "FLUSHDB" {
		if !w.oneOf(50) {
			return []string{"PING"}
		}
	}
	return args
}

// commandsPerConnection, after which keys are made anew.
const commandsPerConnection = 300

// attackCommands calls every command with extremes.
func attackCommands(ctx context.Context, w *worker) {
	for s := w.h.server(ctx); s != nil; s = w.h.server(ctx) {
		c, err := dialResp(ctx, s)
		if err != nil {
			w.pause(ctx, 50*time.Millisecond)
			continue
		}
		w.commandRound(ctx, s, c)
		_ = c.Close()
	}
}

func (w *worker) commandRound(ctx context.Context, s *server, c *respConn) {
	if err := prepareRedis(c); err != nil {
		return
	}
	table, err := commandTable(c)
	if err != nil {
		return
	}
	for range commandsPerConnection {
		if ctx.Err() != nil {
			return
		}
		args := w.randomCommand(table)
		in := input{kind: "resp", data: respCommand(args...)}
		w.track.begin(in)
		v, err := c.do(answerTimeout, args...)
		w.track.end()
		if err != nil {
			if !mayWait(args[0]) && !isTimeout(err) && !s.ending.Load() && !s.diesSoon() {
				w.h.report.add(finding{kind: "connection lost", what: args[0] + ": " + err.Error(), inputs: w.track.recent(3)})
			}
			return
		}
		if text, ok := v.(string); ok {
			if what, bad := judgeRaw("resp", []byte(text)); bad && strings.HasPrefix(text, "-") {
				w.h.report.add(finding{kind: "internal error", what: what, inputs: []input{in}})
			}
		}
	}
}

func mayWait(name string) bool {
	return strings.HasPrefix(name, "B") || strings.HasPrefix(name, "WAIT") || strings.HasPrefix(name, "X")
}
