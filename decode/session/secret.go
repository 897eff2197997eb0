package session

import (
	"bytes"
	"math"
	"slices"
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// Place is where in a client's message its secrets begin.
type Place struct {
	Secret bool
	From   int  // in Raw; what follows it is secret
	Stray  bool // the whole line is in the place of a command, and is most likely a secret
}

// Open returns where the secrets of a command begin that has begun: m is its beginning,
// at least its first line, row the command that it names, or nil. It changes what is
// expected of the lines that follow.
func (s *Session) Open(row *protocol.Row, m *wire.Message) Place {
	if row != nil {
		s.refused = false
	}
	p := s.judge(row, m)
	if p.Secret && !p.Stray && !row.Secret() {
		s.refused = true // a server will hardly understand it as intended
	}
	if p.Stray {
		s.learnTag(m.Raw)
	}
	s.cur = p
	return p
}

// judge returns where the secrets of a command begin; m is its beginning, at least
// its first line. It may be beyond the end of m: after a literal that is still to
// come.
func (s *Session) judge(row *protocol.Row, m *wire.Message) Place {
	if row == nil && (s.auth != 0 || (s.refused || s.strays(m.Raw)) && !resembles(m)) {
		return Place{Secret: true, Stray: true}
	}
	if n := len(m.Literals); n > 0 && (row == nil || row.Secret()) {
		if l := m.Literals[n-1]; l.Head.End >= len(m.Raw) {
			l.Body = wire.Span{Start: l.Head.End, End: l.Head.End + int(min(l.Size, math.MaxInt32/2))}
			m = &wire.Message{Raw: m.Raw, Literals: append(slices.Clone(m.Literals[:n-1]), l)}
		}
	}
	if at, ok := begin(row, m); ok {
		return Place{Secret: true, From: at}
	}
	return Place{}
}

// Line returns where the secrets of a client's line begin, before it is fed: a command,
// or a line within one.
func (s *Session) Line(m *wire.Message) Place {
	first, rest := wire.Word(m.Raw)
	second, rest := wire.Word(rest)
	if s.Continues(first, second) != 0 {
		return Place{Secret: s.auth != 0, Stray: s.auth != 0}
	}
	third, _ := wire.Word(rest)
	return s.judge(protocol.LookupCommand(second, third), m)
}

// secretsOf adds the secrets of a client's command to m.Secrets, and learns them.
func (s *Session) secretsOf(m *Input) {
	p := m.Place
	s.cur = Place{}
	if m.Command != nil && lacks(m.Command, m.Message) {
		s.refused = true // the secret may be on the next line
	}
	if !p.Secret {
		return
	}
	if p.Stray {
		m.SecretTag = true
		if Cancels(m.Raw) {
			return
		}
	}
	// The place may have moved: literals are known now.
	if at, ok := begin(m.Command, m.Message); ok && !p.Stray {
		if at >= len(bytes.TrimRight(m.Raw, " \r\n")) && len(m.Literals) > 0 && m.Command.Secret() && requiresSecret(m.Command) {
			at = pastWords(m.Message, 1+nameWords(m.Command)) // too few arguments: any of them may be secret
		}
		p.From = at
	}
	m.Secrets = spans(m.Secrets, m.Message, p.From)
	s.learn(m)
	if len(m.Secrets) > 0 {
		s.learnSure(m)
	}
	tag := bytes.IndexAny(m.Raw, " \r\n")
	m.SecretTag = m.SecretTag || tag < 0 || p.From < tag
}

// saslLine adds a line of a SASL exchange to m.Secrets, and learns it.
func (s *Session) saslLine(m *Input) {
	s.respondSASL(m)
	if Cancels(m.Raw) {
		m.SASL = s.sasl.report(s.words)
		return
	}
	m.Secrets = spans(m.Secrets, m.Message, 0)
	s.learn(m)
	for _, x := range m.Secrets {
		s.sure = s.sure.with(x.Of(m.Raw)).withSASL(x.Of(m.Raw), s.sasl.names()...)
	}
	m.SASL = s.sasl.report(s.words)
}

// refuse follows the answer to a command with a secret: what was refused may still
// be sent, or be read as a command by the server.
func (s *Session) refuse(m *Input) {
	if !m.Command.Secret() {
		return
	}
	if m.Command.Lines == protocol.SASLLines || s.refused || m.Request != nil && len(m.Request.Literals) > 0 {
		s.refused = !m.Row.Does(protocol.Succeeds)
	}
}

// Pending learns the secrets in the part of a command received so far: the server may
// repeat it before its end.
func (s *Session) Pending(b []byte) {
	if s.cur.Secret && s.cur.From < len(b) {
		s.words = s.words.with(b[s.cur.From:])
	}
}

// learn adds the secrets of a message to the words.
func (s *Session) learn(m *Input) {
	for _, x := range m.Secrets {
		b := x.Of(m.Raw)
		s.words = s.words.with(b)
		s.words = s.words.withSASL(b)
	}
	if len(m.Secrets) > 0 && (m.Elided > 0) {
		s.words = s.words.WithAll()
	}
}

// learnTag adds the first word of a line, which the server may read as a tag.
func (s *Session) learnTag(raw []byte) {
	tag, _ := wire.Word(raw)
	s.words = s.words.withTag(tag)
}

// echoes adds to m.Secrets the places where the server repeats a secret in
// human-readable text, or in a tag.
func (s *Session) echoes(m *Input) {
	text, at := m.Text, 0
	switch {
	case m.Kind == Junk:
		text = m.Raw
	case m.Kind == Tagged:
		tag, _ := wire.Word(m.Raw)
		if s.words.tagged(tag, m.Orphan) {
			m.Secrets = append(m.Secrets, wire.Span{End: len(tag)})
			m.SecretTag = true
		}
	}
	if len(text) == 0 {
		return
	}
	at = within(m.Raw, text)
	if m.Elided > 0 { // a secret may be cut there
		m.Secrets = append(m.Secrets, wire.Span{Start: at, End: len(bytes.TrimRight(m.Raw, "\r\n"))})
		return
	}
	if s.clean.is(s.words, text) && !m.Broken {
		return
	}
	found := find(s.words, text, m.Broken)
	for _, x := range found {
		m.Secrets = append(m.Secrets, wire.Span{Start: at + x.Start, End: at + x.End})
	}
	if len(found) == 0 && !m.Broken {
		s.clean.set(s.words, text)
	}
}

// clean is the last text in which no secret was found: servers say the same again and again.
type clean struct {
	words *Words
	text  []byte
}

// maxClean is the length of a text that is remembered.
const maxClean = 64

func (c *clean) is(words *Words, text []byte) bool {
	return c.words == words && bytes.Equal(c.text, text)
}

func (c *clean) set(words *Words, text []byte) {
	if len(text) <= maxClean {
		c.words, c.text = words, append(c.text[:0], text...)
	}
}

// within returns where part, which is a part of raw, begins.
func within(raw, part []byte) int { return max(cap(raw)-cap(part), 0) }

// Cancels reports whether a line is "*" alone, which ends a SASL exchange (RFC
// 3501, section 6.2.2) and is no secret.
func Cancels(line []byte) bool { return string(bytes.TrimRight(line, "\r\n")) == "*" }

// requiresSecret reports whether a command must have a secret on its line.
func requiresSecret(row *protocol.Row) bool {
	return row.Lines != protocol.SASLLines && row.SecretFrom() >= 0
}

// lacks reports whether a command must have a secret that is not on its line, or that
// is cut: its last word begins like the announcement of a literal, but is not one.
func lacks(row *protocol.Row, m *wire.Message) bool {
	if !requiresSecret(row) || len(m.Literals) > 0 {
		return false
	}
	line := bytes.TrimRight(m.Raw, " \r\n")
	if pastWords(m, 1+nameWords(row)+row.SecretFrom()) >= len(line) {
		return true
	}
	return line[bytes.LastIndexByte(line, ' ')+1] == '{'
}

// begin returns where the secrets of a command begin, if it holds any; m is its
// bytes, at least its first line.
func begin(row *protocol.Row, m *wire.Message) (at int, ok bool) {
	if row.Secret() && named(row, m) {
		return beginOf(row, m, 1+nameWords(row))
	}
	tag, rest := wire.Word(m.Raw)
	if t := protocol.Lookup(protocol.Command, tag); t.Secret() {
		return beginOf(t, m, nameWords(t)) // most likely the tag was forgotten
	}
	words := 1
	switch {
	case row == nil, row.Secret(), row.Prefix: // not known, or a prefix of other names: UID
		_, rest := wire.Word(rest)
		third, _ := wire.Word(rest)
		words = 2
		if protocol.Lookup(protocol.Command, third).Secret() {
			return pastWords(m, 3), true
		}
	case !hidesMore(tag):
		return 0, false
	}
	return hidden(m, words)
}

// hidesMore reports whether a tag has a character that another server may take for the end of it.
func hidesMore(tag []byte) bool {
	for _, c := range tag {
		switch c {
		case '\t', '"', '(', '{':
			return true
		}
	}
	return false
}

// named reports whether a command's name follows the tag of m as a word, or words,
// of its own.
func named(row *protocol.Row, m *wire.Message) bool {
	from, to := pastWords(m, 1), pastWords(m, 1+nameWords(row))
	verb := m.Raw[min(from, len(m.Raw)):min(to, len(m.Raw))]
	return strings.EqualFold(string(bytes.Trim(verb, " ")), row.Name)
}

// beginOf returns where the secrets begin of a command that is known to have one,
// whose name ends after n words. If it has too few arguments, the ones that it has
// may be secret.
func beginOf(row *protocol.Row, m *wire.Message, n int) (at int, ok bool) {
	i := row.SecretFrom()
	if i < 0 {
		return 0, false
	}
	at = pastWords(m, n+i)
	if at < len(bytes.TrimRight(m.Raw, " \r\n")) || len(m.Literals) > 0 || !requiresSecret(row) {
		return at, true
	}
	at = pastWords(m, n)
	return at, at < len(bytes.TrimRight(m.Raw, " \r\n"))
}

// resembles reports whether a line that names no command has the name of a command with a
// secret as its first or second word, but for signs around it, and arguments: LOGIN: fred
// secret. Its name is no secret then, even where the rest of a refused secret may come.
func resembles(m *wire.Message) bool {
	rest := bytes.TrimRight(m.Raw, " \r\n")
	for range 2 {
		var w []byte
		if w, rest = wire.Word(rest); len(rest) == 0 {
			return false
		}
		w = bytes.TrimFunc(w, func(r rune) bool { return r < '0' || '9' < r && r < 'A' || 'Z' < r && r < 'a' || 'z' < r })
		if protocol.Lookup(protocol.Command, w).Secret() {
			return true
		}
	}
	return false
}

// maxHidden is how far hidden looks.
const maxHidden = 256

// hidden finds the name of a command with a secret as a part of one of the first n
// words: LOGIN"fred" "secret", LOGIN: fred secret, XLOGIN.
func hidden(m *wire.Message, n int) (at int, ok bool) {
	words := m.Raw[:min(pastWords(m, n), len(m.Raw), maxHidden)]
	if len(m.Literals) > 0 {
		words = words[:min(len(words), m.Literals[0].Head.Start)]
	}
	up := bytes.ToUpper(words)
	for r := range protocol.Of(protocol.Command) {
		if !r.Secret() {
			continue
		}
		if i := bytes.Index(up, []byte(r.Name)); i >= 0 {
			at = i + len(r.Name)
			for at < len(m.Raw) && strings.IndexByte(" \t({\r\n", m.Raw[at]) < 0 && !opens(m.Raw[at:]) {
				at++
			}
			if at < len(m.Raw) && m.Raw[at] == ' ' {
				at++
			}
			return at, true
		}
	}
	return 0, false
}

// opens reports whether b begins with a quotation mark that has text after it.
func opens(b []byte) bool {
	return b[0] == '"' && len(b) > 1 && b[1] != ' ' && b[1] != '\r' && b[1] != '\n'
}

// spans appends everything from a place on, without line ends and announcements.
func spans(out []wire.Span, m *wire.Message, at int) []wire.Span {
	add := func(from, to int) {
		if from = max(from, at); from < to {
			out = append(out, wire.Span{Start: from, End: to})
		}
	}
	from := 0
	for _, l := range m.Literals {
		add(from, l.Head.Start)
		add(l.Body.Start, l.Body.End)
		from = l.Body.End
	}
	end := len(m.Raw)
	for end > from && (m.Raw[end-1] == '\n' || m.Raw[end-1] == '\r') {
		end--
	}
	add(from, end)
	return out
}

// pastWords returns where the n words at the beginning of m end, and the space
// after them: words are atoms, quoted strings or literals. A quoted string that
// does not end may hold anything, so it counts as not begun.
func pastWords(m *wire.Message, n int) int {
	raw, at := m.Raw, 0
	lits := m.Literals
	for range n {
		if at >= len(raw) {
			return at // within a literal that is still to come
		}
		for at < len(raw) && raw[at] == ' ' {
			at++
		}
		if len(lits) > 0 && lits[0].Head.Start == at {
			at = lits[0].Body.End
			lits = lits[1:]
			continue
		}
		if at < len(raw) && raw[at] == '"' {
			end := closing(raw[at:])
			if end < 0 {
				return at
			}
			at += end
			continue
		}
		for at < len(raw) && !wire.EndsWord(raw[at]) {
			at++
		}
		if at == len(raw) {
			return at
		}
	}
	if at < len(raw) && raw[at] == ' ' {
		at++
	}
	return at
}

// closing returns the length of the quoted string that b begins with, or -1.
func closing(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		case '\r', '\n':
			return -1
		}
	}
	return -1
}
