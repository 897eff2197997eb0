package proxy

import (
	"time"

	"imapscope/capture"
)

// watch starts the timer that ends the session after IdleTimeout without traffic.
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

// touch records that bytes were forwarded.
func (s *session) touch(t time.Time) {
	if s.idle != nil {
		s.seen.Store(t.UnixNano())
	}
}

func (s *session) checkIdle() {
	rest := s.p.IdleTimeout - time.Since(time.Unix(0, s.seen.Load()))
	if rest <= 0 {
		s.p.log.Info("closing an idle connection", "client", s.caller, "for", s.p.IdleTimeout)
		s.end(capture.Idle)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause == 0 {
		s.idle.Reset(rest)
	}
}
