package command

import (
	"errors"

	"github.com/ferritedb/ferrite/txn"
	"github.com/ferritedb/ferrite/txn/command"
	"github.com/ferritedb/ferrite/txn/keyspace"
	"github.com/ferritedb/ferrite/txn/redis"
	"github.com/ferritedb/ferrite/wire/resp"
)

// queueBytesMax bounds what a client may queue in MULTI.
const queueBytesMax = 256 << 20

var multiCommands = []command.Command{
	{Name: "multi", Arity: 1, Flags: command.AllowBusy | command.NoScript | command.Loading | command.Stale | command.Fast | command.Control, Cats: "fast transaction", Group: "transactions", Since: "1.2.0", Summary: "Mark the start of a transaction block", Run: door(cmdMulti)},
	{Name: "exec", Arity: 1, Flags: command.Write | command.NoScript | command.Loading | command.Stale | command.Control, Cats: "slow transaction", Group: "transactions", Since: "1.2.0", Summary: "Execute all commands issued after MULTI", Run: door(cmdExec)},
	{Name: "discard", Arity: 1, Flags: command.AllowBusy | command.NoScript | command.Loading | command.Stale | command.Fast | command.Control, Cats: "fast transaction", Group: "transactions", Since: "2.0.0", Summary: "Discard all commands issued after MULTI", Run: door(cmdDiscard)},
	{Name: "watch", Arity: -2, Flags: command.AllowBusy | command.NoScript | command.Loading | command.Stale | command.Fast | command.Control, First: 1, Last: -1, Step: 1, Cats: "fast transaction", Group: "transactions", Since: "2.2.0", Summary: "Watch the given keys to determine execution of the MULTI/EXEC block", Run: door(cmdWatch)},
	{Name: "unwatch", Arity: 1, Flags: command.AllowBusy | command.NoScript | command.Loading | command.Stale | command.Fast, Cats: "fast transaction", Group: "transactions", Since: "2.2.0", Summary: "Forget about all watched keys", Run: door(cmdUnwatch)},
}

// queue keeps a command for EXEC.
func (x *Exec) queue(cmd *command.Command) {
	s := &x.c.Session
	n := 0
	for _, a := range x.Args {
		n += len(a)
	}
	if s.QueueBytes+n > queueBytesMax {
		x.refuse(command.Err("ERR the transaction's commands are too large"))
		return
	}
	s.QueueBytes += n
	own := make([][]byte, len(x.Args))
	buf := make([]byte, 0, n)
	for i, a := range x.Args {
		from := len(buf)
		buf = append(buf, a...)
		own[i] = buf[from:len(buf):len(buf)]
	}
	s.Queue = append(s.Queue, own)
	x.c.Info.Update(func(i *resp.Info) { i.Multi = len(s.Queue) })
	x.W.Simple("QUEUED")
}

func cmdMulti(x *Exec) error {
	if x.c.Session.Multi {
		return command.Err("ERR MULTI calls can not be nested")
	}
	x.c.Session.Multi = true
	x.c.Info.Update(func(i *resp.Info) { i.Multi = 0 })
	x.W.OK()
	return nil
}

// endMulti leaves MULTI and forgets the watched keys.
func (x *Exec) endMulti() {
	s := &x.c.Session
	s.Multi, s.MultiError, s.Queue, s.QueueBytes = false, false, nil, 0
	x.c.Info.Update(func(i *resp.Info) { i.Multi = -1 })
	x.srv.Unwatch(x.c)
}

func cmdDiscard(x *Exec) error {
	if !x.c.Session.Multi {
		return command.Err("ERR DISCARD without MULTI")
	}
	x.endMulti()
	x.W.OK()
	return nil
}

func cmdWatch(x *Exec) error {
	if x.c.Session.Multi {
		return command.Err("ERR WATCH inside MULTI is not allowed")
	}
	// What this turn wrote has no timestamp yet.
	if x.Used() {
		return errCommitFirst
	}
	s := &x.c.Session
	for _, k := range x.Args[1:] {
		x.srv.Watch(x.c, s.DB, k)
		e, err := x.Tx.Read(k)
		if err != nil {
			return err
		}
		s.Watched = append(s.Watched, resp.Watch{DB: s.DB, Key: append([]byte(nil), k...), TS: uint64(e.TS()), Found: e.Exists()})
	}
	x.W.OK()
	return nil
}

