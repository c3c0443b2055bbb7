package command

import (
	"time"

	"github.com/ferritedb/ferrite/wire/resp"
)

// redisVersion is the Redis whose commands these are.
const redisVersion = "7.0.15"

var serverCommands = []Command{
	{Name: "info", Arity: -1, Flags: fLoading | fStale | fDetach, Cats: "slow dangerous", Group: "server", Since: "1.0.0", Summary: "Get information and statistics about the server", Run: cmdInfo},
	{Name: "time", Arity: 1, Flags: fLoading | fStale | fFast, Cats: "fast", Group: "server", Since: "2.6.0", Summary: "Return the current server time", Run: cmdTime},
	{Name: "flushdb", Arity: -1, Flags: fWrite, Cats: "keyspace write slow dangerous", Group: "server", Since: "1.0.0", Summary: "Remove all keys from the current database", Run: func(x *Exec) error { return x.flush(false) }},
	{Name: "flushall", Arity: -1, Flags: fWrite, Cats: "keyspace write slow dangerous", Group: "server", Since: "1.0.0", Summary: "Remove all keys from all databases", Run: func(x *Exec) error { return x.flush(true) }},
	{Name: "lastsave", Arity: 1, Flags: fLoading | fStale | fFast, Cats: "admin fast dangerous", Group: "server", Since: "1.0.0", Summary: "Get the UNIX time stamp of the last successful save to disk", Run: cmdLastSave},
	{Name: "save", Arity: 1, Flags: fAdmin | fNoScript | fNoMulti | fDetach, Cats: "admin slow dangerous", Group: "server", Since: "1.0.0", Summary: "Synchronously save the dataset to disk", Run: cmdSave},
	{Name: "bgsave", Arity: -1, Flags: fAdmin | fNoScript, Cats: "admin slow dangerous", Group: "server", Since: "1.0.0", Summary: "Asynchronously save the dataset to disk", Run: func(x *Exec) error { return x.bgSave("Background saving started") }},
	{Name: "bgrewriteaof", Arity: 1, Flags: fAdmin | fNoScript, Cats: "admin slow dangerous", Group: "server", Since: "1.0.0", Summary: "Asynchronously rewrite the append-only file", Run: func(x *Exec) error { return x.bgSave("Background append only file rewriting started") }},
	{Name: "wait", Arity: 3, Flags: fBlocking, Cats: "slow blocking connection", Group: "generic", Since: "3.0.0", Summary: "Wait for the synchronous replication of all the write commands sent in the context of the current connection", Run: cmdWait},
	{Name: "waitaof", Arity: 4, Flags: fBlocking, Cats: "slow blocking connection", Group: "generic", Since: "7.2.0", Summary: "Wait until all write commands sent in the context of the current connection are synced to disk", Run: cmdWaitAOF},
	{Name: "role", Arity: 1, Flags: fNoScript | fLoading | fStale | fFast, Cats: "admin fast dangerous", Group: "server", Since: "2.8.12", Summary: "Return the role of the instance in the context of replication", Run: cmdRole},
	{Name: "shutdown", Arity: -1, Flags: fAdmin | fNoScript, Cats: "admin slow dangerous", Group: "server", Since: "1.0.0", Summary: "Synchronously save the dataset to disk and then shut down the server (not supported)", Run: refuseWith("ERR SHUTDOWN is not supported: end the server's process with SIGTERM")},
	{Name: "replicaof", Arity: 3, Flags: fAdmin | fNoScript, Cats: "admin slow dangerous", Group: "server", Since: "5.0.0", Summary: "Make the server a replica of another instance (not supported)", Run: refuseWith("ERR REPLICAOF is not supported")},
	{Name: "slaveof", Arity: 3, Flags: fAdmin | fNoScript, Cats: "admin slow dangerous", Group: "server", Since: "1.0.0", Summary: "Make the server a replica of another instance (not supported)", Run: refuseWith("ERR SLAVEOF is not supported")},
	{Name: "monitor", Arity: 1, Flags: fAdmin | fNoScript, Cats: "admin slow dangerous", Group: "server", Since: "1.0.0", Summary: "Listen for all requests received by the server in real time (not supported)", Run: refuseWith("ERR MONITOR is not supported")},
	{Name: "swapdb", Arity: 3, Flags: fWrite | fFast, Cats: "keyspace write fast dangerous", Group: "server", Since: "4.0.0", Summary: "Swap two Redis databases (not supported)", Run: refuseWith("ERR SWAPDB is not supported")},
	{Name: "dump", Arity: 2, Flags: fRead, First: 1, Last: 1, Step: 1, Cats: "keyspace read slow", Group: "generic", Since: "2.6.0", Summary: "Return a serialized version of the value stored at the specified key (not supported)", Run: refuseWith("ERR DUMP is not supported")},
	{Name: "restore", Arity: -4, Flags: fWrite | fDenyOOM, First: 1, Last: 1, Step: 1, Cats: "keyspace write slow dangerous", Group: "generic", Since: "2.6.0", Summary: "Create a key using the provided serialized value (not supported)", Run: refuseWith("ERR RESTORE is not supported")},
	{Name: "debug", Arity: -2, Flags: fAdmin | fNoScript | fLoading | fStale, Cats: "admin slow dangerous", Group: "server", Since: "1.0.0", Summary: "A container for debugging commands", Run: refuseWith("ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.")},
	{Name: "cluster", Arity: -2, Cats: "slow", Group: "cluster", Since: "3.0.0", Summary: "A container for cluster commands", Run: refuseWith("ERR This instance has cluster support disabled")},
	{Name: "readonly", Arity: 1, Flags: fFast | fLoading | fStale, Cats: "fast connection", Group: "cluster", Since: "3.0.0", Summary: "Enables read queries for a connection to a cluster replica node", Run: refuseWith("ERR This instance has cluster support disabled")},
	{Name: "config", Arity: -2, Cats: "slow", Group: "server", Since: "2.0.0", Summary: "A container for server configuration commands", Sub: configCommands},
	{Name: "command", Arity: -1, Flags: fLoading | fStale, Cats: "slow connection", Group: "server", Since: "2.8.13", Summary: "Get array of Redis command details", Sub: commandCommands, Run: cmdCommand},
	{Name: "acl", Arity: -2, Cats: "slow", Group: "server", Since: "6.0.0", Summary: "A container for Access List Control commands", Sub: aclCommands},
	{Name: "slowlog", Arity: -2, Cats: "slow", Group: "server", Since: "2.2.12", Summary: "A container for slow log commands", Sub: []Command{
		{Name: "get", Arity: -2, Flags: fAdmin | fLoading | fStale, Cats: "admin slow dangerous", Since: "2.2.12", Summary: "Get the slow log's entries", Run: cmdSlowlogGet},
		{Name: "len", Arity: 2, Flags: fAdmin | fLoading | fStale, Cats: "admin slow dangerous", Since: "2.2.12", Summary: "Get the slow log's length", Run: func(x *Exec) error { x.w.Int(int64(x.srv.Slowlog.Len())); return nil }},
		{Name: "reset", Arity: 2, Flags: fAdmin | fLoading | fStale, Cats: "admin slow dangerous", Since: "2.2.12", Summary: "Clear all entries from the slow log", Run: func(x *Exec) error { x.srv.Slowlog.Reset(); x.w.OK(); return nil }},
	}},
	{Name: "latency", Arity: -2, Cats: "slow", Group: "server", Since: "2.8.13", Summary: "A container for latency diagnostics commands", Sub: []Command{
		{Name: "latest", Arity: 2, Flags: fAdmin | fNoScript | fLoading | fStale, Cats: "admin slow dangerous", Since: "2.8.13", Summary: "Return the latest latency samples for all events", Run: func(x *Exec) error { x.w.Array(0); return nil }},
		{Name: "history", Arity: 3, Flags: fAdmin | fNoScript | fLoading | fStale, Cats: "admin slow dangerous", Since: "2.8.13", Summary: "Return timestamp-latency samples for the event", Run: func(x *Exec) error { x.w.Array(0); return nil }},
		{Name: "reset", Arity: -2, Flags: fAdmin | fNoScript | fLoading | fStale, Cats: "admin slow dangerous", Since: "2.8.13", Summary: "Reset latency data for one or more events", Run: func(x *Exec) error { x.w.Int(0); return nil }},
	}},
	{Name: "memory", Arity: -2, Cats: "slow", Group: "server", Since: "4.0.0", Summary: "A container for memory diagnostics commands", Sub: []Command{
		{Name: "usage", Arity: -3, Flags: fRead, First: 2, Last: 2, Step: 1, Cats: "read slow", Since: "4.0.0", Summary: "Estimate the memory usage of a key", Run: cmdMemoryUsage},
		{Name: "doctor", Arity: 2, Cats: "slow", Since: "4.0.0", Summary: "Outputs memory problems report", Run: func(x *Exec) error { x.w.Verbatim("txt", "Keys live on disk; there is nothing to report."); return nil }},
	}},
}

