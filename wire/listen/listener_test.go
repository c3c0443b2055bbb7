package listen

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
)

func open(t *testing.T, o Options) *Listener {
	t.Helper()
	l, err := Open(context.Background(), "tcp", "127.0.0.1:0", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func dial(t *testing.T, l *Listener) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestLimitRefuses(t *testing.T) {
	l := open(t, Options{ConnsMax: 1, Refuse: func(c net.Conn) { io.WriteString(c, "full") }})
	entered := make(chan struct{})
	go l.Serve(func(c net.Conn) {
		close(entered)
		io.Copy(io.Discard, c)
	})
	first := dial(t, l)
	<-entered
	got, err := io.ReadAll(dial(t, l))
	if err != nil || string(got) != "full" {
		t.Fatalf("above the limit: %q, %v", got, err)
	}
	first.Close()
	if err := l.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := l.Limit().Open(); n != 0 {
		t.Fatalf("%d places still taken", n)
	}
}

func TestDrainWaitsForHandlers(t *testing.T) {
	l := open(t, Options{})
	entered := make(chan struct{})
	go l.Serve(func(c net.Conn) {
		close(entered)
		<-l.Draining()
		io.WriteString(c, "bye")
	})
	c := dial(t, l)
	<-entered
	if err := l.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(c); string(got) != "bye" {
		t.Fatalf("handler was cut off: %q", got)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Fatal("still accepting after drain")
	}
}

func TestDrainClosesWhatIsLeft(t *testing.T) {
	l := open(t, Options{})
	entered := make(chan struct{})
	served := make(chan error, 1)
	go func() {
		served <- l.Serve(func(c net.Conn) {
			close(entered)
			io.Copy(io.Discard, c)
		})
	}()
	dial(t, l)
	<-entered
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := l.Drain(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("drain: %v", err)
	}
	if err := <-served; err != nil {
		t.Fatalf("serve: %v", err)
	}
	if l.Conns() != 0 {
		t.Fatal("connections left")
	}
}

// TestHandlerPanics: a defect costs the connection that met it: the place is free
// again, and others are served.
func TestHandlerPanics(t *testing.T) {
	l := open(t, Options{ConnsMax: 1})
	first := true
	go l.Serve(func(c net.Conn) {
		if first {
			first = false
			panic("a defect of the handler")
		}
		io.WriteString(c, "served")
	})
	if got, err := io.ReadAll(dial(t, l)); err == nil && len(got) > 0 {
		t.Fatalf("%q, %v", got, err)
	}
	for range 100 { // until the place is free
		if got, _ := io.ReadAll(dial(t, l)); string(got) == "served" {
			return
		}
	}
	t.Fatal("nobody is served after the panic")
}
