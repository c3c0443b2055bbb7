package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ferritedb/ferrite/wire/resp"
)

var commandCommands = []Command{
	{Name: "count", Arity: 2, Flags: fLoading | fStale, Cats: "slow connection", Since: "2.8.13", Summary: "Get total number of Redis commands", Run: func(x *Exec) error { x.w.Int(int64(len(ordered))); return nil }},
	{Name: "info", Arity: -2, Flags: fLoading | fStale, Cats: "slow connection", Since: "2.8.13", Summary: "Get array of specific Redis command details, or all when no argument is given.", Run: cmdCommandInfo},
	{Name: "docs", Arity: -2, Flags: fLoading | fStale, Cats: "slow connection", Since: "7.0.0", Summary: "Get array of specific Redis command documentation", Run: cmdCommandDocs},
	{Name: "getkeys", Arity: -4, Flags: fLoading | fStale, Cats: "slow connection", Since: "2.8.13", Summary: "Extract keys given a full Redis command", Run: cmdCommandGetKeys},
	{Name: "list", Arity: -2, Flags: fLoading | fStale, Cats: "slow connection", Since: "7.0.0", Summary: "Get an array of Redis command names", Run: cmdCommandList},
}

func cmdCommand(x *Exec) error {
	if len(x.args) > 1 {
		return Err(fmt.Sprintf("ERR unknown subcommand '%.128s'. Try COMMAND HELP.", x.args[1]))
	}
	x.w.Array(len(ordered))
	for _, c := range ordered {
		x.describe(c)
	}
	return nil
}

// describe replies one command as COMMAND INFO does.
func (x *Exec) describe(c *Command) {
	x.w.Array(10)
	x.w.BulkString(c.full)
	x.w.Int(int64(c.Arity))
	flags := c.Flags.Names()
	x.w.Set(len(flags))
	for _, f := range flags {
		x.w.Simple(f)
	}
	x.w.Int(int64(c.First))
	x.w.Int(int64(c.Last))
	x.w.Int(int64(c.Step))
	cats := strings.Fields(c.Cats)
	x.w.Set(len(cats))
	for _, k := range cats {
		x.w.Simple("@" + k)
	}
	x.w.Array(0) // tips
	x.keySpecs(c)
	x.w.Array(len(c.Sub))
	for i := range c.Sub {
		x.describe(&c.Sub[i])
	}
}

func (x *Exec) keySpecs(c *Command) {
	if c.First == 0 {
		x.w.Set(0)
		return
	}
	x.w.Set(1)
	x.w.Map(3)
	x.w.BulkString("flags")
	flag := "RO"
	if c.Flags&fWrite != 0 {
		flag = "RW"
	}
	x.w.Set(1)
	x.w.Simple(flag)
	x.w.BulkString("begin_search")
	x.w.Map(2)
	x.w.BulkString("type")
	x.w.BulkString("index")
	x.w.BulkString("spec")
	x.w.Map(1)
	x.w.BulkString("index")
	x.w.Int(int64(c.First))
	x.w.BulkString("find_keys")
	x.w.Map(2)
	x.w.BulkString("type")
	x.w.BulkString("range")
	x.w.BulkString("spec")
	x.w.Map(3)
	x.w.BulkString("lastkey")
	last := c.Last
	if last > 0 {
		last -= c.First
	}
	x.w.Int(int64(last))
	x.w.BulkString("keystep")
	x.w.Int(int64(c.Step))
	x.w.BulkString("limit")
	x.w.Int(0)
}

// named finds a command by name or "container|subcommand".
func named(name []byte) *Command {
	outer, inner, nested := strings.Cut(string(name), "|")
	c := lookup([]byte(outer))
	if c == nil || !nested {
		return c
	}
	return c.sub([]byte(inner))
}

func cmdCommandInfo(x *Exec) error {
	if len(x.args) == 2 {
		x.args = x.args[:1]
		return cmdCommand(x)
	}
	x.w.Array(len(x.args) - 2)
	for _, n := range x.args[2:] {
		if c := named(n); c != nil {
			x.describe(c)
		} else {
			x.w.NullArray()
		}
	}
	return nil
}

func cmdCommandDocs(x *Exec) error {
	var list []*Command
	if len(x.args) == 2 {
		list = ordered
	}
	for _, n := range x.args[2:] {
		if c := named(n); c != nil {
			list = append(list, c)
		}
	}
	x.w.Map(len(list))
	for _, c := range list {
		x.w.BulkString(c.full)
		x.document(c)
	}
	return nil
}

