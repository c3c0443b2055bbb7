package ferrite

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const modulePath = "github.com/ferritedb/ferrite"

// ladder is the LAYERS file: what each package may import, and for each module
// with a single importer, that package.
type ladder struct {
	grants map[string][]string
	owners map[string]string
}

func readLadder(t *testing.T) ladder {
	t.Helper()
	text, err := os.ReadFile("LAYERS")
	if err != nil {
		t.Fatal(err)
	}
	l := ladder{grants: map[string][]string{}, owners: map[string]string{}}
	for n, line := range strings.Split(string(text), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		if rest, ok := strings.CutPrefix(line, "module "); ok {
			mod, owner, ok := strings.Cut(rest, " <- ")
			if !ok {
				t.Fatalf("LAYERS:%d: want «module path <- package»", n+1)
			}
			l.owners[mod] = owner
			continue
		}
		pkg, rest, ok := strings.Cut(line, ":")
		grants, job, ok2 := strings.Cut(rest, "|")
		if !ok || !ok2 || strings.TrimSpace(job) == "" {
			t.Fatalf("LAYERS:%d: want «package: imports | job»", n+1)
		}
		l.grants[pkg] = strings.Fields(grants)
	}
	return l
}

func (l ladder) allows(pkg, imp string) bool {
	for _, g := range l.grants[pkg] {
		if g == imp {
			return true
		}
		if dir, ok := strings.CutSuffix(g, "/*"); ok && strings.HasPrefix(imp, dir+"/") {
			return true
		}
	}
	return false
}

// checkFile returns the imports of one file that the ladder does not grant.
func (l ladder) checkFile(pkg, file string) ([]string, error) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var bad []string
	for _, spec := range f.Imports {
		imp, _ := strconv.Unquote(spec.Path.Value)
		if in, ok := strings.CutPrefix(imp, modulePath+"/"); ok {
			if in != pkg && !l.allows(pkg, in) {
				bad = append(bad, in)
			}
			continue
		}
		for mod, owner := range l.owners {
			if (imp == mod || strings.HasPrefix(imp, mod+"/")) && owner != pkg {
				bad = append(bad, imp)
			}
		}
	}
	return bad, nil
}

func TestLayers(t *testing.T) {
	l := readLadder(t)
	files := 0
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
		files++
		pkg := path.Dir(filepath.ToSlash(file))
		if _, ok := l.grants[pkg]; !ok {
			t.Errorf("%s: package %s has no line in LAYERS", file, pkg)
			return nil
		}
		bad, err := l.checkFile(pkg, file)
		for _, imp := range bad {
			t.Errorf("%s: LAYERS grants %s no import of %s", file, pkg, imp)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		t.Fatal("no Go files found")
	}
}

// TestLayersRejects shows that the check can fail.
func TestLayersRejects(t *testing.T) {
	l := readLadder(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "x.go")
	src := "package x\nimport (\n_ \"" + modulePath + "/sql/exec\"\n_ \"github.com/cockroachdb/pebble/v2/vfs\"\n)\n"
	if err := os.WriteFile(file, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	bad, err := l.checkFile("kv/memkv", file)
	if err != nil {
		t.Fatal(err)
	}
	if len(bad) != 2 {
		t.Fatalf("want both imports refused, got %v", bad)
	}
}
