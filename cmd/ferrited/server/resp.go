package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"

	"github.com/ferritedb/ferrite/kv/fault"
	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/wire/epoll"
	"github.com/ferritedb/ferrite/wire/listen"
	"github.com/ferritedb/ferrite/wire/netpoll"
	"github.com/ferritedb/ferrite/wire/resp/command"
)

// respLoop moves bytes between Redis clients and the RESP server.
type respLoop interface {
	Serve() error
	Shutdown(ctx context.Context) error
}

// durabilities by their setting.
var durabilities = map[string]txn.Durability{"fsync": txn.Fsync, "everysec": txn.EverySec, "none": txn.None}

func (s *Server) openRESP(ctx context.Context) error {
	if s.cfg.RESPAddr == "" {
		return nil
	}
	ln, err := s.listen(ctx, "resp-addr", s.cfg.RESPAddr, listen.Options{
		ConnsMax: int(s.cfg.RESPMaxConnections), Refuse: refuseRESP, Clock: s.clock,
	})
	if err != nil {
		return err
	}
	port := 0
	if a, ok := ln.Addr().(*net.TCPAddr); ok {
		port = a.Port
	}
	s.resp = command.NewServer(command.Config{
		Store: s.store, Clock: s.clock, Keyspace: s.keys, Durability: durabilities[s.cfg.RESPDurability],
		Password: s.cfg.RESPPassword, Port: port, Version: buildVersion(), Log: s.log, Memory: s.memory, Throttle: s.throttle, Shutdown: s.ask,
	})
	if s.respLoop, err = s.newLoop(ln); err != nil {
		s.resp.Stop()
		return errors.Join(err, ln.Close())
	}
	s.respAddr = ln.Addr()
	s.onClose(func() error { s.resp.Stop(); return nil })
	go func() { s.failed <- fault.Call("redis loop", s.respLoop.Serve) }()
	return nil
}

// newLoop makes the event loop that the setting asks for; auto takes the best
// that the platform has.
func (s *Server) newLoop(ln *listen.Listener) (respLoop, error) {
	switch s.cfg.RESPLoop {
	case "netpoll":
		return netpoll.New(s.resp, ln), nil
	case "uring":
		return nil, errors.New("--resp-loop uring is not supported by this build")
	}
	l, err := epoll.New(s.resp, ln, int(s.cfg.RESPLoops))
	switch {
	case err == nil:
		return l, nil
	case s.cfg.RESPLoop == "epoll":
		return nil, fmt.Errorf("--resp-loop epoll: %w", err)
	}
	return netpoll.New(s.resp, ln), nil
}

// refuseRESP is what Redis answers above maxclients.
func refuseRESP(nc net.Conn) {
	_, _ = nc.Write([]byte("-ERR max number of clients reached\r\n")) // the client may be gone
}

// buildVersion is what the Go tool noted in the binary, for INFO.
func buildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "unknown"
}
