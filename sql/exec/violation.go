package exec

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// failingValueBytesMax is where PostgreSQL cuts values in "Failing row contains".
const failingValueBytesMax = 64

func (r *Run) schemaName(t *catalog.Table) string {
	if r.Catalog == nil {
		return ""
	}
	if s := r.Catalog.SchemaByOID(t.Schema); s != nil {
		return s.Name
	}
	return ""
}

// format is a value's text as the session shows it.
func (r *Run) format(d Datum, t *types.T) string {
	if d.IsNull() {
		return "null"
	}
	return types.Format(d, t, r.Eval.IO())
}

// failingRow is the detail that shows row i of a row chunk.
func (r *Run) failingRow(t *Target, c *chunk.Chunk, i int) string {
	var b strings.Builder
	b.WriteString("Failing row contains (")
	for j := range t.Live {
		if j > 0 {
			b.WriteString(", ")
		}
		s := r.format(c.Cols[j].Datum(i), t.Desc.ColumnByNum(t.Live[j]).Type)
		if len(s) > failingValueBytesMax {
			cut := failingValueBytesMax
			for cut > 0 && s[cut]&0xc0 == 0x80 {
				cut--
			}
			s = s[:cut] + "..."
		}
		b.WriteString(s)
	}
	b.WriteString(").")
	return b.String()
}

// duplicate is SQLSTATE 23505 for the row in w.row. values are the index's key
// values; nil: the columns of the row.
func (w *rowWriter) duplicate(ix *catalog.Index, values []Datum) error {
	if values == nil {
		for _, k := range ix.Keys {
			values = append(values, w.row[k.Attnum-1])
		}
	}
	return pgerr.Newf(pgerr.UniqueViolation, "duplicate key value violates unique constraint \"%s\"", ix.Name).
		WithDetailf("Key %s already exists.", w.run.keyText(w.t.Desc, indexNames(w.t.Desc, ix), indexTypes(w.t.Desc, ix), values)).
		WithTable(w.run.schemaName(w.t.Desc), w.t.Desc.Name).WithConstraint(ix.Name)
}

func indexNames(t *catalog.Table, ix *catalog.Index) []string {
	var out []string
	for _, k := range ix.Keys {
		if k.Attnum == 0 {
			out = append(out, k.Expr)
		} else {
			out = append(out, t.ColumnByNum(k.Attnum).Name)
		}
	}
	return out
}

func indexTypes(t *catalog.Table, ix *catalog.Index) []*types.T {
	var out []*types.T
	for _, k := range ix.Keys {
		if k.Attnum == 0 {
			out = append(out, k.Type)
		} else {
			out = append(out, t.ColumnByNum(k.Attnum).Type)
		}
	}
	return out
}

// keyText is "(a, b)=(1, 2)".
func (r *Run) keyText(_ *catalog.Table, names []string, ts []*types.T, values []Datum) string {
	var vals []string
	for i, v := range values {
		vals = append(vals, r.format(v, ts[i]))
	}
	return "(" + strings.Join(names, ", ") + ")=(" + strings.Join(vals, ", ") + ")"
}

// Check is a compiled CHECK constraint over row chunks.
type Check struct {
	Name   string
	Cond   *Expr
	Domain string
}

// rowChecks holds NOT NULL and CHECK constraints of a Target.
type rowChecks struct {
	t      *Target
	checks []Check
	conds  []evalState
}

func newRowChecks(t *Target, checks []Check) rowChecks {
	rc := rowChecks{t: t, checks: checks}
	for i := range checks {
		rc.conds = append(rc.conds, checks[i].Cond.state())
	}
	return rc
}

// verify checks all rows of a row chunk.
func (rc *rowChecks) verify(run *Run, c *chunk.Chunk) error {
	for _, at := range rc.t.NotNull {
		v := &c.Cols[at]
		if !v.HasNulls {
			continue
		}
		for i := range c.Rows {
			if v.Nulls[i] {
				return run.nullViolation(rc.t, c, at, i)
			}
		}
	}
	for k := range rc.checks {
		v, err := rc.conds[k].vec(run, c)
		if err != nil {
			return err
		}
		for i := range c.Rows {
			if d := v.Datum(i); !d.IsNull() && !d.Bool() {
				return run.checkViolation(rc.t, &rc.checks[k], c, i)
			}
		}
	}
	return nil
}

func (r *Run) nullViolation(t *Target, c *chunk.Chunk, at, i int) error {
	col := t.Desc.ColumnByNum(t.Live[at])
	return pgerr.Newf(pgerr.NotNullViolation, "null value in column \"%s\" of relation \"%s\" violates not-null constraint", col.Name, t.Desc.Name).
		WithDetail(r.failingRow(t, c, i)).WithTable(r.schemaName(t.Desc), t.Desc.Name).WithColumn(col.Name)
}

func (r *Run) checkViolation(t *Target, ck *Check, c *chunk.Chunk, i int) error {
	if ck.Domain != "" {
		if ck.Name == "" {
			return pgerr.Newf(pgerr.NotNullViolation, "domain %s does not allow null values", ck.Domain).WithDataType(ck.Domain)
		}
		return pgerr.Newf(pgerr.CheckViolation, "value for domain %s violates check constraint \"%s\"", ck.Domain, ck.Name).
			WithDataType(ck.Domain).WithConstraint(ck.Name)
	}
	return pgerr.Newf(pgerr.CheckViolation, "new row for relation \"%s\" violates check constraint \"%s\"", t.Desc.Name, ck.Name).
		WithDetail(r.failingRow(t, c, i)).WithTable(r.schemaName(t.Desc), t.Desc.Name).WithConstraint(ck.Name)
}