func cmdUnwatch(x *Exec) error {
	x.srv.Unwatch(x.c)
	x.W.OK()
	return nil
}

func cmdExec(x *Exec) error {
	s := &x.c.Session
	if !s.Multi {
		return command.Err("ERR EXEC without MULTI")
	}
	if s.MultiError {
		x.endMulti()
		return command.Err("EXECABORT Transaction discarded because of previous errors.")
	}
	if x.detached == attached && x.srv.Paused(x.queueWrites()) {
		return errPaused
	}
	queue := s.Queue
	if err := x.lockQueue(queue); err != nil {
		return err
	}
	same, err := x.watchedUnchanged()
	if err != nil {
		return err
	}
	if !same {
		x.endMulti()
		x.W.NullArray()
		return nil
	}
	x.W.Array(len(queue))
	if err := x.runQueue(queue); err != nil {
		return err
	}
	x.endMulti()
	return nil
}

func (x *Exec) queueWrites() bool {
	for _, args := range x.c.Session.Queue {
		if cmd := x.Table.Lookup(args[0]); cmd != nil && cmd.Flags&command.Write != 0 {
			return true
		}
	}
	return false
}

// lockQueue locks every key that the queued commands name: for writing or, as
// EXEC must see one state, shared. After it no command finds a lock taken, so
// none runs twice.
func (x *Exec) lockQueue(queue [][][]byte) error {
	share := x.Tx.ForceShare
	x.Tx.ForceShare = true
	defer func() {
		x.Tx.ForceShare = share
		x.Tx.SetDB(x.c.Session.DB)
	}()
	for _, args := range queue {
		cmd := x.Table.Resolve(args)
		if cmd == nil {
			continue
		}
		if cmd.Name == "select" {
			if n, ok := redis.ParseInt(args[1]); ok && n >= 0 && n < keyspace.DatabasesMax {
				x.Tx.SetDB(uint16(n))
			}
		}
		for _, k := range cmd.KeysOf(args) {
			var err error
			if cmd.Flags&command.Write != 0 {
				_, err = x.Tx.Lock(k)
			} else {
				_, err = x.Tx.Read(k)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// watchedUnchanged tells whether every watched key is as WATCH saw it.
func (x *Exec) watchedUnchanged() (bool, error) {
	s := &x.c.Session
	if x.c.Info.WatchDirty.Load() {
		return false, nil
	}
	defer x.Tx.SetDB(s.DB)
	share := x.Tx.ForceShare
	x.Tx.ForceShare = true
	defer func() { x.Tx.ForceShare = share }()
	for _, w := range s.Watched {
		x.Tx.SetDB(w.DB)
		e, err := x.Tx.Read(w.Key)
		if err != nil {
			return false, err
		}
		if e.Exists() != w.Found || uint64(e.TS()) != w.TS {
			return false, nil
		}
	}
	return true, nil
}

// runQueue runs the queued commands; the error of one is its reply.
func (x *Exec) runQueue(queue [][][]byte) error {
	share := x.Tx.ForceShare
	x.Tx.ForceShare, x.inExec = true, true
	defer func() {
		x.Tx.ForceShare, x.inExec = share, false
	}()
	for _, q := range queue {
		cmd := x.Table.Resolve(q)
		x.Tx.SetDB(x.c.Session.DB)
		err := x.Do(cmd, q, x.W)
		if err == nil {
			continue
		}
		if errors.Is(err, txn.ErrLockNotAvailable) || errors.Is(err, txn.ErrTxnTooLarge) || errors.Is(err, txn.ErrDeadlock) ||
			errors.Is(err, errOutside) || errors.Is(err, errDetach) {
			return err
		}
		x.Failed[cmd.Index()].Add(1)
		x.fail(err)
	}
	return nil
}
