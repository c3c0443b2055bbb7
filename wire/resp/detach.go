package resp

import (
	"context"
	"errors"

	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/redis"
)

// task is a command that runs outside the loop while its client is parked.
type task struct {
	sh      *Shard
	c       *Client
	args    [][]byte
	w       redis.Writer
	nowMs   int64
	effects []func()
}

func (sh *Shard) newTask(c *Client, args [][]byte) *task {
	c.parked = parkedDetached
	k := &task{sh: sh, c: c, nowMs: sh.now()}
	k.w.RESP3 = c.W.RESP3
	for _, a := range args {
		k.args = append(k.args, append([]byte(nil), a...))
	}
	return k
}

// start runs f, then has the shard send the reply and go on with the client.
func (k *task) start(where string, f func() error) {
	k.sh.srv.Go(where, func() {
		if err := f(); err != nil {
			k.w.B = k.w.B[:0]
			k.w.Error("ERR " + err.Error())
		}
		k.sh.Post(k.done)
	}, func() {
		k.w.B, k.effects = k.w.B[:0], nil
		k.w.Error(internalError)
		k.sh.Post(k.done)
	})
}

func (k *task) done() {
	sh, c := k.sh, k.c
	c.parked = running
	for _, f := range k.effects {
		f()
	}
	sh.serveReady()
	if c.closed {
		sh.forget(c)
		return
	}
	c.W.RESP3 = k.w.RESP3
	c.W.B = append(c.W.B, k.w.B...)
	sh.replied(c)
	sh.skipCommand(c)
}

// detach runs a command over a snapshot.
func (sh *Shard) detach(c *Client, args [][]byte) {
	k := sh.newTask(c, args)
	k.start("detached command", func() error {
		t, err := sh.srv.store.Begin(txn.Options{Isolation: txn.RepeatableRead, ReadOnly: true})
		if err != nil {
			return err
		}
		defer t.Rollback()
		x := sh.srv.opts.NewExecutor(sh.srv, sh)
		x.SetDetached(false)
		x.Bind(t, k.nowMs)
		x.Execute(c, &k.w, k.args)
		x.EndTurn()
		return nil
	})
}

// outside runs a command in a transaction of its own, which may wait for locks.
// No more than outsideMax do so at a time.
func (sh *Shard) outside(c *Client, args [][]byte) {
	k := sh.newTask(c, args)
	o := sh.txnOptions()
	k.start("outside command", func() error {
		select {
		case sh.srv.outside <- struct{}{}:
			defer func() { <-sh.srv.outside }()
		case <-c.ctx.Done():
			return c.ctx.Err()
		}
		for try := 0; ; try++ {
			again, err := k.attempt(o)
			if !again || try == lockRetriesMax {
				return err
			}
		}
	})
}

// attempt runs the command and commits; again is set where it should run anew.
func (k *task) attempt(o txn.Options) (again bool, err error) {
	srv := k.sh.srv
	t, err := srv.store.Begin(o)
	if err != nil {
		return false, err
	}
	ended := false
	defer func() {
		if !ended {
			t.Rollback()
		}
	}()
	x := srv.opts.NewExecutor(srv, k.sh)
	x.SetDetached(true)
	x.Bind(t, k.nowMs)
	k.w.B = k.w.B[:0]
	if v := x.Execute(k.c, &k.w, k.args); v != Done {
		return v == Conflict, errors.New("the command could not be run: too many deadlocks")
	}
	used := x.Used()
	x.EndTurn()
	if !used {
		k.effects = x.TakeEffects()
		return false, nil
	}
	ended = true
	commit, err := t.Commit(context.Background())
	if err != nil {
		return false, err
	}
	if !commit.ReadOnly {
		srv.Stats.Commits.Add(1)
	}
	k.effects = x.TakeEffects()
	return false, nil
}
