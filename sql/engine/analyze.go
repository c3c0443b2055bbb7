package engine

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// analyze computes statistics of the named tables, or of all.
func (h *ddlHost) analyze(refs []*ast.VacuumTarget) error {
	tables, err := h.maintainable(refs, "analyze")
	if err != nil {
		return err
	}
	for _, t := range tables {
		if err := h.analyzeTable(t); err != nil {
			return err
		}
	}
	return nil
}

// maintainable are the tables of VACUUM and ANALYZE: those named, or all. Those of
// others are left out with a warning; the database's owner may maintain all.
func (h *ddlHost) maintainable(refs []*ast.VacuumTarget, verb string) ([]*catalog.Table, error) {
	c := h.context(h.tx)
	var tables []*catalog.Table
	for _, r := range refs {
		n, ok := r.Table.(*ast.TableName)
		if !ok {
			return nil, pgerr.NotSupported(strings.ToUpper(verb) + " of a key pattern")
		}
		t, err := c.Relation(n.Name)
		if err != nil {
			return nil, err
		}
		if t.Kind == catalog.KindView || t.Kind == catalog.KindSequence {
			h.x.Session.Notice("WARNING", pgerr.Warning, "skipping \""+t.Name+"\" --- cannot "+verb+" non-tables or special system tables")
			continue
		}
		tables = append(tables, t)
	}
	if len(refs) == 0 {
		all, err := h.cat.Tables()
		if err != nil {
			return nil, err
		}
		tables = all
	}
	owner := h.ownsDatabase(c.Auth)
	var out []*catalog.Table
	for _, t := range tables {
		o := acl.OfTable(t)
		switch {
		case !owner && !c.Auth.Owns(&o):
			who := "only table or database owner"
			if t.Kind == catalog.KindVirtual {
				who = "only superuser or database owner"
			}
			h.x.Session.Notice("WARNING", pgerr.Warning, "skipping \""+t.Name+"\" --- "+who+" can "+verb+" it")
		case t.Kind == catalog.KindTable:
			out = append(out, t)
		}
	}
	return out, nil
}

func (h *ddlHost) ownsDatabase(u *acl.User) bool {
	ds, err := h.cat.Databases()
	if err != nil {
		return u.Superuser()
	}
	for _, d := range ds {
		if o := acl.OfDatabase(d); d.OID == catalog.DatabaseDefault && u.Owns(&o) {
			return true
		}
	}
	return u.Superuser()
}

// columnSample collects one column's values.
type columnSample struct {
	col   catalog.Column
	vals  []types.Datum
	nulls int
	bytes int
}

// analyzeTable reads the table once: every row is counted, each stride-th one
// sampled, the stride growing so that the sample stays bounded.
func (h *ddlHost) analyzeTable(t *catalog.Table) error {
	if err := h.tx.LockTable(h.x.Context, uint64(t.OID), txn.ShareUpdateExclusive, txn.Block); err != nil {
		return err
	}
	var samples []*columnSample
	sel := &ast.SelectClause{}
	for _, c := range t.Columns {
		if c.Dropped {
			continue
		}
		samples = append(samples, &columnSample{col: c})
		sel.Targets = append(sel.Targets, &ast.Target{Expr: &ast.ColumnRef{Names: []string{c.Name}}})
	}
	sel.From = []ast.TableRef{&ast.TableName{Name: ast.ObjectName{Schema: h.cat.SchemaByOID(t.Schema).Name, Name: t.Name}}}
	stride, taken := int64(1), 0
	n := int64(0)
	count := func(row []types.Datum) error {
		n++
		if n%stride != 0 {
			return nil
		}
		for i, s := range samples {
			s.add(row[i])
		}
		if taken++; taken == analyzeSampleRows {
			for _, s := range samples {
				s.halve()
			}
			taken, stride = taken/2, stride*2
		}
		return nil
	}
	var rows int64
	err := h.over(t.Owner, []*catalog.Table{t}, func() (err error) {
		rows, err = h.run(&ast.Select{Body: sel}, count)
		return err
	})
	if err != nil {
		return err
	}
	size, err := h.e.bytesOf(t, "table")
	if err != nil {
		return err
	}
	stats := &catalog.TableStats{Rows: float64(rows), Bytes: float64(size), Columns: map[int16]catalog.ColumnStats{}}
	for _, s := range samples {
		stats.Columns[s.col.Attnum] = s.stats(float64(rows))
	}
	next := *t
	next.Stats = stats
	return h.context(h.tx).Catalog.PutTable(h.x.Context, &next)
}

