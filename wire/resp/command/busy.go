package command

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/txn/command"
	"github.com/ferritedb/ferrite/wire/resp"
)

const errBusy command.Err = "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."

var errScriptKilled = errors.New("Script killed by user with SCRIPT KILL.")

// runningScripts are the scripts that run outside the loops. Clients whose
// commands need none of their keys are served beside them, until one has run for
// busy-reply-threshold: from then on all are told that the server is busy, as
// Redis does, so that somebody ends it. Safe for concurrent use.
type runningScripts struct {
	busy atomic.Int64 // scripts past the threshold
	mu   sync.Mutex
	all  map[*runningScript]struct{} // guarded by mu
}

type runningScript struct {
	kill  func(error)
	wrote atomic.Bool
	timer clock.Timer
	busy  bool // counted in runningScripts.busy; guarded by its mu
	ended bool // guarded by runningScripts.mu
}

func (r *runningScripts) begin(srv *resp.Server, kill func(error)) *runningScript {
	k := &runningScript{kill: kill}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[*runningScript]struct{}{}
	}
	r.all[k] = struct{}{}
	if ms := srv.Settings.BusyMillis.Load(); ms > 0 {
		k.timer = srv.Clock().AfterFunc(time.Duration(ms)*time.Millisecond, func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			if !k.ended {
				k.busy = true
				r.busy.Add(1)
			}
		})
	}
	return k
}

func (r *runningScripts) end(k *runningScript) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all, k)
	k.ended = true
	if k.timer != nil {
		k.timer.Stop()
	}
	if k.busy {
		r.busy.Add(-1)
	}
}

func cmdScriptKill(x *Exec) error {
	r := &x.running
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) == 0 {
		return command.Err("NOTBUSY No scripts in execution right now.")
	}
	killed := false
	for k := range r.all {
		if !k.wrote.Load() {
			k.kill(errScriptKilled)
			killed = true
		}
	}
	if !killed {
		return command.Err("UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.")
	}
	x.W.OK()
	return nil
}
