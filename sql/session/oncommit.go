package session

import (
	"slices"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/types"
)

// onCommit is what CREATE TEMPORARY TABLE … ON COMMIT asked for. A table that is
// gone, or whose creation was rolled back, leaves the list at the next commit.
type onCommit struct {
	table types.OID
	drop  bool // else its rows are deleted
}

// noteOnCommit remembers what a statement that has run said of ON COMMIT.
func (s *Session) noteOnCommit(n ast.Statement) {
	var name ast.ObjectName
	var what ast.OnCommit
	switch n := n.(type) {
	case *ast.CreateTable:
		name, what = n.Name, n.OnCommit
	case *ast.CreateTableAs:
		name, what = n.Name, n.OnCommit
	}
	if what != ast.OnCommitDrop && what != ast.OnCommitDeleteRows {
		return
	}
	schema := s.cat.SchemaByName(TempSchema(s.be.PID))
	if schema == nil {
		return
	}
	if t, err := s.cat.Table(schema.OID, name.Name); err == nil && t != nil {
		s.temp.onCommit = append(s.temp.onCommit, onCommit{table: t.OID, drop: what == ast.OnCommitDrop})
	}
}

// runOnCommit does it, in the transaction that is about to commit.
func (s *Session) runOnCommit() error {
	if s.tx == nil || s.latest || s.modes.readOnly || s.modes.asOf != 0 {
		return nil
	}
	if err := s.ensureCatalog(false); err != nil {
		return err
	}
	saved := s.sink
	s.sink = nullSink{}
	defer func() { s.sink = saved }()
	for _, c := range slices.Clone(s.temp.onCommit) {
		t, err := s.cat.TableByOID(c.table)
		if err != nil {
			return err
		}
		if t == nil {
			s.temp.onCommit = slices.DeleteFunc(s.temp.onCommit, func(o onCommit) bool { return o == c })
			continue
		}
		sql := "TRUNCATE "
		if c.drop {
			sql = "DROP TABLE "
		}
		parsed, err := s.srv.Engine.Parse(sql + TempSchema(s.be.PID) + "." + types.QuoteIdent(t.Name))
		if err != nil {
			return err
		}
		var x expr.Ctx
		s.fillCtx(&x, &s.budget)
		x.As = catalog.RoleSuperuser // the table goes whoever the session is by now
		if _, err := s.srv.Engine.Utility(&x, s.tx, s.cat, parsed[0]); err != nil {
			return err
		}
	}
	return nil
}
