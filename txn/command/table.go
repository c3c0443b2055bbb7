package command

import (
	"slices"
	"strings"
)

// Flag of a command.
type Flag uint32

// Flags; those in flagNames are shown by COMMAND.
const (
	Write Flag = 1 << iota
	Read
	DenyOOM
	Admin
	PubSub
	NoScript
	Blocking
	Loading
	Stale
	Fast
	NoAuth
	Movable
	NoMulti
	// Subscribed: runs for a RESP2 client that has subscriptions.
	Subscribed
	// MultiRead: reads several keys and must see them at one instant.
	MultiRead
	// Control: runs within MULTI instead of being queued.
	Control
	// Detach: reads much; runs outside the loop.
	Detach
	// NoPause: CLIENT PAUSE does not hold it back.
	NoPause
	// AllowBusy: runs while a script keeps the server busy.
	AllowBusy
)

var flagNames = []struct {
	f    Flag
	name string
}{
	{Write, "write"}, {Read, "readonly"}, {DenyOOM, "denyoom"}, {Admin, "admin"}, {PubSub, "pubsub"},
	{NoScript, "noscript"}, {Blocking, "blocking"}, {Loading, "loading"}, {Stale, "stale"}, {Fast, "fast"},
	{NoAuth, "no_auth"}, {NoMulti, "no_multi"}, {AllowBusy, "allow_busy"}, {Movable, "movablekeys"},
}

// Names of a command's flags, as COMMAND shows them.
func (f Flag) Names() []string {
	var out []string
	for _, n := range flagNames {
		if f&n.f != 0 {
			out = append(out, n.name)
		}
	}
	return out
}

// Command is one line of the table.
type Command struct {
	Name string
	// Arity counts the name; negative: at least so many.
	Arity int
	Flags Flag
	// First, Last and Step are the key positions; Last counts from the end where
	// it is negative. First is 0 for none.
	First, Last, Step int
	// Cats are ACL categories without the @, separated by spaces.
	Cats    string
	Group   string
	Since   string
	Summary string
	Run     func(*Exec) error
	// Keys finds the keys where the three numbers cannot say it.
	Keys func(args [][]byte) [][]byte
	// Sub are subcommands; Run is then used only where none matches.
	Sub []Command

	full  string // "config|get"
	index int    // of the counters
}

// FullName is the name with its container's: "config|get".
func (c *Command) FullName() string { return c.full }

// Index of the command among Table.Counted.
func (c *Command) Index() int { return c.index }

// ArityOK tells whether the command takes n arguments, its name included.
func (c *Command) ArityOK(n int) bool {
	return c.Arity >= 0 && n == c.Arity || c.Arity < 0 && n >= -c.Arity
}

// KeysOf lists the keys among args.
func (c *Command) KeysOf(args [][]byte) [][]byte {
	if c.Keys != nil {
		return c.Keys(args)
	}
	if c.First == 0 {
		return nil
	}
	last := c.Last
	if last < 0 {
		last += len(args)
	}
	var out [][]byte
	for i := c.First; i <= last && i < len(args); i += c.Step {
		out = append(out, args[i])
	}
	return out
}

// commandNameMax bounds the names that lookup folds without allocating.
const commandNameMax = 32

// Table is a set of commands, by name. It does not change once made.
type Table struct {
	byName  map[string]*Command
	ordered []*Command
	counted []*Command
}

// Families are the commands of this package: those that need a keyspace only.
func Families() [][]Command {
	return [][]Command{stringCommands, bitCommands, hashCommands, listCommands, setCommands, zsetCommands, keyCommands, flushCommands}
}

// NewTable makes a table of copies of the families' commands.
func NewTable(families ...[]Command) *Table {
	t := &Table{byName: map[string]*Command{}}
	for _, family := range families {
		for _, c := range slices.Clone(family) {
			t.add(&c)
		}
	}
	slices.SortFunc(t.ordered, func(a, b *Command) int { return strings.Compare(a.Name, b.Name) })
	return t
}

func (t *Table) add(c *Command) {
	if t.byName[c.Name] != nil {
		panic("two commands named " + c.Name)
	}
	t.byName[c.Name] = c
	t.ordered = append(t.ordered, c)
	t.count(c, c.Name)
	c.Sub = slices.Clone(c.Sub)
	for i := range c.Sub {
		s := &c.Sub[i]
		if s.Group == "" {
			s.Group = c.Group
		}
		t.count(s, c.Name+"|"+s.Name)
	}
}

func (t *Table) count(c *Command, full string) {
	c.full = full
	c.index = len(t.counted)
	t.counted = append(t.counted, c)
}

// Ordered lists the commands by name; Counted all with their subcommands, by Index.
func (t *Table) Ordered() []*Command { return t.ordered }
func (t *Table) Counted() []*Command { return t.counted }

// Lookup finds a command by a name in any case; nil where there is none.
func (t *Table) Lookup(name []byte) *Command {
	if len(name) > commandNameMax {
		return nil
	}
	var tmp [commandNameMax]byte
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		tmp[i] = c
	}
	return t.byName[string(tmp[:len(name)])]
}

// nameCacheSlots is a power of two.
const nameCacheSlots = 32

// NameCache remembers commands by their names as clients spell them: hashing the
// name anew costs as much as reading the command.
type NameCache [nameCacheSlots]struct {
	cmd *Command
	n   int
	raw [commandNameMax]byte
}

// Lookup is t.Lookup, remembered.
func (c *NameCache) Lookup(t *Table, name []byte) *Command {
	n := len(name)
	if n == 0 || n > commandNameMax {
		return nil
	}
	slot := &c[(int(name[0])+5*int(name[n-1])+n)&(nameCacheSlots-1)]
	if slot.n == n && string(slot.raw[:n]) == string(name) {
		return slot.cmd
	}
	cmd := t.Lookup(name)
	if cmd != nil {
		slot.cmd, slot.n = cmd, n
		copy(slot.raw[:], name)
	}
	return cmd
}

// Subcommand finds a subcommand; nil where there is none.
func (c *Command) Subcommand(name []byte) *Command {
	for i := range c.Sub {
		if EqualFold(name, c.Sub[i].Name) {
			return &c.Sub[i]
		}
	}
	return nil
}

// EqualFold compares with a lower-case ASCII word.
func EqualFold(b []byte, word string) bool {
	if len(b) != len(word) {
		return false
	}
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}

// Resolve finds the command, or subcommand, that args name; nil where there is none.
func (t *Table) Resolve(args [][]byte) *Command {
	cmd := t.Lookup(args[0])
	if cmd != nil && cmd.Sub != nil && len(args) > 1 {
		if sub := cmd.Subcommand(args[1]); sub != nil {
			return sub
		}
	}
	return cmd
}
