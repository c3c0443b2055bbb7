package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// phase is where the server is in its life.
type phase int32

const (
	starting phase = iota
	serving
	draining
)

func (p phase) String() string { return [...]string{"starting", "serving", "draining"}[p] }

// liveTimeout is how long an event loop may take to answer before the process
// counts as hung.
const liveTimeout = 5 * time.Second

// livez answers 200 as long as the process is worth keeping: its event loops
// answer. What a restart would not mend, such as a full disk, is not its concern.
func (s *Server) livez(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), liveTimeout)
	defer cancel()
	if s.phase() == serving && s.resp != nil {
		if n := s.resp.Silent(ctx); n > 0 {
			answer(w, http.StatusServiceUnavailable, fmt.Sprintf("%d event loops of the Redis port do not answer", n))
			return
		}
	}
	answer(w, http.StatusOK, "ok")
}

// readyz answers 200 while the server takes writes and reads.
func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	if reason := s.notReady(); reason != "" {
		answer(w, http.StatusServiceUnavailable, reason)
		return
	}
	answer(w, http.StatusOK, "ok")
}

// notReady is why the server does not serve whole; empty where it does.
func (s *Server) notReady() string {
	if p := s.phase(); p != serving {
		return p.String()
	}
	if err := s.store.Writable(); err != nil {
		return "writes are refused: " + err.Error()
	}
	return ""
}

// health is what /healthz says in JSON.
type health struct {
	// Status is "ok", "degraded" (it reads, and writes are refused), "starting" or
	// "draining"; Reason says more where it is not ok.
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
	// Writable: commits that write are taken.
	Writable bool `json:"writable"`
	// Positions in the commit log.
	Written uint64 `json:"log_written"`
	Synced  uint64 `json:"log_synced"`
}

// healthz answers 200 where the store takes reads; with details in JSON where the
// client asks for it.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	h := health{Status: s.phase().String(), Reason: s.notReady()}
	code := http.StatusServiceUnavailable
	if s.phase() == serving {
		h.Writable = s.store.Writable() == nil
		h.Written, h.Synced = uint64(s.store.WrittenPosition()), uint64(s.store.SyncedPosition())
		code, h.Status = http.StatusOK, "ok"
		if !h.Writable {
			h.Status = "degraded"
		}
	}
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(h) // the client may be gone
		return
	}
	text := h.Status
	if h.Status == "degraded" {
		text += ": " + h.Reason
	}
	answer(w, code, text)
}

func answer(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(text + "\n")) // the client may be gone
}

func (s *Server) phase() phase { return phase(s.life.Load()) }
