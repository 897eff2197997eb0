package session

import (
	"bytes"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode/protocol"
	"imapscope/decode/sasl"
	"imapscope/decode/wire"
)

// saslState is the SASL exchange that is in progress.
type saslState struct {
	n    int            // its command, or 0
	by   *sasl.Exchange // nil if there is none
	sure *Words         // the secrets that were certain before it
}

// begins returns the exchange that a command begins, with its initial response if it has one
// (RFC 4959, section 3).
func begins(row *protocol.Row, m *wire.Message, at time.Time) *sasl.Exchange {
	x := sasl.New(Argument(m, row, protocol.RoleMechanism))
	x.Time = at
	from := pastWords(m, 1+nameWords(row)+max(row.SecretFrom(), 0))
	line := bytes.TrimRight(m.Raw[min(from, len(m.Raw)):], "\r\n")
	if n := len(m.Literals); n > 0 && m.Literals[n-1].Head.Start == from {
		line = m.Literals[n-1].Body.Of(m.Raw)
	}
	if len(m.Gaps) > 0 {
		x.Lost()
	} else if line = bytes.Trim(line, " \""); len(line) > 0 {
		x.Initial(line)
	}
	return x
}

// beginSASL follows the command that begins an exchange, before its secrets are learned.
func (s *Session) beginSASL(m *Input) {
	s.sasl = saslState{n: m.N, by: begins(m.Command, m.Message, m.Time), sure: s.sure.Kept()}
}

// challenge follows a "+" line of the server.
func (s *Session) challenge(m *Input) {
	if s.sasl.by == nil || m.N != s.sasl.n {
		return
	}
	if m.Broken || len(m.Gaps) > 0 {
		s.sasl.by.Lost()
	} else {
		s.sasl.by.Challenge(m.Text)
	}
	m.SASL = s.sasl.report(s.words)
}

// respondSASL follows a line of the client.
func (s *Session) respondSASL(m *Input) {
	if s.sasl.by == nil {
		return
	}
	s.sasl.by.Time = m.Time
	if m.Broken || len(m.Gaps) > 0 {
		s.sasl.by.Lost()
	} else {
		s.sasl.by.Response(bytes.TrimRight(m.Raw, "\r\n"))
	}
}

// endSASL follows the response to the command: the user is logged in only then.
func (s *Session) endSASL(m *Input) {
	x := s.sasl
	if x.by == nil || x.n != m.N {
		if m.Request == nil {
			return
		}
		// Another AUTHENTICATE followed before the response to this one.
		x = saslState{n: m.N, by: begins(m.Command, m.Request, m.Time), sure: s.sure.Kept()}
	}
	ok := m.Row.Does(protocol.Succeeds)
	x.by.End(ok)
	m.SASL = x.report(s.words)
	if ok {
		if m.SASL.User() == "" {
			m.SASL.Authentication = s.named
		}
		s.User = m.SASL.User()
	}
	s.named = ""
}

// Noted follows a remark of the source, which may name the user whose login ends next.
func (s *Session) Noted(text string) {
	if name, ok := strings.CutPrefix(text, capture.UserIs); ok {
		s.named = s.hide(name[:min(len(name), maxName)])
	}
}

// names returns the identities of the exchange, which are no secrets.
func (x *saslState) names() []string {
	if x.by == nil {
		return nil
	}
	r := x.by.Report()
	return []string{r.Authentication, r.Authorization}
}

// report returns what the exchange has said. A name in it is hidden if it was a secret before,
// another text if it repeats any secret: a server may put a token into an error.
func (x *saslState) report(words *Words) *sasl.Report {
	if x.by == nil {
		return nil
	}
	r := x.by.Report()
	words = words.Kept()
	r.Rewrite(
		func(s string) string { return x.sure.Hide(s, hiddenName) },
		func(s string) string { return words.Hide(s, hiddenName) },
	)
	return &r
}
