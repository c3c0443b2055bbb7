package pgcatalog

import (
	"time"

	"github.com/ferritedb/ferrite/sql/acl"
	"github.com/ferritedb/ferrite/sql/catalog"
	"github.com/ferritedb/ferrite/sql/types"
)

// Setting is one row of pg_settings.
type Setting struct {
	Name, Value, Unit, Category, Description string
	Context, Type, Source                    string
	Min, Max                                 string
	Enum                                     []string
	Boot, Reset                              string
}

// Activity is one session as pg_stat_activity shows it.
type Activity struct {
	PID                                        int32
	User                                       types.OID
	UserName, Database, Application            string
	ClientAddr                                 types.Datum // inet, or NULL
	ClientPort                                 int
	BackendStart, TxnStart, QueryStart, Change time.Time
	State, Query, WaitEventType, WaitEvent     string
}

// Lock is one row of pg_locks.
type Lock struct {
	Type     string // relation, tuple, advisory
	Relation types.OID
	PID      int32
	Txn      uint64
	Mode     string
	Granted  bool
	// ClassID and ObjID of advisory locks.
	ClassID, ObjID uint32
}

// Prepared is a prepared statement of the session.
type Prepared struct {
	Name, Statement string
	At              time.Time
	Params          []types.OID
	FromSQL         bool
}

// Cursor is an open cursor of the session.
type Cursor struct {
	Name, Statement          string
	Hold, Binary, Scrollable bool
	At                       time.Time
}

// PreparedTxn is one row of pg_prepared_xacts.
type PreparedTxn struct {
	Txn                 uint64
	ID, Owner, Database string
	At                  time.Time
}

// Introspector is what a session tells beyond expr.Session; relations that need
// it are empty for a session that is none.
type Introspector interface {
	Settings() []Setting
	Activities() []Activity
	Locks() []Lock
	PreparedStatements() []Prepared
	PreparedTransactions() []PreparedTxn
	Cursors() []Cursor
}

func (e *env) introspect() (Introspector, bool) {
	i, ok := e.ctx.Session.(Introspector)
	return i, ok
}

func genSettings(e *env) error {
	in, ok := e.introspect()
	if !ok {
		return nil
	}
	for _, s := range in.Settings() {
		if err := e.row(s.Name, s.Value, textOrNull(s.Unit), s.Category, s.Description, nil, s.Context, s.Type, s.Source,
			textOrNull(s.Min), textOrNull(s.Max), optionsOrNull(s.Enum), s.Boot, s.Reset, nil, nil, false); err != nil {
			return err
		}
	}
	return nil
}

func genStatActivity(e *env) error {
	in, ok := e.introspect()
	if !ok {
		return nil
	}
	for _, a := range in.Activities() {
		if u := e.user(); !u.HasPrivsOf(a.User) && !u.HasPrivsOf(catalog.RoleReadAllStats) {
			if err := e.row(catalog.DatabaseDefault, a.Database, a.PID, nil, a.User, a.UserName, a.Application, nil, nil, nil, nil, nil, nil, nil,
				nil, nil, nil, nil, nil, nil, "<insufficient privilege>", nil); err != nil {
				return err
			}
			continue
		}
		if err := e.row(catalog.DatabaseDefault, a.Database, a.PID, nil, a.User, a.UserName, a.Application, a.ClientAddr, nil,
			a.ClientPort, a.BackendStart, a.TxnStart, a.QueryStart, a.Change, textOrNull(a.WaitEventType), textOrNull(a.WaitEvent),
			a.State, nil, nil, nil, a.Query, "client backend"); err != nil {
			return err
		}
	}
	return nil
}

func genLocks(e *env) error {
	in, ok := e.introspect()
	if !ok {
		return nil
	}
	for _, l := range in.Locks() {
		var rel, class, obj any
		if l.Relation != 0 {
			rel = l.Relation
		}
		if l.Type == "advisory" {
			class, obj = l.ClassID, l.ObjID
		}
		if err := e.row(l.Type, catalog.DatabaseDefault, rel, nil, nil, nil, nil, class, obj, nil, nil, l.PID, l.Mode, l.Granted, false, nil); err != nil {
			return err
		}
	}
	return nil
}

func genPreparedStatements(e *env) error {
	in, ok := e.introspect()
	if !ok {
		return nil
	}
	for _, p := range in.PreparedStatements() {
		if err := e.row(p.Name, p.Statement, p.At, p.Params, p.FromSQL, 0, 0); err != nil {
			return err
		}
	}
	return nil
}

func genPreparedXacts(e *env) error {
	in, ok := e.introspect()
	if !ok {
		return nil
	}
	for _, p := range in.PreparedTransactions() {
		if err := e.row(types.MakeInt(int64(uint32(p.Txn))), p.ID, p.At, p.Owner, p.Database); err != nil {
			return err
		}
	}
	return nil
}

func genCursors(e *env) error {
	in, ok := e.introspect()
	if !ok {
		return nil
	}
	for _, c := range in.Cursors() {
		if err := e.row(c.Name, c.Statement, c.Hold, c.Binary, c.Scrollable, c.At); err != nil {
			return err
		}
	}
	return nil
}

func genStatDatabase(e *env) error {
	dbs, err := e.cat.Databases()
	if err != nil {
		return err
	}
	in, _ := e.introspect()
	for _, d := range dbs {
		n := 0
		if in != nil {
			for _, a := range in.Activities() {
				if a.Database == d.Name {
					n++
				}
			}
		}
		row := make([]any, len(e.t.Columns))
		row[0], row[1], row[2] = d.OID, d.Name, n
		if err := e.row(row...); err != nil {
			return err
		}
	}
	return nil
}

func (e *env) statTables(user bool) error {
	return e.eachTable("relid", func(t *catalog.Table) error {
		if k := relkind(t); k != 'r' && k != 'm' || user && t.Kind == catalog.KindVirtual {
			return nil
		}
		row := make([]any, len(e.t.Columns))
		row[0], row[1], row[2] = t.OID, e.schema(t.Schema), t.Name
		if t.Stats != nil {
			row[e.t.Column("n_live_tup").Attnum-1] = int64(t.Stats.Rows)
		}
		return e.row(row...)
	})
}

func genStatAllTables(e *env) error  { return e.statTables(false) }
func genStatUserTables(e *env) error { return e.statTables(true) }

func genStats(e *env) error {
	return e.eachTable("", func(t *catalog.Table) error {
		if t.Stats == nil {
			return nil
		}
		for _, c := range live(t) {
			s, ok := t.Stats.Columns[c.Attnum]
			if !ok || !e.user().HoldsColumns(t, acl.Select, []int16{c.Attnum}, false) {
				continue
			}
			if err := e.row(e.schema(t.Schema), t.Name, c.Name, false, s.NullFraction, int(s.AvgBytes), s.Distinct,
				nil, nil, nil, nil, nil, nil, nil); err != nil {
				return err
			}
		}
		return nil
	})
}
