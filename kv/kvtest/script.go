package kvtest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/ferritedb/ferrite/kv"
)

// script is the state of one script: an engine and the snapshots open on it.
//
//	batch                  lines: set K V | del K | delrange K K
//	get [snap=S]           lines: keys
//	iter [snap=S] [lower=K] [upper=K] [durable]
//	                       lines: first | last | next | prev | seek-ge K | seek-lt K
//	scan [snap=S] [lower=K] [upper=K] [reverse] [durable]
//	snapshot name=S, close-snapshot name=S
//	flush, compact, reopen, crash
type script struct {
	t     *testing.T
	d     Disk
	e     kv.Engine
	snaps map[string]kv.Snapshot
}

func runScripts(t *testing.T, dir string, newDisk func(t *testing.T) Disk) {
	datadriven.Walk(t, dir, func(t *testing.T, path string) {
		d := newDisk(t)
		s := &script{t: t, d: d, e: mustOpen(t, d), snaps: map[string]kv.Snapshot{}}
		datadriven.RunTest(t, path, s.run)
		s.closeSnapshots()
		check(t, s.e.Close())
	})
}

func (s *script) closeSnapshots() {
	for name, snap := range s.snaps {
		check(s.t, snap.Close())
		delete(s.snaps, name)
	}
}

func (s *script) run(t *testing.T, td *datadriven.TestData) string {
	s.t = t
	switch td.Cmd {
	case "batch":
		return s.batch(td)
	case "get":
		return s.get(td)
	case "iter", "scan":
		return s.iterate(td)
	case "snapshot":
		s.snaps[arg(td, "name")] = s.e.NewSnapshot()
	case "close-snapshot":
		check(t, s.snaps[arg(td, "name")].Close())
		delete(s.snaps, arg(td, "name"))
	case "flush":
		check(t, s.e.Flush())
	case "compact":
		check(t, s.e.Compact(nil, nil))
	case "reopen":
		s.closeSnapshots()
		check(t, s.e.Close())
		s.e = mustOpen(t, s.d)
	case "crash":
		s.closeSnapshots()
		d := s.d.Crash(0)
		check(t, s.e.Close())
		s.d = d
		s.e = mustOpen(t, d)
	default:
		t.Fatalf("%s: unknown command %s", td.Pos, td.Cmd)
	}
	return ""
}

func arg(td *datadriven.TestData, name string) string {
	for _, a := range td.CmdArgs {
		if a.Key == name && len(a.Vals) == 1 {
			return a.Vals[0]
		}
	}
	return ""
}

func bound(td *datadriven.TestData, name string) []byte {
	if v := arg(td, name); v != "" {
		return []byte(v)
	}
	return nil
}

func (s *script) reader(td *datadriven.TestData) kv.Reader {
	if name := arg(td, "snap"); name != "" {
		return s.snaps[name]
	}
	return s.e
}

func (s *script) batch(td *datadriven.TestData) string {
	b := s.e.NewBatch()
	for _, line := range strings.Split(td.Input, "\n") {
		f := strings.Fields(line)
		switch {
		case f[0] == "set" && len(f) == 3:
			check(s.t, b.Set([]byte(f[1]), []byte(f[2])))
		case f[0] == "set" && len(f) == 2:
			check(s.t, b.Set([]byte(f[1]), nil))
		case f[0] == "del" && len(f) == 2:
			check(s.t, b.Delete([]byte(f[1])))
		case f[0] == "delrange" && len(f) == 3:
			check(s.t, b.DeleteRange([]byte(f[1]), []byte(f[2])))
		default:
			s.t.Fatalf("%s: %q", td.Pos, line)
		}
	}
	check(s.t, s.e.Apply(b))
	check(s.t, b.Close())
	return ""
}

func (s *script) get(td *datadriven.TestData) string {
	var out strings.Builder
	for _, key := range strings.Fields(td.Input) {
		v, err := s.reader(td).Get(nil, []byte(key))
		switch {
		case errors.Is(err, kv.ErrNotFound):
			fmt.Fprintf(&out, "%s: absent\n", key)
		case err != nil:
			fmt.Fprintf(&out, "%s: %v\n", key, err)
		default:
			fmt.Fprintf(&out, "%s: %q\n", key, v)
		}
	}
	return out.String()
}

func (s *script) iterate(td *datadriven.TestData) string {
	it, err := s.reader(td).NewIter(kv.IterOptions{
		Lower: bound(td, "lower"), Upper: bound(td, "upper"), DurableOnly: td.HasArg("durable"),
	})
	check(s.t, err)
	var out strings.Builder
	show := func(ok bool) {
		if ok != it.Valid() {
			s.t.Fatalf("%s: positioned %v, valid %v", td.Pos, ok, it.Valid())
		}
		if !ok {
			fmt.Fprintf(&out, ".\n")
			return
		}
		v, err := it.Value()
		check(s.t, err)
		fmt.Fprintf(&out, "%s %s\n", it.Key(), v)
	}
	if td.Cmd == "scan" {
		begin, step := it.First, it.Next
		if td.HasArg("reverse") {
			begin, step = it.Last, it.Prev
		}
		for ok := begin(); ok; ok = step() {
			show(ok)
		}
	} else {
		for _, line := range strings.Split(td.Input, "\n") {
			f := strings.Fields(line)
			switch f[0] {
			case "first":
				show(it.First())
			case "last":
				show(it.Last())
			case "next":
				show(it.Next())
			case "prev":
				show(it.Prev())
			case "seek-ge":
				show(it.SeekGE([]byte(f[1])))
			case "seek-lt":
				show(it.SeekLT([]byte(f[1])))
			default:
				s.t.Fatalf("%s: %q", td.Pos, line)
			}
		}
	}
	check(s.t, it.Error())
	check(s.t, it.Close())
	return out.String()
}
