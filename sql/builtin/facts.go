package builtin

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/ferritedb/ferrite/sql/types"
)

//go:embed procs.txt
var procsText string

//go:embed operators.txt
var operatorsText string

// procFact is one line of procs.txt.
type procFact struct {
	oid      types.OID
	name     string
	ret      *types.T
	args     []*types.T
	strict   bool
	vol      byte
	kind     byte
	set      bool
	variadic bool
	defaults int
	names    []string
	columns  []types.Field
}

// opFact is one line of operators.txt.
type opFact struct {
	oid                 types.OID
	name                string
	left, right, result *types.T
	fnOID               types.OID
	fn                  string
	commutator, negator string
	hash, merge         bool
}

var (
	procFacts = map[string][]procFact{}
	opFacts   = map[string][]opFact{}
)

// mustType finds a type by typname; an unknown one is a defect in our tables.
func mustType(name string) *types.T {
	if name == "" {
		return nil
	}
	t, ok := types.ByName(name)
	if !ok {
		panic("builtin: unknown type " + name)
	}
	return t
}

func typeList(text string) []*types.T {
	if text == "" {
		return nil
	}
	var out []*types.T
	for _, n := range strings.Split(text, ",") {
		out = append(out, mustType(strings.TrimSpace(n)))
	}
	return out
}

func knownTypes(names ...string) bool {
	for _, list := range names {
		for _, n := range strings.Split(list, ",") {
			if n == "" {
				continue
			}
			if _, ok := types.ByName(n); !ok {
				return false
			}
		}
	}
	return true
}

func init() {
	for _, line := range strings.Split(strings.TrimSpace(procsText), "\n") {
		f := strings.Split(line, "|")
		if !knownTypes(f[2], f[3]) {
			continue
		}
		oid, _ := strconv.ParseUint(f[0], 10, 32)
		p := procFact{oid: types.OID(oid), name: f[1], ret: mustType(f[2]), args: typeList(f[3]),
			strict: f[4][0] == 's', vol: f[4][1], kind: f[4][2], set: f[4][3] == 'r', variadic: f[4][4] == 'v'}
		p.defaults, _ = strconv.Atoi(f[4][5:])
		if f[5] != "" {
			p.names = strings.Split(f[5], ",")
		}
		p.columns = factColumns(f[6])
		procFacts[p.name] = append(procFacts[p.name], p)
	}
	for _, line := range strings.Split(strings.TrimSpace(operatorsText), "\n") {
		f := strings.Split(line, "\t")
		if len(f) != 10 || !knownTypes(f[2], f[3], f[4]) {
			panic(fmt.Sprintf("builtin: operators.txt: %q", line))
		}
		oid, _ := strconv.ParseUint(f[0], 10, 32)
		fnOID, _ := strconv.ParseUint(f[5], 10, 32)
		opFacts[f[1]] = append(opFacts[f[1]], opFact{oid: types.OID(oid), name: f[1], left: mustType(f[2]), right: mustType(f[3]),
			result: mustType(f[4]), fnOID: types.OID(fnOID), fn: f[6], commutator: f[7], negator: f[8],
			hash: f[9][0] == 'h', merge: f[9][1] == 'm'})
	}
	registerAll()
}

func factColumns(text string) []types.Field {
	if text == "" {
		return nil
	}
	var out []types.Field
	for _, c := range strings.Split(text, ",") {
		name, typ, _ := strings.Cut(c, ":")
		if t, ok := types.ByName(typ); ok {
			out = append(out, types.Field{Name: name, Type: t, Mod: -1})
		}
	}
	return out
}

func sameList(a, b []*types.T) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !a[i].Is(b[i]) {
			return false
		}
	}
	return true
}

// procFor finds the facts of a function by name and argument types.
func procFor(name string, args []*types.T) (procFact, bool) {
	for _, p := range procFacts[name] {
		if sameList(p.args, args) {
			return p, true
		}
	}
	return procFact{}, false
}

func opFor(name string, left, right *types.T) (opFact, bool) {
	for _, o := range opFacts[name] {
		if o.left.Is(left) && o.right.Is(right) {
			return o, true
		}
	}
	return opFact{}, false
}
