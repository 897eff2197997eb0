package session

import (
	"bytes"
	"cmp"
	"slices"

	"imapscope/decode/text"
	"imapscope/decode/wire"
)

// maxURL is the longest literal that is searched for URLs.
const maxURL = 4096

// urls adds to m.Secrets the tokens and passwords of the URLs in what a client sends, in
// responses that hold URLs and in human-readable text, and learns them: the token alone
// is enough to read the message (RFC 4467, section 9).
func (s *Session) urls(m *Input) {
	switch {
	case m.Kind == Request || m.Kind == Untagged && m.Row != nil && m.Row.URLs:
		from := 0
		for _, l := range m.Literals {
			s.urlsIn(m, wire.Span{Start: from, End: l.Head.Start})
			if l.Body.Len() <= maxURL {
				s.urlsIn(m, l.Body)
			}
			from = l.Body.End
		}
		s.urlsIn(m, wire.Span{Start: from, End: max(from, len(m.Raw))})
	case len(m.Text) > 0:
		at := within(m.Raw, m.Text)
		s.urlsIn(m, wire.Span{Start: at, End: at + len(m.Text)})
	}
}

// urlsIn looks at a part of a message.
func (s *Session) urlsIn(m *Input, in wire.Span) {
	b := in.Of(m.Raw)
	if bytes.IndexByte(b, ':') < 0 {
		return
	}
	before := len(m.Secrets)
	for start, end := range text.URLSecrets(b) {
		x := wire.Span{Start: in.Start + start, End: in.Start + end}
		if !slices.ContainsFunc(m.Secrets, func(y wire.Span) bool { return x.Start < y.End && y.Start < x.End }) {
			m.Secrets = append(m.Secrets, x)
			s.words = s.words.with(x.Of(m.Raw))
		}
	}
	if len(m.Secrets) > before {
		slices.SortFunc(m.Secrets, func(a, b wire.Span) int { return cmp.Compare(a.Start, b.Start) })
	}
}
