package logs

import (
	"bytes"
	"io"
	"slices"
	"strconv"
)

// How far a format is looked for: a program may write much before its first line of IMAP.
const (
	headBytes = 1 << 20
	headLines = 20_000
)

// A candidate is a way to read a log: as it is, or without what another program wrote before each
// line.
type candidate struct {
	before *prefix  // nil: nothing
	scales []*scale // nil until there is a line with the prefix
	passed int      // lines before that one
}

// candidates returns them in the order in which they are tried. A session with a time that
// another program wrote is one behind a prefix, although a session may have times itself.
func candidates() []*candidate {
	var early, late []*candidate
	for i := range prefixes {
		c := &candidate{before: &prefixes[i]}
		if prefixes[i].inner {
			early = append(early, c)
		} else {
			late = append(late, c)
		}
	}
	return slices.Concat(early, []*candidate{{}}, late)
}

// behind returns what a line is for the candidate. It returns false for one without the prefix.
func (c *candidate) behind(text []byte) ([]byte, bool) {
	if c.before != nil {
		return c.before.behind(text)
	}
	if inner, _, ok := dockerLine(text); ok {
		return inner, false
	}
	return text, true
}

// weighed adds a line to the scales, and returns a format that is certain.
func (c *candidate) weighed(text []byte, p Protocol) (Format, bool) {
	inner, ok := c.behind(text)
	switch {
	case !ok && c.scales == nil:
		if len(bytes.TrimSpace(text)) > 0 {
			c.passed++
		}
		return Format{}, false
	case !ok:
		for _, s := range c.scales {
			s.add(text, other)
		}
		return Format{}, false
	}
	if c.scales == nil {
		c.scales = newScales(c.passed)
	}
	inner = bytes.TrimRight(inner, "\r")
	for _, s := range c.scales {
		s.add(inner, s.weigh(inner, p, s.weights[protocol] > 0))
		if s.certain() {
			return s.Format, true
		}
	}
	return Format{}, false
}

// shown returns the format whose lines occur in no other, if the line is one of them.
func (c *candidate) shown(text []byte, p Protocol) (Format, bool) {
	text, ok := c.behind(text)
	if !ok {
		return Format{}, false
	}
	text = bytes.TrimRight(text, "\r")
	for _, f := range programs() {
		if f.is(text, p) {
			return f, true
		}
	}
	return Format{}, false
}

// showing returns the format that a line shows, and how it is read.
func showing(tried []*candidate, text []byte, p Protocol, document bool) (Format, *candidate) {
	for _, plain := range []bool{true, false} {
		for _, c := range tried {
			if (c.before == nil) != plain {
				continue
			}
			if f, ok := c.shown(text, p); ok {
				return f, c
			}
		}
	}
	if document {
		return Format{}, nil
	}
	for _, c := range tried {
		if f, ok := c.weighed(text, p); ok {
			return f, c
		}
	}
	return Format{}, nil
}

// A format whose lines occur in no other text is recognised by the first of them. A session as
// text, with marks or without, may be an example in a document: see scale.
//
// recognize reads lines until they show the format, and returns them, with what another program
// wrote before each line, if one did.
func recognize(in *lines, p Protocol) (head []line, f Format, before *prefix, err error) {
	in.budget = headBytes + MaxLine
	defer func() { in.budget = 0 }()
	tried := candidates()
	size, empty, document := 0, true, false
	for len(head) < headLines && size < headBytes {
		l, err := in.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, Format{}, nil, err
		}
		if len(head) == 0 && bytes.IndexByte(l.text, 0) >= 0 {
			return nil, Format{}, nil, ErrUnknown
		}
		l.text = bytes.Clone(l.text)
		head = append(head, l)
		size += len(l.text)
		if empty && len(bytes.TrimSpace(l.text)) > 0 { // the first that is not
			empty, document = false, documents.Match(l.text) && !dockerBegins.Match(l.text)
		}
		if f, c := showing(tried, l.text, p, document); c != nil {
			return head, f, c.before, nil
		}
		if best, c := heaviest(tried); best != nil && best.counted() >= enough {
			return head, best.Format, c.before, nil
		}
	}
	if best, c := heaviest(tried); best != nil {
		return head, best.Format, c.before, nil
	}
	return nil, Format{}, nil, ErrUnknown
}

// heaviest returns the scale that tips and has most lines of the protocol; nil if none tips.
func heaviest(tried []*candidate) (best *scale, of *candidate) {
	for _, c := range tried {
		for _, s := range c.scales {
			if s.tips() && (best == nil || s.weights[protocol] > best.weights[protocol]) {
				best, of = s, c
			}
		}
	}
	return best, of
}

// weight is what a line says for a format.
type weight uint8

const (
	other    weight = iota // nothing
	marked                 // it has the form of the format's lines
	protocol               // and is IMAP
)

// A scale weighs whether a text is a session or a document that has one as an example: a text
// that begins with two lines of the protocol is one; and a text of which, from the first line of
// the protocol on, a fourth of the lines or more have the form of the format. Mail, HTML, JSON and source are none.
type scale struct {
	Format
	before  int    // lines before the first of the protocol
	weights [3]int // lines by weight, from that one on
	literal int64  // bytes of a literal that may follow without marks
}

// enough is how many lines are weighed.
const enough = 200

// share is the part of the lines that must have the form of a format's.
const share = 4

func newScales(before int) []*scale {
	var out []*scale
	for _, f := range texts() {
		out = append(out, &scale{Format: f, before: before})
	}
	return out
}

var (
	// connecting matches what telnet, nc and ncat write before a session, documents the first
	// line of mail, HTML and XML, JSON, and source.
	connecting = mustMatch(`^(?:Trying |Connected to |Connection to |Escape character is |Ncat: )`)
	documents  = mustMatch(`^(?:<[!?a-zA-Z]|\{|#!|#include|package |import |From \S|Received: [^*]|(?i:From|Return-Path|Delivered-To|Date|Subject|Message-ID|MIME-Version|X-[\w-]+):)`)
	announces  = mustMatch(`\{(\d{1,9})\+?\}$`)
)

// add adds a line of that weight.
func (s *scale) add(text []byte, w weight) {
	text = bytes.TrimRight(text, "\r\n\t ")
	begun := s.weights[protocol] > 0
	within := s.literal > 0
	s.literal = max(s.literal-int64(len(text)+len(crlf)), 0)
	switch {
	case len(text) == 0 || within && w == other:
	case !begun && w != protocol:
		if w == other && !connecting.Match(text) {
			s.before++
		}
	case s.counted() < enough:
		s.weights[w]++
	}
	if m := announces.FindSubmatch(text); m != nil && w != other {
		s.literal, _ = strconv.ParseInt(string(m[1]), 10, 64)
	}
}

func (s *scale) counted() int { return s.weights[other] + s.weights[marked] + s.weights[protocol] }

// certain reports whether it is a session, however the text goes on.
func (s *scale) certain() bool {
	return s.before == 0 && s.weights[other] == 0 && s.weights[protocol] >= 2
}

// tips reports whether it is a session, as far as it was weighed.
func (s *scale) tips() bool {
	least := 1
	if s.before > 0 {
		least = 2
	}
	n := s.weights[marked] + s.weights[protocol]
	return s.weights[protocol] >= least && n*share >= s.counted()
}
