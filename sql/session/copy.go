package session

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/copy"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// copyContextBytes is how much of a value an error context shows.
const copyContextBytes = 100

// copyStatement is COPY.
func (s *Session) copyStatement(p *Portal, n *ast.Copy) error {
	if !n.Stdio {
		what := "COPY to or from a file of the server"
		if n.Program {
			what = "COPY to or from an external program"
		}
		return pgerr.NotSupported(what).WithHint("Use STDIN or STDOUT; psql's \\copy command works for anyone.")
	}
	w, err := copyOptions(n)
	if err != nil {
		return err
	}
	if n.From && s.modes.readOnly {
		return pgerr.New(pgerr.ReadOnlySQLTransaction, "cannot execute COPY FROM in a read-only transaction")
	}
	p.tag = Tag{Verb: "COPY", Counted: true}
	if err := s.ensureCatalog(false); err != nil {
		return err
	}
	s.touched = true
	if n.From {
		p.tag.Rows, err = s.copyFrom(p, n, w)
	} else {
		p.tag.Rows, err = s.copyTo(p, n, w)
	}
	p.release()
	return err
}

// copyOptions reads the statement's options.
func copyOptions(n *ast.Copy) (*copy.Written, error) {
	w := &copy.Written{}
	seen := map[string]bool{}
	for _, o := range n.Options {
		if seen[o.Name] {
			return nil, pgerr.New(pgerr.SyntaxError, "conflicting or redundant options")
		}
		seen[o.Name] = true
		value := o.Value
		switch o.Name {
		case "format":
			w.Format = value
		case "delimiter":
			w.Delimiter = &value
		case "null":
			w.Null = &value
		case "quote":
			w.Quote = &value
		case "escape":
			w.Escape = &value
		case "header":
			on, ok := parseBool(value)
			switch {
			case o.Kind == ast.OptionNone, ok && on:
				w.Header = copy.SkipHeader
			case ok:
			case strings.EqualFold(value, "match"):
				if !n.From {
					return nil, pgerr.New(pgerr.FeatureNotSupported, "cannot use \"match\" with HEADER in COPY TO")
				}
				w.Header = copy.MatchHeader
			default:
				return nil, pgerr.New(pgerr.SyntaxError, "header requires a Boolean value or \"match\"")
			}
		case "force_quote":
			w.HasForceQuote, w.ForceQuote, w.ForceQuoteAll = true, o.List, o.Kind == ast.OptionStar
		case "force_not_null":
			w.HasForceNotNull, w.ForceNotNull = true, o.List
		case "force_null":
			w.HasNull, w.ForceNull = true, o.List
		case "encoding":
			if _, err := checkEncoding(nil, value); err != nil {
				return nil, pgerr.Newf(pgerr.InvalidParameterValue, "argument to option \"encoding\" must be a valid encoding name")
			}
		case "freeze":
		default:
			return nil, pgerr.Newf(pgerr.SyntaxError, "option \"%s\" not recognized", o.Name)
		}
	}
	return w, nil
}

// copySelect is the query behind COPY TO.
func copySelect(n *ast.Copy) ast.Statement {
	if n.Query != nil {
		return n.Query
	}
	targets := []*ast.Target{}
	for _, c := range n.Columns {
		targets = append(targets, &ast.Target{At: ast.NoPosition, Expr: &ast.ColumnRef{At: ast.NoPosition, Names: []string{c}}})
	}
	if len(targets) == 0 {
		targets = append(targets, &ast.Target{At: ast.NoPosition, Expr: &ast.Star{At: ast.NoPosition}})
	}
	return &ast.Select{At: ast.NoPosition, Body: &ast.SelectClause{At: ast.NoPosition, Targets: targets, From: []ast.TableRef{n.Table}}}
}

func columnsOf(cols []Column) (names []string, ts []*types.T) {
	for i := range cols {
		names = append(names, cols[i].Name)
		ts = append(ts, cols[i].T)
	}
	return names, ts
}

func (s *Session) copyTo(p *Portal, n *ast.Copy, w *copy.Written) (int64, error) {
	parsed := Parsed{AST: copySelect(n), SQL: p.stmt.parsed.SQL, Source: p.stmt.parsed.Source}
	if err := s.startPlanned(p, &Statement{parsed: parsed}); err != nil {
		return 0, err
	}
	cols := p.cols
	p.tag = Tag{Verb: "COPY", Counted: true}
	p.cols = nil
	if cols == nil {
		return 0, pgerr.New(pgerr.FeatureNotSupported, "COPY query must have a RETURNING clause")
	}
	names, ts := columnsOf(cols)
	o, err := copy.Resolve(w, names, false)
	if err != nil {
		return 0, err
	}
	if err := s.sink.CopyOut(o.Format == copy.Binary, len(cols)); err != nil {
		return 0, err
	}
	e := copy.NewEncoder(o, names, ts, &s.io)
	buf := e.Header(nil)
	if len(buf) > 0 {
		if err := s.sink.CopyData(buf); err != nil {
			return 0, err
		}
	}
	var rows int64
	for {
		c, err := s.next(p)
		if err != nil {
			return rows, err
		}
		if c == nil {
			break
		}
		for ; p.pos < c.Rows; p.pos++ {
			buf = e.Row(buf[:0], c, p.pos)
			if err := s.sink.CopyData(buf); err != nil {
				return rows, err
			}
			rows++
		}
	}
	if buf = e.Trailer(buf[:0]); len(buf) > 0 {
		if err := s.sink.CopyData(buf); err != nil {
			return rows, err
		}
	}
	return rows, s.sink.CopyDone()
}

