package bind

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/plan"
	"github.com/ferritedb/ferrite/sql/types"
)

// systemColumns are the names PostgreSQL reserves in every table.
var systemColumns = map[string]bool{"ctid": true, "xmin": true, "xmax": true, "cmin": true, "cmax": true, "tableoid": true}

func isSystemColumn(name string) bool { return systemColumns[name] }

// bareSystemColumn finds a system column of the one table in FROM that has it.
func (s *scope) bareSystemColumn(name string, pos ast.At) expr.Expr {
	if !isSystemColumn(name) {
		return nil
	}
	for at := s; at != nil; at = at.parent {
		var hit *rel
		for _, r := range at.rels {
			if !r.colsVisible || r.scan == nil && r.pat == nil && r.virt == nil {
				continue
			}
			if hit != nil {
				s.b.failf(pos, pgerr.AmbiguousColumn, "column reference %q is ambiguous", name)
			}
			hit = r
		}
		if hit != nil {
			return s.systemColumn(hit, name, pos)
		}
	}
	return nil
}

// systemAttnum stands for every system column: none has an access list.
const systemAttnum = -1

// systemColumn gives ctid (the row's key bytes, unlike PostgreSQL a bytea) and
// tableoid; the transaction ids of rows are not kept.
func (s *scope) systemColumn(r *rel, name string, pos ast.At) expr.Expr {
	b := s.b
	if !isSystemColumn(name) || r.scan == nil && r.pat == nil && r.virt == nil {
		return nil
	}
	if r.need != nil {
		r.need.Read(systemAttnum)
	}
	switch {
	case name == "ctid" && r.virt == nil:
		return b.rowID(r)
	case name == "tableoid" && r.table != nil:
		if r.virt != nil {
			return &expr.Const{Value: types.MakeInt(int64(r.table.OID)), T: types.Oid, Mod: -1}
		}
		if r.scan.TableOID == 0 {
			r.scan.TableOID = b.newCol()
			r.scan.Cols = append(r.scan.Cols, plan.Col{ID: r.scan.TableOID, Name: name, T: types.Oid, Mod: -1})
		}
		return b.sysCol(r, name, r.scan.TableOID, types.Oid)
	}
	b.fail(pos, pgerr.NotSupported("system column \""+name+"\""))
	return nil
}

func (b *binder) sysCol(r *rel, name string, id expr.ColID, t *types.T) *expr.Col {
	if r.sys == nil {
		r.sys = map[string]*expr.Col{}
	}
	if r.sys[name] == nil {
		r.sys[name] = &expr.Col{ID: id, T: t, Mod: -1, Name: name}
	}
	return r.sys[name]
}

// rowID makes the scan put out the key of each row.
func (b *binder) rowID(r *rel) *expr.Col {
	switch {
	case r.scan != nil:
		if r.scan.RowID == 0 {
			r.scan.RowID = b.newCol()
			r.scan.Cols = append(r.scan.Cols, plan.Col{ID: r.scan.RowID, Name: "ctid", T: types.Bytea, Mod: -1})
		}
		return b.sysCol(r, "ctid", r.scan.RowID, types.Bytea)
	default:
		if r.pat.RowID == 0 {
			r.pat.RowID = b.newCol()
			r.pat.Cols = append(r.pat.Cols, plan.Col{ID: r.pat.RowID, Name: "ctid", T: types.Bytea, Mod: -1})
		}
		return b.sysCol(r, "ctid", r.pat.RowID, types.Bytea)
	}
}
