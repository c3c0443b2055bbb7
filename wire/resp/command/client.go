package command

import (
	"fmt"
	"strings"
	"time"

	"github.com/ferritedb/ferrite/txn/command"
	"github.com/ferritedb/ferrite/txn/redis"
	"github.com/ferritedb/ferrite/wire/resp"
)

const errClientName command.Err = "ERR Client names cannot contain spaces, newlines or special characters."

var clientCommands = []command.Command{
	{Name: "id", Arity: 2, Flags: command.NoScript | command.Loading | command.Stale, Cats: "slow connection", Since: "5.0.0", Summary: "Returns the client ID for the current connection", Run: door(func(x *Exec) error { x.W.Int(x.c.ID); return nil })},
	{Name: "info", Arity: 2, Flags: command.NoScript | command.Loading | command.Stale, Cats: "slow connection", Since: "6.2.0", Summary: "Returns information about the current client connection.", Run: door(func(x *Exec) error { x.W.Verbatim("txt", x.clientLine(x.c)+"\n"); return nil })},
	{Name: "list", Arity: -2, Flags: command.Admin | command.NoScript | command.Loading | command.Stale, Cats: "admin slow dangerous connection", Since: "2.4.0", Summary: "Get the list of client connections", Run: door(cmdClientList)},
	{Name: "kill", Arity: -3, Flags: command.Admin | command.NoScript | command.Loading | command.Stale, Cats: "admin slow dangerous connection", Since: "2.4.0", Summary: "Kill the connection of a client", Run: door(cmdClientKill)},
	{Name: "getname", Arity: 2, Flags: command.NoScript | command.Loading | command.Stale, Cats: "slow connection", Since: "2.6.9", Summary: "Get the current connection name", Run: door(cmdClientGetName)},
	{Name: "setname", Arity: 3, Flags: command.NoScript | command.Loading | command.Stale, Cats: "slow connection", Since: "2.6.9", Summary: "Set the current connection name", Run: door(cmdClientSetName)},
	{Name: "setinfo", Arity: 4, Flags: command.NoScript | command.Loading | command.Stale, Cats: "slow connection", Since: "7.2.0", Summary: "Set client or connection specific info", Run: door(cmdClientSetInfo)},
	{Name: "reply", Arity: 3, Flags: command.NoScript | command.Loading | command.Stale, Cats: "slow connection", Since: "3.2.0", Summary: "Instruct the server whether to reply to commands", Run: door(cmdClientReply)},
	{Name: "pause", Arity: -3, Flags: command.Admin | command.NoScript | command.Loading | command.Stale | command.NoPause, Cats: "admin slow dangerous connection", Since: "3.0.0", Summary: "Stop processing commands from clients for some time", Run: door(cmdClientPause)},
	{Name: "unpause", Arity: 2, Flags: command.Admin | command.NoScript | command.Loading | command.Stale | command.NoPause, Cats: "admin slow dangerous connection", Since: "6.2.0", Summary: "Resume processing of clients that were paused", Run: door(func(x *Exec) error { x.srv.Unpause(); x.W.OK(); return nil })},
	{Name: "unblock", Arity: -3, Flags: command.Admin | command.NoScript | command.Loading | command.Stale, Cats: "admin slow dangerous connection", Since: "5.0.0", Summary: "Unblock a client blocked in a blocking command from a different connection", Run: door(cmdClientUnblock)},
	{Name: "no-evict", Arity: 3, Flags: command.Admin | command.NoScript | command.Loading | command.Stale, Cats: "admin slow dangerous connection", Since: "7.0.0", Summary: "Set client eviction mode for the current connection", Run: door(cmdClientNoEvict)},
	{Name: "tracking", Arity: -3, Flags: command.NoScript | command.Loading | command.Stale, Cats: "slow connection", Since: "6.0.0", Summary: "Enable or disable server assisted client side caching support", Run: door(cmdClientTracking)},
	{Name: "trackinginfo", Arity: 2, Flags: command.NoScript | command.Loading | command.Stale, Cats: "slow connection", Since: "6.2.0", Summary: "Return information about server assisted client side caching for the current connection", Run: door(cmdClientTrackingInfo)},
	{Name: "getredir", Arity: 2, Flags: command.NoScript | command.Loading | command.Stale, Cats: "slow connection", Since: "6.0.0", Summary: "Get tracking notifications redirection client ID if any", Run: door(func(x *Exec) error { x.W.Int(-1); return nil })},
}