func (x *Exec) document(c *Command) {
	n := 3
	if len(c.Sub) > 0 {
		n++
	}
	x.w.Map(n)
	for _, kv := range [][2]string{{"summary", c.Summary}, {"since", c.Since}, {"group", c.Group}} {
		x.w.BulkString(kv[0])
		x.w.BulkString(kv[1])
	}
	if len(c.Sub) > 0 {
		x.w.BulkString("subcommands")
		x.w.Map(len(c.Sub))
		for i := range c.Sub {
			x.w.BulkString(c.Sub[i].full)
			x.document(&c.Sub[i])
		}
	}
}

func cmdCommandGetKeys(x *Exec) error {
	args := x.args[2:]
	c := resolve(args)
	if c == nil {
		return Err("ERR Invalid command specified")
	}
	if !c.arityOK(len(args)) {
		return Err("ERR Invalid number of arguments specified for command")
	}
	keys := c.keysOf(args)
	if len(keys) == 0 {
		return Err("ERR The command has no key arguments")
	}
	x.w.Array(len(keys))
	for _, k := range keys {
		x.w.Bulk(k)
	}
	return nil
}

func cmdCommandList(x *Exec) error {
	keep := func(*Command) bool { return true }
	switch {
	case len(x.args) == 2:
	case len(x.args) == 5 && x.is(2, "filterby") && x.is(3, "module"):
		keep = func(*Command) bool { return false }
	case len(x.args) == 5 && x.is(2, "filterby") && x.is(3, "aclcat"):
		cat := strings.ToLower(string(x.args[4]))
		keep = func(c *Command) bool { return slices.Contains(strings.Fields(c.Cats), cat) }
	case len(x.args) == 5 && x.is(2, "filterby") && x.is(3, "pattern"):
		pat := append([]byte(nil), x.args[4]...)
		keep = func(c *Command) bool { return resp.MatchFold(pat, []byte(c.full)) }
	default:
		return errSyntax
	}
	var names []string
	for _, c := range counted {
		if keep(c) {
			names = append(names, c.full)
		}
	}
	x.w.Array(len(names))
	for _, n := range names {
		x.w.BulkString(n)
	}
	return nil
}

var aclCommands = []Command{
	{Name: "whoami", Arity: 2, Flags: fNoScript | fLoading | fStale, Cats: "slow", Since: "6.0.0", Summary: "Return the name of the user associated to the current connection", Run: func(x *Exec) error { x.w.BulkString(userDefault); return nil }},
	{Name: "cat", Arity: -2, Flags: fNoScript | fLoading | fStale, Cats: "slow", Since: "6.0.0", Summary: "List the ACL categories or the commands inside a category", Run: cmdACLCat},
	{Name: "users", Arity: 2, Flags: fAdmin | fNoScript | fLoading | fStale, Cats: "admin slow dangerous", Since: "6.0.0", Summary: "List the username of all the configured ACL rules", Run: func(x *Exec) error { x.w.Array(1); x.w.BulkString(userDefault); return nil }},
	{Name: "list", Arity: 2, Flags: fAdmin | fNoScript | fLoading | fStale, Cats: "admin slow dangerous", Since: "6.0.0", Summary: "List the current ACL rules in ACL config file format", Run: cmdACLList},
	{Name: "setuser", Arity: -3, Flags: fAdmin | fNoScript | fLoading | fStale, Cats: "admin slow dangerous", Since: "6.0.0", Summary: "Modify or create the rules for a specific ACL user (not supported)", Run: refuseWith("ERR ACL SETUSER is not supported: the RESP port has one user, whose password is requirepass")},
}

func cmdACLCat(x *Exec) error {
	if len(x.args) > 3 {
		return Err("ERR wrong number of arguments for 'acl|cat' command")
	}
	cats := map[string][]string{}
	for _, c := range counted {
		for _, k := range strings.Fields(c.Cats) {
			cats[k] = append(cats[k], c.full)
		}
	}
	var out []string
	if len(x.args) == 3 {
		name := strings.ToLower(string(x.args[2]))
		if out = cats[name]; out == nil {
			return Err(fmt.Sprintf("ERR Unknown category '%s'", x.args[2]))
		}
	} else {
		for k := range cats {
			out = append(out, k)
		}
		slices.Sort(out)
	}
	x.w.Array(len(out))
	for _, n := range out {
		x.w.BulkString(n)
	}
	return nil
}

func cmdACLList(x *Exec) error {
	pass := "nopass"
	if x.srv.Settings.PasswordSet() {
		pass = "#(hidden)"
	}
	x.w.Array(1)
	x.w.BulkString("user default on " + pass + " ~* &* +@all")
	return nil
}
