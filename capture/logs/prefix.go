package logs

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// A prefix is what another program writes before each line of a log: syslog, a container's
// runtime, or a person who quotes it.
type prefix struct {
	name  string
	match *pattern // group time, if there is one
	inner bool     // it goes before a time or space that a transcript may have too
	// layouts are of the time.
	layouts []string
	whole   func(text []byte) (inner []byte, at string, ok bool) // for lines that are not text; may be nil
}

// What people and small programs write before a line.
const plainTime = `\[?(?P<time>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?|[A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d(?:\.\d+)?)\]?:? `

var plainLayouts = []string{"2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", "Jan 02 15:04:05.999999999"}

var dockerBegins = mustMatch(`^\{"log": ?"`)

// prefixes lists them in the order in which they are tried.
var prefixes = [...]prefix{
	{ // RFC 3164, and journalctl; "Nov  9 10:00:00 host fetchmail[12]: "
		name:    "syslog",
		match:   mustMatch(`^(?:<\d{1,3}>)?(?P<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,6})?) \S+ [^\s:\[]+(?:\[\d+\])?: `),
		layouts: []string{"Jan _2 15:04:05.999999999"},
	},
	{ // RFC 5424's form in files, and journalctl -o short-iso
		name:    "syslog",
		match:   mustMatch(`^(?:<\d{1,3}>1 )?(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)) \S+ (?:[^\s:\[]+(?:\[\d+\])?: |\S+ \S+ \S+ (?:-|\[.*?\]) ?)`),
		layouts: []string{time.RFC3339Nano, "2006-01-02T15:04:05Z0700"},
	},
	{ // kubectl's and Docker's --timestamps, and the files of container runtimes
		name:    "a container's log",
		inner:   true,
		match:   mustMatch(`^(?:\S+ +\| )?(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) (?:std(?:out|err) [FP] )?`),
		layouts: []string{time.RFC3339Nano},
	},
	{ // docker compose logs; kubectl logs --prefix
		name:  "a container's log",
		match: mustMatch(`^(?:\x1b\[[\d;]*m)*(?:[\w.-]+ +\| (?:\x1b\[[\d;]*m)*|\[pod/\S+\] )`),
	},
	{ // Docker's files
		name:    "a container's log",
		match:   dockerBegins,
		layouts: []string{time.RFC3339Nano},
		whole:   dockerLine,
	},
	{ // ts of moreutils
		name:    "a time",
		inner:   true,
		match:   mustMatch(`^` + plainTime),
		layouts: plainLayouts,
	},
	{ // Python's logging, and others like it
		name:    "a time",
		match:   mustMatch(`^` + plainTime + `(?:- )?(?:[\w.-]+ (?:- )?)?\[?(?:TRACE|DEBUG|INFO|trace|debug|info)\]?:? +(?:- )?(?:[\w.-]{3,}: )?`),
		layouts: plainLayouts,
	},
	{name: "a quotation", match: mustMatch(`^ {0,3}> ?`)},
	{name: "a quotation", match: mustMatch(`^ {0,3}> ?> ?`)},
	{name: "a quotation", match: mustMatch(`^ {0,3}> ?\s*`)},
	{name: "a list", inner: true, match: mustMatch(`^(?: {4}|\t)`)},
	{name: "a list", match: mustMatch(`^\s+`)},
}

// behind returns what is behind the prefix in a line; false if the line has none.
func (x *prefix) behind(text []byte) ([]byte, bool) {
	m := x.match.FindIndex(text)
	if m == nil {
		return nil, false
	}
	if x.whole != nil {
		text, _, ok := x.whole(text)
		return text, ok
	}
	return text[m[1]:], true
}

// of returns a parser of lines with the prefix.
func (x *prefix) of(b *book, p parser) parser {
	b.stamped = len(x.layouts) > 0
	return &prefixed{x: x, b: b, parser: p, time: x.match.SubexpIndex("time")}
}

// prefixed takes off what is before each line. A line without it goes on as it is.
type prefixed struct {
	parser
	x    *prefix
	b    *book
	time int
}

func (p *prefixed) line(l line) error {
	at := ""
	if p.x.whole != nil {
		if inner, when, ok := p.x.whole(l.text); ok {
			l.text, at = inner, when
		}
	} else if m := p.x.match.FindSubmatchIndex(l.text); m != nil {
		if p.time >= 0 && m[2*p.time] >= 0 {
			at = string(bytes.ReplaceAll(l.text[m[2*p.time]:m[2*p.time+1]], []byte(","), []byte(".")))
		}
		l.text = l.text[m[1]:]
	} else if bytes.HasPrefix(l.text, []byte(">")) && p.x.name == "a quotation" {
		l.text = nil
	}
	for _, layout := range p.x.layouts {
		t, err := time.Parse(layout, at)
		if err != nil {
			continue
		}
		if t.Year() == 0 {
			t, p.b.lacks = t.AddDate(noDate.Year(), 0, 0), noteNoYear
		}
		p.b.set(t.UTC())
		break
	}
	return p.parser.line(l)
}

// unwrapped returns the parser of the lines behind a prefix.
func unwrapped(p parser) parser {
	if x, ok := p.(*prefixed); ok {
		return x.parser
	}
	return p
}

// dockerLine takes a line of Docker's files apart.
func dockerLine(text []byte) (inner []byte, at string, ok bool) {
	var l struct{ Log, Time string }
	if !dockerBegins.Match(text) || json.Unmarshal(text, &l) != nil {
		return nil, "", false
	}
	return bytes.TrimSuffix([]byte(l.Log), []byte("\n")), l.Time, true
}

// plainText returns text without the mark of its encoding; UTF-16, which PowerShell writes, as UTF-8.
func plainText(r io.Reader) io.Reader {
	in := bufio.NewReader(r)
	mark, _ := in.Peek(3)
	switch {
	case bytes.HasPrefix(mark, []byte("\xef\xbb\xbf")):
		in.Discard(3)
	case bytes.HasPrefix(mark, []byte("\xff\xfe")):
		in.Discard(2)
		return &wide{in: in, low: 0}
	case bytes.HasPrefix(mark, []byte("\xfe\xff")):
		in.Discard(2)
		return &wide{in: in, low: 1}
	}
	return in
}

// wide reads UTF-16 as UTF-8.
type wide struct {
	in   *bufio.Reader
	low  int // place of the low byte in a unit
	out  []byte
	high rune // the first half of a pair; 0: none
}

// Read implements io.Reader.
func (w *wide) Read(p []byte) (int, error) {
	for len(w.out) == 0 {
		var unit [2]byte
		if _, err := io.ReadFull(w.in, unit[:]); err != nil {
			if err == io.ErrUnexpectedEOF {
				err = io.EOF
			}
			return 0, err
		}
		r := rune(unit[w.low]) | rune(unit[1-w.low])<<8
		switch {
		case w.high != 0:
			r, w.high = utf16.DecodeRune(w.high, r), 0
		case utf16.IsSurrogate(r):
			w.high = r
			continue
		}
		w.out = utf8.AppendRune(w.out[:0], r)
	}
	n := copy(p, w.out)
	w.out = w.out[n:]
	return n, nil
}
