package config

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Config is what ferrited runs with. Byte sizes are in bytes.
type Config struct {
	Data     string
	PGAddr   string
	RESPAddr string
	HTTPAddr string

	Durability     string
	RESPDurability string
	RESPLoop       string
	RESPLoops      int64
	RESPPassword   string

	MemoryBytes      int64
	CacheBytes       int64
	MemTableBytes    int64
	WorkMemBytes     int64
	HotBytes         int64
	FrameBytes       int64
	HistoryRetention time.Duration
	AcceptLostLog    bool
	ReserveBytes     int64

	MaxConnections     int64
	RESPMaxConnections int64
	StatementTimeout   time.Duration
	IdleTimeout        time.Duration
	ShutdownTimeout    time.Duration

	Auth          string
	Password      string
	TLSCert       string
	TLSKey        string
	TLSSelfSigned bool
	TLSRequired   bool

	LogLevel  string
	LogFormat string
	Pprof     bool
}

// Setting is one line of the table.
type Setting struct {
	Name string
	// Default as text; Doc one sentence; Values of an enumeration.
	Default, Doc string
	Values       []string
	// Secret values are not logged.
	Secret bool
	set    func(c *Config, v string) error
	isBool bool
}

// Env is the name in the environment.
func (s *Setting) Env() string {
	return "FERRITE_" + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
}

func text(f func(*Config) *string) func(*Config, string) error {
	return func(c *Config, v string) error { *f(c) = v; return nil }
}

func number(f func(*Config) *int64, min, max int64) func(*Config, string) error {
	return func(c *Config, v string) error {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || n < min || n > max {
			return fmt.Errorf("want a whole number from %d to %d", min, max)
		}
		*f(c) = n
		return nil
	}
}

func size(f func(*Config) *int64, min int64) func(*Config, string) error {
	return func(c *Config, v string) error {
		n, err := parseSize(v)
		if err != nil {
			return err
		}
		if n < min {
			return fmt.Errorf("want at least %s", FormatSize(min))
		}
		*f(c) = n
		return nil
	}
}

// memoryMin is the least memory of a server that is bounded at all.
const memoryMin = 64 << 20

// memory reads --memory. Where the machine's is not known, a share of it is no bound.
func memory(c *Config, v string) error {
	n, err := parseSize(v)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		n = 0
	case err != nil:
		return err
	case n > 0 && n < memoryMin:
		return fmt.Errorf("want 0, or at least %s", FormatSize(memoryMin))
	}
	c.MemoryBytes = n
	return nil
}

func duration(f func(*Config) *time.Duration) func(*Config, string) error {
	return func(c *Config, v string) error {
		d, err := time.ParseDuration(v)
		if v == "0" {
			d, err = 0, nil
		}
		if err != nil || d < 0 {
			return errors.New("want a duration such as 500ms, 10s or 1h")
		}
		*f(c) = d
		return nil
	}
}

func boolean(f func(*Config) *bool) func(*Config, string) error {
	return func(c *Config, v string) error {
		b, err := strconv.ParseBool(v)
		if err != nil {
			return errors.New("want true or false")
		}
		*f(c) = b
		return nil
	}
}

var sizeUnits = []struct {
	suffix string
	bytes  int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}, {"B", 1}}

