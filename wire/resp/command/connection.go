package command

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"

	"github.com/ferritedb/ferrite/txn/command"
	"github.com/ferritedb/ferrite/txn/redis"
	"github.com/ferritedb/ferrite/wire/resp"
)

var connectionCommands = []command.Command{
	{Name: "ping", Arity: -1, Flags: command.Fast | command.Subscribed, Cats: "fast connection", Group: "connection", Since: "1.0.0", Summary: "Ping the server", Run: door(cmdPing)},
	{Name: "echo", Arity: 2, Flags: command.Loading | command.Stale | command.Fast, Cats: "fast connection", Group: "connection", Since: "1.0.0", Summary: "Echo the given string", Run: door(cmdEcho)},
	{Name: "select", Arity: 2, Flags: command.Loading | command.Stale | command.Fast, Cats: "fast connection", Group: "connection", Since: "1.0.0", Summary: "Change the selected database for the current connection", Run: door(cmdSelect)},
	{Name: "quit", Arity: -1, Flags: command.AllowBusy | command.NoScript | command.Loading | command.Stale | command.Fast | command.NoAuth | command.Subscribed | command.Control, Cats: "fast connection", Group: "connection", Since: "1.0.0", Summary: "Close the connection", Run: door(cmdQuit)},
	{Name: "reset", Arity: 1, Flags: command.AllowBusy | command.NoScript | command.Loading | command.Stale | command.Fast | command.NoAuth | command.Subscribed | command.Control, Cats: "fast connection", Group: "connection", Since: "6.2.0", Summary: "Reset the connection", Run: door(cmdReset)},
	{Name: "auth", Arity: -2, Flags: command.AllowBusy | command.NoScript | command.Loading | command.Stale | command.Fast | command.NoAuth, Cats: "fast connection", Group: "connection", Since: "1.0.0", Summary: "Authenticate to the server", Run: door(cmdAuth)},
	{Name: "hello", Arity: -1, Flags: command.AllowBusy | command.NoScript | command.Loading | command.Stale | command.Fast | command.NoAuth, Cats: "fast connection", Group: "connection", Since: "6.0.0", Summary: "Handshake with Redis", Run: door(cmdHello)},
	{Name: "client", Arity: -2, Cats: "slow", Group: "connection", Since: "2.4.0", Summary: "A container for client connection commands", Sub: clientCommands},
}

func cmdPing(x *Exec) error {
	if len(x.Args) > 2 {
		return command.Err("ERR wrong number of arguments for 'ping' command")
	}
	if x.c.Subscribed() && !x.W.RESP3 {
		x.W.Array(2)
		x.W.BulkString("pong")
		if len(x.Args) == 2 {
			x.W.Bulk(x.Args[1])
		} else {
			x.W.BulkString("")
		}
		return nil
	}
	if len(x.Args) == 2 {
		x.W.Bulk(x.Args[1])
	} else {
		x.W.Simple("PONG")
	}
	return nil
}

func cmdEcho(x *Exec) error {
	x.W.Bulk(x.Args[1])
	return nil
}

func cmdSelect(x *Exec) error {
	db, err := x.DBArg(1)
	if err != nil {
		return err
	}
	x.setDB(db)
	x.W.OK()
	return nil
}

func (x *Exec) setDB(db uint16) {
	x.c.Session.DB = db
	x.c.Info.Update(func(i *resp.Info) { i.DB = int(db) })
}

func cmdQuit(x *Exec) error {
	x.W.OK()
	x.c.CloseAfterReply()
	return nil
}

func cmdReset(x *Exec) error {
	x.endMulti()
	s := &x.c.Session
	x.srv.PubSub.DropClient(x.c)
	s.Reply, s.NoEvict = resp.ReplyOn, false
	s.Authed = !x.srv.Settings.PasswordSet()
	x.setDB(0)
	x.W.RESP3 = false
	x.c.Info.Update(func(i *resp.Info) { i.Name, i.Sub, i.PSub, i.SSub, i.Resp = "", 0, 0, 0, 2 })
	x.W.Simple("RESET")
	return nil
}