func (s *Session) copyFrom(p *Portal, n *ast.Copy, w *copy.Written) (rows int64, err error) {
	s.fillCtx(&p.x, &p.budget)
	target, err := s.srv.Engine.CopyInto(&p.x, s.tx, s.cat, p.stmt.parsed, n)
	if err != nil {
		return 0, err
	}
	closed := false
	defer func() {
		if !closed {
			_, cerr := target.Close(false)
			err = errors.Join(err, cerr)
		}
	}()
	cols := target.Columns()
	names, _ := columnsOf(cols)
	o, err := copy.Resolve(w, names, true)
	if err != nil {
		return 0, err
	}
	src, err := s.sink.CopyIn(o.Format == copy.Binary, len(cols))
	if err != nil {
		return 0, err
	}
	in := &copyInput{s: s, target: target, cols: cols, o: o, d: copy.NewDecoder(o, names, src)}
	if err := in.run(); err != nil {
		return 0, err
	}
	closed = true
	rows, err = target.Close(true)
	return rows, err
}

// copyInput takes the lines of one COPY FROM into its target.
type copyInput struct {
	s      *Session
	target CopyTarget
	cols   []Column
	o      *copy.Options
	d      *copy.Decoder
	row    []types.Datum
}

func (in *copyInput) run() error {
	kinds := make([]types.Kind, len(in.cols))
	for i := range in.cols {
		kinds[i] = in.cols[i].T.Kind
	}
	c := chunk.New(kinds)
	for {
		fields, err := in.d.Next()
		if err != nil {
			return in.context(err, -1, nil)
		}
		if fields == nil {
			break
		}
		if err := in.convert(fields); err != nil {
			return err
		}
		c.AppendRow(in.row)
		if c.Full() {
			if err := in.write(c); err != nil {
				return err
			}
		}
	}
	if c.Rows == 0 {
		return nil
	}
	return in.write(c)
}

func (in *copyInput) write(c *chunk.Chunk) error {
	if err := in.s.ctx.Err(); err != nil {
		return err
	}
	if err := in.target.Write(c); err != nil {
		e := userError(in.s.ctx, err)
		if c.Rows == 1 {
			return e.WithWhere("COPY " + in.target.Table() + ", line " + strconv.FormatInt(in.d.Line(), 10))
		}
		return e.WithWhere("COPY " + in.target.Table())
	}
	c.Reset()
	return nil
}

func (in *copyInput) convert(fields []copy.Field) error {
	in.row = in.row[:0]
	for i, f := range fields {
		if f.Null {
			in.row = append(in.row, types.Null)
			continue
		}
		d, err := in.value(&in.cols[i], f.Bytes)
		if err != nil {
			return in.context(err, i, f.Bytes)
		}
		in.row = append(in.row, d)
	}
	return nil
}

func (in *copyInput) value(c *Column, b []byte) (types.Datum, error) {
	if in.o.Format == copy.Binary {
		return types.DecodeBinary(c.T, b)
	}
	if d, ok := parseIntParam(c.T, b); ok {
		return d, nil
	}
	if !utf8.Valid(b) {
		return types.Null, badUTF8(b)
	}
	return types.Parse(c.T, c.Mod, string(b), &in.s.io)
}

// context adds "COPY t, line 3, column x: …" as PostgreSQL does.
func (in *copyInput) context(err error, col int, value []byte) error {
	e := userError(in.s.ctx, err)
	if e.Code == pgerr.QueryCanceled || IsFatal(e) {
		return e
	}
	where := "COPY " + in.target.Table() + ", line " + strconv.FormatInt(in.d.Line(), 10)
	switch {
	case col >= 0 && in.o.Format == copy.Binary:
		where += ", column " + in.cols[col].Name
	case col >= 0:
		where += ", column " + in.cols[col].Name + ": \"" + clip(value) + "\""
	case in.o.Format != copy.Binary && len(in.d.LineText()) > 0:
		where += ": \"" + clip(in.d.LineText()) + "\""
	}
	return e.WithWhere(where)
}

func clip(b []byte) string {
	if len(b) <= copyContextBytes {
		return string(b)
	}
	cut := copyContextBytes
	for cut > 0 && !utf8.RuneStart(b[cut]) {
		cut--
	}
	return string(b[:cut]) + "..."
}
