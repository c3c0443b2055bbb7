package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ferritedb/ferrite/txn/command"
	"github.com/ferritedb/ferrite/txn/redis"
)

var commandCommands = []command.Command{
	{Name: "count", Arity: 2, Flags: command.Loading | command.Stale, Cats: "slow connection", Since: "2.8.13", Summary: "Get total number of Redis commands", Run: door(func(x *Exec) error { x.W.Int(int64(len(x.Table.Ordered()))); return nil })},
	{Name: "info", Arity: -2, Flags: command.Loading | command.Stale, Cats: "slow connection", Since: "2.8.13", Summary: "Get array of specific Redis command details, or all when no argument is given.", Run: door(cmdCommandInfo)},
	{Name: "docs", Arity: -2, Flags: command.Loading | command.Stale, Cats: "slow connection", Since: "7.0.0", Summary: "Get array of specific Redis command documentation", Run: door(cmdCommandDocs)},
	{Name: "getkeys", Arity: -4, Flags: command.Loading | command.Stale, Cats: "slow connection", Since: "2.8.13", Summary: "Extract keys given a full Redis command", Run: door(cmdCommandGetKeys)},
	{Name: "list", Arity: -2, Flags: command.Loading | command.Stale, Cats: "slow connection", Since: "7.0.0", Summary: "Get an array of Redis command names", Run: door(cmdCommandList)},
}

func cmdCommand(x *Exec) error {
	if len(x.Args) > 1 {
		return command.Err(fmt.Sprintf("ERR unknown subcommand '%.128s'. Try COMMAND HELP.", x.Args[1]))
	}
	x.W.Array(len(x.Table.Ordered()))
	for _, c := range x.Table.Ordered() {
		x.describe(c)
	}
	return nil
}

// describe replies one command as COMMAND INFO does.
func (x *Exec) describe(c *command.Command) {
	x.W.Array(10)
	x.W.BulkString(c.FullName())
	x.W.Int(int64(c.Arity))
	flags := c.Flags.Names()
	x.W.Set(len(flags))
	for _, f := range flags {
		x.W.Simple(f)
	}
	x.W.Int(int64(c.First))
	x.W.Int(int64(c.Last))
	x.W.Int(int64(c.Step))
	cats := strings.Fields(c.Cats)
	x.W.Set(len(cats))
	for _, k := range cats {
		x.W.Simple("@" + k)
	}
	x.W.Array(0) // tips
	x.keySpecs(c)
	x.W.Array(len(c.Sub))
	for i := range c.Sub {
		x.describe(&c.Sub[i])
	}
}

func (x *Exec) keySpecs(c *command.Command) {
	if c.First == 0 {
		x.W.Set(0)
		return
	}
	x.W.Set(1)
	x.W.Map(3)
	x.W.BulkString("flags")
	flag := "RO"
	if c.Flags&command.Write != 0 {
		flag = "RW"
	}
	x.W.Set(1)
	x.W.Simple(flag)
	x.W.BulkString("begin_search")
	x.W.Map(2)
	x.W.BulkString("type")
	x.W.BulkString("index")
	x.W.BulkString("spec")
	x.W.Map(1)
	x.W.BulkString("index")
	x.W.Int(int64(c.First))
	x.W.BulkString("find_keys")
	x.W.Map(2)
	x.W.BulkString("type")
	x.W.BulkString("range")
	x.W.BulkString("spec")
	x.W.Map(3)
	x.W.BulkString("lastkey")
	last := c.Last
	if last > 0 {
		last -= c.First
	}
	x.W.Int(int64(last))
	x.W.BulkString("keystep")
	x.W.Int(int64(c.Step))
	x.W.BulkString("limit")
	x.W.Int(0)
}

// named finds a command by name or "container|subcommand".
func (x *Exec) named(name []byte) *command.Command {
	outer, inner, nested := strings.Cut(string(name), "|")
	c := x.Table.Lookup([]byte(outer))
	if c == nil || !nested {
		return c
	}
	return c.Subcommand([]byte(inner))
}

func cmdCommandInfo(x *Exec) error {
	if len(x.Args) == 2 {
		x.Args = x.Args[:1]
		return cmdCommand(x)
	}
	x.W.Array(len(x.Args) - 2)
	for _, n := range x.Args[2:] {
		if c := x.named(n); c != nil {
			x.describe(c)
		} else {
			x.W.NullArray()
		}
	}
	return nil
}

func cmdCommandDocs(x *Exec) error {
	var list []*command.Command
	if len(x.Args) == 2 {
		list = x.Table.Ordered()
	}
	for _, n := range x.Args[2:] {
		if c := x.named(n); c != nil {
			list = append(list, c)
		}
	}
	x.W.Map(len(list))
	for _, c := range list {
		x.W.BulkString(c.FullName())
		x.document(c)
	}
	return nil
}