// userDefault is the one user of the RESP port.
const userDefault = "default"

const errWrongPass command.Err = "WRONGPASS invalid username-password pair or user is disabled."

// errAuthTooMany: more attempts from the address wait than may.
const errAuthTooMany command.Err = "ERR too many failed authentication attempts from this address, try later"

// auth checks a name and password. Where attempts from the client's address have
// failed before, the command waits outside the loop first.
func (x *Exec) auth(user, password []byte) error {
	s, want := &x.c.Session, x.srv.Settings.Password()
	if want == "" {
		if string(user) != userDefault {
			return errWrongPass
		}
		s.Authed = true
		return nil
	}
	if !s.AuthWaited {
		wait, ok := x.cfg.Throttle.Begin(x.c.Addr)
		if !ok || wait > 0 && x.inExec {
			return errAuthTooMany
		}
		if wait > 0 {
			s.AuthWaited = true
			x.sh.Delay(x.c, wait)
			return errDelayed
		}
	}
	s.AuthWaited = false
	if !equalSecret([]byte(want), password) || string(user) != userDefault {
		x.srv.Stats.AuthFailures.Add(1)
		x.cfg.Throttle.Failed(x.c.Addr)
		return errWrongPass
	}
	x.cfg.Throttle.Succeeded(x.c.Addr)
	s.Authed = true
	return nil
}

// equalSecret compares in a time that tells neither where they differ nor how long
// the secret is.
func equalSecret(a, b []byte) bool {
	x, y := sha256.Sum256(a), sha256.Sum256(b)
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

func cmdAuth(x *Exec) error {
	if len(x.Args) > 3 {
		return command.ErrSyntax
	}
	user, password := []byte(userDefault), x.Args[len(x.Args)-1]
	if len(x.Args) == 3 {
		user = x.Args[1]
	} else if !x.srv.Settings.PasswordSet() {
		return command.Err("ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?")
	}
	if err := x.auth(user, password); err != nil {
		return err
	}
	x.W.OK()
	return nil
}

func cmdHello(x *Exec) error {
	proto := int64(2)
	if x.W.RESP3 {
		proto = 3
	}
	i := 1
	if len(x.Args) > 1 {
		var ok bool
		if proto, ok = redis.ParseInt(x.Args[1]); !ok {
			return command.Err("ERR Protocol version is not an integer or out of range")
		}
		if proto < 2 || proto > 3 {
			return command.Err("NOPROTO unsupported protocol version")
		}
		i = 2
	}
	name, named := "", false
	for ; i < len(x.Args); i++ {
		left := len(x.Args) - i - 1
		switch {
		case x.Is(i, "auth") && left >= 2:
			if err := x.auth(x.Args[i+1], x.Args[i+2]); err != nil {
				return err
			}
			i += 2
		case x.Is(i, "setname") && left >= 1:
			i++
			name, named = string(x.Args[i]), true
			if !resp.ValidName(name) {
				return errClientName
			}
		default:
			return command.Err(fmt.Sprintf("ERR Syntax error in HELLO option '%s'", x.Args[i]))
		}
	}
	if !x.c.Session.Authed && x.srv.Settings.PasswordSet() {
		return command.Err("NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time")
	}
	x.W.RESP3 = proto == 3
	x.c.Info.Update(func(i *resp.Info) {
		i.Resp = int(proto)
		if named {
			i.Name = name
		}
	})
	x.W.Map(7)
	for _, kv := range [][2]string{{"server", "redis"}, {"version", redisVersion}} {
		x.W.BulkString(kv[0])
		x.W.BulkString(kv[1])
	}
	x.W.BulkString("proto")
	x.W.Int(proto)
	x.W.BulkString("id")
	x.W.Int(x.c.ID)
	for _, kv := range [][2]string{{"mode", "standalone"}, {"role", "master"}} {
		x.W.BulkString(kv[0])
		x.W.BulkString(kv[1])
	}
	x.W.BulkString("modules")
	x.W.Array(0)
	return nil
}
