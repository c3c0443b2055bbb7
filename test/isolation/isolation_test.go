// Package isolation runs isolation specs in PostgreSQL's format (a checkout's
// src/test/isolation/README): sessions whose steps are interleaved in the orders
// that a spec lists, with steps that wait for each other's locks.
//
// The specs in testdata are Ferrite's own, with PostgreSQL 15's output:
//
//	go test ./test/isolation
//	go test ./test/isolation -run TestOwn -postgres 'host=… user=…' -rewrite
//
// Those of a PostgreSQL checkout are compared with its expected output:
//
//	make isolation SPECS=/path/to/postgresql
package isolation

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

var (
	specsDir    = flag.String("specs", "", "checkout of PostgreSQL whose isolation specs to run")
	only        = flag.String("only", "", "names of specs, comma separated")
	postgres    = flag.String("postgres", "", "connection string of a PostgreSQL 15 to run instead of Ferrite")
	rewrite     = flag.Bool("rewrite", false, "write the expected output of testdata (with -postgres)")
	show        = flag.Bool("show", false, "print each permutation that differs")
	stepTimeout = flag.Duration("step-timeout", 5*time.Second, "how long a step may take where nobody blocks it")
)

const startTimeout = 20 * time.Second

// target starts Ferrite, unless a PostgreSQL was given, and returns how to connect.
func target(t *testing.T) string {
	t.Helper()
	if *postgres != "" {
		return *postgres
	}
	dir := t.TempDir()
	bin := filepath.Join(dir, "ferrited")
	if out, err := exec.Command("go", "build", "-o", bin, "github.com/ferritedb/ferrite/cmd/ferrited").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(bin, "--data", filepath.Join(dir, "data"), "--pg-addr", addr, "--resp-addr", "", "--http-addr", "", "--durability", "none")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGKILL) // it may be dead already
		_ = cmd.Wait()                          // it was killed: the error says so
	})
	conn := "postgres://postgres@" + addr + "/postgres?sslmode=disable"
	for end := time.Now().Add(startTimeout); ; {
		c, err := pgconn.Connect(context.Background(), conn)
		if err == nil {
			_ = c.Close(context.Background()) // it answered
			return conn
		}
		if time.Now().After(end) {
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("%v\n%s", err, text)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// outputs runs all permutations of a spec and gives the output of each; report
// is called after each, and ends the run by false.
func outputs(t *testing.T, conn string, sp *spec, report func(i int, out string, err error) bool) {
	t.Helper()
	r, err := newRunner(sp, conn, *stepTimeout)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	for i, perm := range sp.permutations {
		out, err := r.permutation(perm)
		if !report(i, out, err) {
			return
		}
		if err != nil {
			if err := r.reconnect(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// cleanUp drops what a spec may have left.
func cleanUp(t *testing.T, conn string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), controlTimeout)
	defer cancel()
	for {
		c, err := pgconn.Connect(ctx, conn)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Exec(ctx, "DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO public").ReadAll()
		_ = c.Close(ctx) // the statements' error is what counts
		if err == nil {
			return
		}
		if ctx.Err() != nil { // until then, sessions that end may be in the way
			t.Fatal(err)
		}
	}
}

// TestOwn runs the specs in testdata.
func TestOwn(t *testing.T) {
	files, err := filepath.Glob("testdata/*.spec")
	if err != nil || len(files) == 0 {
		t.Fatalf("no specs: %v", err)
	}
	conn := target(t)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".spec")
		if !wanted(name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			sp := readSpec(t, file)
			var got []string
			outputs(t, conn, sp, func(_ int, out string, err error) bool {
				got = append(got, out)
				if err != nil {
					t.Errorf("%v\n%s", err, out)
				}
				return true
			})
			cleanUp(t, conn)
			expected := strings.TrimSuffix(file, ".spec") + ".out"
			if *rewrite && *postgres != "" {
				if err := os.WriteFile(expected, []byte(strings.Join(got, "")), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			text, err := os.ReadFile(expected)
			if err != nil {
				t.Fatal(err)
			}
			want := permutationsOf(string(text))
			if len(want) != len(got) {
				t.Fatalf("%d permutations, expected are %d", len(got), len(want))
			}
			for i := range want {
				if normal(want[i]) != normal(got[i]) {
					t.Errorf("permutation %d differs:\n%s", i+1, difference(want[i], got[i]))
				}
			}
		})
	}
}

func wanted(name string) bool {
	if *only == "" {
		return true
	}
	for _, n := range strings.Split(*only, ",") {
		if n == name {
			return true
		}
	}
	return false
}

func readSpec(t *testing.T, file string) *spec {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sp, err := parseSpec(string(text))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return sp
}

// score of one spec.
type score struct {
	name          string
	identical, of int
	out           string // why it is not run
	preparedTxns  bool
}

// TestPostgresSpecs scores Ferrite by the specs of a PostgreSQL checkout.
func TestPostgresSpecs(t *testing.T) {
	if *specsDir == "" {
		t.Skip("no -specs")
	}
	dir := filepath.Join(*specsDir, "src/test/isolation")
	files, err := filepath.Glob(filepath.Join(dir, "specs/*.spec"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no specs in %s: %v", dir, err)
	}
	conn := target(t)
	var scores []score
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".spec")
		if !wanted(name) {
			continue
		}
		s := score{name: name, out: outOf[name], preparedTxns: strings.HasPrefix(name, "prepared-transactions")}
		if s.out == "" || *only != "" {
			runSpec(t, conn, dir, file, &s)
			cleanUp(t, conn)
		}
		scores = append(scores, s)
		if s.of > 0 {
			fmt.Printf("%-36s %5d / %d\n", s.name, s.identical, s.of)
		}
	}
	summary(scores)
}

func runSpec(t *testing.T, conn, dir, file string, s *score) {
	sp := readSpec(t, file)
	expected := expectedOutputs(t, dir, s.name)
	s.of = len(sp.permutations)
	broken := 0
	outputs(t, conn, sp, func(i int, out string, err error) bool {
		if matches(expected, i, out) {
			s.identical++
			return true
		}
		if err != nil {
			broken++
		}
		if *show {
			want := ""
			if i < len(expected[0]) {
				want = expected[0][i]
			}
			fmt.Printf("== %s, permutation %d: %v\n%s\n", s.name, i, err, difference(want, out))
		}
		return broken < brokenMax
	})
}

// brokenMax permutations may break off before the rest of a spec is given up.
const brokenMax = 20

// expectedOutputs are the permutations of each of a spec's expected files.
func expectedOutputs(t *testing.T, dir, name string) [][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "expected", name+"*.out"))
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(files)
	var all [][]string
	for _, f := range files {
		base := strings.TrimSuffix(filepath.Base(f), ".out")
		if rest := strings.TrimPrefix(base, name); rest != "" && !(len(rest) == 2 && rest[0] == '_' && rest[1] >= '0' && rest[1] <= '9') {
			continue // another spec's
		}
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, permutationsOf(string(text)))
	}
	if len(all) == 0 {
		t.Fatalf("%s has no expected output", name)
	}
	return all
}

