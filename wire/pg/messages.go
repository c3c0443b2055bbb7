package pg

import (
	"unsafe"

	"github.com/ferritedb/ferrite/sql/pgerr"
	"github.com/ferritedb/ferrite/sql/session"
)

// handlers serves each type of frame that may come after the start-up. An error
// is the user's.
var handlers = [256]func(c *Conn, body []byte) error{
	'Q': (*Conn).query,
	'P': (*Conn).parse,
	'B': (*Conn).bindPortal,
	'D': (*Conn).describe,
	'E': (*Conn).execute,
	'C': (*Conn).close,
	'S': (*Conn).sync,
	'H': (*Conn).flushAll,
	'F': (*Conn).functionCall,
	'X': (*Conn).terminate,
	// What is left of a COPY that failed.
	'd': (*Conn).ignore,
	'c': (*Conn).ignore,
	'f': (*Conn).ignore,
}

var errFormat = pgerr.New(pgerr.ProtocolViolation, "invalid message format")

// view is b as a string, valid as long as b is.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func (c *Conn) query(body []byte) error {
	cur := cursor{b: body}
	sql := cur.string()
	if !cur.end() {
		return errFormat
	}
	if err := c.s.Simple(view(sql)); err != nil {
		return err
	}
	return c.readyForQuery()
}

func (c *Conn) parse(body []byte) error {
	cur := cursor{b: body}
	name, sql := cur.string(), cur.string()
	n := int(uint16(cur.int16()))
	c.oids = c.oids[:0]
	for range n {
		if cur.bad {
			break
		}
		c.oids = append(c.oids, uint32(cur.int32()))
	}
	if !cur.end() {
		return errFormat
	}
	if err := c.s.Parse(view(name), view(sql), c.oids); err != nil {
		return err
	}
	c.w.empty('1')
	return nil
}

func (c *Conn) bindPortal(body []byte) error {
	cur := cursor{b: body}
	m := &c.bind
	m.Portal, m.Statement = view(cur.string()), view(cur.string())
	m.ParamFormats = readFormats(&cur, m.ParamFormats[:0])
	n := int(uint16(cur.int16()))
	m.Params = m.Params[:0]
	for range n {
		if cur.bad {
			break
		}
		size := cur.int32()
		if size == -1 {
			m.Params = append(m.Params, nil)
			continue
		}
		m.Params = append(m.Params, cur.bytes(int(size)))
	}
	m.ResultFormats = readFormats(&cur, m.ResultFormats[:0])
	if !cur.end() {
		return errFormat
	}
	if err := c.s.Bind(m); err != nil {
		return err
	}
	c.w.empty('2')
	return nil
}

func readFormats(cur *cursor, dst []session.Format) []session.Format {
	for range int(uint16(cur.int16())) {
		if cur.bad {
			break
		}
		dst = append(dst, cur.int16())
	}
	return dst
}

func (c *Conn) describe(body []byte) error {
	cur := cursor{b: body}
	kind, name := cur.byte(), cur.string()
	if !cur.end() {
		return errFormat
	}
	var cols []session.Column
	var formats []session.Format
	switch kind {
	case 'S':
		params, result, err := c.s.DescribeStatement(view(name))
		if err != nil {
			return err
		}
		at := c.w.begin('t')
		c.w.int16(int16(len(params)))
		for _, t := range params {
			oid := uint32(25)
			if t != nil {
				oid = uint32(t.WireOID())
			}
			c.w.uint32(oid)
		}
		c.w.end(at)
		cols = result
	case 'P':
		var err error
		if cols, formats, err = c.s.DescribePortal(view(name)); err != nil {
			return err
		}
	default:
		return pgerr.Newf(pgerr.ProtocolViolation, "invalid DESCRIBE message subtype %d", kind)
	}
	if cols == nil {
		c.w.empty('n')
	} else {
		c.w.columns(cols, formats)
	}
	return nil
}

func (c *Conn) execute(body []byte) error {
	cur := cursor{b: body}
	name, limit := cur.string(), cur.int32()
	if !cur.end() {
		return errFormat
	}
	return c.s.Execute(view(name), limit)
}

func (c *Conn) close(body []byte) error {
	cur := cursor{b: body}
	kind, name := cur.byte(), cur.string()
	if !cur.end() {
		return errFormat
	}
	switch kind {
	case 'S':
		c.s.CloseStatement(view(name))
	case 'P':
		c.s.ClosePortal(view(name))
	default:
		return pgerr.Newf(pgerr.ProtocolViolation, "invalid CLOSE message subtype %d", kind)
	}
	c.w.empty('3')
	return nil
}

func (c *Conn) sync([]byte) error {
	c.skipping = false
	if err := c.s.Sync(); err != nil {
		return err
	}
	return c.readyForQuery()
}

func (c *Conn) flushAll([]byte) error { return c.w.flush() }

func (c *Conn) functionCall([]byte) error {
	return pgerr.NotSupported("the function call message").WithHint("Call the function with SELECT.")
}

func (c *Conn) terminate([]byte) error { return errTerminate }

func (c *Conn) ignore([]byte) error { return nil }
