package command

import (
	"time"

	"github.com/ferritedb/ferrite/txn/command"
	"github.com/ferritedb/ferrite/txn/redis"
)

// redisVersion is the Redis whose commands these are.
const redisVersion = "7.0.15"

var serverCommands = []command.Command{
	{Name: "info", Arity: -1, Flags: command.Loading | command.Stale | command.Detach, Cats: "slow dangerous", Group: "server", Since: "1.0.0", Summary: "Get information and statistics about the server", Run: door(cmdInfo)},
	{Name: "time", Arity: 1, Flags: command.Loading | command.Stale | command.Fast, Cats: "fast", Group: "server", Since: "2.6.0", Summary: "Return the current server time", Run: door(cmdTime)},
	{Name: "lastsave", Arity: 1, Flags: command.Loading | command.Stale | command.Fast, Cats: "admin fast dangerous", Group: "server", Since: "1.0.0", Summary: "Get the UNIX time stamp of the last successful save to disk", Run: door(cmdLastSave)},
	{Name: "save", Arity: 1, Flags: command.Admin | command.NoScript | command.NoMulti | command.Detach, Cats: "admin slow dangerous", Group: "server", Since: "1.0.0", Summary: "Synchronously save the dataset to disk", Run: door(cmdSave)},
	{Name: "bgsave", Arity: -1, Flags: command.Admin | command.NoScript, Cats: "admin slow dangerous", Group: "server", Since: "1.0.0", Summary: "Asynchronously save the dataset to disk", Run: door(func(x *Exec) error { return x.bgSave("Background saving started") })},
	{Name: "bgrewriteaof", Arity: 1, Flags: command.Admin | command.NoScript, Cats: "admin slow dangerous", Group: "server", Since: "1.0.0", Summary: "Asynchronously rewrite the append-only file", Run: door(func(x *Exec) error { return x.bgSave("Background append only file rewriting started") })},
	{Name: "wait", Arity: 3, Flags: command.Blocking, Cats: "slow blocking connection", Group: "generic", Since: "3.0.0", Summary: "Wait for the synchronous replication of all the write commands sent in the context of the current connection", Run: door(cmdWait)},
	{Name: "waitaof", Arity: 4, Flags: command.Blocking, Cats: "slow blocking connection", Group: "generic", Since: "7.2.0", Summary: "Wait until all write commands sent in the context of the current connection are synced to disk", Run: door(cmdWaitAOF)},
	{Name: "role", Arity: 1, Flags: command.NoScript | command.Loading | command.Stale | command.Fast, Cats: "admin fast dangerous", Group: "server", Since: "2.8.12", Summary: "Return the role of the instance in the context of replication", Run: door(cmdRole)},
	{Name: "shutdown", Arity: -1, Flags: command.AllowBusy | command.Admin | command.NoScript, Cats: "admin slow dangerous", Group: "server", Since: "1.0.0", Summary: "Synchronously save the dataset to disk and then shut down the server", Run: door(cmdShutdown)},
	{Name: "replicaof", Arity: 3, Flags: command.Admin | command.NoScript, Cats: "admin slow dangerous", Group: "server", Since: "5.0.0", Summary: "Make the server a replica of another instance (not supported)", Run: refuseWith("ERR REPLICAOF is not supported")},
	{Name: "slaveof", Arity: 3, Flags: command.Admin | command.NoScript, Cats: "admin slow dangerous", Group: "server", Since: "1.0.0", Summary: "Make the server a replica of another instance (not supported)", Run: refuseWith("ERR SLAVEOF is not supported")},
	{Name: "monitor", Arity: 1, Flags: command.Admin | command.NoScript, Cats: "admin slow dangerous", Group: "server", Since: "1.0.0", Summary: "Listen for all requests received by the server in real time (not supported)", Run: refuseWith("ERR MONITOR is not supported")},
	{Name: "swapdb", Arity: 3, Flags: command.Write | command.Fast, Cats: "keyspace write fast dangerous", Group: "server", Since: "4.0.0", Summary: "Swap two Redis databases (not supported)", Run: refuseWith("ERR SWAPDB is not supported")},
	{Name: "dump", Arity: 2, Flags: command.Read, First: 1, Last: 1, Step: 1, Cats: "keyspace read slow", Group: "generic", Since: "2.6.0", Summary: "Return a serialized version of the value stored at the specified key (not supported)", Run: refuseWith("ERR DUMP is not supported")},
	{Name: "restore", Arity: -4, Flags: command.Write | command.DenyOOM, First: 1, Last: 1, Step: 1, Cats: "keyspace write slow dangerous", Group: "generic", Since: "2.6.0", Summary: "Create a key using the provided serialized value (not supported)", Run: refuseWith("ERR RESTORE is not supported")},
	{Name: "debug", Arity: -2, Flags: command.Admin | command.NoScript | command.Loading | command.Stale, Cats: "admin slow dangerous", Group: "server", Since: "1.0.0", Summary: "A container for debugging commands", Run: refuseWith("ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.")},
	{Name: "cluster", Arity: -2, Cats: "slow", Group: "cluster", Since: "3.0.0", Summary: "A container for cluster commands", Run: refuseWith("ERR This instance has cluster support disabled")},
	{Name: "readonly", Arity: 1, Flags: command.Fast | command.Loading | command.Stale, Cats: "fast connection", Group: "cluster", Since: "3.0.0", Summary: "Enables read queries for a connection to a cluster replica node", Run: refuseWith("ERR This instance has cluster support disabled")},
	{Name: "config", Arity: -2, Cats: "slow", Group: "server", Since: "2.0.0", Summary: "A container for server configuration commands", Sub: configCommands},
	{Name: "command", Arity: -1, Flags: command.Loading | command.Stale, Cats: "slow connection", Group: "server", Since: "2.8.13", Summary: "Get array of Redis command details", Sub: commandCommands, Run: door(cmdCommand)},
	{Name: "acl", Arity: -2, Cats: "slow", Group: "server", Since: "6.0.0", Summary: "A container for Access List Control commands", Sub: aclCommands},
	{Name: "slowlog", Arity: -2, Cats: "slow", Group: "server", Since: "2.2.12", Summary: "A container for slow log commands", Sub: []command.Command{
		{Name: "get", Arity: -2, Flags: command.Admin | command.Loading | command.Stale, Cats: "admin slow dangerous", Since: "2.2.12", Summary: "Get the slow log's entries", Run: door(cmdSlowlogGet)},
		{Name: "len", Arity: 2, Flags: command.Admin | command.Loading | command.Stale, Cats: "admin slow dangerous", Since: "2.2.12", Summary: "Get the slow log's length", Run: door(func(x *Exec) error { x.W.Int(int64(x.srv.Slowlog.Len())); return nil })},
		{Name: "reset", Arity: 2, Flags: command.Admin | command.Loading | command.Stale, Cats: "admin slow dangerous", Since: "2.2.12", Summary: "Clear all entries from the slow log", Run: door(func(x *Exec) error { x.srv.Slowlog.Reset(); x.W.OK(); return nil })},
	}},
	{Name: "latency", Arity: -2, Cats: "slow", Group: "server", Since: "2.8.13", Summary: "A container for latency diagnostics commands", Sub: []command.Command{
		{Name: "latest", Arity: 2, Flags: command.Admin | command.NoScript | command.Loading | command.Stale, Cats: "admin slow dangerous", Since: "2.8.13", Summary: "Return the latest latency samples for all events", Run: door(func(x *Exec) error { x.W.Array(0); return nil })},
		{Name: "history", Arity: 3, Flags: command.Admin | command.NoScript | command.Loading | command.Stale, Cats: "admin slow dangerous", Since: "2.8.13", Summary: "Return timestamp-latency samples for the event", Run: door(func(x *Exec) error { x.W.Array(0); return nil })},
		{Name: "reset", Arity: -2, Flags: command.Admin | command.NoScript | command.Loading | command.Stale, Cats: "admin slow dangerous", Since: "2.8.13", Summary: "Reset latency data for one or more events", Run: door(func(x *Exec) error { x.W.Int(0); return nil })},
	}},
	{Name: "memory", Arity: -2, Cats: "slow", Group: "server", Since: "4.0.0", Summary: "A container for memory diagnostics commands", Sub: []command.Command{
		{Name: "usage", Arity: -3, Flags: command.Read, First: 2, Last: 2, Step: 1, Cats: "read slow", Since: "4.0.0", Summary: "Estimate the memory usage of a key", Run: command.MemoryUsage},
		{Name: "doctor", Arity: 2, Cats: "slow", Since: "4.0.0", Summary: "Outputs memory problems report", Run: door(func(x *Exec) error { x.W.Verbatim("txt", "Keys live on disk; there is nothing to report."); return nil })},
	}},
}

