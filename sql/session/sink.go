package session

import (
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// Column describes one column of a result.
type Column struct {
	Name string
	T    *types.T
	Mod  int32
	// Table and Attnum name the origin of a plain table column, else 0.
	Table  types.OID
	Attnum int16
}

// Tag is a command tag: "SELECT 5", "INSERT 0 1", "CREATE TABLE".
type Tag struct {
	Verb string
	// Rows is printed where Counted; INSERT prints its "0 " before it.
	Rows    int64
	Counted bool
}

// Format of a value on the wire.
type Format = int16

const (
	FormatText   Format = 0
	FormatBinary Format = 1
)

// Sink takes what a session says, in order. All calls come from the session's
// goroutine. An error means that the client is gone: the session stops the
// statement and hands it back. What is passed in is valid during the call only.
type Sink interface {
	// Columns announces a result (RowDescription) in the simple protocol. A nil
	// list of formats is all text.
	Columns(cols []Column, formats []Format) error
	// Rows gives the rows [from, to) of c.
	Rows(cols []Column, formats []Format, c *chunk.Chunk, from, to int) error
	// Complete ends a statement, Empty an empty query string, Suspended an
	// Execute that met its row limit.
	Complete(Tag) error
	Empty() error
	Suspended() error
	// Notice is a NoticeResponse; ParameterStatus a setting to be reported.
	Notice(*pgerr.Error)
	ParameterStatus(name, value string)
	// Notification is an asynchronous message of LISTEN.
	Notification(pid int32, channel, payload string) error
	// CopyIn asks the client for data; the reader gives it in pieces as they
	// were sent and io.EOF at CopyDone; CopyFail is a *pgerr.Error 57014.
	CopyIn(binary bool, columns int) (CopyReader, error)
	// CopyOut announces data; CopyData sends one piece (a row), CopyDone ends it.
	CopyOut(binary bool, columns int) error
	CopyData(b []byte) error
	CopyDone() error
}

// CopyReader gives the data of COPY FROM STDIN.
type CopyReader interface {
	// Next is valid until the next call.
	Next() ([]byte, error)
}