func (x *Exec) document(c *command.Command) {
	n := 3
	if len(c.Sub) > 0 {
		n++
	}
	x.W.Map(n)
	for _, kv := range [][2]string{{"summary", c.Summary}, {"since", c.Since}, {"group", c.Group}} {
		x.W.BulkString(kv[0])
		x.W.BulkString(kv[1])
	}
	if len(c.Sub) > 0 {
		x.W.BulkString("subcommands")
		x.W.Map(len(c.Sub))
		for i := range c.Sub {
			x.W.BulkString(c.Sub[i].FullName())
			x.document(&c.Sub[i])
		}
	}
}

func cmdCommandGetKeys(x *Exec) error {
	args := x.Args[2:]
	c := x.Table.Resolve(args)
	if c == nil {
		return command.Err("ERR Invalid command specified")
	}
	if !c.ArityOK(len(args)) {
		return command.Err("ERR Invalid number of arguments specified for command")
	}
	keys := c.KeysOf(args)
	if len(keys) == 0 {
		return command.Err("ERR The command has no key arguments")
	}
	x.W.Array(len(keys))
	for _, k := range keys {
		x.W.Bulk(k)
	}
	return nil
}

func cmdCommandList(x *Exec) error {
	keep := func(*command.Command) bool { return true }
	switch {
	case len(x.Args) == 2:
	case len(x.Args) == 5 && x.Is(2, "filterby") && x.Is(3, "module"):
		keep = func(*command.Command) bool { return false }
	case len(x.Args) == 5 && x.Is(2, "filterby") && x.Is(3, "aclcat"):
		cat := strings.ToLower(string(x.Args[4]))
		keep = func(c *command.Command) bool { return slices.Contains(strings.Fields(c.Cats), cat) }
	case len(x.Args) == 5 && x.Is(2, "filterby") && x.Is(3, "pattern"):
		pat := append([]byte(nil), x.Args[4]...)
		keep = func(c *command.Command) bool { return redis.MatchFold(pat, []byte(c.FullName())) }
	default:
		return command.ErrSyntax
	}
	var names []string
	for _, c := range x.Table.Counted() {
		if keep(c) {
			names = append(names, c.FullName())
		}
	}
	x.W.Array(len(names))
	for _, n := range names {
		x.W.BulkString(n)
	}
	return nil
}

var aclCommands = []command.Command{
	{Name: "whoami", Arity: 2, Flags: command.NoScript | command.Loading | command.Stale, Cats: "slow", Since: "6.0.0", Summary: "Return the name of the user associated to the current connection", Run: door(func(x *Exec) error { x.W.BulkString(userDefault); return nil })},
	{Name: "cat", Arity: -2, Flags: command.NoScript | command.Loading | command.Stale, Cats: "slow", Since: "6.0.0", Summary: "List the ACL categories or the commands inside a category", Run: door(cmdACLCat)},
	{Name: "users", Arity: 2, Flags: command.Admin | command.NoScript | command.Loading | command.Stale, Cats: "admin slow dangerous", Since: "6.0.0", Summary: "List the username of all the configured ACL rules", Run: door(func(x *Exec) error { x.W.Array(1); x.W.BulkString(userDefault); return nil })},
	{Name: "list", Arity: 2, Flags: command.Admin | command.NoScript | command.Loading | command.Stale, Cats: "admin slow dangerous", Since: "6.0.0", Summary: "List the current ACL rules in ACL config file format", Run: door(cmdACLList)},
	{Name: "setuser", Arity: -3, Flags: command.Admin | command.NoScript | command.Loading | command.Stale, Cats: "admin slow dangerous", Since: "6.0.0", Summary: "Modify or create the rules for a specific ACL user (not supported)", Run: refuseWith("ERR ACL SETUSER is not supported: the RESP port has one user, whose password is requirepass")},
}

func cmdACLCat(x *Exec) error {
	if len(x.Args) > 3 {
		return command.Err("ERR wrong number of arguments for 'acl|cat' command")
	}
	cats := map[string][]string{}
	for _, c := range x.Table.Counted() {
		for _, k := range strings.Fields(c.Cats) {
			cats[k] = append(cats[k], c.FullName())
		}
	}
	var out []string
	if len(x.Args) == 3 {
		name := strings.ToLower(string(x.Args[2]))
		if out = cats[name]; out == nil {
			return command.Err(fmt.Sprintf("ERR Unknown category '%s'", x.Args[2]))
		}
	} else {
		for k := range cats {
			out = append(out, k)
		}
		slices.Sort(out)
	}
	x.W.Array(len(out))
	for _, n := range out {
		x.W.BulkString(n)
	}
	return nil
}

func cmdACLList(x *Exec) error {
	pass := "nopass"
	if x.srv.Settings.PasswordSet() {
		pass = "#(hidden)"
	}
	x.W.Array(1)
	x.W.BulkString("user default on " + pass + " ~* &* +@all")
	return nil
}
