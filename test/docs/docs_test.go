// Package docs runs the examples of the documentation. A fenced block marked
// psql or redis is a transcript: lines that begin with "=> " (and "-> " where a
// statement goes on) or "> " are sent, the lines after them must be the answer.
// The blocks of a page run in order against one fresh store.
//
//	go test ./test/docs -rewrite     # record the answers
package docs

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ferritedb/ferrite"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

var rewrite = flag.Bool("rewrite", false, "write the answers into the pages")

func TestExamples(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	for _, page := range append(pages, "../../README.md") {
		t.Run(filepath.Base(page), func(t *testing.T) { blocks += runPage(t, page) })
	}
	if blocks == 0 {
		t.Fatal("no page has an example")
	}
}

var link = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)

// TestLinks: what a page refers to exists, and README refers to every page.
func TestLinks(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	const readme = "../../README.md"
	linked := map[string]bool{}
	for _, page := range append(pages, readme) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			to := filepath.Join(filepath.Dir(page), m[1])
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: %v", page, err)
			}
			if page == readme {
				linked[to] = true
			}
		}
	}
	for _, page := range pages {
		if !linked[page] {
			t.Errorf("README.md has no link to %s", page)
		}
	}
}

// world is what the examples of one page run against.
type world struct {
	db   *ferrite.DB
	conn *sql.Conn
}

func runPage(t *testing.T, page string) int {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{}
	defer w.close()
	var out []string
	lines := strings.Split(string(text), "\n")
	blocks := 0
	for i := 0; i < len(lines); i++ {
		out = append(out, lines[i])
		kind, ok := strings.CutPrefix(lines[i], "```")
		if !ok || kind != "psql" && kind != "redis" {
			continue
		}
		end := i + 1
		for end < len(lines) && lines[end] != "```" {
			end++
		}
		blocks++
		w.open(t)
		got := w.transcript(t, kind, lines[i+1:end])
		if want := lines[i+1 : end]; !*rewrite && strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s:%d: got\n%s\nwant\n%s", page, i+1, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		out = append(out, got...)
		i = end - 1
	}
	if *rewrite {
		if err := os.WriteFile(page, []byte(strings.Join(out, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return blocks
}

func (w *world) open(t *testing.T) {
	if w.db != nil {
		return
	}
	var err error
	if w.db, err = ferrite.Open(""); err != nil {
		t.Fatal(err)
	}
	if w.conn, err = w.db.SQL().Conn(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func (w *world) close() {
	if w.db != nil {
		w.conn.Close()
		w.db.Close()
	}
}

// transcript sends what a block sends and gives the block with the answers.
func (w *world) transcript(t *testing.T, kind string, lines []string) []string {
	prompt := map[string]string{"psql": "=> ", "redis": "> "}[kind]
	var out []string
	for i := 0; i < len(lines); i++ {
		text, ok := strings.CutPrefix(lines[i], prompt)
		if !ok {
			continue // an answer, made anew
		}
		out = append(out, lines[i])
		for i+1 < len(lines) && strings.HasPrefix(lines[i+1], "-> ") {
			i++
			out = append(out, lines[i])
			text += "\n" + lines[i][3:]
		}
		if kind == "psql" {
			out = append(out, w.psql(t, text)...)
		} else {
			out = append(out, w.redis(t, text)...)
		}
	}
	return out
}

// psql gives rows with their columns between bars, a header first, or the error.
func (w *world) psql(t *testing.T, text string) []string {
	rows, err := w.conn.QueryContext(context.Background(), text)
	if err != nil {
		return printError(err)
	}
	defer rows.Close()
	cols, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	if len(cols) > 0 {
		out = append(out, " "+strings.Join(cols, " | "))
	}
	kinds, err := rows.ColumnTypes()
	if err != nil {
		t.Fatal(err)
	}
	vals := make([]any, len(cols))
	ptrs := make([]any, len(cols))
	for i := range vals {
		ptrs[i] = &vals[i]
	}
	for rows.Next() {
		if err := rows.Scan(ptrs...); err != nil {
			t.Fatal(err)
		}
		words := make([]string, len(cols))
		for i, v := range vals {
			words[i] = printValue(v, kinds[i].DatabaseTypeName())
		}
		out = append(out, strings.TrimRight(" "+strings.Join(words, " | "), " "))
	}
	if err := rows.Err(); err != nil {
		out = append(out, printError(err)...)
	}
	return out
}

// printError prints an error as psql does, the position aside.
func printError(err error) []string {
	var e *pgerr.Error
	if !errors.As(err, &e) {
		return []string{"ERROR:  " + err.Error()}
	}
	out := []string{"ERROR:  " + e.Message}
	if e.Detail != "" {
		out = append(out, "DETAIL:  "+e.Detail)
	}
	if e.Hint != "" {
		out = append(out, "HINT:  "+e.Hint)
	}
	return out
}

// printValue prints a value of a result as psql does.
func printValue(v any, kind string) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []byte:
		return string(v)
	case bool:
		return map[bool]string{true: "t", false: "f"}[v]
	case time.Time:
		switch strings.ToLower(kind) {
		case "date":
			return v.Format(time.DateOnly)
		case "timestamp", "timestamp without time zone":
			return v.Format("2006-01-02 15:04:05.999999")
		}
		return v.Format("2006-01-02 15:04:05.999999-07")
	default:
		return fmt.Sprint(v)
	}
}

// words splits a command as redis-cli does: blanks separate, quotes keep.
func words(text string) []any {
	var out []any
	for text = strings.TrimLeft(text, " "); text != ""; text = strings.TrimLeft(text, " ") {
		end, sep := text, " "
		if text[0] == '"' || text[0] == '\'' {
			end, sep = text[1:], text[:1]
		}
		word, rest, _ := strings.Cut(end, sep)
		out, text = append(out, word), rest
	}
	return out
}

func (w *world) redis(t *testing.T, text string) []string {
	args := words(text)
	reply, err := w.db.Redis().Do(context.Background(), args...)
	if err != nil {
		return []string{"(error) " + err.Error()}
	}
	return printReply(reply)
}

// printReply prints a reply as redis-cli does, lists flat.
func printReply(reply any) []string {
	switch r := reply.(type) {
	case nil:
		return []string{"(nil)"}
	case int64:
		return []string{fmt.Sprintf("(integer) %d", r)}
	case []any:
		if len(r) == 0 {
			return []string{"(empty array)"}
		}
		var out []string
		for i, e := range r {
			for _, line := range printReply(e) {
				out = append(out, fmt.Sprintf("%d) %s", i+1, line))
			}
		}
		return out
	default:
		return []string{fmt.Sprint(r)}
	}
}
