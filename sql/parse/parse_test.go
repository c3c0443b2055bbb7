package parse

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/pgerr"
)

// TestScripts runs testdata. Commands:
//
//	parse   one statement by line; prints its canonical text or its error
//	text    a whole text for Statements; prints each statement with its offsets
//	expr    one expression by line
//	type    one type name by line
//	tokens  the lexer's view of each line
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/scripts", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "parse":
				return eachLine(d.Input, parsed)
			case "text":
				return statementsText(d.Input)
			case "expr":
				return eachLine(d.Input, exprText)
			case "type":
				return eachLine(d.Input, typeText)
			case "tokens":
				return eachLine(d.Input, tokensText)
			}
			d.Fatalf(t, "unknown command %s", d.Cmd)
			return ""
		})
	})
}

func eachLine(input string, f func(string) string) string {
	var out strings.Builder
	for _, line := range strings.Split(input, "\n") {
		fmt.Fprintln(&out, f(line))
	}
	return out.String()
}

func errorText(err error) string {
	var e *pgerr.Error
	if !errors.As(err, &e) {
		return "not a *pgerr.Error: " + err.Error()
	}
	s := fmt.Sprintf("error %s at %d: %s", e.Code, e.Position, e.Message)
	if e.Detail != "" {
		s += " DETAIL: " + e.Detail
	}
	if e.Hint != "" {
		s += " HINT: " + e.Hint
	}
	return s
}

// parsed prints a statement, or its error; and it checks that the print parses
// to what prints the same.
func parsed(sql string) string {
	stmt, err := One(sql)
	if err != nil {
		return errorText(err)
	}
	if stmt == nil {
		return "(empty)"
	}
	text := ast.Print(stmt)
	again, err := One(text)
	if err != nil {
		return "PRINTED FORM DOES NOT PARSE: " + text + "\n  " + errorText(err)
	}
	if got := ast.Print(again); got != text {
		return "PRINTED FORM CHANGES: " + text + "\n  " + got
	}
	return text
}

func statementsText(sql string) string {
	list, err := Statements(sql)
	if err != nil {
		return errorText(err)
	}
	var out strings.Builder
	for _, s := range list {
		fmt.Fprintf(&out, "[%d:%d] %q\n", s.Start, s.End, s.SQL)
	}
	return out.String()
}

func exprText(sql string) string {
	e, err := Expr(sql)
	if err != nil {
		return errorText(err)
	}
	text := ast.Print(e)
	again, err := Expr(text)
	if err != nil {
		return "PRINTED FORM DOES NOT PARSE: " + text + "\n  " + errorText(err)
	}
	if got := ast.Print(again); got != text {
		return "PRINTED FORM CHANGES: " + text + "\n  " + got
	}
	return text
}

func typeText(sql string) string {
	t, err := TypeName(sql)
	if err != nil {
		return errorText(err)
	}
	text := ast.Print(t)
	again, err := TypeName(text)
	if err != nil {
		return "PRINTED FORM DOES NOT PARSE: " + text + "\n  " + errorText(err)
	}
	return fmt.Sprintf("%-40s %s.%s", text, t.Name.Schema, again.Name.Name)
}

func tokensText(sql string) (out string) {
	var err error
	defer func() {
		if err != nil {
			out = errorText(err)
		}
	}()
	defer recoverError(&err)
	l := lexer{sql: sql}
	var parts []string
	for {
		var t token
		l.next(&t)
		switch t.kind {
		case tokenEOF:
			return strings.Join(parts, " ")
		case tokenIdent:
			parts = append(parts, "name<"+t.text+">")
		case tokenKeyword:
			parts = append(parts, strings.ToUpper(t.text))
		case tokenInteger:
			parts = append(parts, "int<"+t.text+">")
		case tokenNumeric:
			parts = append(parts, "num<"+t.text+">")
		case tokenString:
			parts = append(parts, fmt.Sprintf("string<%s>", strings.Trim(fmt.Sprintf("%q", t.text), `"`)))
		case tokenBits:
			parts = append(parts, "bits<"+t.text+">")
		case tokenHexBits:
			parts = append(parts, "hexbits<"+t.text+">")
		case tokenParam:
			parts = append(parts, "param<"+t.text+">")
		default:
			parts = append(parts, sql[t.pos:t.end])
		}
	}
}

// corpus is every statement of the parse commands in testdata.
func corpus(t testing.TB) []string {
	var list []string
	err := filepath.Walk("testdata/scripts", func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, block := range strings.Split(string(raw), "\n\n") {
			head, rest, ok := strings.Cut(strings.TrimLeft(block, "\n"), "\n")
			for strings.HasPrefix(head, "#") {
				head, rest, ok = strings.Cut(rest, "\n")
			}
			if !ok || head != "parse" {
				continue
			}
			input, _, _ := strings.Cut(rest, "\n----")
			list = append(list, strings.Split(input, "\n")...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 100 {
		t.Fatalf("only %d statements in testdata", len(list))
	}
	return list
}
