package command

import (
	"fmt"
	"strings"
	"time"

	"github.com/ferritedb/ferrite/wire/resp"
)

const errClientName Err = "ERR Client names cannot contain spaces, newlines or special characters."

var clientCommands = []Command{
	{Name: "id", Arity: 2, Flags: fNoScript | fLoading | fStale, Cats: "slow connection", Since: "5.0.0", Summary: "Returns the client ID for the current connection", Run: func(x *Exec) error { x.w.Int(x.c.ID); return nil }},
	{Name: "info", Arity: 2, Flags: fNoScript | fLoading | fStale, Cats: "slow connection", Since: "6.2.0", Summary: "Returns information about the current client connection.", Run: func(x *Exec) error { x.w.Verbatim("txt", x.clientLine(x.c)+"\n"); return nil }},
	{Name: "list", Arity: -2, Flags: fAdmin | fNoScript | fLoading | fStale, Cats: "admin slow dangerous connection", Since: "2.4.0", Summary: "Get the list of client connections", Run: cmdClientList},
	{Name: "kill", Arity: -3, Flags: fAdmin | fNoScript | fLoading | fStale, Cats: "admin slow dangerous connection", Since: "2.4.0", Summary: "Kill the connection of a client", Run: cmdClientKill},
	{Name: "getname", Arity: 2, Flags: fNoScript | fLoading | fStale, Cats: "slow connection", Since: "2.6.9", Summary: "Get the current connection name", Run: cmdClientGetName},
	{Name: "setname", Arity: 3, Flags: fNoScript | fLoading | fStale, Cats: "slow connection", Since: "2.6.9", Summary: "Set the current connection name", Run: cmdClientSetName},
	{Name: "setinfo", Arity: 4, Flags: fNoScript | fLoading | fStale, Cats: "slow connection", Since: "7.2.0", Summary: "Set client or connection specific info", Run: cmdClientSetInfo},
	{Name: "reply", Arity: 3, Flags: fNoScript | fLoading | fStale, Cats: "slow connection", Since: "3.2.0", Summary: "Instruct the server whether to reply to commands", Run: cmdClientReply},
	{Name: "pause", Arity: -3, Flags: fAdmin | fNoScript | fLoading | fStale | fNoPause, Cats: "admin slow dangerous connection", Since: "3.0.0", Summary: "Stop processing commands from clients for some time", Run: cmdClientPause},
	{Name: "unpause", Arity: 2, Flags: fAdmin | fNoScript | fLoading | fStale | fNoPause, Cats: "admin slow dangerous connection", Since: "6.2.0", Summary: "Resume processing of clients that were paused", Run: func(x *Exec) error { x.srv.Unpause(); x.w.OK(); return nil }},
	{Name: "unblock", Arity: -3, Flags: fAdmin | fNoScript | fLoading | fStale, Cats: "admin slow dangerous connection", Since: "5.0.0", Summary: "Unblock a client blocked in a blocking command from a different connection", Run: cmdClientUnblock},
	{Name: "no-evict", Arity: 3, Flags: fAdmin | fNoScript | fLoading | fStale, Cats: "admin slow dangerous connection", Since: "7.0.0", Summary: "Set client eviction mode for the current connection", Run: cmdClientNoEvict},
	{Name: "tracking", Arity: -3, Flags: fNoScript | fLoading | fStale, Cats: "slow connection", Since: "6.0.0", Summary: "Enable or disable server assisted client side caching support", Run: cmdClientTracking},
	{Name: "trackinginfo", Arity: 2, Flags: fNoScript | fLoading | fStale, Cats: "slow connection", Since: "6.2.0", Summary: "Return information about server assisted client side caching for the current connection", Run: cmdClientTrackingInfo},
	{Name: "getredir", Arity: 2, Flags: fNoScript | fLoading | fStale, Cats: "slow connection", Since: "6.0.0", Summary: "Get tracking notifications redirection client ID if any", Run: func(x *Exec) error { x.w.Int(-1); return nil }},
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
		cmd = x.cmd.full
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
	case len(x.args) == 4 && x.is(2, "type"):
		typ = strings.ToLower(string(x.args[3]))
		if !validClientType(typ) {
			return Err(fmt.Sprintf("ERR Unknown client type '%s'", x.args[3]))
		}
	case len(x.args) > 3 && x.is(2, "id"):
		ids = map[int64]bool{}
		for i := 3; i < len(x.args); i++ {
			n, ok := resp.ParseInt(x.args[i])
			if !ok || n < 1 {
				return Err("ERR Invalid client ID")
			}
			ids[n] = true
		}
	case len(x.args) > 2:
		return errSyntax
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
	x.w.Verbatim("txt", b.String())
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
	if len(x.args) == 3 {
		return killFilter{addr: string(x.args[2]), oldForm: true}, nil
	}
	f.keepSelf = true
	for i := 2; i < len(x.args); i += 2 {
		if i+1 >= len(x.args) {
			return f, errSyntax
		}
		v := string(x.args[i+1])
		switch {
		case x.is(i, "id"):
			n, ok := resp.ParseInt(x.args[i+1])
			if !ok || n < 1 {
				return f, Err("ERR client-id should be greater than 0")
			}
			f.id = n
		case x.is(i, "type"):
			f.typ = strings.ToLower(v)
			if !validClientType(f.typ) {
				return f, Err(fmt.Sprintf("ERR Unknown client type '%s'", v))
			}
		case x.is(i, "addr"):
			f.addr = v
		case x.is(i, "laddr"):
			f.laddr = v
		case x.is(i, "user"):
			if v != userDefault {
				return f, Err(fmt.Sprintf("ERR No such user '%s'", v))
			}
			f.user = v
		case x.is(i, "skipme"):
			switch strings.ToLower(v) {
			case "yes":
				f.keepSelf = true
			case "no":
				f.keepSelf = false
			default:
				return f, errSyntax
			}
		default:
			return f, errSyntax
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
			x.srv.Kill(c)
		}
	}
	switch {
	case !f.oldForm:
		x.w.Int(n)
	case n == 0:
		return Err("ERR No such client")
	default:
		x.w.OK()
	}
	return nil
}

