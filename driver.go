package ferrite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/sql/types"
)

func init() { sql.Register("ferrite", stores) }

// sqlDriver opens stores by the data source name, which is their directory; all
// connections of one directory share the store, which closes with the last pool.
type sqlDriver struct {
	mu   sync.Mutex
	open map[string]*shared // guarded by mu
}

type shared struct {
	db    *DB
	conns int
}

var stores = &sqlDriver{open: map[string]*shared{}}

// Open opens a connection to the store in a directory.
func (d *sqlDriver) Open(dir string) (driver.Conn, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.open[dir]
	if s == nil {
		db, err := Open(dir)
		if err != nil {
			return nil, err
		}
		s = &shared{db: db}
		d.open[dir] = s
	}
	c, err := s.db.connect()
	if err != nil {
		return nil, err
	}
	s.conns++
	c.onClose = func() error {
		d.mu.Lock()
		defer d.mu.Unlock()
		if s.conns--; s.conns > 0 {
			return nil
		}
		delete(d.open, dir)
		return s.db.Close()
	}
	return c, nil
}

// connector makes the connections of DB.SQL.
type connector struct{ db *DB }

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.db.connect() }
func (c connector) Driver() driver.Driver                        { return stores }

// conn is one session as a driver.Conn.
type conn struct {
	s       *session.Session
	sink    *sink
	onClose func() error
}

var (
	_ driver.ConnBeginTx        = (*conn)(nil)
	_ driver.ExecerContext      = (*conn)(nil)
	_ driver.QueryerContext     = (*conn)(nil)
	_ driver.ConnPrepareContext = (*conn)(nil)
	_ driver.Pinger             = (*conn)(nil)
	_ driver.SessionResetter    = (*conn)(nil)
	_ driver.NamedValueChecker  = (*conn)(nil)
)

func (db *DB) connect() (*conn, error) {
	k := &sink{}
	s, err := session.New(db.sessions, session.Info{User: db.cfg.user, Database: "ferrite"}, k)
	if err != nil {
		return nil, err
	}
	k.s = s
	return &conn{s: s, sink: k}, nil
}

// Close ends the session.
func (c *conn) Close() error {
	c.s.Close()
	if c.onClose != nil {
		return c.onClose()
	}
	return nil
}

// Ping does nothing: there is no network.
func (c *conn) Ping(context.Context) error { return nil }

// ResetSession rolls back what a user left open.
func (c *conn) ResetSession(ctx context.Context) error {
	if c.s.Status() == 'I' {
		return nil
	}
	_, err := c.ExecContext(ctx, "ROLLBACK", nil)
	return err
}

// CheckNamedValue takes what appendParam can write.
func (c *conn) CheckNamedValue(v *driver.NamedValue) error {
	switch v.Value.(type) {
	case nil, int64, float64, bool, string, []byte, time.Time:
		return nil
	}
	x, err := driver.DefaultParameterConverter.ConvertValue(v.Value)
	v.Value = x
	return err
}

// BeginTx begins a transaction.
func (c *conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	q := "BEGIN"
	switch sql.IsolationLevel(o.Isolation) {
	case sql.LevelDefault:
	case sql.LevelReadUncommitted, sql.LevelReadCommitted:
		q += " ISOLATION LEVEL READ COMMITTED"
	case sql.LevelRepeatableRead, sql.LevelSnapshot:
		q += " ISOLATION LEVEL REPEATABLE READ"
	case sql.LevelSerializable:
		q += " ISOLATION LEVEL SERIALIZABLE"
	default:
		return nil, errors.New("ferrite: isolation level is not supported")
	}
	if o.ReadOnly {
		q += " READ ONLY"
	}
	if _, err := c.ExecContext(ctx, q, nil); err != nil {
		return nil, err
	}
	return tx{c}, nil
}

// Begin is the old form of BeginTx.
func (c *conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

type tx struct{ c *conn }

func (t tx) Commit() error {
	failed := t.c.s.Status() == 'E'
	_, err := t.c.ExecContext(context.Background(), "COMMIT", nil)
	if err == nil && failed {
		return pgerr.New(pgerr.InFailedSQLTransaction, "the transaction had failed and was rolled back")
	}
	return err
}

func (t tx) Rollback() error {
	_, err := t.c.ExecContext(context.Background(), "ROLLBACK", nil)
	return err
}

// ExecContext runs a statement; without parameters it may be several.
func (c *conn) ExecContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Result, error) {
	defer c.cancelWith(ctx)()
	c.sink.reset()
	if len(args) == 0 {
		c.sink.discard = true
		err := c.s.Simple(q)
		return c.sink.result(), err
	}
	err := c.bind("", q, args)
	if err == nil {
		c.sink.discard = true
		err = c.s.Execute("", 0)
	}
	return c.sink.result(), errors.Join(err, c.s.Sync())
}

// QueryContext runs a query; its rows are read in pieces of rowsAtOnce.
func (c *conn) QueryContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Rows, error) {
	c.sink.reset()
	return c.query(ctx, "", q, args)
}

func (c *conn) query(ctx context.Context, name, q string, args []driver.NamedValue) (driver.Rows, error) {
	r := &rows{c: c, stop: c.cancelWith(ctx)}
	err := c.bind(name, q, args)
	if err == nil {
		r.cols, _, err = c.s.DescribePortal("")
	}
	if err == nil {
		err = r.more()
	}
	if err != nil {
		r.stop()
		return nil, errors.Join(err, c.s.Sync())
	}
	return r, nil
}

