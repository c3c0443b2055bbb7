package lua

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/txn/redis"
)

// Error is a script's error as its client hears it, its code in front.
type Error string

func (e Error) Error() string { return string(e) }

// Run is one run of a script.
type Run struct {
	Script     *Script
	Keys, Argv [][]byte
	// Budget bounds the run; its context ends it.
	Budget *budget.Run
	// Inline: the run has a small share of its own in the place of Budget, past
	// which it ends with ErrOutgrown.
	Inline bool
}

// Run runs a script and appends what it returned to w as its reply. An Error is the
// script's own; any other error came from the host, or is the Budget's.
func (s *State) Run(r Run, w *redis.Writer) (err error) {
	l := s.l
	s.sha, s.abort, s.panic = r.Script.SHA, nil, nil
	s.m = meter{l: l, run: r.Budget, inline: r.Inline}
	for _, b := range r.Argv {
		s.m.charged += int64(len(b))
	}
	if r.Inline && s.m.charged > inlineBytes {
		return ErrOutgrown
	}
	l.SetContext(&s.m)
	fn := l.NewFunctionFromProto(r.Script.proto)
	s.m.env = s.environment(r.Keys, r.Argv)
	fn.Env = s.m.env
	l.Push(fn)
	defer func() {
		l.SetTop(0)
		s.m.run.Give(s.m.live)
		s.m = meter{l: l}
	}()
	err = l.PCall(0, 1, nil)
	if s.panic != nil {
		panic(s.panic)
	}
	if err := s.ended(); err != nil {
		return err
	}
	if err != nil {
		return s.failure(err)
	}
	if err := s.replyLua(w, l.Get(-1), 0); err != nil {
		return err
	}
	return nil
}

// ended is why the script had to end, if it had to.
func (s *State) ended() error {
	if s.abort != nil {
		return s.abort
	}
	return s.m.stop
}

// Where names the script and a line for an error that ended it from outside.
func Where(sha string) string { return fmt.Sprintf(" script: %s, on @%s:1.", sha, scriptName) }

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
