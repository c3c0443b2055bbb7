package session

import (
	"github.com/ferritedb/ferrite/sql/ddl"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// Upgrade rebuilds what an older release stored in a form that is no longer
// written: indexes whose keys do not order as their types compare. It is called
// before the first client.
func (srv *Server) Upgrade(user string) error {
	old, err := srv.oldTables()
	if err != nil || len(old) == 0 {
		return err
	}
	s, err := New(srv, Info{User: user}, nullSink{})
	if err != nil {
		return err
	}
	defer s.Close()
	for _, name := range old {
		if err := s.Simple("REINDEX TABLE " + name); err != nil {
			return err
		}
	}
	return nil
}

func (srv *Server) oldTables() ([]string, error) {
	tx, err := srv.Store.Begin(txn.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	cat, err := srv.Engine.Catalog(tx)
	if err != nil {
		return nil, err
	}
	tables, err := cat.Tables()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, t := range tables {
		if !ddl.NeedsReindex(t) {
			continue
		}
		schema := ""
		for _, sc := range cat.Schemas() {
			if sc.OID == t.Schema {
				schema = types.QuoteIdent(sc.Name) + "."
			}
		}
		out = append(out, schema+types.QuoteIdent(t.Name))
	}
	return out, nil
}