// permutationsOf takes an expected file apart.
func permutationsOf(text string) []string {
	const start = "\nstarting permutation:"
	var perms []string
	for _, p := range strings.Split(text, start)[1:] {
		perms = append(perms, start+p)
	}
	return perms
}

func matches(expected [][]string, i int, out string) bool {
	for _, perms := range expected {
		if i < len(perms) && normal(isoDates(perms[i])) == normal(isoDates(out)) {
			return true
		}
	}
	return false
}

var postgresDate = regexp.MustCompile(`\b(\d\d)-(\d\d)-(\d{4})\b`)

// isoDates writes the dates of PostgreSQL's regression tests (DateStyle
// "Postgres, MDY") as ISO does: the same width in another order.
func isoDates(s string) string { return postgresDate.ReplaceAllString(s, "$3-$1-$2") }

// normal leaves out what does not count: spaces at ends of lines, empty lines.
func normal(s string) string {
	var b strings.Builder
	for _, line := range strings.Split(s, "\n") {
		if line = strings.TrimRight(line, " "); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// difference shows both from the first line that differs.
func difference(want, got string) string {
	w, g := strings.Split(normal(want), "\n"), strings.Split(normal(got), "\n")
	at := 0
	for at < len(w) && at < len(g) && w[at] == g[at] {
		at++
	}
	var b strings.Builder
	for _, line := range w[:at] {
		b.WriteString("  " + line + "\n")
	}
	for _, line := range w[at:] {
		b.WriteString("- " + line + "\n")
	}
	for _, line := range g[at:] {
		b.WriteString("+ " + line + "\n")
	}
	return b.String()
}

func summary(scores []score) {
	plain, prepared := score{}, score{}
	for _, s := range scores {
		to := &plain
		if s.preparedTxns {
			to = &prepared
		}
		to.identical += s.identical
		to.of += s.of
	}
	percent := func(s score) float64 { return 100 * float64(s.identical) / float64(max(1, s.of)) }
	fmt.Printf("\nwithout prepared transactions: %d of %d permutations identical (%.1f %%)\n", plain.identical, plain.of, percent(plain))
	fmt.Printf("with prepared transactions:    %d of %d permutations identical (%.1f %%)\n", prepared.identical, prepared.of, percent(prepared))
	for _, s := range scores {
		if s.of == 0 {
			fmt.Printf("not run: %-36s %s\n", s.name, s.out)
		}
	}
}
