package budget

import "sync/atomic"

// Server is the memory of the process that runs share. Safe for concurrent use.
// A nil *Server bounds nothing.
type Server struct {
	limit int64
	used  atomic.Int64
	peak  atomic.Int64 // since TakePeak
	queue queue
}

// NewServer makes a budget of limit bytes; 0 or less: no bound.
func NewServer(limit int64) *Server { return &Server{limit: limit} }

// TryReserve takes n bytes; false, and nothing is taken, where they do not fit.
func (s *Server) TryReserve(n int64) bool {
	if s == nil {
		return true
	}
	// Never above the limit, not even for a moment: who waits in the queue would
	// miss what came back meanwhile.
	used := s.used.Load()
	for {
		if s.limit > 0 && used+n > s.limit {
			return false
		}
		if s.used.CompareAndSwap(used, used+n) {
			break
		}
		used = s.used.Load()
	}
	used += n
	for p := s.peak.Load(); used > p && !s.peak.CompareAndSwap(p, used); {
		p = s.peak.Load()
	}
	return true
}

// Release gives n bytes back.
func (s *Server) Release(n int64) {
	if s == nil {
		return
	}
	s.used.Add(-n)
	if s.queue.length.Load() > 0 {
		s.queue.mu.Lock()
		s.next()
		s.queue.mu.Unlock()
	}
}

// TakePeak is the most bytes reserved at one time since it was last asked.
func (s *Server) TakePeak() int64 {
	if s == nil {
		return 0
	}
	return s.peak.Swap(s.used.Load())
}

// Used is the bytes that are reserved.
func (s *Server) Used() int64 {
	if s == nil {
		return 0
	}
	return s.used.Load()
}

// Limit is the bound; 0: none.
func (s *Server) Limit() int64 {
	if s == nil {
		return 0
	}
	return max(s.limit, 0)
}
