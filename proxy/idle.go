package proxy

import (
	"time"

	"imapscope/capture"
)

// watch ends the session when nothing passed for IdleTimeout.
func (s *session) watch() {
	limit := s.p.IdleTimeout
	if limit <= 0 {
		return
	}
	s.seen.Store(time.Now().UnixNano())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle = time.AfterFunc(limit, s.checkIdle)
}

func (s *session) checkIdle() {
	rest := s.p.IdleTimeout - time.Since(time.Unix(0, s.seen.Load()))
	if rest <= 0 {
		s.p.log.Info("closing a connection that is silent", "client", s.caller, "for", s.p.IdleTimeout)
		s.end(capture.Idle)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause == 0 {
		s.idle.Reset(rest)
	}
}