// parseSize reads 512MiB, 2GiB, a number of bytes, or a share of the memory: 25%.
func parseSize(v string) (int64, error) {
	if share, ok := strings.CutSuffix(v, "%"); ok {
		return parseShare(share)
	}
	unit := int64(1)
	for _, u := range sizeUnits {
		if rest, ok := strings.CutSuffix(v, u.suffix); ok {
			v, unit = rest, u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
	if err != nil || n < 0 || n > (1<<62)/unit {
		return 0, errors.New("want a size such as 512MiB, 2GiB or 25% (of the memory)")
	}
	return n * unit, nil
}

func parseShare(v string) (int64, error) {
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 0 || n > 100 {
		return 0, errors.New("want a share of the memory from 0% to 100%")
	}
	total, err := memoryBytes()
	if err != nil {
		return 0, fmt.Errorf("the memory of this machine is not known: %w", err)
	}
	return total / 100 * n, nil
}

// FormatSize prints a size in its greatest whole unit.
func FormatSize(n int64) string {
	for _, u := range sizeUnits[:3] {
		if n >= u.bytes && n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.suffix
		}
	}
	return strconv.FormatInt(n, 10)
}

// find gives the setting of a name.
func find(name string) *Setting {
	for i := range Table {
		if Table[i].Name == name {
			return &Table[i]
		}
	}
	return nil
}

func (s *Setting) apply(c *Config, v, origin string) error {
	if s.Values != nil {
		ok := false
		for _, x := range s.Values {
			ok = ok || x == v
		}
		if !ok {
			return fmt.Errorf("%s: %q: want one of %s", origin, v, strings.Join(s.Values, ", "))
		}
	}
	if err := s.set(c, v); err != nil {
		return fmt.Errorf("%s: %q: %w", origin, v, err)
	}
	return nil
}

// Default is the configuration of the table's defaults.
func Default() *Config {
	c := &Config{}
	for i := range Table {
		if err := Table[i].apply(c, Table[i].Default, Table[i].Name); err != nil {
			panic(err) // the table itself is wrong; every test run finds it
		}
	}
	return c
}

// ErrHelp is returned by Load for --help; the table was printed.
var ErrHelp = errors.New("help requested")

// Load reads flags, environment and file. readFile gives a file's text. Errors
// name where the bad value came from.
func Load(args []string, environ []string, readFile func(string) ([]byte, error), help io.Writer) (*Config, error) {
	flags, file, err := parseFlags(args)
	if err != nil {
		if errors.Is(err, ErrHelp) {
			Usage(help)
		}
		return nil, err
	}
	env := map[string]string{}
	for _, e := range environ {
		if k, v, ok := strings.Cut(e, "="); ok && strings.HasPrefix(k, "FERRITE_") {
			env[k] = v
		}
	}
	if file == "" {
		file = env["FERRITE_CONFIG"]
	}
	c := Default()
	if file != "" {
		b, err := readFile(file)
		if err != nil {
			return nil, fmt.Errorf("--config: %w", err)
		}
		if err := c.readText(string(b), file); err != nil {
			return nil, err
		}
	}
	for i := range Table {
		if v, ok := env[Table[i].Env()]; ok {
			if err := Table[i].apply(c, v, Table[i].Env()); err != nil {
				return nil, err
			}
		}
	}
	for _, f := range flags {
		if err := find(f[0]).apply(c, f[1], "--"+f[0]); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// parseFlags reads --name value, --name=value, and --name for a bool; one dash
// does as well.
func parseFlags(args []string) (flags [][2]string, file string, err error) {
	for i := 0; i < len(args); i++ {
		a := args[i]
		if a == "-h" || a == "--help" || a == "-help" {
			return nil, "", ErrHelp
		}
		name := strings.TrimPrefix(strings.TrimPrefix(a, "-"), "-")
		if name == a {
			return nil, "", fmt.Errorf("unexpected argument %q", a)
		}
		name, value, has := strings.Cut(name, "=")
		s := find(name)
		if s == nil && name != "config" {
			return nil, "", fmt.Errorf("unknown flag --%s", name)
		}
		if !has {
			switch {
			case s != nil && s.isBool:
				value = "true"
			case i+1 < len(args):
				i++
				value = args[i]
			default:
				return nil, "", fmt.Errorf("--%s needs a value", name)
			}
		}
		if name == "config" {
			file = value
			continue
		}
		flags = append(flags, [2]string{name, value})
	}
	return flags, file, nil
}

// readText reads lines of name = value; # starts a comment, values may stand in
// double quotes.
func (c *Config) readText(body, file string) error {
	for n, line := range strings.Split(body, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		origin := file + ":" + strconv.Itoa(n+1)
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			return fmt.Errorf("%s: want name = value", origin)
		}
		name = strings.ReplaceAll(strings.TrimSpace(name), "_", "-")
		value = strings.TrimSpace(value)
		if strings.HasPrefix(value, `"`) {
			end := strings.IndexByte(value[1:], '"')
			if end < 0 {
				return fmt.Errorf("%s: unterminated string", origin)
			}
			value = value[1 : 1+end]
		} else if i := strings.IndexByte(value, '#'); i >= 0 {
			value = strings.TrimSpace(value[:i])
		}
		s := find(name)
		if s == nil {
			return fmt.Errorf("%s: unknown setting %q", origin, name)
		}
		if err := s.apply(c, value, origin+": "+name); err != nil {
			return err
		}
	}
	return nil
}

// Usage prints the flags.
func Usage(w io.Writer) {
	fmt.Fprintln(w, "usage: ferrited [flags]\n\n  --config FILE\n    \tFile of settings, one name = value a line.")
	for i := range Table {
		s := &Table[i]
		fmt.Fprintf(w, "  --%s", s.Name)
		if len(s.Values) > 0 {
			fmt.Fprintf(w, " %s", strings.Join(s.Values, "|"))
		}
		fmt.Fprintf(w, "\n    \t%s", s.Doc)
		if s.Default != "" {
			fmt.Fprintf(w, " Default %s.", s.Default)
		}
		fmt.Fprintln(w)
	}
}

// Markdown prints docs/settings.md.
func Markdown(w io.Writer) {
	fmt.Fprint(w, `# Settings of ferrited

Made from the table in cmd/ferrited/config; a test compares the two
(`+"`go test ./cmd/ferrited/config -update`"+` writes it anew).

A flag wins over the environment, the environment over the file given with
`+"`--config`"+`, the file over the default. The file has one `+"`name = value`"+` a line.

| flag, file key | environment | default | meaning |
|---|---|---|---|
`)
	for i := range Table {
		s := &Table[i]
		doc := s.Doc
		if len(s.Values) > 0 {
			doc += " One of " + strings.Join(s.Values, ", ") + "."
		}
		def := "`" + s.Default + "`"
		if s.Default == "" {
			def = ""
		}
		fmt.Fprintf(w, "| `--%s` | `%s` | %s | %s |\n", s.Name, s.Env(), def, doc)
	}
}
