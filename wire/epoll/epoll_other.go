//go:build !linux

package epoll

import (
	"context"
	"errors"

	"github.com/ferritedb/ferrite/wire/listen"
	"github.com/ferritedb/ferrite/wire/resp"
)

// Name of the loop in INFO.
const Name = "epoll"

// ErrPlatform: epoll is Linux's; wire/netpoll serves elsewhere.
var ErrPlatform = errors.New("epoll is not supported on this platform")

// Loop serves a resp.Server on one listener.
type Loop struct{}

// DefaultWorkers is the number of workers for n = 0.
func DefaultWorkers() int { return 1 }

// New gives ErrPlatform.
func New(*resp.Server, *listen.Listener, int) (*Loop, error) { return nil, ErrPlatform }

// Serve gives ErrPlatform.
func (*Loop) Serve() error { return ErrPlatform }

// Shutdown does nothing.
func (*Loop) Shutdown(context.Context) error { return nil }