func refuseWith(msg string) func(*command.Exec) error {
	return func(*command.Exec) error { return command.Err(msg) }
}

func cmdTime(x *Exec) error {
	us := x.srv.Clock().Now().UnixMicro()
	x.W.Array(2)
	x.W.BulkInt(us / 1e6)
	x.W.BulkInt(us % 1e6)
	return nil
}

// cmdShutdown ends the process. Whatever it asks for, what was committed is kept:
// NOSAVE differs in that it waits for no script.
func cmdShutdown(x *Exec) error {
	for i := 1; i < len(x.Args); i++ {
		if !x.Is(i, "nosave") && !x.Is(i, "save") && !x.Is(i, "now") && !x.Is(i, "force") {
			if x.Is(i, "abort") && len(x.Args) == 2 {
				return command.Err("ERR No shutdown in progress.")
			}
			return command.ErrSyntax
		}
	}
	if x.cfg.Shutdown == nil {
		return command.Err("ERR SHUTDOWN is not supported: end the server's process")
	}
	x.c.CloseAfterReply()
	x.cfg.Shutdown()
	return nil
}

func cmdLastSave(x *Exec) error {
	x.W.Int(x.lastSave.Load())
	return nil
}

// flushStore makes everything applied durable in the engine.
func (x *Exec) flushStore() error {
	if err := x.cfg.Store.Flush(); err != nil {
		return err
	}
	x.lastSave.Store(x.srv.Clock().Now().Unix())
	return nil
}

