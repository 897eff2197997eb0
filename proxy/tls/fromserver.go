package tls

import (
	"bytes"

	"imapscope/decode/wire"
)

// fromServer reads what the server says before login.
type fromServer struct {
	f       wire.Framer
	held    []byte // of a line that may be one to edit
	holding bool
	inside  bool // of a message
	greeted bool
}

func (s *fromServer) init() { s.f.Init(false, maxLine, new(wire.Pool)) }

// between reports whether nothing of an unfinished message was passed on.
func (s *fromServer) between() bool { return !s.inside || s.holding }

// consume reads a chunk. It returns what to forward to the client now, and how it was
// edited. ended is called with each complete message, and may change o: once it returns
// true, the rest passes unchanged.
func (s *fromServer) consume(p []byte, o *offer, ended func(m []byte, greeting bool) bool) (out []byte, done []string, over bool) {
	for len(p) > 0 {
		n, mark := s.f.Write(p)
		piece := p[:n]
		p = p[n:]
		if !s.inside {
			s.inside, s.holding = true, true
		}
		if !s.holding {
			out = append(out, piece...)
		} else if s.held = append(s.held, piece...); mark != wire.End && !s.mayEdit(o) {
			out = append(out, s.release()...)
		}
		if mark != wire.End {
			continue
		}
		greeting := !s.greeted
		if s.holding {
			line, what := s.held, ""
			if len(line) <= maxLine && len(s.f.Message().Literals) == 0 {
				line, what = o.edit(line, greeting)
			}
			out = append(out, line...)
			if what != "" {
				done = append(done, what)
			}
			s.release()
		}
		s.inside, s.greeted = false, true
		over = ended(s.f.Message().Raw, greeting)
		s.f.Reset()
		if over {
			return append(out, p...), done, true
		}
	}
	return out, done, false
}

// mayEdit reports whether the line held may still become one to edit.
func (s *fromServer) mayEdit(o *offer) bool {
	if len(s.held) > maxLine || bytes.IndexByte(s.held, '\n') >= 0 { // a literal follows
		return false
	}
	if _, m := matchCapability(s.held, !s.greeted); m != no {
		return true
	}
	if len(o.strip) == 0 {
		return false
	}
	_, m := matchCode(s.held)
	return m != no
}

// release returns what was held. It is valid until more is held.
func (s *fromServer) release() []byte {
	h := s.held
	s.holding, s.held = false, s.held[:0]
	return h
}
