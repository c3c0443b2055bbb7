package main

import (
	"context"
	"strings"
	"syscall"
	"time"
)

// replayMax bounds the search for a culprit.
const replayMax = 60 * time.Second

// culprit tries inputs one by one on a server of its own, on the ports above
// those of the server under attack.
func (h *harness) culprit(ctx context.Context, kind string, inputs []input) (input, bool) {
	o := h.o
	o.pgPort, o.respPort = o.pgPort+20, o.respPort+20
	ctx, cancel := context.WithTimeout(ctx, replayMax)
	defer cancel()
	s, err := startServer(o, h.lives*1000)
	if err != nil {
		return input{}, false
	}
	defer func() {
		s.kill(syscall.SIGKILL)
		_ = s.removeData() // the whole directory goes in the end
	}()
	if err := prepareServer(s); err != nil {
		return input{}, false
	}
	for _, in := range inputs {
		if ctx.Err() != nil {
			return input{}, false
		}
		before := s.rss()
		sendInput(ctx, s, in)
		time.Sleep(200 * time.Millisecond) // a death takes a moment to be seen
		if kind == "memory" && s.rss() > before+h.o.memory/2 {
			return in, true
		}
		if !s.alive() || kind == "hang" && !answers(ctx, s) && ctx.Err() == nil {
			return in, true
		}
	}
	return input{}, false
}

func answers(ctx context.Context, s *server) bool {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	return probeSQL(ctx, s) == nil && probeRedis(ctx, s) == nil
}

// sendInput sends one input on a connection of its own.
func sendInput(ctx context.Context, s *server, in input) {
	switch in.kind {
	case "sql":
		c, err := connectSQL(ctx, s)
		if err != nil {
			return
		}
		runSQL(ctx, s, c, string(in.data))
		c.Close(ctx) //nolint:errcheck // only the server's state matters
	case "pg":
		_, _ = sendRaw(ctx, s.pgAddr, in.data, answerTimeout) // likewise
	default:
		_, _ = sendRaw(ctx, s.reAddr, in.data, answerTimeout) // likewise
	}
}

// shrink drops statements of a list that are not needed for v to come again.
func shrink(ctx context.Context, s *server, statements []string, v verdict) []input {
	again := func(list []string) bool {
		c, err := connectSQL(ctx, s)
		if err != nil {
			return false
		}
		defer c.Close(ctx) //nolint:errcheck // only the verdict matters
		var got verdict
		for _, text := range list {
			if got = runSQL(ctx, s, c, text); got.lost {
				break
			}
		}
		return got.kind == v.kind && strings.SplitN(got.what, " ", 2)[0] == strings.SplitN(v.what, " ", 2)[0]
	}
	list := statements
	if last := list[len(list)-1:]; again(last) {
		list = last
	} else {
		for i := 0; i < len(list)-1 && ctx.Err() == nil; {
			shorter := append(append([]string(nil), list[:i]...), list[i+1:]...)
			if again(shorter) {
				list = shorter
			} else {
				i++
			}
		}
	}
	var out []input
	for _, text := range list {
		out = append(out, input{kind: "sql", data: []byte(text)})
	}
	return out
}