// bind prepares q where name is empty, and binds the parameters.
func (c *conn) bind(name, q string, args []driver.NamedValue) error {
	if name == "" {
		if err := c.s.Parse("", q, nil); err != nil {
			return err
		}
	}
	m := session.BindMessage{Statement: name}
	if len(args) > 0 {
		want, _, err := c.s.DescribeStatement(name)
		if err != nil {
			return err
		}
		for i, a := range args {
			binary := i < len(want) && want[i] != nil && want[i].OID == types.Bytea.OID
			b, f := param(a.Value, binary)
			m.Params, m.ParamFormats = append(m.Params, b), append(m.ParamFormats, f)
		}
	}
	return c.s.Bind(&m)
}

// param is a value as a parameter of the protocol.
func param(v driver.Value, bytea bool) ([]byte, session.Format) {
	switch v := v.(type) {
	case int64:
		return strconv.AppendInt(nil, v, 10), session.FormatText
	case float64:
		return strconv.AppendFloat(nil, v, 'g', -1, 64), session.FormatText
	case bool:
		return strconv.AppendBool(nil, v), session.FormatText
	case string:
		return append(make([]byte, 0, len(v)), v...), session.FormatText
	case []byte:
		if v != nil && bytea {
			return v, session.FormatBinary
		}
		return v, session.FormatText
	case time.Time:
		return v.AppendFormat(nil, "2006-01-02 15:04:05.999999Z07:00:00"), session.FormatText
	}
	return nil, session.FormatText
}

// cancelWith cancels what runs when ctx ends; the result ends that.
func (c *conn) cancelWith(ctx context.Context) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	s := context.AfterFunc(ctx, c.s.Backend().Cancel)
	return func() { s() }
}

// Prepare is the old form of PrepareContext.
func (c *conn) Prepare(q string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), q)
}

// PrepareContext prepares a statement.
func (c *conn) PrepareContext(ctx context.Context, q string) (driver.Stmt, error) {
	defer c.cancelWith(ctx)()
	c.sink.reset()
	c.sink.prepared++
	name := "ferrite_" + strconv.Itoa(c.sink.prepared)
	err := c.s.Parse(name, q, nil)
	inputs := 0
	if err == nil {
		var want []*types.T
		want, _, err = c.s.DescribeStatement(name)
		inputs = len(want)
	}
	if err = errors.Join(err, c.s.Sync()); err != nil {
		return nil, err
	}
	return &stmt{c: c, name: name, inputs: inputs}, nil
}

type stmt struct {
	c      *conn
	name   string
	inputs int
}

// Close forgets the statement.
func (s *stmt) Close() error {
	s.c.s.CloseStatement(s.name)
	return nil
}

// NumInput is the number of parameters.
func (s *stmt) NumInput() int { return s.inputs }

// Exec is the old form of ExecContext.
func (s *stmt) Exec(args []driver.Value) (driver.Result, error) {
	return s.ExecContext(context.Background(), named(args))
}

// Query is the old form of QueryContext.
func (s *stmt) Query(args []driver.Value) (driver.Rows, error) {
	return s.QueryContext(context.Background(), named(args))
}

func named(args []driver.Value) []driver.NamedValue {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return out
}

// ExecContext runs the statement.
func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	defer s.c.cancelWith(ctx)()
	s.c.sink.reset()
	err := s.c.bind(s.name, "", args)
	if err == nil {
		s.c.sink.discard = true
		err = s.c.s.Execute("", 0)
	}
	return s.c.sink.result(), errors.Join(err, s.c.s.Sync())
}

// QueryContext runs the query.
func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	s.c.sink.reset()
	return s.c.query(ctx, s.name, "", args)
}

// rowsAtOnce is how many rows are read ahead of the caller.
const rowsAtOnce = 256

// rows reads a portal.
type rows struct {
	c    *conn
	cols []session.Column
	at   int
	stop func()
}

func (r *rows) more() error {
	r.c.sink.rows, r.at, r.c.sink.suspended = r.c.sink.rows[:0], 0, false
	return r.c.s.Execute("", rowsAtOnce)
}

// Columns are the names of the result.
func (r *rows) Columns() []string {
	out := make([]string, len(r.cols))
	for i := range r.cols {
		out[i] = r.cols[i].Name
	}
	return out
}

// ColumnTypeDatabaseTypeName is the type as SQL names it.
func (r *rows) ColumnTypeDatabaseTypeName(i int) string {
	return strings.ToUpper(types.FormatType(r.cols[i].T, -1))
}

// Next gives the next row.
func (r *rows) Next(dest []driver.Value) error {
	k := r.c.sink
	if r.at == len(k.rows) {
		if !k.suspended {
			return io.EOF
		}
		if err := r.more(); err != nil {
			return err
		}
		if len(k.rows) == 0 {
			return io.EOF
		}
	}
	copy(dest, k.rows[r.at])
	r.at++
	return nil
}

// Close ends the query and what transaction was opened for it.
func (r *rows) Close() error {
	r.stop()
	r.c.s.ClosePortal("")
	return r.c.s.Sync()
}