func (s *columnSample) add(d types.Datum) {
	if d.IsNull() {
		s.nulls++
		return
	}
	s.vals = append(s.vals, d)
	switch d.Kind() {
	case types.KindStr:
		s.bytes += len(d.Str())
	case types.KindBytes:
		s.bytes += len(d.Bytes())
	default:
		s.bytes += 8
	}
}

// halve keeps every second value.
func (s *columnSample) halve() {
	kept := s.vals[:0]
	for i := 0; i < len(s.vals); i += 2 {
		kept = append(kept, s.vals[i])
	}
	s.vals, s.nulls, s.bytes = kept, s.nulls/2, s.bytes/2
}

func (s *columnSample) stats(rows float64) catalog.ColumnStats {
	total := float64(len(s.vals) + s.nulls)
	out := catalog.ColumnStats{}
	if total == 0 {
		return out
	}
	out.NullFraction = float64(s.nulls) / total
	if len(s.vals) == 0 {
		return out
	}
	out.AvgBytes = float64(s.bytes) / float64(len(s.vals))
	if !types.HasOrder(s.col.Type) {
		return out
	}
	slices.SortFunc(s.vals, func(a, b types.Datum) int { return types.Compare(s.col.Type, a, b) })
	s.distribution(&out, rows, total)
	return out
}

// run of equal values in the sorted sample.
type valueRun struct {
	at, n int
}

// distribution estimates distinct values (Haas and Stokes' estimator, as
// PostgreSQL's analyze.c), most common values and a histogram of the others.
func (s *columnSample) distribution(out *catalog.ColumnStats, rows, total float64) {
	var runs []valueRun
	for i := 0; i < len(s.vals); {
		j := i + 1
		for j < len(s.vals) && types.Compare(s.col.Type, s.vals[i], s.vals[j]) == 0 {
			j++
		}
		runs = append(runs, valueRun{i, j - i})
		i = j
	}
	once := 0
	for _, r := range runs {
		if r.n == 1 {
			once++
		}
	}
	n, d, f1 := float64(len(s.vals)), float64(len(runs)), float64(once)
	out.Distinct = d
	if all := rows * (1 - out.NullFraction); all > n && once > 0 {
		out.Distinct = min(n*d/(n-f1+f1*n/all), all)
	}
	common := slices.Clone(runs)
	slices.SortStableFunc(common, func(a, b valueRun) int { return cmp.Compare(b.n, a.n) })
	average := n / d
	isCommon := map[int]bool{}
	for _, r := range common {
		if len(out.MostCommon) == analyzeMostCommonMax || r.n < 2 || float64(r.n) < 1.25*average && d > analyzeMostCommonMax {
			break
		}
		out.MostCommon = append(out.MostCommon, s.vals[r.at])
		out.MostCommonFrq = append(out.MostCommonFrq, float64(r.n)/total)
		isCommon[r.at] = true
	}
	var rest []types.Datum
	for _, r := range runs {
		if !isCommon[r.at] {
			rest = append(rest, s.vals[r.at:r.at+r.n]...)
		}
	}
	if bounds := min(analyzeHistogramBounds, len(rest)-1); bounds > 0 {
		for i := 0; i <= bounds; i++ {
			out.Histogram = append(out.Histogram, rest[i*(len(rest)-1)/bounds])
		}
	}
}
