package budget

import "sync/atomic"

// Server is the memory of the process that runs share. Safe for concurrent use.
// A nil *Server bounds nothing.
type Server struct {
	limit int64
	used  atomic.Int64
}

// NewServer makes a budget of limit bytes; 0 or less: no bound.
func NewServer(limit int64) *Server { return &Server{limit: limit} }

// TryReserve takes n bytes; false, and nothing is taken, where they do not fit.
func (s *Server) TryReserve(n int64) bool {
	if s == nil {
		return true
	}
	if used := s.used.Add(n); s.limit > 0 && used > s.limit {
		s.used.Add(-n)
		return false
	}
	return true
}

// Release gives n bytes back.
func (s *Server) Release(n int64) {
	if s != nil {
		s.used.Add(-n)
	}
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
