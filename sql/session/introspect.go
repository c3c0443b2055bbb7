package session

import (
	"net"
	"sort"
	"strconv"
	"strings"

	"github.com/ferritedb/ferrite/sql/pgcatalog"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// Settings lists the run-time parameters (pg_settings).
func (f functions) Settings() []pgcatalog.Setting {
	rows := make([]pgcatalog.Setting, 0, len(settingTable))
	for id := range settingTable {
		d := &settingTable[id]
		value := f.s.vars.vals[id]
		if d.context == contextUser && d.unit == "" {
			value = f.s.showSetting(settingID(id))
		}
		r := pgcatalog.Setting{Name: d.name, Value: value, Unit: d.unit, Category: "Ferrite", Description: d.doc,
			Context: d.context.String(), Type: d.kind.String(), Source: "default", Enum: d.values,
			Boot: d.def, Reset: f.s.vars.reset[id]}
		if d.kind == kindInt || d.kind == kindReal {
			r.Min, r.Max = formatReal(d.min), formatReal(d.max)
		}
		if value != d.def {
			r.Source = "session"
		}
		rows = append(rows, r)
	}
	return rows
}

// Activities lists the sessions (pg_stat_activity), by PID.
func (f functions) Activities() []pgcatalog.Activity {
	backends := f.s.srv.Backends()
	sort.Slice(backends, func(i, j int) bool { return backends[i].PID < backends[j].PID })
	rows := make([]pgcatalog.Activity, 0, len(backends))
	for _, b := range backends {
		a := b.Activity()
		r := pgcatalog.Activity{PID: a.PID, UserName: a.User, Database: a.Database, Application: a.App,
			ClientPort: -1, BackendStart: a.Started, QueryStart: a.QueryAt, Change: a.QueryAt, State: a.State, Query: a.Query}
		r.User = types.OID(b.role.Load())
		if f.s.cat != nil && r.User != 0 {
			if role, err := f.s.cat.RoleByOID(r.User); err == nil && role != nil {
				r.UserName = role.Name
			}
		}
		if host, port, err := net.SplitHostPort(a.Addr); err == nil {
			if d, err := types.Parse(types.Inet, -1, host, nil); err == nil {
				r.ClientAddr = d
				r.ClientPort, _ = strconv.Atoi(port)
			}
		}
		if a.State != "active" {
			r.WaitEventType, r.WaitEvent = "Client", "ClientRead"
		}
		if strings.HasPrefix(a.State, "idle in") {
			r.TxnStart = a.QueryAt
		}
		rows = append(rows, r)
	}
	return rows
}

// Locks lists the locks held and waited for (pg_locks).
func (f functions) Locks() []pgcatalog.Lock {
	var rows []pgcatalog.Lock
	for _, l := range f.s.srv.Store.Locks() {
		// A transaction's Session is the PID of its backend; one that was prepared has none.
		rows = append(rows, pgcatalog.Lock{Type: l.Kind, Relation: types.OID(l.TableID), PID: int32(l.Session), Txn: l.Txn, Mode: l.Mode, Granted: l.Granted})
	}
	return rows
}

// PreparedStatements lists the prepared statements, by name.
func (f functions) PreparedStatements() []pgcatalog.Prepared {
	rows := make([]pgcatalog.Prepared, 0, len(f.s.stmts))
	for _, st := range f.s.stmts {
		r := pgcatalog.Prepared{Name: st.name, Statement: st.source, At: st.at, FromSQL: st.fromSQL}
		params := st.given
		if st.plan != nil {
			params = st.plan.Params
		}
		for _, t := range params {
			oid := types.Text.OID
			if t != nil {
				oid = t.OID
			}
			r.Params = append(r.Params, oid)
		}
		rows = append(rows, r)
	}
	sort.Slice(rows, func(i, j int) bool { return rows[i].Name < rows[j].Name })
	return rows
}

// PreparedTransactions lists the transactions of PREPARE TRANSACTION
// (pg_prepared_xacts), by identifier.
func (f functions) PreparedTransactions() []pgcatalog.PreparedTxn {
	store, ok := f.s.srv.Store.(txn.PreparedStore)
	if !ok {
		return nil
	}
	var rows []pgcatalog.PreparedTxn
	for _, p := range store.Prepared() {
		rows = append(rows, pgcatalog.PreparedTxn{Txn: p.Txn, ID: p.ID, Owner: p.Owner, Database: p.Database, At: p.At})
	}
	sort.Slice(rows, func(i, j int) bool { return rows[i].ID < rows[j].ID })
	return rows
}

// Cursors lists the open cursors, by name.
func (f functions) Cursors() []pgcatalog.Cursor {
	rows := make([]pgcatalog.Cursor, 0, len(f.s.portals))
	for _, p := range f.s.portals {
		r := pgcatalog.Cursor{Name: p.name, Statement: p.stmt.source, At: p.at}
		if p.cursor != nil {
			r.Hold, r.Binary, r.Scrollable = p.cursor.hold, p.cursor.binary, p.cursor.scroll
		}
		rows = append(rows, r)
	}
	sort.Slice(rows, func(i, j int) bool { return rows[i].Name < rows[j].Name })
	return rows
}

// SequenceStates is the part of an Engine that tells where a sequence stands.
type SequenceStates interface {
	SequenceState(cat Catalog, seq types.OID) (last int64, called bool, err error)
}

// SequenceState tells where a sequence stands.
func (f functions) SequenceState(seq types.OID) (last int64, called bool, err error) {
	if e, ok := f.s.srv.Engine.(SequenceStates); ok && f.s.cat != nil {
		return e.SequenceState(f.s.cat, seq)
	}
	return 0, false, nil
}
