package command

import (
	"crypto/subtle"
	"fmt"

	"github.com/ferritedb/ferrite/wire/resp"
)

var connectionCommands = []Command{
	{Name: "ping", Arity: -1, Flags: fFast | fSubscribed, Cats: "fast connection", Group: "connection", Since: "1.0.0", Summary: "Ping the server", Run: cmdPing},
	{Name: "echo", Arity: 2, Flags: fLoading | fStale | fFast, Cats: "fast connection", Group: "connection", Since: "1.0.0", Summary: "Echo the given string", Run: cmdEcho},
	{Name: "select", Arity: 2, Flags: fLoading | fStale | fFast, Cats: "fast connection", Group: "connection", Since: "1.0.0", Summary: "Change the selected database for the current connection", Run: cmdSelect},
	{Name: "quit", Arity: -1, Flags: fNoScript | fLoading | fStale | fFast | fNoAuth | fSubscribed | fControl, Cats: "fast connection", Group: "connection", Since: "1.0.0", Summary: "Close the connection", Run: cmdQuit},
	{Name: "reset", Arity: 1, Flags: fNoScript | fLoading | fStale | fFast | fNoAuth | fSubscribed | fControl, Cats: "fast connection", Group: "connection", Since: "6.2.0", Summary: "Reset the connection", Run: cmdReset},
	{Name: "auth", Arity: -2, Flags: fNoScript | fLoading | fStale | fFast | fNoAuth, Cats: "fast connection", Group: "connection", Since: "1.0.0", Summary: "Authenticate to the server", Run: cmdAuth},
	{Name: "hello", Arity: -1, Flags: fNoScript | fLoading | fStale | fFast | fNoAuth, Cats: "fast connection", Group: "connection", Since: "6.0.0", Summary: "Handshake with Redis", Run: cmdHello},
	{Name: "client", Arity: -2, Cats: "slow", Group: "connection", Since: "2.4.0", Summary: "A container for client connection commands", Sub: clientCommands},
}

func cmdPing(x *Exec) error {
	if len(x.args) > 2 {
		return Err("ERR wrong number of arguments for 'ping' command")
	}
	if x.c.Subscribed() && !x.w.RESP3 {
		x.w.Array(2)
		x.w.BulkString("pong")
		if len(x.args) == 2 {
			x.w.Bulk(x.args[1])
		} else {
			x.w.BulkString("")
		}
		return nil
	}
	if len(x.args) == 2 {
		x.w.Bulk(x.args[1])
	} else {
		x.w.Simple("PONG")
	}
	return nil
}

func cmdEcho(x *Exec) error {
	x.w.Bulk(x.args[1])
	return nil
}

func cmdSelect(x *Exec) error {
	db, err := x.dbArg(1)
	if err != nil {
		return err
	}
	x.setDB(db)
	x.w.OK()
	return nil
}

func (x *Exec) setDB(db uint16) {
	x.c.Session.DB = db
	x.c.Info.Update(func(i *resp.Info) { i.DB = int(db) })
}

func cmdQuit(x *Exec) error {
	x.w.OK()
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
	x.w.RESP3 = false
	x.c.Info.Update(func(i *resp.Info) { i.Name, i.Sub, i.PSub, i.SSub, i.Resp = "", 0, 0, 0, 2 })
	x.w.Simple("RESET")
	return nil
}

// userDefault is the one user of the RESP port.
const userDefault = "default"

const errWrongPass Err = "WRONGPASS invalid username-password pair or user is disabled."

// auth checks a name and password.
func (x *Exec) auth(user, password []byte) error {
	want := x.srv.Settings.Password()
	if string(user) != userDefault || want != "" && subtle.ConstantTimeCompare([]byte(want), password) != 1 {
		return errWrongPass
	}
	x.c.Session.Authed = true
	return nil
}

func cmdAuth(x *Exec) error {
	if len(x.args) > 3 {
		return errSyntax
	}
	user, password := []byte(userDefault), x.args[len(x.args)-1]
	if len(x.args) == 3 {
		user = x.args[1]
	} else if !x.srv.Settings.PasswordSet() {
		return Err("ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?")
	}
	if err := x.auth(user, password); err != nil {
		return err
	}
	x.w.OK()
	return nil
}

func cmdHello(x *Exec) error {
	proto := int64(2)
	if x.w.RESP3 {
		proto = 3
	}
	i := 1
	if len(x.args) > 1 {
		var ok bool
		if proto, ok = resp.ParseInt(x.args[1]); !ok {
			return Err("ERR Protocol version is not an integer or out of range")
		}
		if proto < 2 || proto > 3 {
			return Err("NOPROTO unsupported protocol version")
		}
		i = 2
	}
	name, named := "", false
	for ; i < len(x.args); i++ {
		left := len(x.args) - i - 1
		switch {
		case x.is(i, "auth") && left >= 2:
			if err := x.auth(x.args[i+1], x.args[i+2]); err != nil {
				return err
			}
			i += 2
		case x.is(i, "setname") && left >= 1:
			i++
			name, named = string(x.args[i]), true
			if !resp.ValidName(name) {
				return errClientName
			}
		default:
			return Err(fmt.Sprintf("ERR Syntax error in HELLO option '%s'", x.args[i]))
		}
	}
	if !x.c.Session.Authed && x.srv.Settings.PasswordSet() {
		return Err("NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time")
	}
	x.w.RESP3 = proto == 3
	x.c.Info.Update(func(i *resp.Info) {
		i.Resp = int(proto)
		if named {
			i.Name = name
		}
	})
	x.w.Map(7)
	for _, kv := range [][2]string{{"server", "redis"}, {"version", redisVersion}} {
		x.w.BulkString(kv[0])
		x.w.BulkString(kv[1])
	}
	x.w.BulkString("proto")
	x.w.Int(proto)
	x.w.BulkString("id")
	x.w.Int(x.c.ID)
	for _, kv := range [][2]string{{"mode", "standalone"}, {"role", "master"}} {
		x.w.BulkString(kv[0])
		x.w.BulkString(kv[1])
	}
	x.w.BulkString("modules")
	x.w.Array(0)
	return nil
}
