package config

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write docs/settings.md")

const docFile = "../../../docs/settings.md"

func TestDocumentIsTheTable(t *testing.T) {
	var want bytes.Buffer
	Markdown(&want)
	if *update {
		if err := os.WriteFile(docFile, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(docFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Fatal("docs/settings.md differs from the table; run go test ./cmd/ferrited/config -update")
	}
}

func noFile(string) ([]byte, error) { return nil, errors.New("no file asked for") }

func TestOrder(t *testing.T) {
	file := func(name string) ([]byte, error) {
		if name != "f.conf" {
			t.Fatalf("read %q", name)
		}
		return []byte("# comment\npg-addr = \"file:1\"\nresp_addr = file:2 # here\nhttp-addr=file:3\ncache = 1GiB\n"), nil
	}
	env := []string{"FERRITE_RESP_ADDR=env:2", "FERRITE_HTTP_ADDR=env:3", "OTHER=x"}
	c, err := Load([]string{"--config", "f.conf", "--http-addr=flag:3", "--tls-self-signed", "-statement-timeout", "2s"}, env, file, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{c.PGAddr, c.RESPAddr, c.HTTPAddr, c.Data}
	want := []string{"file:1", "env:2", "flag:3", "./ferrite-data"}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Fatalf("got %v, want %v", got, want)
	}
	if c.CacheBytes != 1<<30 || !c.TLSSelfSigned || c.StatementTimeout != 2*time.Second {
		t.Fatalf("%+v", c)
	}
}

func TestErrorsNameTheirOrigin(t *testing.T) {
	for _, tc := range []struct {
		args, env []string
		want      string
	}{
		{args: []string{"--cache", "lots"}, want: `--cache: "lots": want a size such as 512MiB, 2GiB or 25% (of the memory)`},
		{args: []string{"--cache"}, want: `--cache needs a value`},
		{args: []string{"--nonsense", "1"}, want: `unknown flag --nonsense`},
		{args: []string{"serve"}, want: `unexpected argument "serve"`},
		{args: []string{"--durability=maybe"}, want: `--durability: "maybe": want one of fsync, everysec, none`},
		{env: []string{"FERRITE_MAX_CONNECTIONS=0"}, want: `FERRITE_MAX_CONNECTIONS: "0": want a whole number from 1 to 1048576`},
		{args: []string{"--shutdown-timeout=-1s"}, want: `--shutdown-timeout: "-1s": want a duration such as 500ms, 10s or 1h`},
	} {
		_, err := Load(tc.args, tc.env, noFile, nil)
		if err == nil || err.Error() != tc.want {
			t.Errorf("%v %v: got %v, want %s", tc.args, tc.env, err, tc.want)
		}
	}
}

func TestFileErrors(t *testing.T) {
	for text, want := range map[string]string{
		"data":           "c:1: want name = value",
		"\nunknown = 1":  `c:2: unknown setting "unknown"`,
		"data = \"x":     "c:1: unterminated string",
		"pprof = perhap": `c:1: pprof: "perhap": want true or false`,
	} {
		_, err := Load([]string{"--config=c"}, nil, func(string) ([]byte, error) { return []byte(text), nil }, nil)
		if err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestHelpNamesEverySetting(t *testing.T) {
	var out bytes.Buffer
	if _, err := Load([]string{"--help"}, nil, noFile, &out); !errors.Is(err, ErrHelp) {
		t.Fatal(err)
	}
	for i := range Table {
		if !strings.Contains(out.String(), "--"+Table[i].Name) {
			t.Errorf("help does not name --%s", Table[i].Name)
		}
	}
}
