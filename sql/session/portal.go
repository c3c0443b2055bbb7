package session

import (
	"strings"
	"time"

	"github.com/ferritedb/ferrite/kv/budget"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/expr"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
	"github.com/ferritedb/ferrite/txn"
)

// Portal is a bound statement, or a cursor. Its operators stay open while it is
// suspended.
type Portal struct {
	name    string
	stmt    *Statement
	params  []types.Datum
	formats []Format
	cols    []Column
	seq     int
	at      time.Time // of its opening

	started, done bool
	running       Running
	x             expr.Ctx
	budget        budget.Run // of x
	cur           *chunk.Chunk
	pos           int // first row of cur that was not sent
	tag           Tag // of a statement that is complete once started
	cursor        *cursor
	// past is the portal's own transaction, of AS OF SYSTEM TIME; else nil.
	past txn.Txn
}

// newPortal readies the memory of a portal under a name; an older unnamed one goes.
func (s *Session) newPortal(name string) (*Portal, error) {
	s.portalSeq++
	if name == "" {
		if s.anon != nil {
			s.closePortal(s.anon)
		}
		p := &s.anonMem
		*p = Portal{params: p.params[:0], formats: p.formats[:0], seq: s.portalSeq}
		s.anon = p
		return p, nil
	}
	if _, taken := s.portals[name]; taken {
		return nil, pgerr.Newf(pgerr.DuplicateCursor, "cursor \"%s\" already exists", name)
	}
	if len(s.portals) >= portalsMax {
		return nil, pgerr.Newf(pgerr.ConfigurationLimitExceeded, "more than %d open cursors", portalsMax)
	}
	p := &Portal{name: strings.Clone(name), seq: s.portalSeq, at: s.stmtTime}
	s.portals[p.name] = p
	return p, nil
}

func (s *Session) findPortal(name string) (*Portal, error) {
	p := s.anon
	if name != "" {
		p = s.portals[name]
	}
	if p == nil {
		return nil, pgerr.Newf(pgerr.InvalidCursorName, "portal \"%s\" does not exist", name)
	}
	return p, nil
}

// resume makes the running message the one that cancels p.
func (s *Session) resume(p *Portal) {
	p.x.Context = s.ctx
	p.x.ResetIO()
	p.budget.SetContext(s.ctx)
}

// release closes a portal's operators and marks it as finished.
func (p *Portal) release() {
	if p.running != nil {
		p.running.Close()
		p.running = nil
	}
	if p.past != nil {
		p.past.Rollback()
		p.past = nil
	}
	p.budget.Close()
	p.cur, p.done = nil, true
}

func (s *Session) closePortal(p *Portal) {
	p.release()
	if p == s.anon {
		s.anon = nil
	} else {
		delete(s.portals, p.name)
	}
}

// closePortals closes all portals, but for held cursors unless all.
func (s *Session) closePortals(all bool) {
	if s.anon != nil {
		s.closePortal(s.anon)
	}
	for _, p := range s.portals {
		if all || p.cursor == nil || !p.cursor.held {
			s.closePortal(p)
		}
	}
}

// closePortalsSince closes the portals opened after the given sequence number.
func (s *Session) closePortalsSince(seq int) {
	if s.anon != nil && s.anon.seq > seq {
		s.closePortal(s.anon)
	}
	for _, p := range s.portals {
		if p.seq > seq && (p.cursor == nil || !p.cursor.held) {
			s.closePortal(p)
		}
	}
}

// next gives the rows of cur that were not sent, reading more where there are
// none. A nil chunk is the end.
func (s *Session) next(p *Portal) (c *chunk.Chunk, err error) {
	if p.cur != nil && p.pos < p.cur.Rows {
		return p.cur, nil
	}
	if p.done || p.running == nil {
		return nil, nil
	}
	defer guard(&err)
	for {
		if err := s.ctx.Err(); err != nil {
			return nil, err
		}
		c, err := p.running.Next()
		if err != nil {
			return nil, err
		}
		if c == nil {
			p.cur, p.pos = nil, 0
			return nil, nil
		}
		if c.Rows > 0 {
			p.cur, p.pos = c, 0
			return c, nil
		}
	}
}

// pump sends rows to the sink: at most max where max > 0. more tells that it
// stopped at max.
func (s *Session) pump(p *Portal, max int64) (n int64, more bool, err error) {
	for {
		if max > 0 && n == max {
			return n, true, nil
		}
		c, err := s.next(p)
		if err != nil {
			return n, false, err
		}
		if c == nil {
			return n, false, nil
		}
		to := c.Rows
		if max > 0 && int64(to-p.pos) > max-n {
			to = p.pos + int(max-n)
		}
		if err := s.sink.Rows(p.cols, p.formats, c, p.pos, to); err != nil {
			return n, false, err
		}
		n += int64(to - p.pos)
		p.pos = to
	}
}

// rowsRunning gives rows that the session made itself.
type rowsRunning struct {
	c    *chunk.Chunk
	sent bool
}

func (r *rowsRunning) Next() (*chunk.Chunk, error) {
	if r.sent {
		return nil, nil
	}
	r.sent = true
	return r.c, nil
}
func (r *rowsRunning) Affected() int64 { return 0 }
func (r *rowsRunning) Close()          {}

// textRows makes a result of text columns.
func textRows(rows [][]string, width int) *rowsRunning {
	kinds := make([]types.Kind, width)
	for i := range kinds {
		kinds[i] = types.KindStr
	}
	c := chunk.New(kinds)
	row := make([]types.Datum, width)
	for _, r := range rows {
		for i := range row {
			row[i] = types.MakeStr(r[i])
		}
		c.AppendRow(row)
	}
	return &rowsRunning{c: c}
}

func textColumns(names ...string) []Column {
	cols := make([]Column, len(names))
	for i, n := range names {
		cols[i] = Column{Name: n, T: types.Text, Mod: -1}
	}
	return cols
}