func refuseWith(msg string) func(*Exec) error {
	return func(*Exec) error { return Err(msg) }
}

func cmdTime(x *Exec) error {
	us := x.srv.Clock().Now().UnixMicro()
	x.w.Array(2)
	x.w.BulkInt(us / 1e6)
	x.w.BulkInt(us % 1e6)
	return nil
}

func (x *Exec) flush(all bool) error {
	if len(x.args) > 2 || len(x.args) == 2 && !x.is(1, "async") && !x.is(1, "sync") {
		return errSyntax
	}
	x.w.OK()
	if !all {
		return x.tx.FlushDB(x.tx.DB())
	}
	return x.tx.FlushAll()
}

func cmdLastSave(x *Exec) error {
	x.w.Int(x.lastSave.Load())
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
	x.w.OK()
	return nil
}

func (x *Exec) bgSave(msg string) error {
	s, clk := x.shared, x.srv.Clock()
	go func() {
		if s.cfg.Store.Flush() == nil {
			s.lastSave.Store(clk.Now().Unix())
		}
	}()
	x.w.Simple(msg)
	return nil
}

// blocking tells what a command that found nothing does: wait, or reply that it
// found nothing.
func (x *Exec) blocking(kind byte, keys [][]byte, d time.Duration) (wait bool, err error) {
	if x.inExec || x.c.TimedOut() {
		if x.c.UnblockedByError() {
			return false, Err("UNBLOCKED client unblocked via CLIENT UNBLOCK")
		}
		return false, nil
	}
	x.sh.Block(x.c, kind, keys, d)
	return true, nil
}

