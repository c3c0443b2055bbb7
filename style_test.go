package ferrite

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// Limits of the text of the code. A function that a table fills is listed in
// longTables by file.
const (
	functionLinesMax = 75
	fileLinesMax     = 700
)

var longTables = map[string]bool{"sql/session/setting_table.go": true}

// clockPackage alone reads the system's clock (tests aside).
const clockPackage = "kv/clock"

// style checks one file and returns what it finds.
func style(name string, src any) ([]string, error) {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, name, src, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	var found []string
	if n := set.Position(f.End()).Line; n > fileLinesMax {
		found = append(found, "the file is longer than fileLinesMax")
	}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || longTables[filepath.ToSlash(name)] {
			continue
		}
		if lines := set.Position(fn.End()).Line - set.Position(fn.Pos()).Line + 1; lines > functionLinesMax {
			found = append(found, fn.Name.Name+" is longer than functionLinesMax")
		}
	}
	for _, g := range f.Comments {
		for _, w := range []string{"TODO", "FIXME"} {
			if strings.Contains(g.Text(), w) {
				found = append(found, "a comment leaves work behind: "+w)
			}
		}
	}
	if !strings.HasPrefix(filepath.ToSlash(name), clockPackage+"/") {
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" && s.Sel.Name == "Now" {
					found = append(found, "time.Now outside "+clockPackage)
				}
			}
			return true
		})
	}
	return found, nil
}

func TestStyle(t *testing.T) {
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && file != "." || d.Name() == "testdata" || d.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		found, err := style(file, nil)
		for _, f := range found {
			t.Errorf("%s: %s", file, f)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestStyleRejects shows that the check can fail.
func TestStyleRejects(t *testing.T) {
	src := "package x\nimport \"time\"\n// TODO later\nfunc f() {\n" + strings.Repeat("_ = time.Now\n", 80) + "}\n"
	found, err := style("x/x.go", src)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 82 {
		t.Fatalf("want the length, the comment and 80 readings of the clock, got %d findings", len(found))
	}
}
