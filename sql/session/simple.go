package session

import (
	"unicode/utf8"

	"github.com/ferritedb/ferrite/sql/pgerr"
)

// Simple runs a query string of the simple protocol: all its statements form one
// implicit transaction unless they say otherwise (manual, section 55.2.2.1). An
// error ends the string; the caller reports it, and ReadyForQuery after. sql is
// valid during the call only.
func (s *Session) Simple(sql string) error {
	s.startMessage()
	defer s.endCommand()
	s.unnamed = nil
	if s.anon != nil {
		s.closePortal(s.anon)
	}
	if err := s.simple(sql); err != nil {
		s.many = false
		return s.fail(err)
	}
	s.many = false
	return nil
}

func (s *Session) simple(sql string) error {
	if err := checkText(sql); err != nil {
		return err
	}
	c, err := s.lookup(sql, "", true)
	if err != nil {
		return err
	}
	s.be.setQuery(c.key.sql, s.stmtTime)
	if len(c.parsed) == 0 {
		return s.sink.Empty()
	}
	s.many = len(c.parsed) > 1
	for i := range c.parsed {
		if s.st == failed && !inFailed(c.parsed[i].AST) {
			return errInFailed
		}
		if err := s.simpleOne(c, i); err != nil {
			return err
		}
	}
	return nil
}

// simpleOne runs statement i of the string.
func (s *Session) simpleOne(c *cachedPlan, i int) error {
	last := i == len(c.parsed)-1
	p, err := s.newPortal("")
	if err != nil {
		return err
	}
	st := &Statement{source: c.key.sql, parsed: c.parsed[i]}
	if len(c.parsed) == 1 {
		st.cached = c
	}
	p.stmt = st
	if err := s.start(p); err != nil {
		return err
	}
	if p.cols != nil {
		if err := s.sink.Columns(p.cols, p.formats); err != nil {
			return err
		}
	}
	if _, err := s.execute(p, 0); err != nil {
		return err
	}
	tag := p.tag
	if s.anon == p {
		s.closePortal(p)
	}
	if last {
		// The client learns of the statement's success after the commit.
		if err := s.step(evEnd, ""); err != nil {
			return err
		}
	}
	return s.sink.Complete(tag)
}

// checkText refuses what PostgreSQL's verify of the encoding refuses.
func checkText(sql string) error {
	if utf8.ValidString(sql) {
		return nil
	}
	return badUTF8([]byte(sql))
}

func badUTF8(b []byte) error {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			const hex = "0123456789abcdef"
			want := 1
			switch c := b[i]; {
			case c >= 0xf0:
				want = 4
			case c >= 0xe0:
				want = 3
			case c >= 0xc0:
				want = 2
			}
			text := ""
			for j := i; j < len(b) && j < i+want; j++ {
				if j > i {
					text += " "
				}
				text += "0x" + string(hex[b[j]>>4]) + string(hex[b[j]&15])
			}
			return pgerr.Newf(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": %s", text)
		}
		i += n
	}
	return nil
}