func cmdClientGetName(x *Exec) error {
	if name := x.c.Info.Snapshot().Name; name != "" {
		x.w.BulkString(name)
	} else {
		x.w.Null()
	}
	return nil
}

func cmdClientSetName(x *Exec) error {
	name := string(x.args[2])
	if !resp.ValidName(name) {
		return errClientName
	}
	x.c.Info.Update(func(i *resp.Info) { i.Name = name })
	x.w.OK()
	return nil
}

func cmdClientSetInfo(x *Exec) error {
	v := string(x.args[3])
	lib := x.is(2, "lib-name")
	if !lib && !x.is(2, "lib-ver") {
		return Err(fmt.Sprintf("ERR Unrecognized option '%s'", x.args[2]))
	}
	if !resp.ValidName(v) {
		return Err(fmt.Sprintf("ERR %s cannot contain spaces, newlines or special characters.", strings.ToLower(string(x.args[2]))))
	}
	x.c.Info.Update(func(i *resp.Info) {
		if lib {
			i.LibName = v
		} else {
			i.LibVer = v
		}
	})
	x.w.OK()
	return nil
}

func cmdClientReply(x *Exec) error {
	s := &x.c.Session
	switch {
	case x.is(2, "on"):
		s.Reply = resp.ReplyOn
		x.w.OK()
	case x.is(2, "off"):
		s.Reply = resp.ReplyOff
	case x.is(2, "skip"):
		if s.Reply != resp.ReplyOff {
			s.Reply = resp.ReplySkipNext
		}
	default:
		return errSyntax
	}
	return nil
}

func cmdClientPause(x *Exec) error {
	writes := false
	if len(x.args) == 4 {
		switch {
		case x.is(3, "write"):
			writes = true
		case !x.is(3, "all"):
			return Err("ERR CLIENT PAUSE mode must be WRITE or ALL")
		}
	} else if len(x.args) > 4 {
		return errSyntax
	}
	ms, ok := resp.ParseInt(x.args[2])
	if !ok {
		return Err("ERR timeout is not an integer or out of range")
	}
	if ms < 0 {
		return errTimeoutNeg
	}
	x.srv.Pause(time.Duration(ms)*time.Millisecond, writes)
	x.w.OK()
	return nil
}

func cmdClientUnblock(x *Exec) error {
	asError := false
	if len(x.args) == 4 {
		switch {
		case x.is(3, "error"):
			asError = true
		case !x.is(3, "timeout"):
			return Err("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
		}
	}
	id, err := x.int(2)
	if err != nil {
		return err
	}
	c := x.srv.Client(id)
	if c == nil || !c.WaitsForKeys() {
		x.w.Int(0)
		return nil
	}
	c.Shard().Post(func() { c.Shard().Unblock(c, asError) })
	x.w.Int(1)
	return nil
}

func cmdClientNoEvict(x *Exec) error {
	switch {
	case x.is(2, "on"):
		x.c.Session.NoEvict = true
	case x.is(2, "off"):
		x.c.Session.NoEvict = false
	default:
		return errSyntax
	}
	x.w.OK()
	return nil
}

func cmdClientTracking(x *Exec) error {
	if x.is(2, "off") {
		x.w.OK()
		return nil
	}
	return Err("ERR CLIENT TRACKING is not supported by this server")
}

func cmdClientTrackingInfo(x *Exec) error {
	x.w.Map(3)
	x.w.BulkString("flags")
	x.w.Set(1)
	x.w.BulkString("off")
	x.w.BulkString("redirect")
	x.w.Int(-1)
	x.w.BulkString("prefixes")
	x.w.Array(0)
	return nil
}
