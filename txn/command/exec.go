package command

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/kv/clock"
	"github.com/ferritedb/ferrite/txn/keyspace"
	"github.com/ferritedb/ferrite/txn/redis"
)

// Shared is what the executors of one server have in common. Safe for concurrent
// use; its fields do not change.
type Shared struct {
	Keyspace *keyspace.Keyspace
	// Rand drives what Redis leaves to chance.
	Rand  clock.Rand
	Table *Table
	// StringBytesMax bounds the strings that commands make (proto-max-bulk-len).
	StringBytesMax *atomic.Int64
	// Calls and Failed count by Command.Index.
	Calls, Failed []atomic.Int64

	cursors cursorTable
}

// stringBytesMaxDefault is proto-max-bulk-len where no door sets it.
const stringBytesMaxDefault = 512 << 20

// NewShared makes what executors share. A nil stringBytesMax is a constant.
func NewShared(ks *keyspace.Keyspace, rand clock.Rand, t *Table, stringBytesMax *atomic.Int64) *Shared {
	if stringBytesMax == nil {
		stringBytesMax = new(atomic.Int64)
		stringBytesMax.Store(stringBytesMaxDefault)
	}
	return &Shared{Keyspace: ks, Rand: rand, Table: t, StringBytesMax: stringBytesMax,
		Calls: make([]atomic.Int64, len(t.counted)), Failed: make([]atomic.Int64, len(t.counted))}
}

// Door is where a command came from: what a handler can ask of its client.
type Door interface {
	// Block has the client wait for one of keys to be written (none: only for
	// the time), at most d, 0 for ever; the handler then returns ErrBlocked. It is
	// false where the client may not wait or has waited long enough: the handler
	// then replies that it found nothing. kind groups commands that the same
	// element can serve.
	Block(kind byte, keys [][]byte, d time.Duration) (wait bool, err error)
}

// Exec runs commands in a transaction. Handlers use its fields, which are valid
// during one command. Not safe for concurrent use.
type Exec struct {
	*Shared
	// Tx is the transaction, bound to one by whoever runs commands.
	Tx *keyspace.Tx
	// Door may be nil: then no command waits.
	Door Door
	W    *redis.Writer
	// Args of the command at hand, its name first; not the handler's to keep.
	Args [][]byte
	Cmd  *Command

	// Memory is what a command may hold beside its reply; nil: without bound. Who
	// runs commands gives it back after each.
	Memory     *budget.Run
	overMemory error // what Hold was refused with

	num     []byte // scratch
	members [][]byte
}

func (x *Exec) block(kind byte, keys [][]byte, d time.Duration) (bool, error) {
	if x.Door == nil {
		return false, nil
	}
	return x.Door.Block(kind, keys, d)
}

// Do runs one command inside another, or in a transaction that its caller ends,
// and appends its reply to w. Where it fails nothing of it remains, neither of
// its reply nor of its writes. REQUIRES: cmd.ArityOK(len(args)).
func (x *Exec) Do(cmd *Command, args [][]byte, w *redis.Writer) error {
	outerCmd, outerArgs, outerW := x.Cmd, x.Args, x.W
	x.Cmd, x.Args, x.W = cmd, args, w
	mark, t := len(w.B), x.Tx.Txn()
	sp := t.Savepoint()
	err := x.CheckReply(cmd.Run(x))
	x.Calls[cmd.index].Add(1)
	x.Cmd, x.Args, x.W = outerCmd, outerArgs, outerW
	if err != nil {
		w.B = w.B[:mark]
		t.RollbackTo(sp)
	}
	return err
}

// Hold takes n bytes for what a handler gathers. False where they are not to be
// had: the handler stops then, and its command fails.
func (x *Exec) Hold(n int) bool {
	if x.overMemory == nil {
		x.overMemory = x.Memory.Take(int64(n))
	}
	return x.overMemory == nil
}

// Unfit tells that a command ended too early: its reply, or what it held, has
// become too large.
func (x *Exec) Unfit() bool { return x.W.Over || x.overMemory != nil }

// CheckReply is err, or where that is nil and the command is Unfit the error for that.
func (x *Exec) CheckReply(err error) error {
	if x.overMemory != nil {
		x.overMemory = nil
		if err == nil {
			err = errMemory
		}
	}
	if x.W.Over {
		x.W.Over = false
		if err == nil {
			err = ErrReplyTooLarge
		}
	}
	return err
}

// Admit finds the command that args name and checks how many there are; cmd is
// nil where there is none.
func (t *Table) Admit(args [][]byte) (cmd *Command, err error) {
	cmd = t.Lookup(args[0])
	if cmd == nil {
		return nil, unknownCommand(args)
	}
	if cmd.Sub != nil && len(args) > 1 {
		if sub := cmd.Subcommand(args[1]); sub != nil {
			cmd = sub
		} else if cmd.Run == nil {
			return nil, Err(fmt.Sprintf("ERR unknown subcommand '%.128s'. Try %s HELP.", args[1], strings.ToUpper(cmd.Name)))
		}
	}
	return cmd, cmd.CheckArity(len(args))
}

// CheckArity is the error for a number of arguments that the command does not take.
func (c *Command) CheckArity(n int) error {
	if !c.ArityOK(n) {
		return Err("ERR wrong number of arguments for '" + c.full + "' command")
	}
	return nil
}

// unknownArgsBytesMax bounds what an unknown command's error repeats.
const unknownArgsBytesMax = 128

func unknownCommand(args [][]byte) error {
	var b strings.Builder
	for _, a := range args[1:] {
		left := unknownArgsBytesMax - b.Len()
		if left <= 0 {
			break
		}
		fmt.Fprintf(&b, "'%.*s' ", left, a)
	}
	return Err(fmt.Sprintf("ERR unknown command '%.128s', with args beginning with: %s", args[0], b.String()))
}
