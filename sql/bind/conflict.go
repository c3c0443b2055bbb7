package bind

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// conflict binds ON CONFLICT: which unique indexes count, and what DO UPDATE sets.
func (st *insertState) conflict(ref *ast.TableName) {
	b, c := st.b, st.ast.OnConflict
	oc := &plan.OnConflict{DoUpdate: c.DoUpdate}
	st.n.OnConflict = oc
	switch {
	case c.Constraint != "":
		oc.Arbiters = []*catalog.Index{st.arbiterNamed(c)}
	case len(c.Elements) > 0:
		oc.Arbiters = st.inferArbiters(c)
	case c.DoUpdate:
		b.fail(c.At, pgerr.New(pgerr.SyntaxError, "ON CONFLICT DO UPDATE requires inference specification or constraint name").
			WithHint("For example, ON CONFLICT (column_name)."))
	}
	if !c.DoUpdate {
		return
	}
	for range st.n.Row {
		oc.Old = append(oc.Old, b.newCol())
	}
	old := b.rowRel(st.t, oc.Old)
	if ref.Alias != nil {
		old.name, old.schema = ref.Alias.Name, ""
	} else if sc := b.cat.SchemaByOID(st.t.Schema); sc != nil {
		old.schema = sc.Name
	}
	excluded := b.rowRel(st.t, st.n.Row)
	excluded.name, excluded.excl = "excluded", true
	s := &scope{b: b, parent: st.s.parent, ctes: st.s.ctes, rels: []*rel{old, excluded}, clause: inSet}
	old.tell(st.need)
	excluded.tell(st.need)
	oc.Set = b.setClauses(c.Set, st.t, st.need, s)
	st.n.Incoming = b.incoming(st.t)
	if c.UpdateWhere != nil {
		s.clause = inWhere
		oc.Where = b.condition(s, c.UpdateWhere, "WHERE")
	}
}

func (st *insertState) arbiterNamed(c *ast.OnConflict) *catalog.Index {
	for _, x := range st.t.Indexes {
		if x.Name == c.Constraint && x.Unique && (x.Constraint || x.Primary) {
			for _, k := range x.Keys {
				st.need.Read(k.Attnum)
			}
			return x
		}
	}
	st.b.failf(ast.NoPosition, pgerr.UndefinedObject, "constraint %q for table %q does not exist", c.Constraint, st.t.Name)
	return nil
}

// inferArbiters finds the unique indexes whose keys are exactly the elements. A
// partial one counts where the given predicate is its own (or implies it).
func (st *insertState) inferArbiters(c *ast.OnConflict) []*catalog.Index {
	b := st.b
	row := b.rowRel(st.t, st.n.Row)
	row.tell(st.need)
	s := &scope{b: b, rels: []*rel{row}, clause: inConflict}
	var elems []expr.Expr
	for _, e := range c.Elements {
		if e.Column != "" {
			col := row.find(e.Column)
			if col == nil {
				b.failf(e.At, pgerr.UndefinedColumn, "column %q does not exist", e.Column)
			}
			col.note()
			elems = append(elems, col.read(b))
			continue
		}
		elems = append(elems, s.expr(e.Expr))
	}
	var given expr.Expr
	if c.IndexWhere != nil {
		given = b.condition(s, c.IndexWhere, "WHERE")
	}
	row.tell(nil)
	var out []*catalog.Index
	for _, x := range st.t.Indexes {
		if x.Unique && st.keysAre(x, elems, s) && st.predicateFits(x, given, s) {
			out = append(out, x)
		}
	}
	if len(out) == 0 {
		b.failf(ast.NoPosition, pgerr.InvalidColumnReference, "there is no unique or exclusion constraint matching the ON CONFLICT specification")
	}
	return out
}

// keysAre tells that an index's keys are the given expressions, in any order.
func (st *insertState) keysAre(x *catalog.Index, elems []expr.Expr, s *scope) bool {
	matched := make([]bool, len(elems))
	for _, k := range x.Keys {
		key := st.keyExpr(x, k, s)
		hit := false
		for i, e := range elems {
			if expr.Equal(e, key) {
				matched[i], hit = true, true
			}
		}
		if !hit {
			return false
		}
	}
	for _, m := range matched {
		if !m {
			return false
		}
	}
	return true
}

func (st *insertState) keyExpr(x *catalog.Index, k catalog.IndexKey, s *scope) expr.Expr {
	if k.Attnum == 0 {
		return st.b.stored(k.Expr, nil, s)
	}
	for _, c := range s.rels[0].cols {
		if c.col.Attnum == k.Attnum {
			return c.read(st.b)
		}
	}
	return &expr.Const{T: types.Unknown}
}

func (st *insertState) predicateFits(x *catalog.Index, given expr.Expr, s *scope) bool {
	if x.Where == "" {
		return true
	}
	if given == nil {
		return false
	}
	own := st.b.stored(x.Where, types.Bool, s)
	for _, need := range conjuncts(own) {
		have := false
		for _, g := range conjuncts(given) {
			have = have || expr.Equal(g, need)
		}
		if !have {
			return false
		}
	}
	return true
}

func conjuncts(e expr.Expr) []expr.Expr {
	if a, ok := e.(*expr.And); ok {
		var out []expr.Expr
		for _, x := range a.Args {
			out = append(out, conjuncts(x)...)
		}
		return out
	}
	return []expr.Expr{e}
}
