package engine

import (
	"github.com/ferritedb/ferrite/sql/bind"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/parse"
	"github.com/ferritedb/ferrite/sql/rowcodec"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/sql/write"
)

// tableExprs binds the expressions of a table that a foreign key action writes
// to. They are kept with the execution, whose next run may need them again.
func (r *running) tableExprs(t *catalog.Table) (*write.TableExprs, error) {
	if te := r.exprs[t]; te != nil {
		return te, nil
	}
	cfg := r.e.bindConfig(r.run.Eval, r.run.Catalog, "", nil)
	cfg.Owner, cfg.Check = t.Owner, userOf(r.run.Eval, r.run.Catalog).Check // the action is the owner's, whoever set it off
	b := tableBinder{cfg: cfg, t: t}
	te, err := b.bind()
	if err != nil {
		return nil, err
	}
	if r.exprs == nil {
		r.exprs = map[*catalog.Table]*write.TableExprs{}
	}
	r.exprs[t] = te
	return te, nil
}

// tableBinder compiles stored expressions over the rows of t.
type tableBinder struct {
	cfg *bind.Config
	t   *catalog.Table
	row bind.Row
}

func (b *tableBinder) bind() (*write.TableExprs, error) {
	te := &write.TableExprs{Target: write.NewTarget(rowcodec.NewTable(b.t))}
	b.row.Table = b.t
	for i := range te.Target.Live {
		b.row.IDs = append(b.row.IDs, expr.ColID(i+1))
	}
	n := len(te.Target.Live)
	te.Generated, te.Defaults = make([]*expr.Compiled, n), make([]*expr.Compiled, n)
	for i, a := range te.Target.Live {
		c := b.t.ColumnByNum(a)
		if c.Default == "" {
			continue
		}
		var err error
		if c.Generated != 0 {
			te.Generated[i], err = b.expr(c.Default, bind.KindGenerated, c.Type, c.Mod)
		} else {
			te.Defaults[i], err = b.expr(c.Default, bind.KindDefault, c.Type, c.Mod)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, ck := range b.t.Checks {
		e, err := b.expr(ck.Expr, bind.KindCheck, types.Bool, -1)
		if err != nil {
			return nil, err
		}
		te.Checks = append(te.Checks, write.Check{Name: ck.Name, Cond: e})
	}
	return te, b.indexes(te)
}

func (b *tableBinder) indexes(te *write.TableExprs) error {
	for _, x := range te.Target.Indexes {
		desc := x.Codec.Desc()
		for i, k := range desc.Keys {
			if k.Attnum != 0 {
				continue
			}
			var err error
			if x.Keys[i], err = b.expr(k.Expr, bind.KindIndexKey, nil, -1); err != nil {
				return err
			}
		}
		if desc.Where == "" {
			continue
		}
		var err error
		if x.Where, err = b.expr(desc.Where, bind.KindIndexPredicate, types.Bool, -1); err != nil {
			return err
		}
	}
	return nil
}

func (b *tableBinder) expr(text string, kind bind.Kind, want *types.T, mod int32) (*expr.Compiled, error) {
	node, err := parse.Expr(text)
	if err != nil {
		return nil, err
	}
	e, err := bind.Expr(b.cfg, node, kind, &b.row, want, mod)
	if err != nil {
		return nil, err
	}
	return expr.CompileOver(e, b.row.IDs)
}
