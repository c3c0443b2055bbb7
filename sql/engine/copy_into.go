package engine

import (
	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/bind"
	"github.com/ferritedb/ferrite/sql/build"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/exec"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// copyTarget inserts the rows of COPY FROM: each chunk is one execution of an
// INSERT whose source is that chunk.
type copyTarget struct {
	e        *Engine
	run      exec.Run
	op       exec.Operator
	prepared *build.Prepared
	table    string
	cols     []session.Column
	rows     int64
	locks    []tableLock
	needs    []*acl.Need
}

// CopyInto opens the target of COPY FROM. It locks the table first, and is bound
// anew where the catalog changed before that.
func (e *Engine) CopyInto(x *expr.Ctx, tx txn.Txn, cat session.Catalog, p session.Parsed, c *ast.Copy) (session.CopyTarget, error) {
	for attempt := range replanAttemptsMax {
		version := cat.Version()
		t, err := e.copyInto(x, tx, cat, p, c)
		if err != nil {
			return nil, err
		}
		if err := lockTables(x.Context, tx, t.locks); err != nil {
			return nil, err
		}
		valid := cat.Version() == version
		if !valid && attempt > 0 {
			if valid, err = unchanged(cat, t.needs); err != nil {
				return nil, err
			}
		}
		if valid {
			return t, nil
		}
	}
	return nil, pgerr.New(pgerr.ObjectInUse, "the catalog keeps changing under this statement")
}

// copyInto makes the target, without its locks.
func (e *Engine) copyInto(x *expr.Ctx, tx txn.Txn, cat session.Catalog, p session.Parsed, c *ast.Copy) (*copyTarget, error) {
	names, err := e.copyColumns(x, cat, p, c)
	if err != nil {
		return nil, err
	}
	ins := &ast.Insert{At: c.At, Target: c.Table, Overriding: ast.OverridingSystem} // COPY sets identity columns
	values := &ast.ValuesClause{Rows: make([][]ast.Expr, 1)}
	for i, n := range names {
		ins.Columns = append(ins.Columns, &ast.ColumnTarget{At: c.At, Name: n})
		values.Rows[0] = append(values.Rows[0], &ast.Param{Number: i + 1})
	}
	ins.Source = &ast.Select{Body: values}
	var params []*types.T
	if c.Where != nil {
		if params, err = e.filterCopy(x, cat, ins, names, c); err != nil {
			return nil, err
		}
	}
	res, err := bind.Statement(e.bindConfig(x, cat, p.Source, params), ins)
	if err != nil {
		return nil, err
	}
	if err := userOf(x, cat).Check(res.Access); err != nil {
		return nil, err
	}
	node, ok := res.Plan.(*plan.Insert)
	if !ok || node.Table == nil {
		return nil, pgerr.NotSupported("COPY FROM into this relation")
	}
	fed := *node
	src := &plan.External{}
	if c.Where == nil {
		src.Cols = node.Source.Columns()
		fed.Source = src
	} else {
		fed.Source = plan.RewriteNodes(node.Source, func(n plan.Node) plan.Node {
			if v, ok := n.(*plan.Values); ok && paramsOnly(v) {
				src.Cols = v.Cols
				return src
			}
			return n
		})
	}
	t := &copyTarget{e: e, table: node.Table.Name}
	for i, n := range names {
		col := node.Table.Column(n)
		t.cols = append(t.cols, session.Column{Name: n, T: src.Cols[i].T, Mod: col.Mod, Table: node.Table.OID, Attnum: col.Attnum})
	}
	if t.prepared, err = build.Build(&fed, build.Options{}); err != nil {
		return nil, err
	}
	t.op = t.prepared.New()
	e.fill(&t.run, x, tx, cat)
	t.locks, t.needs = locksOf(&fed, res.Access), res.Access
	return t, nil
}

// filterCopy puts the WHERE of COPY FROM over the rows: they become SELECT * FROM
// (VALUES ($1, …)) AS t (c, …) WHERE …. The result is the parameters' types.
func (e *Engine) filterCopy(x *expr.Ctx, cat session.Catalog, ins *ast.Insert, names []string, c *ast.Copy) ([]*types.T, error) {
	name, ok := c.Table.(*ast.TableName)
	if !ok {
		return nil, pgerr.NotSupported("COPY FROM into a key pattern")
	}
	t, err := (&ddlHost{e: e, x: x, cat: cat}).context(nil).Relation(name.Name)
	if err != nil {
		return nil, err
	}
	params := make([]*types.T, len(names))
	for i, n := range names {
		col := t.Column(n)
		if col == nil {
			return nil, pgerr.Newf(pgerr.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", n, t.Name)
		}
		params[i] = col.Type
	}
	ins.Source = &ast.Select{At: c.At, Body: &ast.SelectClause{At: c.At,
		Targets: []*ast.Target{{At: c.At, Expr: &ast.Star{At: c.At}}},
		From:    []ast.TableRef{&ast.SubqueryRef{At: c.At, Query: ins.Source, Alias: &ast.Alias{At: c.At, Name: t.Name, Columns: names}}},
		Where:   c.Where}}
	return params, nil
}

// paramsOnly tells the one row $1, $2, … that stands for the rows of COPY.
func paramsOnly(v *plan.Values) bool {
	if len(v.Rows) != 1 || len(v.Rows[0]) == 0 {
		return false
	}
	for i, e := range v.Rows[0] {
		if p, ok := e.(*expr.Param); !ok || p.Index != i+1 {
			return false
		}
	}
	return true
}

// copyColumns lists the columns a COPY fills.
func (e *Engine) copyColumns(x *expr.Ctx, cat session.Catalog, p session.Parsed, c *ast.Copy) ([]string, error) {
	if len(c.Columns) > 0 {
		return c.Columns, nil
	}
	name, ok := c.Table.(*ast.TableName)
	if !ok {
		return nil, pgerr.NotSupported("COPY FROM into a key pattern")
	}
	d := (&ddlHost{e: e, x: x, cat: cat}).context(nil)
	t, err := d.Relation(name.Name)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, col := range t.Columns {
		if !col.Dropped && col.Generated == 0 {
			names = append(names, col.Name)
		}
	}
	return names, nil
}

// Table is the name for error contexts.
func (t *copyTarget) Table() string { return t.table }

// Columns are what each row holds.
func (t *copyTarget) Columns() []session.Column { return t.cols }

// Write inserts the rows of c.
func (t *copyTarget) Write(c *chunk.Chunk) error {
	given := false
	t.run.External = func() *chunk.Chunk {
		if given {
			return nil
		}
		given = true
		return c
	}
	t.prepared.Bind(&t.run)
	defer t.op.Close()
	if err := t.op.Open(&t.run); err != nil {
		return err
	}
	for {
		out, err := t.op.Next(t.run.Eval.Context)
		if err != nil {
			return err
		}
		if out == nil {
			break
		}
	}
	if a, ok := t.op.(exec.Affected); ok {
		t.rows += a.RowsAffected()
	}
	t.run.Reset()
	return nil
}

// Close ends the statement.
func (t *copyTarget) Close(bool) (int64, error) { return t.rows, nil }