// clientType is what CLIENT LIST TYPE tells apart.
func clientType(i *resp.InfoSnapshot) string {
	if i.Sub+i.PSub+i.SSub > 0 {
		return "pubsub"
	}
	return "normal"
}

// clientLine describes a client as CLIENT LIST does.
func (x *Exec) clientLine(c *resp.Client) string {
	i := c.Info.Snapshot()
	now := x.srv.Clock().Now()
	flags := "N"
	if clientType(&i) == "pubsub" {
		flags = "P"
	}
	cmd := i.Cmd
	if c == x.c {
		cmd = x.Cmd.FullName()
	}
	idle := max(now.UnixMilli()-i.Interaction, 0) / 1000
	return fmt.Sprintf("id=%d addr=%s laddr=%s fd=0 name=%s age=%d idle=%d flags=%s db=%d sub=%d psub=%d ssub=%d multi=%d qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=0 tot-mem=0 events=r cmd=%s user=%s redir=-1 resp=%d lib-name=%s lib-ver=%s",
		c.ID, c.Addr, c.Laddr, i.Name, int(now.Sub(c.Created).Seconds()), idle, flags, i.DB, i.Sub, i.PSub, i.SSub, i.Multi,
		cmd, userDefault, i.Resp, i.LibName, i.LibVer)
}

func cmdClientList(x *Exec) error {
	typ := ""
	var ids map[int64]bool
	switch {
	case len(x.Args) == 4 && x.Is(2, "type"):
		typ = strings.ToLower(string(x.Args[3]))
		if !validClientType(typ) {
			return command.Err(fmt.Sprintf("ERR Unknown client type '%s'", x.Args[3]))
		}
	case len(x.Args) > 3 && x.Is(2, "id"):
		ids = map[int64]bool{}
		for i := 3; i < len(x.Args); i++ {
			n, ok := redis.ParseInt(x.Args[i])
			if !ok || n < 1 {
				return command.Err("ERR Invalid client ID")
			}
			ids[n] = true
		}
	case len(x.Args) > 2:
		return command.ErrSyntax
	}
	var b strings.Builder
	for _, c := range x.srv.Clients() {
		i := c.Info.Snapshot()
		if ids != nil && !ids[c.ID] || typ != "" && clientType(&i) != typ {
			continue
		}
		b.WriteString(x.clientLine(c))
		b.WriteByte('\n')
	}
	x.W.Verbatim("txt", b.String())
	return nil
}

func validClientType(t string) bool {
	switch t {
	case "normal", "master", "replica", "slave", "pubsub":
		return true
	}
	return false
}

// killFilter is what CLIENT KILL selects by.
type killFilter struct {
	id                int64
	typ, addr, laddr  string
	user              string
	keepSelf, oldForm bool
}

func (x *Exec) killFilter() (f killFilter, err error) {
	if len(x.Args) == 3 {
		return killFilter{addr: string(x.Args[2]), oldForm: true}, nil
	}
	f.keepSelf = true
	for i := 2; i < len(x.Args); i += 2 {
		if i+1 >= len(x.Args) {
			return f, command.ErrSyntax
		}
		v := string(x.Args[i+1])
		switch {
		case x.Is(i, "id"):
			n, ok := redis.ParseInt(x.Args[i+1])
			if !ok || n < 1 {
				return f, command.Err("ERR client-id should be greater than 0")
			}
			f.id = n
		case x.Is(i, "type"):
			f.typ = strings.ToLower(v)
			if !validClientType(f.typ) {
				return f, command.Err(fmt.Sprintf("ERR Unknown client type '%s'", v))
			}
		case x.Is(i, "addr"):
			f.addr = v
		case x.Is(i, "laddr"):
			f.laddr = v
		case x.Is(i, "user"):
			if v != userDefault {
				return f, command.Err(fmt.Sprintf("ERR No such user '%s'", v))
			}
			f.user = v
		case x.Is(i, "skipme"):
			switch strings.ToLower(v) {
			case "yes":
				f.keepSelf = true
			case "no":
				f.keepSelf = false
			default:
				return f, command.ErrSyntax
			}
		default:
			return f, command.ErrSyntax
		}
	}
	return f, nil
}

func (f *killFilter) selects(c *resp.Client) bool {
	i := c.Info.Snapshot()
	return (f.id == 0 || f.id == c.ID) && (f.typ == "" || f.typ == clientType(&i)) &&
		(f.addr == "" || f.addr == c.Addr) && (f.laddr == "" || f.laddr == c.Laddr)
}

