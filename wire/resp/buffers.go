package resp

// Buffers of clients. A client holds one only while it has input that is not
// complete, or output that is not sent; between, they lie with the shard, so that
// an idle connection costs none. What is larger than keepBytes is reserved of the
// server's memory and never kept.

// bufferPool is a shard's buffers that nobody holds.
type bufferPool struct{ free [][]byte }

// get gives an empty buffer.
func (p *bufferPool) get() []byte {
	if n := len(p.free); n > 0 {
		b := p.free[n-1]
		p.free[n-1] = nil
		p.free = p.free[:n-1]
		return b
	}
	return make([]byte, 0, bufferBytes)
}

// put takes a buffer back, if it is worth keeping.
func (p *bufferPool) put(b []byte) {
	if c := cap(b); c >= bufferBytes && c <= keepBytes && len(p.free) < buffersKeep {
		p.free = append(p.free, b[:0])
	}
}

// reserve brings what is reserved of the server's memory for a buffer from *held
// to what one of n bytes takes; false, and nothing changes, where there is no room.
func (s *Server) reserve(held *int64, n int) bool {
	want := int64(n)
	if n <= keepBytes {
		want = 0
	}
	d := want - *held
	switch {
	case d > 0:
		if s.buffered.Add(d) > s.bufferedMax() || !s.opts.Memory.TryReserve(d) {
			s.buffered.Add(-d)
			return false
		}
	case d < 0:
		s.buffered.Add(d)
		s.opts.Memory.Release(-d)
	}
	*held = want
	return true
}

// bufferedMax bounds the large buffers of all clients together.
func (s *Server) bufferedMax() int64 {
	if limit := s.opts.Memory.Limit(); limit > 0 {
		return limit / bufferedShare
	}
	return bufferedMaxDefault
}

// Buffered is the bytes that the large buffers of all clients take.
func (s *Server) Buffered() int64 { return s.buffered.Load() }

// errBuffers ends a client whose command does not fit in the memory for buffers.
const errBuffers = "ERR the server's memory for unfinished commands and unread replies is used up"

// keepInput appends input to what c has; false where there is no room, and c is
// closed.
func (sh *Shard) keepInput(c *Client, data []byte) bool {
	n := len(c.in) + len(data)
	if int64(n) > sh.srv.Settings.QueryBytesMax.Load() {
		sh.Close(c)
		return false
	}
	if n > cap(c.in) && !sh.growInput(c, n) {
		sh.srv.Stats.BufferRefusals.Add(1)
		c.W.Error(errBuffers)
		sh.replied(c)
		c.closing = true
		sh.dropInput(c)
		return false
	}
	c.in = append(c.in, data...)
	return true
}

// growInput makes room for n bytes of input: where the command's length is known,
// for the whole of it once a quarter has come, so that a large one is copied few
// times and one that is only announced takes nothing.
func (sh *Shard) growInput(c *Client, n int) bool {
	if c.in == nil {
		c.in = sh.buffers.get()
		if n <= cap(c.in) {
			return true
		}
	}
	size := 2 * n
	if need := c.parser.Need(); need >= n {
		size = min(4*n, need)
	} else if n > keepBytes {
		size = n + n/4
	}
	// Both buffers are there while one is copied to the other.
	if !sh.srv.reserve(&c.inHeld, cap(c.in)+size) {
		return false
	}
	b := make([]byte, len(c.in), size)
	copy(b, c.in)
	sh.buffers.put(c.in)
	c.in = b
	sh.srv.reserve(&c.inHeld, size)
	return true
}

// dropInput gives c's input buffer back.
func (sh *Shard) dropInput(c *Client) {
	sh.buffers.put(c.in)
	c.in = nil
	sh.srv.reserve(&c.inHeld, 0)
}

// giveOutput gives c a buffer for replies, if it has none.
func (sh *Shard) giveOutput(c *Client) {
	if c.W.B == nil {
		c.W.B = sh.buffers.get()
	}
}

// reserveOutput accounts for what c's replies take; c is closed where there is no
// room for them.
func (sh *Shard) reserveOutput(c *Client) {
	if !sh.srv.reserve(&c.outHeld, cap(c.W.B)) {
		sh.srv.Stats.BufferRefusals.Add(1)
		sh.doom(c)
	}
}

// dropOutput gives c's output buffer, of which all is sent, back.
func (sh *Shard) dropOutput(c *Client) {
	sh.buffers.put(c.W.B)
	c.W.B = nil
	sh.srv.reserve(&c.outHeld, 0)
}
