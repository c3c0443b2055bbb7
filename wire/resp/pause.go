package resp

import (
	"sync"
	"time"

	"github.com/ferritedb/ferrite/kv/clock"
)

// pauseState is CLIENT PAUSE: until when, and who was held back.
type pauseState struct {
	mu       sync.Mutex
	until    time.Time // guarded by mu, as are the rest
	onlyWrit bool
	timer    clock.Timer
	clients  []*Client
}

// Pause holds back commands (only those that may write, where writes is set) for d.
func (s *Server) Pause(d time.Duration, writes bool) {
	p := &s.pause
	p.mu.Lock()
	defer p.mu.Unlock()
	until := s.clk.Now().Add(d)
	if until.Before(p.until) {
		until = p.until
	}
	p.until, p.onlyWrit = until, writes
	s.paused.Store(true)
	if p.timer != nil {
		p.timer.Stop()
	}
	p.timer = s.clk.AfterFunc(d, s.Unpause)
}

// Unpause ends a pause and resumes whom it held back.
func (s *Server) Unpause() {
	p := &s.pause
	p.mu.Lock()
	clients := p.clients
	p.clients = nil
	p.until = time.Time{}
	s.paused.Store(false)
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
	p.mu.Unlock()
	for _, c := range clients {
		c.shard.Post(func() {
			if !c.closed && c.parked == parkedPause {
				c.parked = running
				c.shard.Resume(c)
			}
		})
	}
}

// Delay holds c's command back for d. Called by an executor that then returns Delayed.
func (sh *Shard) Delay(c *Client, d time.Duration) {
	sh.srv.clk.AfterFunc(d, func() {
		sh.Post(func() {
			if !c.closed && c.parked == parkedDelay {
				c.parked = running
				sh.Resume(c)
			}
		})
	})
}

// Paused tells whether a command that may write, or any, is held back now.
func (s *Server) Paused(writes bool) bool {
	if !s.paused.Load() {
		return false
	}
	p := &s.pause
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.until.IsZero() && (writes || !p.onlyWrit)
}

// park notes a client that was held back; it resumes at once where the pause has
// ended meanwhile.
func (p *pauseState) park(c *Client) {
	p.mu.Lock()
	p.clients = append(p.clients, c)
	ended := p.until.IsZero()
	p.mu.Unlock()
	if ended {
		c.shard.srv.Unpause()
	}
}
