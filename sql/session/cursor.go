package session

import (
	"github.com/ferritedb/ferrite/sql/ast"
	"github.com/ferritedb/ferrite/sql/chunk"
	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/types"
)

// cursorRowsMax bounds the rows that a SCROLL or WITH HOLD cursor keeps.
const cursorRowsMax = 4 << 20

// cursor is the state of a portal made by DECLARE.
type cursor struct {
	scroll, hold bool
	// held: its transaction committed; rows has all there is.
	held   bool
	binary bool
	// rows are the rows read so far, where scroll or held.
	rows [][]types.Datum
	// complete: the operators gave their last row.
	complete bool
	// pos is the row that the cursor stands on, from 1; 0 before the first;
	// count+1 past the last.
	pos int64
	at  []types.Datum // the row it stands on, where rows are not kept
}

// declare is DECLARE name CURSOR FOR query.
func (s *Session) declare(n *ast.DeclareCursor, st *Statement, params []types.Datum) error {
	if !n.Hold && s.st != block {
		return pgerr.New(pgerr.NoActiveSQLTransaction, "DECLARE CURSOR can only be used in transaction blocks")
	}
	if n.Name == "" {
		return pgerr.New(pgerr.InvalidCursorName, "invalid cursor name: must not be empty")
	}
	p, err := s.newPortal(n.Name)
	if err != nil {
		return err
	}
	inner := &Statement{source: st.source, given: st.given,
		parsed: Parsed{AST: n.Query, SQL: st.parsed.SQL, Source: st.parsed.Source}}
	p.stmt = inner
	p.params = append(p.params, params...)
	p.started = true
	p.cursor = &cursor{scroll: n.Scroll == ast.On, hold: n.Hold, binary: n.Binary}
	if err := s.startPlanned(p, inner); err != nil {
		s.closePortal(p)
		return err
	}
	return nil
}

// read gives the next row of the operators, nil at the end.
func (s *Session) readRow(p *Portal) ([]types.Datum, error) {
	cu := p.cursor
	if cu.complete {
		return nil, nil
	}
	c, err := s.next(p)
	if err != nil {
		return nil, err
	}
	if c == nil {
		cu.complete = true
		p.release()
		return nil, nil
	}
	row := c.Row(make([]types.Datum, 0, len(c.Cols)), p.pos)
	p.pos++
	if cu.scroll || cu.hold {
		if len(cu.rows) >= cursorRowsMax {
			return nil, pgerr.Newf(pgerr.ProgramLimitExceeded, "cursor \"%s\" keeps more than %d rows", p.name, cursorRowsMax)
		}
		cu.rows = append(cu.rows, row)
	}
	return row, nil
}

// row gives row number i (from 1), nil where there is none.
func (s *Session) cursorRow(p *Portal, i int64) ([]types.Datum, error) {
	cu := p.cursor
	for int64(len(cu.rows)) < i && !cu.complete {
		if row, err := s.readRow(p); err != nil || row == nil {
			return nil, err
		}
	}
	if i < 1 || i > int64(len(cu.rows)) {
		return nil, nil
	}
	return cu.rows[i-1], nil
}

// fetch is FETCH and MOVE: it gives the rows passed to emit and their count.
func (s *Session) fetch(n *ast.Fetch, emit func([]types.Datum)) (int64, error) {
	p := s.portals[n.Cursor]
	if p == nil {
		return 0, pgerr.Newf(pgerr.InvalidCursorName, "cursor \"%s\" does not exist", n.Cursor)
	}
	if p.cursor == nil {
		p.cursor = &cursor{} // a protocol portal, read by FETCH
		if !p.started {
			if err := s.start(p); err != nil {
				return 0, err
			}
		}
	}
	if p.cols == nil {
		return 0, pgerr.Newf(pgerr.InvalidCursorName, "cursor \"%s\" is not a query", n.Cursor)
	}
	s.resume(p)
	dir, count := n.Direction, n.Count
	if count < 0 && (dir == ast.FetchForward || dir == ast.FetchBackward) {
		count = -count
		dir = ast.FetchForward + ast.FetchBackward - dir
	}
	switch dir {
	case ast.FetchForward:
		return s.fetchForward(p, count, n.All, emit)
	case ast.FetchBackward:
		return s.fetchBackward(p, count, n.All, emit)
	case ast.FetchRelative:
		return s.fetchTo(p, p.cursor.pos+count, emit)
	}
	return s.fetchAbsolute(p, count, emit)
}

func (s *Session) fetchForward(p *Portal, count int64, all bool, emit func([]types.Datum)) (int64, error) {
	cu := p.cursor
	if count == 0 && !all {
		return s.fetchTo(p, cu.pos, emit)
	}
	var n int64
	for all || n < count {
		row, err := s.forward(p)
		if err != nil {
			return n, err
		}
		if row == nil {
			return n, nil
		}
		n++
		emit(row)
	}
	return n, nil
}

