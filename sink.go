package ferrite

import (
	"database/sql/driver"
	"time"

	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/session"
	"github.com/ferritedb/ferrite/sql/types"
)

// sink gathers what a session says as values of Go.
type sink struct {
	s         *session.Session
	rows      [][]driver.Value
	affected  int64
	suspended bool
	// discard drops rows: the caller asked for none.
	discard  bool
	prepared int // statements prepared so far, for their names
}

var _ session.Sink = (*sink)(nil)

func (k *sink) reset() { k.rows, k.affected, k.suspended, k.discard = k.rows[:0], 0, false, false }

// result is what database/sql is told of a statement.
func (k *sink) result() driver.Result { return driver.RowsAffected(k.affected) }

// Columns is not needed: rows know theirs.
func (k *sink) Columns([]session.Column, []session.Format) error { return nil }

// Rows converts rows.
func (k *sink) Rows(cols []session.Column, _ []session.Format, c *chunk.Chunk, from, to int) error {
	if k.discard {
		return nil
	}
	for r := from; r < to; r++ {
		row := make([]driver.Value, len(cols))
		for i := range cols {
			row[i] = k.value(c.Cols[i].Datum(r), cols[i].T)
		}
		k.rows = append(k.rows, row)
	}
	return nil
}

// epoch is where PostgreSQL's dates and timestamps count from.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// value is a datum as one of the types of driver.Value: integers, floats,
// booleans, bytea and timestamps as themselves, all else as its text.
func (k *sink) value(d types.Datum, t *types.T) driver.Value {
	if d.IsNull() {
		return nil
	}
	switch t.OID {
	case types.Int2.OID, types.Int4.OID, types.Int8.OID, types.Oid.OID:
		return d.Int()
	case types.Float4.OID, types.Float8.OID:
		return d.Float()
	case types.Bool.OID:
		return d.Bool()
	case types.Bytea.OID:
		return append([]byte{}, d.Bytes()...)
	case types.Date.OID:
		return epoch.AddDate(0, 0, int(d.Int()))
	case types.Timestamp.OID:
		return epoch.Add(time.Duration(d.Int()) * time.Microsecond)
	case types.Timestamptz.OID:
		return epoch.Add(time.Duration(d.Int()) * time.Microsecond).In(k.s.Location())
	}
	return types.Format(d, t, k.s.IO())
}

// Complete keeps the number of rows written.
func (k *sink) Complete(t session.Tag) error {
	k.suspended = false
	if t.Verb != "SELECT" {
		k.affected += t.Rows
	}
	return nil
}

// Empty is an empty query.
func (k *sink) Empty() error { return nil }

// Suspended tells that there are more rows.
func (k *sink) Suspended() error {
	k.suspended = true
	return nil
}

// Notice and the rest have no listener in database/sql.
func (k *sink) Notice(*pgerr.Error)                          {}
func (k *sink) ParameterStatus(string, string)               {}
func (k *sink) Notification(int32, string, string) error     { return nil }
func (k *sink) CopyOut(bool, int) error                      { return errCopy }
func (k *sink) CopyData([]byte) error                        { return errCopy }
func (k *sink) CopyDone() error                              { return errCopy }
func (k *sink) CopyIn(bool, int) (session.CopyReader, error) { return nil, errCopy }

var errCopy = pgerr.NotSupported("COPY through database/sql")
