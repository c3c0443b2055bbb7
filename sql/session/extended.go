package session

import (
	"strings"
	"unicode/utf8"

	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// paramsMax is the protocol's bound on the parameters of a statement.
const paramsMax = 65535

// The extended protocol (manual, section 55.2.3). Each method is one message; on
// an error the caller skips messages until Sync. Strings and bytes passed in are
// valid during the call only.

// Parse makes a prepared statement. oids may be shorter than the statement's
// parameters and may hold zeros: what it leaves open is inferred.
func (s *Session) Parse(name, sql string, oids []uint32) error {
	s.startMessage()
	defer s.endMessage()
	if err := s.parse(name, sql, oids); err != nil {
		return s.fail(err)
	}
	return nil
}

func (s *Session) parse(name, sql string, oids []uint32) (err error) {
	defer guard(&err)
	if err := checkText(sql); err != nil {
		return err
	}
	if name != "" && s.stmts[name] != nil {
		return pgerr.Newf(pgerr.DuplicatePreparedStatement, "prepared statement \"%s\" already exists", name)
	}
	given, err := s.paramTypes(oids)
	if err != nil {
		return err
	}
	c, err := s.lookup(sql, paramKey(given), false)
	if err != nil {
		return err
	}
	s.be.setQuery(c.key.sql, s.stmtTime)
	if len(c.parsed) > 1 {
		return pgerr.New(pgerr.SyntaxError, "cannot insert multiple commands into a prepared statement")
	}
	st := &Statement{name: strings.Clone(name), source: c.key.sql, given: given, cached: c, at: s.stmtTime}
	if len(c.parsed) == 1 {
		st.parsed = c.parsed[0]
	}
	if s.st == failed && !inFailed(st.parsed.AST) {
		return errInFailed
	}
	switch kindOf(st.parsed.AST) {
	case kindPlanned:
		if err := s.step(evStatement, ""); err != nil {
			return err
		}
		p := c.plan.Load()
		if err := s.ensureCatalog(p != nil && p.PointRead); err != nil {
			return err
		}
		if _, err := s.ensurePlan(st); err != nil {
			return err
		}
	case kindSession:
		if err := s.prepareSession(st); err != nil {
			return err
		}
	}
	return s.addStatement(st)
}

func (s *Session) paramTypes(oids []uint32) ([]*types.T, error) {
	if len(oids) == 0 {
		return nil, nil
	}
	given := make([]*types.T, len(oids))
	for i, o := range oids {
		if o == 0 || types.OID(o) == types.Unknown.OID {
			continue
		}
		t, ok := types.ByOID(types.OID(o))
		if !ok {
			var err error
			if t, err = s.userType(types.OID(o)); err != nil {
				return nil, err
			}
		}
		given[i] = t
	}
	return given, nil
}

func (s *Session) userType(oid types.OID) (*types.T, error) {
	if err := s.step(evStatement, ""); err != nil {
		return nil, err
	}
	if err := s.ensureCatalog(false); err != nil {
		return nil, err
	}
	d, err := s.cat.TypeByOID(oid)
	if err != nil {
		return nil, err
	}
	if d == nil {
		return nil, pgerr.Newf(pgerr.UndefinedObject, "type with OID %d does not exist", oid)
	}
	return d.T, nil
}

// BindMessage is what Bind says. Its slices are valid during the call.
type BindMessage struct {
	Portal, Statement string
	ParamFormats      []Format
	Params            [][]byte // nil entries are NULL
	ResultFormats     []Format
}

// Bind makes a portal.
func (s *Session) Bind(m *BindMessage) error {
	s.startMessage()
	defer s.endMessage()
	if err := s.bind(m); err != nil {
		return s.fail(err)
	}
	return nil
}

func (s *Session) bind(m *BindMessage) (err error) {
	defer guard(&err)
	st, err := s.findStatement(m.Statement)
	if err != nil {
		return err
	}
	if s.st == failed && !inFailed(st.parsed.AST) {
		return errInFailed
	}
	want := st.given
	if st.plan != nil {
		want = st.plan.Params
	}
	if n := len(m.ParamFormats); n > 1 && n != len(m.Params) {
		return pgerr.Newf(pgerr.ProtocolViolation, "bind message has %d parameter formats but %d parameters", n, len(m.Params))
	}
	if len(m.Params) != len(want) {
		return pgerr.Newf(pgerr.ProtocolViolation, "bind message supplies %d parameters, but prepared statement \"%s\" requires %d",
			len(m.Params), m.Statement, len(want))
	}
	p, err := s.newPortal(m.Portal)
	if err != nil {
		return err
	}
	p.stmt = st
	for i, b := range m.Params {
		f := FormatText
		if len(m.ParamFormats) == 1 {
			f = m.ParamFormats[0]
		} else if len(m.ParamFormats) > 1 {
			f = m.ParamFormats[i]
		}
		d, err := s.decodeParam(want[i], f, b)
		if err != nil {
			s.closePortal(p)
			return paramContext(err, m, i)
		}
		p.params = append(p.params, d)
	}
	if err := s.setFormats(p, m.ResultFormats); err != nil {
		s.closePortal(p)
		return err
	}
	return nil
}

// setFormats spreads the result formats over the portal's columns. A portal's
// formats are nil where all are text.
func (s *Session) setFormats(p *Portal, f []Format) error {
	for _, x := range f {
		if x != FormatText && x != FormatBinary {
			return pgerr.Newf(pgerr.InvalidParameterValue, "unsupported format code: %d", x)
		}
	}
	if len(f) == 0 || len(f) == 1 && f[0] == FormatText {
		return nil
	}
	_, cols, err := s.describe(p.stmt)
	if err != nil {
		return err
	}
	if len(cols) == 0 {
		return nil
	}
	if len(f) > 1 && len(f) != len(cols) {
		return pgerr.Newf(pgerr.ProtocolViolation, "bind message has %d result formats but query has %d columns", len(f), len(cols))
	}
	for i := range cols {
		if len(f) == 1 {
			p.formats = append(p.formats, f[0])
		} else {
			p.formats = append(p.formats, f[i])
		}
	}
	return nil
}

// decodeParam reads one parameter; the datum does not keep b.
func (s *Session) decodeParam(t *types.T, f Format, b []byte) (types.Datum, error) {
	if b == nil {
		return types.Null, nil
	}
	if t == nil {
		t = types.Text
	}
	switch f {
	case FormatText:
		if d, ok := parseIntParam(t, b); ok {
			return d, nil
		}
		if !utf8.Valid(b) {
			return types.Null, badUTF8(b)
		}
		return types.Parse(t, -1, string(b), &s.io)
	case FormatBinary:
		return types.DecodeBinary(t, b)
	}
	return types.Null, pgerr.Newf(pgerr.InvalidParameterValue, "unsupported format code: %d", f)
}

// intDigitsMax is how many digits fit every int4.
const intDigitsMax = 9

// parseIntParam reads a short plain integer without making a string of it.
func parseIntParam(t *types.T, b []byte) (types.Datum, bool) {
	if t != types.Int4 && t != types.Int8 {
		return types.Null, false
	}
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > intDigitsMax {
		return types.Null, false
	}
	n := int64(0)
	for _, c := range b {
		if c < '0' || c > '9' {
			return types.Null, false
		}
		n = n*10 + int64(c-'0')
	}
	if neg {
		n = -n
	}
	return types.MakeInt(n), true
}

// paramContext adds the line of context that PostgreSQL gives.
func paramContext(err error, m *BindMessage, i int) error {
	e := pgerr.From(err)
	if m.Portal == "" {
		return e.WithWhere("unnamed portal parameter $" + itoa(i+1))
	}
	return e.WithWhere("portal \"" + m.Portal + "\" parameter $" + itoa(i+1))
}

func itoa(n int) string {
	var b [20]byte
	i := len(b)
	for {
		i--
		b[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return string(b[i:])
		}
	}
}

// DescribeStatement gives parameter types and result columns; nil columns: none.
func (s *Session) DescribeStatement(name string) (params []*types.T, cols []Column, err error) {
	s.startMessage()
	defer s.endMessage()
	st, err := s.findStatement(name)
	if err == nil && s.st == failed && !inFailed(st.parsed.AST) {
		err = errInFailed
	}
	if err == nil {
		params, cols, err = s.describe(st)
	}
	if err != nil {
		return nil, nil, s.fail(err)
	}
	return params, cols, nil
}

// DescribePortal gives a portal's result columns and their formats.
func (s *Session) DescribePortal(name string) (cols []Column, formats []Format, err error) {
	p, err := s.findPortal(name)
	if err == nil && s.st == failed && !inFailed(p.stmt.parsed.AST) {
		err = errInFailed
	}
	if err == nil && p.cols == nil && !p.started {
		_, cols, err = s.describe(p.stmt)
	} else if err == nil {
		cols = p.cols
	}
	if err != nil {
		s.ctx = s.be.begin()
		defer s.endMessage()
		return nil, nil, s.fail(err)
	}
	return cols, p.formats, nil
}

// Execute runs a portal; limit 0 (or less) is none. Tag or suspension go to the sink.
func (s *Session) Execute(name string, limit int32) error {
	s.startMessage()
	defer s.endMessage()
	p, err := s.findPortal(name)
	if err != nil {
		return s.fail(err)
	}
	if s.st == failed && !inFailed(p.stmt.parsed.AST) {
		return s.fail(errInFailed)
	}
	s.be.setQuery(p.stmt.source, s.stmtTime)
	if kindOf(p.stmt.parsed.AST) == kindEmpty {
		return s.sink.Empty()
	}
	if p.started && p.done && p.cols == nil {
		return s.fail(pgerr.Newf(pgerr.ObjectNotInPrerequisiteState, "portal \"%s\" cannot be run", name))
	}
	done, err := s.execute(p, int64(limit))
	if err != nil {
		return s.fail(err)
	}
	if !done {
		return s.sink.Suspended()
	}
	return s.sink.Complete(p.tag)
}

// CloseStatement and ClosePortal forget a name; one that is not there is no error.
func (s *Session) CloseStatement(name string) {
	if name == "" {
		s.unnamed = nil
	} else {
		delete(s.stmts, name)
	}
}

// ClosePortal closes a portal.
func (s *Session) ClosePortal(name string) {
	if p, err := s.findPortal(name); err == nil {
		s.closePortal(p)
	}
}

// Sync ends the implicit transaction; the caller sends ReadyForQuery after it.
func (s *Session) Sync() error {
	if s.st != implicit {
		s.endCommand()
		return nil
	}
	if s.ctx == nil || s.ctx.Err() != nil {
		s.ctx = s.be.begin()
	}
	err := s.step(evEnd, "")
	if err != nil {
		err = s.fail(err)
	}
	s.endCommand()
	return err
}