func cmdClientKill(x *Exec) error {
	f, err := x.killFilter()
	if err != nil {
		return err
	}
	n := int64(0)
	for _, c := range x.srv.Clients() {
		if !f.selects(c) || f.keepSelf && c == x.c {
			continue
		}
		n++
		if c == x.c {
			c.CloseAfterReply()
		} else {
			x.srv.Disconnect(c)
		}
	}
	switch {
	case !f.oldForm:
		x.W.Int(n)
	case n == 0:
		return command.Err("ERR No such client")
	default:
		x.W.OK()
	}
	return nil
}

func cmdClientGetName(x *Exec) error {
	if name := x.c.Info.Snapshot().Name; name != "" {
		x.W.BulkString(name)
	} else {
		x.W.Null()
	}
	return nil
}

func cmdClientSetName(x *Exec) error {
	name := string(x.Args[2])
	if !resp.ValidName(name) {
		return errClientName
	}
	x.c.Info.Update(func(i *resp.Info) { i.Name = name })
	x.W.OK()
	return nil
}

func cmdClientSetInfo(x *Exec) error {
	v := string(x.Args[3])
	lib := x.Is(2, "lib-name")
	if !lib && !x.Is(2, "lib-ver") {
		return command.Err(fmt.Sprintf("ERR Unrecognized option '%s'", x.Args[2]))
	}
	if !resp.ValidName(v) {
		return command.Err(fmt.Sprintf("ERR %s cannot contain spaces, newlines or special characters.", strings.ToLower(string(x.Args[2]))))
	}
	x.c.Info.Update(func(i *resp.Info) {
		if lib {
			i.LibName = v
		} else {
			i.LibVer = v
		}
	})
	x.W.OK()
	return nil
}

func cmdClientReply(x *Exec) error {
	s := &x.c.Session
	switch {
	case x.Is(2, "on"):
		s.Reply = resp.ReplyOn
		x.W.OK()
	case x.Is(2, "off"):
		s.Reply = resp.ReplyOff
	case x.Is(2, "skip"):
		if s.Reply != resp.ReplyOff {
			s.Reply = resp.ReplySkipNext
		}
	default:
		return command.ErrSyntax
	}
	return nil
}

func cmdClientPause(x *Exec) error {
	writes := false
	if len(x.Args) == 4 {
		switch {
		case x.Is(3, "write"):
			writes = true
		case !x.Is(3, "all"):
			return command.Err("ERR CLIENT PAUSE mode must be WRITE or ALL")
		}
	} else if len(x.Args) > 4 {
		return command.ErrSyntax
	}
	ms, ok := redis.ParseInt(x.Args[2])
	if !ok {
		return command.Err("ERR timeout is not an integer or out of range")
	}
	if ms < 0 {
		return command.ErrTimeoutNeg
	}
	x.srv.Pause(time.Duration(ms)*time.Millisecond, writes)
	x.W.OK()
	return nil
}

func cmdClientUnblock(x *Exec) error {
	asError := false
	if len(x.Args) == 4 {
		switch {
		case x.Is(3, "error"):
			asError = true
		case !x.Is(3, "timeout"):
			return command.Err("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
		}
	}
	id, err := x.Int(2)
	if err != nil {
		return err
	}
	c := x.srv.Client(id)
	if c == nil || !c.WaitsForKeys() {
		x.W.Int(0)
		return nil
	}
	c.Shard().Post(func() { c.Shard().Unblock(c, asError) })
	x.W.Int(1)
	return nil
}

func cmdClientNoEvict(x *Exec) error {
	switch {
	case x.Is(2, "on"):
		x.c.Session.NoEvict = true
	case x.Is(2, "off"):
		x.c.Session.NoEvict = false
	default:
		return command.ErrSyntax
	}
	x.W.OK()
	return nil
}

func cmdClientTracking(x *Exec) error {
	if x.Is(2, "off") {
		x.W.OK()
		return nil
	}
	return command.Err("ERR CLIENT TRACKING is not supported by this server")
}

func cmdClientTrackingInfo(x *Exec) error {
	x.W.Map(3)
	x.W.BulkString("flags")
	x.W.Set(1)
	x.W.BulkString("off")
	x.W.BulkString("redirect")
	x.W.Int(-1)
	x.W.BulkString("prefixes")
	x.W.Array(0)
	return nil
}
