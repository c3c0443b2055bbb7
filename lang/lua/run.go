package lua

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/ferritedb/ferrite/txn/redis"
)

// timeMax ends a script.
const timeMax = 5 * time.Second

// Error is a script's error as its client hears it, its code in front.
type Error string

func (e Error) Error() string { return string(e) }

// Run runs a script and appends what it returned to w as its reply. An Error is the
// script's own; any other error came from the host.
func (s *State) Run(p *Script, keys, argv [][]byte, w *redis.Writer) error {
	l := s.l
	s.sha, s.abort = p.SHA, nil
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	timer := s.o.Clock.AfterFunc(timeMax, cancel)
	defer timer.Stop()
	l.SetContext(ctx)
	fn := l.NewFunctionFromProto(p.proto)
	fn.Env = s.environment(keys, argv)
	l.Push(fn)
	err := l.PCall(0, 1, nil)
	if s.abort != nil {
		l.SetTop(0)
		return s.abort
	}
	if err != nil {
		l.SetTop(0)
		if ctx.Err() != nil {
			return Error(fmt.Sprintf("ERR the script ran for more than %s", timeMax))
		}
		return s.failure(err)
	}
	v := l.Get(-1)
	l.SetTop(0)
	replyLua(w, v, 0)
	return nil
}

// failure words the error that ended a script.
func (s *State) failure(err error) error {
	var ae *lua.ApiError
	if !errors.As(err, &ae) {
		return Error("ERR " + err.Error())
	}
	if t, ok := ae.Object.(*lua.LTable); ok {
		if msg, ok := t.RawGetString("err").(lua.LString); ok {
			line, _ := t.RawGetString("line").(lua.LNumber)
			return Error(string(msg) + s.where(max(int(line), 1)))
		}
	}
	msg := ae.Object.String()
	line := 1
	if rest, ok := strings.CutPrefix(msg, scriptName+":"); ok {
		if n, err := strconv.Atoi(rest[:max(strings.IndexByte(rest, ':'), 0)]); err == nil {
			line = n
		}
	}
	return Error("ERR " + msg + s.where(line))
}

// where names the script and line for an error.
func (s *State) where(line int) string {
	return fmt.Sprintf(" script: %s, on @%s:%d.", s.sha, scriptName, line)
}
