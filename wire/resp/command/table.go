package command

import (
	"slices"
	"strings"
)

// Flag of a command.
type Flag uint32

// Flags; those in flagNames are shown by COMMAND.
const (
	fWrite Flag = 1 << iota
	fRead
	fDenyOOM
	fAdmin
	fPubSub
	fNoScript
	fBlocking
	fLoading
	fStale
	fFast
	fNoAuth
	fMovable
	fNoMulti
	// fSubscribed: runs for a RESP2 client that has subscriptions.
	fSubscribed
	// fMultiRead: reads several keys and must see them at one instant.
	fMultiRead
	// fControl: runs within MULTI instead of being queued.
	fControl
	// fDetach: reads much; runs outside the loop.
	fDetach
	// fNoPause: CLIENT PAUSE does not hold it back.
	fNoPause
)

var flagNames = []struct {
	f    Flag
	name string
}{
	{fWrite, "write"}, {fRead, "readonly"}, {fDenyOOM, "denyoom"}, {fAdmin, "admin"}, {fPubSub, "pubsub"},
	{fNoScript, "noscript"}, {fBlocking, "blocking"}, {fLoading, "loading"}, {fStale, "stale"}, {fFast, "fast"},
	{fNoAuth, "no_auth"}, {fNoMulti, "no_multi"}, {fMovable, "movablekeys"},
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

func (c *Command) arityOK(n int) bool {
	return c.Arity >= 0 && n == c.Arity || c.Arity < 0 && n >= -c.Arity
}

// keysOf lists the keys among args.
func (c *Command) keysOf(args [][]byte) [][]byte {
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

// table is every command, by name.
var (
	table   map[string]*Command
	ordered []*Command // by name
	counted []*Command // by index, subcommands included
)

func init() {
	table = map[string]*Command{}
	for _, family := range [][]Command{
		stringCommands, bitCommands, hashCommands, listCommands, setCommands, zsetCommands, keyCommands,
		multiCommands, pubsubCommands, connectionCommands, serverCommands, scriptCommands,
	} {
		for i := range family {
			add(&family[i])
		}
	}
	slices.SortFunc(ordered, func(a, b *Command) int { return strings.Compare(a.Name, b.Name) })
}

func add(c *Command) {
	if table[c.Name] != nil {
		panic("two commands named " + c.Name)
	}
	table[c.Name] = c
	ordered = append(ordered, c)
	count(c, c.Name)
	for i := range c.Sub {
		s := &c.Sub[i]
		if s.Group == "" {
			s.Group = c.Group
		}
		count(s, c.Name+"|"+s.Name)
	}
}

func count(c *Command, full string) {
	c.full = full
	c.index = len(counted)
	counted = append(counted, c)
}

// lookup finds a command by a name in any case; nil where there is none.
func lookup(name []byte) *Command {
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
	return table[string(tmp[:len(name)])]
}

// nameCacheSlots is a power of two.
const nameCacheSlots = 32

// nameCache remembers commands by their names as clients spell them: hashing the
// name anew costs as much as reading the command.
type nameCache [nameCacheSlots]struct {
	cmd *Command
	n   int
	raw [commandNameMax]byte
}

func (c *nameCache) lookup(name []byte) *Command {
	n := len(name)
	if n == 0 || n > commandNameMax {
		return nil
	}
	slot := &c[(int(name[0])+5*int(name[n-1])+n)&(nameCacheSlots-1)]
	if slot.n == n && string(slot.raw[:n]) == string(name) {
		return slot.cmd
	}
	cmd := lookup(name)
	if cmd != nil {
		slot.cmd, slot.n = cmd, n
		copy(slot.raw[:], name)
	}
	return cmd
}

// sub finds a subcommand; nil where there is none.
func (c *Command) sub(name []byte) *Command {
	for i := range c.Sub {
		if equalFold(name, c.Sub[i].Name) {
			return &c.Sub[i]
		}
	}
	return nil
}

// equalFold compares with a lower-case ASCII word.
func equalFold(b []byte, word string) bool {
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
