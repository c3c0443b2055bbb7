package resp

// internalError is what the client hears whose command met a defect of ours.
const internalError = "ERR internal error: the command was undone"

// Fault notes a panic that was caught (Stats.Panics). It is called by the function
// that recovered, while the stack of the panic still stands.
func (s *Server) Fault(where string, p any) {
	s.Stats.Panics.Add(1)
	if s.opts.Log != nil {
		s.faults.SetLog(s.opts.Log)
		s.faults.Note(where, p)
	}
}

// recovered is deferred around work for c (nil: for nobody in particular): where
// that panics, c is closed and the others go on.
func (sh *Shard) recovered(where string, c *Client) {
	p := recover()
	if p == nil {
		return
	}
	sh.srv.Fault(where, p)
	if c != nil && !c.closed {
		c.processes = false
		sh.Close(c)
	}
}

// execute runs a command; where it panics, its effects are undone, those of the
// other commands of the turn stay, and its client hears an error.
func (sh *Shard) execute(c *Client, args [][]byte) (v Verdict) {
	mark := len(c.W.B)
	defer func() {
		if p := recover(); p != nil {
			sh.srv.Fault("command", p)
			c.W.B = c.W.B[:mark]
			sh.undo(c)
			c.W.Error(internalError)
			v = Done
		}
	}()
	return sh.exec.Execute(c, &c.W, args)
}

// undo has the executor undo the command that panicked. Where even that fails the
// turn's transaction is given up.
func (sh *Shard) undo(c *Client) {
	defer func() {
		if p := recover(); p != nil {
			sh.srv.Fault("undo", p)
			sh.giveUp(errInternal)
		}
	}()
	sh.exec.Recover(c)
}

// giveUp rolls the turn's transaction back and makes an error of its replies.
func (sh *Shard) giveUp(err error) {
	t := sh.t
	sh.began, sh.bound = false, false
	sh.commitFailed(err)
	defer sh.recovered("rollback", nil)
	t.Rollback()
}

// Go runs f in a goroutine of its own; a panic there is a fault and ends only f.
// failed, where set, is called after one.
func (s *Server) Go(where string, f, failed func()) {
	s.tasks.Add(1)
	go func() {
		defer s.tasks.Done()
		defer func() {
			if p := recover(); p != nil {
				s.Fault(where, p)
				if failed != nil {
					failed()
				}
			}
		}()
		f()
	}()
}
