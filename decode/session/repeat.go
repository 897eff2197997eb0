package session

import (
	"bytes"

	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// A client may repeat a secret where none is expected: after a LOGIN that was refused it
// searches for the password, opens a mailbox of that name, or gives it as the user. What
// it repeats is masked as what a server repeats is (echoes), in arguments, literals and
// tags. The names of commands that the protocol knows are never masked.

// strays reports whether a line that names no command has a known secret in the place of
// its tag or its command.
func (s *Session) strays(raw []byte) bool {
	words := s.words.Kept()
	if words == nil {
		return false
	}
	tag, rest := wire.Word(raw)
	verb, _ := wire.Word(rest)
	return words.in(head(tag)) || words.in(head(verb))
}

// maxStray is how much of a word decides whether it is a secret out of place. A word of
// thousands of letters contains a short secret by chance: only that part of it is masked.
// The name of an unknown command is shown to half of this length.
const maxStray = 128

func head(word []byte) []byte { return word[:min(len(word), maxStray)] }

// repeats adds to m.Secrets the places of a request where one of words is repeated: secrets
// that were known before it, sure those of them that were in the place of a secret for
// certain.
func (s *Session) repeats(m *Input, words, sure *Words) {
	if m.Place.Stray {
		return // all of it is masked
	}
	if m.Command.Secret() && len(m.Secrets) > 0 {
		// What was the only argument of a LOGIN may have been the user after all.
		if words = sure.Kept(); words == nil {
			return
		}
	}
	if !m.Broken && len(m.Gaps) == 0 && !words.in(m.Raw) {
		return
	}
	known := len(m.Secrets)
	tag := len(m.Raw) - len(bytes.TrimLeft(m.Raw, " "))
	end := tag
	if i := bytes.IndexAny(m.Raw[tag:], " \r\n"); i >= 0 {
		end += i
	}
	if len(words.Find(string(m.Raw[tag:end]))) > 0 {
		m.Secrets = append(m.Secrets, wire.Span{Start: tag, End: end})
		m.SecretTag = true
		s.words = s.words.withTag(m.Raw[tag:end])
	}
	args := end
	if m.Command != nil {
		args = pastWords(m.Message, 1+nameWords(m.Command))
	}
	for _, x := range spans(nil, m.Message, args) {
		for _, part := range whole(m.Message, x) {
			for _, f := range find(words, string(part.Of(m.Raw)), part.End < x.End || m.Broken) {
				m.Secrets = append(m.Secrets, wire.Span{Start: part.Start + f.Start, End: part.Start + f.End})
			}
			if n := words.ends(part.Of(m.Raw)); part.Start > x.Start && n > 0 {
				m.Secrets = append(m.Secrets, wire.Span{Start: part.Start, End: part.Start + n})
			}
		}
	}
	if len(m.Secrets) > known {
		m.Secrets = merge(m.Secrets)
		if m.Command.Does(protocol.LogsIn) {
			s.renamed = m.N
		}
	}
}

// whole parts a span where bytes of the message were not kept.
func whole(m *wire.Message, x wire.Span) []wire.Span {
	out := []wire.Span{x}
	for _, g := range m.Gaps {
		last := &out[len(out)-1]
		if at := g.At; last.Start < at && at < last.End {
			out = append(out, wire.Span{Start: at, End: last.End})
			out[len(out)-2].End = at
		}
	}
	return out
}

// hide returns a name with known secrets hidden, for a name that a session shows later.
func (s *Session) hide(name string) string {
	if s.words == nil || name == "" {
		return name
	}
	return s.words.Kept().Hide(name, hiddenName)
}

// hiddenName is in place of a secret in a name.
const hiddenName = "********"

// learnSure adds to the secrets that are certain: those that follow the arguments that come
// before a secret, of a command or of what resembles one.
func (s *Session) learnSure(m *Input) {
	from := 0
	tag, _ := wire.Word(m.Raw)
	switch bare := protocol.Lookup(protocol.Command, tag); {
	case m.Place.Stray:
	case m.Command.Secret() && named(m.Command, m.Message):
		from = pastWords(m.Message, 1+nameWords(m.Command)+max(m.Command.SecretFrom(), 0))
	case bare.Secret():
		from = pastWords(m.Message, nameWords(bare)+max(bare.SecretFrom(), 0))
	default:
		_, rest := wire.Word(m.Raw[min(m.Secrets[0].Start, len(m.Raw)):])
		from = len(m.Raw) - len(rest)
	}
	for _, x := range m.Secrets {
		if x.Start = max(x.Start, from); x.Start < x.End {
			s.sure = s.sure.with(x.Of(m.Raw)).withSASL(x.Of(m.Raw), s.sasl.names()...)
		}
	}
}
