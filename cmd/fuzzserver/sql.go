package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// statementsPerConnection, after which a new one is made.
const statementsPerConnection = 200

// sqlSession runs statements that next gives, on one connection after the other.
func sqlSession(ctx context.Context, w *worker, make func(*catalog) func() string) {
	var next func() string
	for s := w.h.server(ctx); s != nil; s = w.h.server(ctx) {
		if next == nil {
			cat, err := readCatalog(ctx, s)
			if err != nil {
				w.pause(ctx, 200*time.Millisecond)
				continue
			}
			next = make(cat)
		}
		c, err := connectSQL(ctx, s)
		if err != nil {
			w.pause(ctx, 50*time.Millisecond)
			continue
		}
		w.runStatements(ctx, s, c, next)
		closing, cancel := context.WithTimeout(context.Background(), time.Second)
		_ = c.Close(closing)
		cancel()
	}
}

func (w *worker) runStatements(ctx context.Context, s *server, c *pgconn.PgConn, next func() string) {
	for range statementsPerConnection {
		if ctx.Err() != nil || s.ending.Load() {
			return
		}
		text := next()
		w.track.begin(input{kind: "sql", data: []byte(text)})
		v := runSQL(ctx, s, c, text)
		if v.kind == "" || s.alive() { // a death's input stays busy, so that it is tried again
			w.track.end()
		}
		if v.kind != "" && ctx.Err() == nil {
			w.reportSQL(ctx, s, v)
		}
		if v.lost {
			return
		}
	}
}

// reportSQL adds what is wrong with the last statement, made shorter where that
// is quick.
func (w *worker) reportSQL(ctx context.Context, s *server, v verdict) {
	f := finding{kind: v.kind, what: v.what}
	recent := w.track.recent(trackInputsMax)
	f.inputs = recent[len(recent)-1:]
	if v.kind == "not cancelled" || v.kind == "connection lost" {
		if f.kind == "not cancelled" {
			f.what += " in " + shape(string(f.inputs[0].data))
		}
		w.h.report.add(f)
		return
	}
	if w.h.report.known(f) {
		w.h.report.add(f)
		return
	}
	var list []string
	for _, in := range recent {
		list = append(list, string(in.data))
	}
	f.inputs = shrink(ctx, s, list, v)
	w.h.report.add(f)
}

// shape is the first call of a statement: what tells one endless one from another.
func shape(text string) string {
	if _, rest, ok := strings.Cut(text, `"`); ok {
		name, _, _ := strings.Cut(rest, `"`)
		return name
	}
	return strings.SplitN(text, " ", 2)[0]
}

// known tells whether a failure like f was seen.
func (r *report) known(f finding) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count[f.signature()] > 0
}

// attackFunctions calls every function, operator and aggregate in turn, each
// with extremes of its types, over again until the end.
func attackFunctions(ctx context.Context, w *worker) {
	sqlSession(ctx, w, func(cat *catalog) func() string {
		n := len(cat.functions) + len(cat.operators)
		at := w.r.IntN(n)
		return func() string {
			at = (at + 1) % n
			g := &exprGen{r: w.r, cat: cat, depth: w.r.IntN(3) + exprDepthMax - 2}
			if at >= len(cat.functions) {
				return "SELECT " + g.operator(&cat.operators[at-len(cat.functions)])
			}
			f := &cat.functions[at]
			g.scope = []column{{"g", "int4"}}
			switch f.kind {
			case "a":
				return fmt.Sprintf("SELECT %s FROM generate_series(1, %d) g", g.aggregate(f, ""), pick(w.r, []int{0, 1, 3, 1000, 20000}))
			case "w":
				return fmt.Sprintf("SELECT %s FROM generate_series(1, %d) g", g.aggregate(f, g.over()), pick(w.r, []int{0, 1, 3, 1000}))
			}
			g.scope = nil
			if f.set {
				return "SELECT count(*) FROM " + g.call(f) + " x"
			}
			return "SELECT " + g.call(f)
		}
	})
}

// attackSQL runs random statements.
func attackSQL(ctx context.Context, w *worker) {
	sqlSession(ctx, w, func(cat *catalog) func() string {
		q := &queryGen{r: w.r, cat: cat}
		return q.statement
	})
}
