package parse

import (
	"errors"
	"strings"
	"testing"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

// TestDepthLimit: nesting of every kind ends in 54001, and just under the limit
// it parses and prints.
func TestDepthLimit(t *testing.T) {
	repeat := strings.Repeat
	shapes := map[string]func(n int) string{
		"parentheses":   func(n int) string { return "SELECT " + repeat("(", n) + "1" + repeat(")", n) },
		"subqueries":    func(n int) string { return repeat("SELECT (", n) + "SELECT 1" + repeat(")", n) },
		"left chain":    func(n int) string { return "SELECT 1" + repeat("+1", n) },
		"chain in rows": func(n int) string { return "SELECT " + repeat("(", n/2) + "1" + repeat("+1)", n/2) },
		"right chain":   func(n int) string { return "SELECT " + repeat("NOT ", n) + "a" },
		"signs":         func(n int) string { return "SELECT " + repeat("- ", n) + "a" },
		"casts":         func(n int) string { return "SELECT 1" + repeat("::int", n) },
		"fields":        func(n int) string { return "SELECT (a)" + repeat(".b", n) },
		"joins":         func(n int) string { return "SELECT 1 FROM a" + repeat(" CROSS JOIN b", n) },
		"nested joins":  func(n int) string { return "SELECT 1 FROM " + repeat("(a CROSS JOIN ", n) + "b" + repeat(")", n) },
		"unions":        func(n int) string { return "SELECT 1" + repeat(" UNION SELECT 1", n) },
		"arrays":        func(n int) string { return "SELECT ARRAY" + repeat("[", n) + repeat("]", n) },
		"cases":         func(n int) string { return "SELECT " + repeat("CASE WHEN ", n) + "a" + repeat(" THEN 1 END", n) },
		"ctes":          func(n int) string { return repeat("WITH a AS (", n) + "SELECT 1" + repeat(") SELECT 1", n) },
		"bodies": func(n int) string {
			return repeat("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC ", n) + "END" + repeat("; END", n-1)
		},
		"explains": func(n int) string { return "SELECT " + repeat("f(", n) + repeat(")", n) },
	}
	for name, shape := range shapes {
		_, err := One(shape(20 * nestingDepthMax))
		if pgerr.Code(err) != pgerr.StatementTooComplex {
			t.Errorf("%s: %v", name, err)
		}
		stmt, err := One(shape(100))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if text := ast.Print(stmt); parsed(text) != text {
			t.Errorf("%s: not a fixed point", name)
		}
	}
}

// TestWideIsNotDeep: long lists and flattened chains have no depth.
func TestWideIsNotDeep(t *testing.T) {
	const n = 20 * nestingDepthMax
	for _, sql := range []string{
		"SELECT a" + strings.Repeat(" AND a", n),
		"SELECT a IN (1" + strings.Repeat(", 1", n) + ")",
		"VALUES (1)" + strings.Repeat(", (1)", n),
		"SELECT 1" + strings.Repeat(", 1 + 1", n),
	} {
		if _, err := One(sql); err != nil {
			t.Errorf("%.20s…: %v", sql, err)
		}
	}
}

func TestParameterLimit(t *testing.T) {
	if _, err := One("SELECT $65535"); err != nil {
		t.Error(err)
	}
	_, err := One("SELECT $65536")
	var e *pgerr.Error
	if !errors.As(err, &e) || e.Code != pgerr.UndefinedParameter || e.Position != 8 {
		t.Errorf("got %v", err)
	}
}

func TestRadixLimit(t *testing.T) {
	if _, err := One("SELECT 0x" + strings.Repeat("f", radixDigitsMax)); err != nil {
		t.Error(err)
	}
	if _, err := One("SELECT 0x" + strings.Repeat("f", radixDigitsMax+1)); pgerr.Code(err) != pgerr.ProgramLimitExceeded {
		t.Errorf("got %v", err)
	}
}

func TestIdentifierTruncation(t *testing.T) {
	long := strings.Repeat("é", 40) // 80 bytes
	stmt, err := One(`SELECT "` + long + `"`)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := ast.Print(stmt), `SELECT "`+strings.Repeat("é", 31)+`"`; got != want {
		t.Errorf("got %s", got)
	}
}
