package txntest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ferritedb/ferrite/txn"
)

// graph is the dependencies between committed transactions, by index in all.
type graph struct {
	all []history
	// versions of each register in order; the first is the absent one of the start.
	versions [registers][]version
	edges    [][]dependency
}

// version of a register; writer is -1 for the initial one.
type version struct {
	ts     txn.Timestamp
	writer int
	value  string // empty: absent
}

type dependency struct {
	to       int
	kind     string // WR, WW, RW
	register int
}

// newGraph builds the graph. Its error is a history that is wrong by itself: a
// value that nobody wrote, or a read that was not the state of its snapshot.
func newGraph(all []history) (*graph, error) {
	g := &graph{all: all, edges: make([][]dependency, len(all))}
	for k := range g.versions {
		g.versions[k] = []version{{writer: -1}}
	}
	for i := range all {
		last := map[int]string{}
		for _, w := range all[i].writes {
			last[w.register] = w.value
		}
		for k, v := range last {
			g.versions[k] = append(g.versions[k], version{all[i].commit.TS, i, v})
		}
	}
	for k := range g.versions {
		vs := g.versions[k]
		slices.SortFunc(vs, func(a, b version) int { return cmp.Compare(a.ts, b.ts) })
		for i := 1; i < len(vs); i++ {
			if vs[i].ts == vs[i-1].ts {
				return nil, fmt.Errorf("register %d has two versions of timestamp %d", k, vs[i].ts)
			}
			if vs[i-1].writer >= 0 {
				g.add(vs[i-1].writer, vs[i].writer, "WW", k)
			}
		}
	}
	for i := range all {
		for _, r := range all[i].reads {
			if err := g.addRead(i, r); err != nil {
				return nil, err
			}
		}
	}
	return g, nil
}

func (g *graph) add(from, to int, kind string, register int) {
	if from != to && from >= 0 {
		g.edges[from] = append(g.edges[from], dependency{to, kind, register})
	}
}

func (g *graph) addRead(i int, r read) error {
	vs := g.versions[r.register]
	at, found := slices.BinarySearchFunc(vs, r.snapshot, func(v version, ts txn.Timestamp) int { return cmp.Compare(v.ts, ts) })
	if !found {
		at-- // the last version at or below the snapshot
	}
	v := vs[at]
	if v.value != r.value || r.value != "" && v.ts != r.version {
		return fmt.Errorf("register %d as of %d was %q of %d, and was read as %q of %d",
			r.register, r.snapshot, v.value, v.ts, r.value, r.version)
	}
	g.add(v.writer, i, "WR", r.register)
	if at+1 < len(vs) {
		g.add(i, vs[at+1].writer, "RW", r.register)
	}
	return nil
}

// cycle describes a cycle, empty where there is none. Transactions that nobody
// left depends on are taken away until none is; what remains leads in circles.
func (g *graph) cycle() string {
	in := make([]int, len(g.all))
	for _, ds := range g.edges {
		for _, d := range ds {
			in[d.to]++
		}
	}
	var free []int
	for i, n := range in {
		if n == 0 {
			free = append(free, i)
		}
	}
	for len(free) > 0 {
		i := free[len(free)-1]
		free = free[:len(free)-1]
		for _, d := range g.edges[i] {
			if in[d.to]--; in[d.to] == 0 {
				free = append(free, d.to)
			}
		}
	}
	start := slices.IndexFunc(in, func(n int) bool { return n > 0 })
	if start < 0 {
		return ""
	}
	return g.describe(start, in)
}

// describe walks backwards over what remains until it meets itself: what remains
// has an edge into it from what remains.
func (g *graph) describe(start int, in []int) string {
	type source struct {
		from int
		d    dependency
	}
	into := map[int]source{}
	for from, ds := range g.edges {
		for _, d := range ds {
			if in[from] > 0 && in[d.to] > 0 {
				into[d.to] = source{from, d}
			}
		}
	}
	seen := map[int]bool{}
	at := start
	for !seen[at] {
		seen[at] = true
		at = into[at].from
	}
	var lines []string
	for i := at; ; {
		s := into[i]
		lines = append(lines, fmt.Sprintf("txn %d (committed at %d) -%s on register %d-> txn %d (committed at %d)",
			s.from, g.all[s.from].commit.TS, s.d.kind, s.d.register, i, g.all[i].commit.TS))
		if i = s.from; i == at {
			break
		}
	}
	slices.Reverse(lines)
	return strings.Join(lines, "\n")
}
