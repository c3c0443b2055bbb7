package pgcatalog

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/types"
)

// io_procs.txt lists the input, output, receive, send and modifier functions of
// PostgreSQL 15's types: OID, name, result, arguments ("-": none). They cannot
// be called; drivers tell arrays, enums and domains by them.
//
//go:embed io_procs.txt
var ioProcsText string

// type_io.txt gives those of each type: name, then OIDs of input, output,
// receive, send, modifier input, modifier output.
//
//go:embed type_io.txt
var typeIOText string

// typeIO holds the OIDs of one type's functions.
type typeIO struct{ in, out, recv, send, modIn, modOut types.OID }

var (
	ioProcs []proc
	ioNames = map[string]types.OID{}
	typeIOs = map[string]typeIO{}
	arrayIO = typeIO{in: 750, out: 751, recv: 2400, send: 2401}
	enumIO  = typeIO{in: 3506, out: 3507, recv: 3532, send: 3533}
	rowIO   = typeIO{in: 2290, out: 2291, recv: 2402, send: 2403}
)

func init() {
	for _, line := range strings.Split(strings.TrimSpace(ioProcsText), "\n") {
		f := strings.Fields(line)
		p := proc{schema: catalog.SchemaPgCatalog, owner: catalog.RoleSuperuser, lang: 12, vol: 'i', kind: 'f',
			parallel: 's', strict: true, name: f[1], body: f[1]}
		fmt.Sscan(f[0], &p.oid)
		p.ret, _ = types.ByName(f[2])
		for _, a := range strings.Split(f[3], ",") {
			if t, ok := types.ByName(a); ok {
				p.args = append(p.args, t)
			}
		}
		ioNames[p.name] = p.oid
		if p.ret != nil {
			ioProcs = append(ioProcs, p)
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(typeIOText), "\n") {
		var name string
		var io typeIO
		fmt.Sscan(line, &name, &io.in, &io.out, &io.recv, &io.send, &io.modIn, &io.modOut)
		typeIOs[name] = io
	}
}

// ioOf gives the functions of any type.
func ioOf(t *types.T) typeIO {
	switch {
	case t.Typtype == 'd' && t.Base != nil:
		io := ioOf(t.Base)
		io.in, io.recv, io.modIn, io.modOut = 2597, 2598, 0, 0
		return io
	case t.IsEnum():
		return enumIO
	case t.Typtype == 'c':
		return rowIO
	}
	if io, ok := typeIOs[t.Name]; ok {
		return io
	}
	if t.IsArray() {
		io := arrayIO
		elem := ioOf(t.Elem)
		io.modIn, io.modOut = elem.modIn, elem.modOut
		return io
	}
	return typeIO{}
}

// IOFunction finds an input or output function by name.
func IOFunction(name string) (types.OID, bool) {
	oid, ok := ioNames[name]
	return oid, ok
}

// IOFunctionName is the name of an input or output function.
func IOFunctionName(oid types.OID) (string, bool) {
	for _, p := range ioProcs {
		if p.oid == oid {
			return p.name, true
		}
	}
	return "", false
}
