package write

import (
	"strings"

	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// failingValueBytesMax is where PostgreSQL cuts values in "Failing row contains".
const failingValueBytesMax = 64

// Format is a value's text as the session shows it.
func (e *Env) Format(d types.Datum, t *types.T) string {
	if d.IsNull() {
		return "null"
	}
	return types.Format(d, t, e.Eval.IO())
}

// failingRow is the detail that shows row i of a row chunk.
func (e *Env) failingRow(t *Target, c *chunk.Chunk, i int) string {
	var b strings.Builder
	b.WriteString("Failing row contains (")
	for j := range t.Live {
		if j > 0 {
			b.WriteString(", ")
		}
		s := e.Format(c.Cols[j].Datum(i), t.Desc.ColumnByNum(t.Live[j]).Type)
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

// duplicate is SQLSTATE 23505 for row. values are the index's key values; nil:
// the columns of the row.
func (e *Env) duplicate(t *catalog.Table, ix *catalog.Index, row, values []types.Datum) error {
	if tx, ok := e.Txn.(txn.ReadChecker); ok {
		// Who looked for the key and found none is told that, not of the duplicate.
		if err := tx.CheckReads(true); err != nil {
			return TxnError(err, t.Name)
		}
	}
	if values == nil {
		for _, k := range ix.Keys {
			values = append(values, row[k.Attnum-1])
		}
	}
	return pgerr.Newf(pgerr.UniqueViolation, "duplicate key value violates unique constraint \"%s\"", ix.Name).
		WithDetailf("Key %s already exists.", e.keyText(indexNames(t, ix), indexTypes(t, ix), values)).
		WithTable(e.schemaName(t), t.Name).WithConstraint(ix.Name)
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
func (e *Env) keyText(names []string, ts []*types.T, values []types.Datum) string {
	var vals []string
	for i, v := range values {
		vals = append(vals, e.Format(v, ts[i]))
	}
	return "(" + strings.Join(names, ", ") + ")=(" + strings.Join(vals, ", ") + ")"
}

func (e *Env) nullViolation(t *Target, c *chunk.Chunk, at, i int) error {
	col := t.Desc.ColumnByNum(t.Live[at])
	return pgerr.Newf(pgerr.NotNullViolation, "null value in column \"%s\" of relation \"%s\" violates not-null constraint", col.Name, t.Desc.Name).
		WithDetail(e.failingRow(t, c, i)).WithTable(e.schemaName(t.Desc), t.Desc.Name).WithColumn(col.Name)
}

func (e *Env) checkViolation(t *Target, ck *Check, c *chunk.Chunk, i int) error {
	if ck.Domain != "" {
		if ck.Name == "" {
			return pgerr.Newf(pgerr.NotNullViolation, "domain %s does not allow null values", ck.Domain).WithDataType(ck.Domain)
		}
		return pgerr.Newf(pgerr.CheckViolation, "value for domain %s violates check constraint \"%s\"", ck.Domain, ck.Name).
			WithDataType(ck.Domain).WithConstraint(ck.Name)
	}
	return pgerr.Newf(pgerr.CheckViolation, "new row for relation \"%s\" violates check constraint \"%s\"", t.Desc.Name, ck.Name).
		WithDetail(e.failingRow(t, c, i)).WithTable(e.schemaName(t.Desc), t.Desc.Name).WithConstraint(ck.Name)
}