func (x *Exec) waitTimeout(i int) (time.Duration, error) {
	ms, ok := resp.ParseInt(x.args[i])
	if !ok {
		return 0, Err("ERR timeout is not an integer or out of range")
	}
	if ms < 0 {
		return 0, errTimeoutNeg
	}
	return time.Duration(ms) * time.Millisecond, nil
}

// cmdWait waits for replicas, of which there are none.
func cmdWait(x *Exec) error {
	n, err := x.int(1)
	if err != nil {
		return err
	}
	d, err := x.waitTimeout(2)
	if err != nil {
		return err
	}
	if n > 0 {
		if wait, err := x.blocking(blockWait, nil, d); err != nil {
			return err
		} else if wait {
			return errBlocked
		}
	}
	x.w.Int(0)
	return nil
}

// cmdWaitAOF waits until the log is synced past every commit that is visible.
func cmdWaitAOF(x *Exec) error {
	local, err := x.int(1)
	if err != nil {
		return err
	}
	if local < 0 || local > 1 {
		return errNotPositive
	}
	replicas, err := x.int(2)
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
		if wait, err := x.blocking(blockWait, nil, d); err != nil {
			return err
		} else if wait {
			if first && !synced {
				sh, c := x.sh, x.c
				store.OnSync(pos, func(error) { sh.Post(func() { sh.RetryBlocked(c) }) })
			}
			return errBlocked
		}
	}
	x.w.Array(2)
	x.w.Int(int64(btoi(synced)))
	x.w.Int(0)
	return nil
}

func cmdRole(x *Exec) error {
	x.w.Array(3)
	x.w.BulkString("master")
	x.w.Int(0)
	x.w.Array(0)
	return nil
}

func cmdSlowlogGet(x *Exec) error {
	n := int64(10)
	if len(x.args) > 3 {
		return errSyntax
	}
	if len(x.args) == 3 {
		var ok bool
		if n, ok = resp.ParseInt(x.args[2]); !ok || n < -1 {
			return Err("ERR count should be greater than or equal to -1")
		}
	}
	entries := x.srv.Slowlog.Get(int(n))
	x.w.Array(len(entries))
	for _, e := range entries {
		x.w.Array(6)
		x.w.Int(e.ID)
		x.w.Int(e.Unix)
		x.w.Int(e.Micros)
		x.w.Array(len(e.Args))
		for _, a := range e.Args {
			x.w.BulkString(a)
		}
		x.w.BulkString(e.Addr)
		x.w.BulkString(e.Name)
	}
	return nil
}

func cmdMemoryUsage(x *Exec) error {
	if len(x.args) != 3 && !(len(x.args) == 5 && x.is(3, "samples")) {
		return errSyntax
	}
	e, err := x.tx.Read(x.args[2])
	if err != nil {
		return err
	}
	if !e.Exists() {
		x.w.Null()
		return nil
	}
	n, err := e.StoredBytes()
	if err != nil {
		return err
	}
	x.w.Int(n)
	return nil
}
