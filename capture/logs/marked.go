package logs

import (
	"bytes"
	"strings"
	"time"

	"imapscope/capture"
)

// A marking says how a program marks the lines of the protocol.
type marking struct {
	// said matches such a line. Its groups are named: time, key (of the session), client or
	// server (the mark of the side), text.
	said   *pattern
	layout string // of the time; "" if it is the time of a day, or if there is none

	connected *pattern // a line that begins a session: key, ip, port; may be nil
	closed    *pattern // a line that ends one: key; may be nil
	notice    *pattern // a line that reports what is masked: notice; may be nil
	masked    *pattern // what the program writes instead of something secret; may be nil

	whole   bool     // the lines of literals follow, without marks
	within  bool     // they follow with marks, in lines of their side
	omits   bool     // literals may be left out
	words   bool     // the first marked line counts only if its words are IMAP's
	bare    bool     // lines without any mark are IMAP where their words are
	anyside bool     // the marks do not show the side: the words do
	server  bool     // what is marked is of the server
	tags    bool     // the marks do not show the session: the tags do
	halves  bool     // one side may have marks, and the other none: its words show it then
	races   bool     // a response may come before its command
	late    bool     // so may anything else that the server answers: see early
	other   *pattern // lines of the program that are part of no literal; may be nil

	text   func(groups [][]byte) []byte // what is said where the group text is not it; may be nil
	change func(text []byte) []byte     // changes what is said; may be nil
}

// markedParser reads logs whose lines of the protocol are marked.
type markedParser struct {
	marking
	b      *book
	route  router
	early  early
	clock  dayless
	begun  bool
	marked [2]bool // some line of that side had a mark
	groups map[string]int
}

func newMarked(m marking) func(*book) parser {
	return func(b *book) parser {
		p := &markedParser{marking: m, b: b, route: router{b: b}, early: early{late: m.late}, groups: make(map[string]int)}
		for i, name := range m.said.SubexpNames() {
			if name != "" {
				p.groups[name] = i
			}
		}
		return p
	}
}

// group returns a group of a match, nil if the expression does not have it.
func (p *markedParser) group(m [][]byte, name string) []byte {
	i, ok := p.groups[name]
	if !ok || i >= len(m) {
		return nil
	}
	return m[i]
}

func (p *markedParser) line(l line) error {
	if p.races || p.late {
		return p.early.take(p, l, p.read)
	}
	return p.read(l)
}

// end reports what is held.
func (p *markedParser) end() error { return p.early.flush(p.b, p.read) }

// read takes a line, in its turn.
func (p *markedParser) read(l line) error {
	text := bytes.TrimRight(l.text, "\r")
	if p.connected != nil {
		if m := p.connected.FindSubmatch(text); m != nil {
			return p.connect(p.connected, m)
		}
	}
	if p.closed != nil {
		if m := p.closed.FindSubmatch(text); m != nil {
			return p.b.ended(named(p.closed, m, "key"))
		}
	}
	if p.notice != nil {
		if m := p.notice.FindSubmatch(text); m != nil {
			s, err := p.b.current()
			if err != nil {
				return err
			}
			if err := s.once(capture.LogMasks + named(p.notice, m, "notice")); err != nil {
				return err
			}
			return s.omitted(capture.ClientToServer)
		}
	}
	m := p.said.FindSubmatch(text)
	if m == nil {
		return p.unmarked(l)
	}
	said := p.saidIn(m)
	dir, ok := p.side(m, said)
	if !ok {
		return nil
	}
	p.marked[dir] = true
	p.stamp(p.group(m, "time"))
	if p.tags && (p.b.last == nil || p.b.last.frames.Left(dir) == 0) {
		_, err := p.route.say(dir, bytes.TrimRight(said, "\r"))
		return err
	}
	s, err := p.of(m)
	if err != nil {
		return err
	}
	return p.say(s, dir, said, l)
}

// saidIn returns what is said in a line.
func (p *markedParser) saidIn(m [][]byte) []byte {
	said := p.group(m, "text")
	if p.text != nil {
		if other := p.text(m); other != nil {
			said = other
		}
	}
	if p.change != nil {
		said = p.change(said)
	}
	return said
}

// connect begins a session.
func (p *markedParser) connect(re *pattern, m [][]byte) error {
	key := named(re, m, "key")
	if !p.tags {
		if err := p.b.restart(key); err != nil {
			return err
		}
	}
	p.stamp([]byte(named(re, m, "time")))
	p.b.to([]byte(named(re, m, "ip")), []byte(named(re, m, "port")))
	if p.tags {
		if err := p.route.flush(); err != nil {
			return err
		}
		_, err := p.b.another()
		return err
	}
	_, err := p.b.session(key)
	return err
}

// named returns a group of a match by its name.
func named(re *pattern, m [][]byte, name string) string {
	if i := re.SubexpIndex(name); i >= 0 {
		return string(m[i])
	}
	return ""
}