func cmdSave(x *Exec) error {
	if err := x.flushStore(); err != nil {
		return err
	}
	x.W.OK()
	return nil
}

func (x *Exec) bgSave(msg string) error {
	s, clk := x.shared, x.srv.Clock()
	x.srv.Go("save", func() {
		if s.cfg.Store.Flush() == nil {
			s.lastSave.Store(clk.Now().Unix())
		}
	}, nil)
	x.W.Simple(msg)
	return nil
}

func (x *Exec) waitTimeout(i int) (time.Duration, error) {
	ms, ok := redis.ParseInt(x.Args[i])
	if !ok {
		return 0, command.Err("ERR timeout is not an integer or out of range")
	}
	if ms < 0 {
		return 0, command.ErrTimeoutNeg
	}
	return time.Duration(ms) * time.Millisecond, nil
}

// cmdWait waits for replicas, of which there are none.
func cmdWait(x *Exec) error {
	n, err := x.Int(1)
	if err != nil {
		return err
	}
	d, err := x.waitTimeout(2)
	if err != nil {
		return err
	}
	if n > 0 {
		if wait, err := x.Block(command.BlockWait, nil, d); err != nil {
			return err
		} else if wait {
			return command.ErrBlocked
		}
	}
	x.W.Int(0)
	return nil
}

// cmdWaitAOF waits until the log is synced past every commit that is visible.
func cmdWaitAOF(x *Exec) error {
	local, err := x.Int(1)
	if err != nil {
		return err
	}
	if local < 0 || local > 1 {
		return command.ErrNotPositive
	}
	replicas, err := x.Int(2)
	if err != nil {
		return err
	}
	d, err := x.waitTimeout(3)
	if err != nil {
		return err
	}
	if x.Used() && !x.inExec {
		return errCommitFirst
	}
	store := x.cfg.Store
	pos := store.WrittenPosition()
	synced := store.SyncedPosition() >= pos
	if !synced && local > 0 || replicas > 0 {
		first := !x.c.WaitsForKeys()
		if wait, err := x.Block(command.BlockWait, nil, d); err != nil {
			return err
		} else if wait {
			if first && !synced {
				sh, c := x.sh, x.c
				store.OnSync(pos, func(error) { sh.Post(func() { sh.RetryBlocked(c) }) })
			}
			return command.ErrBlocked
		}
	}
	x.W.Array(2)
	x.W.Int(int64(btoi(synced)))
	x.W.Int(0)
	return nil
}

func cmdRole(x *Exec) error {
	x.W.Array(3)
	x.W.BulkString("master")
	x.W.Int(0)
	x.W.Array(0)
	return nil
}

func cmdSlowlogGet(x *Exec) error {
	n := int64(10)
	if len(x.Args) > 3 {
		return command.ErrSyntax
	}
	if len(x.Args) == 3 {
		var ok bool
		if n, ok = redis.ParseInt(x.Args[2]); !ok || n < -1 {
			return command.Err("ERR count should be greater than or equal to -1")
		}
	}
	entries := x.srv.Slowlog.Get(int(n))
	x.W.Array(len(entries))
	for _, e := range entries {
		x.W.Array(6)
		x.W.Int(e.ID)
		x.W.Int(e.Unix)
		x.W.Int(e.Micros)
		x.W.Array(len(e.Args))
		for _, a := range e.Args {
			x.W.BulkString(a)
		}
		x.W.BulkString(e.Addr)
		x.W.BulkString(e.Name)
	}
	return nil
}
