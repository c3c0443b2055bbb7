package pgerr

import (
	"errors"
	"fmt"
)

// Severities of the wire protocol's ErrorResponse and NoticeResponse.
const (
	SeverityError   = "ERROR"
	SeverityFatal   = "FATAL"
	SeverityPanic   = "PANIC"
	SeverityWarning = "WARNING"
	SeverityNotice  = "NOTICE"
	SeverityInfo    = "INFO"
	SeverityLog     = "LOG"
	SeverityDebug   = "DEBUG"
)

// Error is what a SQL client is told: the fields of ErrorResponse and
// NoticeResponse (PostgreSQL manual, section 55.8).
type Error struct {
	Severity string // one of the Severity constants
	Code     string // SQLSTATE, five characters
	Message  string // primary message: one line, no full stop
	Detail   string // optional: full sentences
	Hint     string // optional: full sentences
	Position int    // 1-based character offset in the statement; 0: none

	InternalPosition int    // as Position, but within InternalQuery
	InternalQuery    string // text of a statement that the server made itself

	Where      string // call stack of the context, one entry per line
	Schema     string
	Table      string
	Column     string
	DataType   string
	Constraint string

	// Cause is the environment's error behind this one. It is for logs and
	// errors.Is; it is never sent to the client.
	Cause error
}

// New returns an error of severity ERROR.
func New(code, message string) *Error {
	return &Error{Severity: SeverityError, Code: code, Message: message}
}

// Newf is New with a format as of fmt.Sprintf.
func Newf(code, format string, args ...any) *Error {
	return New(code, fmt.Sprintf(format, args...))
}

// Error returns severity, message and SQLSTATE on one line.
func (e *Error) Error() string {
	return e.Severity + ": " + e.Message + " (SQLSTATE " + e.Code + ")"
}

// Unwrap returns the environment's error behind this one, or nil.
func (e *Error) Unwrap() error { return e.Cause }

// Is reports whether target is an *Error with the same code and no message, so
// that errors.Is(err, pgerr.New(code, "")) tests for a code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && (t.Message == "" || t.Message == e.Message)
}

func (e *Error) copied() *Error {
	c := *e
	return &c
}

// WithSeverity returns a copy with the given severity.
func (e *Error) WithSeverity(severity string) *Error {
	c := e.copied()
	c.Severity = severity
	return c
}

// WithDetail returns a copy with the detail set.
func (e *Error) WithDetail(detail string) *Error {
	c := e.copied()
	c.Detail = detail
	return c
}

// WithDetailf is WithDetail with a format.
func (e *Error) WithDetailf(format string, args ...any) *Error {
	return e.WithDetail(fmt.Sprintf(format, args...))
}

// WithHint returns a copy with the hint set.
func (e *Error) WithHint(hint string) *Error {
	c := e.copied()
	c.Hint = hint
	return c
}

// WithHintf is WithHint with a format.
func (e *Error) WithHintf(format string, args ...any) *Error {
	return e.WithHint(fmt.Sprintf(format, args...))
}

// At returns a copy that stands at the given 1-based character position. A
// position that is already set stays: the innermost one is the right one.
func (e *Error) At(position int) *Error {
	if e.Position != 0 || position <= 0 {
		return e
	}
	c := e.copied()
	c.Position = position
	return c
}

// WithWhere returns a copy with one more line of context.
func (e *Error) WithWhere(line string) *Error {
	c := e.copied()
	if c.Where != "" {
		c.Where += "\n"
	}
	c.Where += line
	return c
}

// WithTable returns a copy that names the relation concerned.
func (e *Error) WithTable(schema, table string) *Error {
	c := e.copied()
	c.Schema, c.Table = schema, table
	return c
}

// WithColumn returns a copy that names the column concerned.
func (e *Error) WithColumn(column string) *Error {
	c := e.copied()
	c.Column = column
	return c
}

// WithDataType returns a copy that names the data type concerned.
func (e *Error) WithDataType(dataType string) *Error {
	c := e.copied()
	c.DataType = dataType
	return c
}

// WithConstraint returns a copy that names the constraint concerned.
func (e *Error) WithConstraint(constraint string) *Error {
	c := e.copied()
	c.Constraint = constraint
	return c
}

// WithCause returns a copy that wraps the environment's error.
func (e *Error) WithCause(cause error) *Error {
	c := e.copied()
	c.Cause = cause
	return c
}

// Code returns the SQLSTATE of err: that of the first *Error in its chain,
// "00000" for nil, that of an exceeded budget, and XX000 for anything else.
func Code(err error) string {
	if err == nil {
		return SuccessfulCompletion
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	if e := fromBudget(err); e != nil {
		return e.Code
	}
	return InternalError
}

// Class returns the first two characters of err's SQLSTATE.
func Class(err error) string { return Code(err)[:2] }

// From returns the *Error in err's chain, words an exceeded budget, or wraps err
// as XX000 with its text as message. From(nil) is nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	if e := fromBudget(err); e != nil {
		return e
	}
	return New(InternalError, err.Error()).WithCause(err)
}

// NotSupported is the error for what Ferrite does not do: 0A000 with the
// message "<what> is not supported".
func NotSupported(what string) *Error {
	return New(FeatureNotSupported, what+" is not supported")
}

// Position turns a byte offset into sql into the protocol's position: 1-based
// and counted in characters. Invalid UTF-8 counts one character per byte.
func Position(sql string, byteOffset int) int {
	if byteOffset < 0 {
		return 0
	}
	if byteOffset > len(sql) {
		byteOffset = len(sql)
	}
	n := 1
	for range sql[:byteOffset] {
		n++
	}
	return n
}