// stamp takes the time of a line.
func (p *markedParser) stamp(at []byte) {
	note := p.time(at)
	if !p.begun {
		p.begun = true
		if note != "" {
			p.b.notes = append(p.b.notes, note)
		}
	}
}

// time takes the time of a line, and returns what it lacks, in words.
func (p *markedParser) time(at []byte) (lacks string) {
	text := strings.ReplaceAll(string(at), ",", ".")
	if t, ok := p.parse(text); ok {
		if t.Year() == 0 {
			p.b.at(t.AddDate(noDate.Year(), 0, 0))
			return noteNoYear
		}
		p.b.at(t.UTC())
		return ""
	}
	if d, ok := clockTime([]byte(text)); ok {
		p.b.at(p.clock.at(d))
		return noteNoDate
	}
	return noteNoTimes
}

// parse returns a time with a date, and keeps its layout for the next line.
func (p *markedParser) parse(text string) (time.Time, bool) {
	t, layout, ok := parseTime(p.layout, text)
	if ok {
		p.layout = layout
	}
	return t, ok
}

// side returns the side that a line is of; false if it is not of the protocol.
func (p *markedParser) side(m [][]byte, said []byte) (capture.Direction, bool) {
	if p.anyside {
		return p.speaker(said)
	}
	dir := capture.ClientToServer
	if p.server || len(p.group(m, "server")) > 0 {
		dir = capture.ServerToClient
	}
	if p.words && p.b.last == nil {
		by, ok := p.b.protocol.Speaker(said)
		return dir, ok && by == dir
	}
	return dir, true
}

// speaker returns the side of a line without a mark.
func (p *markedParser) speaker(said []byte) (capture.Direction, bool) {
	s := p.b.last
	if s != nil && s.frames.Open(capture.ServerToClient) {
		return capture.ServerToClient, true
	}
	if dir, ok := p.b.protocol.Speaker(said); ok {
		return dir, true
	}
	return capture.ClientToServer, s != nil && s.asked
}

// of returns the session of a line.
func (p *markedParser) of(m [][]byte) (*session, error) {
	if _, ok := p.groups["key"]; ok {
		return p.b.session(string(p.group(m, "key")))
	}
	return p.b.current()
}

// say reports a line of the protocol.
func (p *markedParser) say(s *session, dir capture.Direction, said []byte, l line) error {
	if p.masked != nil && dir == capture.ClientToServer && p.masked.Match(said) {
		if err := s.once(capture.LogMasks + strings.TrimSpace(string(p.masked.Find(said)))); err != nil {
			return err
		}
		if _, ok := p.b.protocol.Speaker(said); !ok {
			return s.omitted(dir)
		}
	}
	if p.within && s.frames.Left(dir) > 0 && !p.leaves(s, dir, said) {
		rest, err := s.literal(dir, said, l.lf)
		if err != nil || rest == nil {
			return err
		}
		said = rest
	}
	if err := s.line(dir, said); err != nil || l.cut == 0 {
		return err
	}
	return s.gap(dir, l.cut)
}

// leaves reports whether the log leaves out a literal that is due: its first line cannot be that
// of a message.
func (p *markedParser) leaves(s *session, dir capture.Direction, said []byte) bool {
	if !p.omits || s.inside[dir] {
		return false
	}
	if dir == capture.ServerToClient && bytes.HasPrefix(said, []byte(")")) {
		return int64(len(said)) < s.frames.Left(dir)
	}
	by, ok := p.b.protocol.Speaker(said)
	return ok && by == dir
}

// unmarked takes a line without a mark.
func (p *markedParser) unmarked(l line) error {
	if p.other != nil && p.other.Match(l.text) {
		return nil
	}
	if s := p.b.last; s != nil && p.whole {
		rest, err := p.due(s, l)
		if err != nil || rest == nil {
			return err
		}
		l.text = rest
	}
	if !p.bare && (!p.halves || p.marked == [2]bool{true, true}) {
		return nil
	}
	text := bytes.TrimRight(l.text, "\r")
	dir, ok := p.speaker(text)
	if !ok || p.halves && (p.b.last == nil || p.marked[dir]) {
		return nil
	}
	p.stamp(nil)
	s, err := p.b.current()
	if err != nil {
		return err
	}
	return p.say(s, dir, text, l)
}

// due takes a line without a mark for one of the literal that is due, if one is. It returns what
// is not part of it; nil if nothing is left.
func (p *markedParser) due(s *session, l line) (rest []byte, err error) {
	for _, dir := range []capture.Direction{capture.ServerToClient, capture.ClientToServer} {
		if s.frames.Left(dir) > 0 && (dir == capture.ServerToClient || s.ready) && !p.leaves(s, dir, l.text) {
			return s.literal(dir, l.text, l.lf)
		}
	}
	return l.text, nil
}