// forward moves one row on.
func (s *Session) forward(p *Portal) (row []types.Datum, err error) {
	cu := p.cursor
	if cu.scroll || cu.hold {
		row, err = s.cursorRow(p, cu.pos+1)
	} else if !cu.complete {
		row, err = s.readRow(p)
	}
	if err != nil {
		return nil, err
	}
	if row == nil {
		if !cu.scroll && !cu.hold {
			if cu.at != nil || cu.pos == 0 {
				cu.pos++
			}
		} else {
			cu.pos = int64(len(cu.rows)) + 1
		}
		cu.at = nil
		return nil, nil
	}
	cu.pos++
	cu.at = row
	return row, nil
}

var errForwardOnly = pgerr.New(pgerr.ObjectNotInPrerequisiteState, "cursor can only scan forward").
	WithHint("Declare it with SCROLL option to enable backward scan.")

func (s *Session) fetchBackward(p *Portal, count int64, all bool, emit func([]types.Datum)) (int64, error) {
	cu := p.cursor
	if count == 0 && !all {
		return s.fetchTo(p, cu.pos, emit)
	}
	if !cu.scroll {
		return 0, errForwardOnly
	}
	var n int64
	for (all || n < count) && cu.pos > 0 {
		cu.pos--
		row, err := s.cursorRow(p, cu.pos)
		if err != nil {
			return n, err
		}
		if row == nil {
			break
		}
		cu.at = row
		n++
		emit(row)
	}
	if cu.pos == 0 {
		cu.at = nil
	}
	return n, nil
}

func (s *Session) fetchAbsolute(p *Portal, i int64, emit func([]types.Datum)) (int64, error) {
	if i >= 0 {
		return s.fetchTo(p, i, emit)
	}
	cu := p.cursor
	if !cu.scroll && !cu.hold {
		if i != -1 {
			return 0, errForwardOnly
		}
		var last []types.Datum
		for {
			row, err := s.forward(p)
			if err != nil {
				return 0, err
			}
			if row == nil {
				break
			}
			last = row
		}
		if last == nil {
			return 0, nil
		}
		emit(last)
		return 1, nil
	}
	for !cu.complete {
		if _, err := s.readRow(p); err != nil {
			return 0, err
		}
	}
	return s.fetchTo(p, max(int64(len(cu.rows))+1+i, 0), emit)
}

// fetchTo moves to row i and gives it, where there is one.
func (s *Session) fetchTo(p *Portal, i int64, emit func([]types.Datum)) (int64, error) {
	cu := p.cursor
	if i < cu.pos && !cu.scroll {
		return 0, errForwardOnly
	}
	i = max(i, 0)
	if cu.scroll && i < cu.pos {
		cu.pos = i
		row, err := s.cursorRow(p, i)
		cu.at = row
		if err != nil || row == nil {
			return 0, err
		}
		emit(row)
		return 1, nil
	}
	for cu.pos < i {
		row, err := s.forward(p)
		if err != nil {
			return 0, err
		}
		if row == nil {
			return 0, nil
		}
	}
	if cu.at == nil {
		return 0, nil
	}
	emit(cu.at)
	return 1, nil
}

// fetchRows is FETCH as a statement that gives rows.
func (s *Session) fetchStatement(p *Portal, n *ast.Fetch) error {
	if n.Move {
		count, err := s.fetch(n, func([]types.Datum) {})
		p.tag, p.done = Tag{Verb: "MOVE", Rows: count, Counted: true}, true
		return err
	}
	src := s.portals[n.Cursor]
	if src == nil {
		return pgerr.Newf(pgerr.InvalidCursorName, "cursor \"%s\" does not exist", n.Cursor)
	}
	kinds := make([]types.Kind, len(src.cols))
	for i := range src.cols {
		kinds[i] = src.cols[i].T.Kind
	}
	c := chunk.New(kinds)
	if _, err := s.fetch(n, c.AppendRow); err != nil {
		return err
	}
	p.cols = src.cols
	if src.cursor.binary {
		p.formats = p.formats[:0]
		for range src.cols {
			p.formats = append(p.formats, FormatBinary)
		}
	}
	p.running = &rowsRunning{c: c}
	p.tag = Tag{Verb: "FETCH", Counted: true}
	return nil
}

// closeCursor is CLOSE name and CLOSE ALL.
func (s *Session) closeCursor(name string) error {
	if name == "" {
		for _, p := range s.portals {
			s.closePortal(p)
		}
		return nil
	}
	p := s.portals[name]
	if p == nil {
		return pgerr.Newf(pgerr.InvalidCursorName, "cursor \"%s\" does not exist", name)
	}
	s.closePortal(p)
	return nil
}

// holdCursors reads WITH HOLD cursors to their end before the commit.
func (s *Session) holdCursors() error {
	for _, p := range s.portals {
		if p.cursor == nil || !p.cursor.hold || p.cursor.held {
			continue
		}
		s.resume(p)
		for !p.cursor.complete {
			if _, err := s.readRow(p); err != nil {
				return err
			}
		}
		p.cursor.held = true
	}
	return nil
}

// dropHolding closes the WITH HOLD cursors of a transaction that failed.
func (s *Session) dropHolding(seq int) {
	for _, p := range s.portals {
		if p.cursor != nil && p.cursor.hold && !p.cursor.held && p.seq > seq {
			s.closePortal(p)
		}
	}
}
