package logs

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"imapscope/capture"
)

// imapFlow is imapflow's: it logs objects, which pino writes as JSON, one a line, and console.log
// over several lines. With logRaw there is what passed, in base64, beside what is logged else.
func imapFlow() Format {
	return Format{
		Name: "imapflow", Program: "imapflow",
		How:     "new ImapFlow({logger: pino({level: \"debug\"}) …}); with logRaw: true and level \"trace\" nothing is missing",
		Missing: "literals, data of FETCH, how things are quoted, passwords, addresses",
		is: func(l []byte, p Protocol) bool {
			if flowField.Match(l) {
				m := flowField.FindSubmatch(l)
				return string(m[1]) == "src" && (string(m[2]) == "'c'" || string(m[2]) == "'s'")
			}
			var e flowEntry
			if json.Unmarshal(l, &e) != nil || e.Src != "c" && e.Src != "s" {
				return false
			}
			_, ok := p.Speaker([]byte(e.Msg))
			return ok || e.Data != ""
		},
		new: func(b *book) parser { return &flowParser{b: b, raw: make(map[string]bool)} },
	}
}

// flowEntry is an entry of imapflow's log.
type flowEntry struct {
	Time json.RawMessage `json:"time"` // milliseconds since 1970, or text
	Src  string          `json:"src"`  // "c", "s", or something that is not the protocol's
	Msg  string          `json:"msg"`
	Cid  string          `json:"cid"`
	Data string          `json:"data"` // what passed, in base64
}

var (
	// flowField is a field of an object that console.log shows.
	flowField = mustMatch(`^ {2,6}(src|msg|cid|data): (.*?),?\r?$`)
	flowMore  = mustMatch(`^ {4,8}('.*'|".*"),?(?: \+)?\r?$`)
	flowEnd   = mustMatch(`^ {0,4}\},?\r?$`)
	flowSize  = mustMatch(`"\(\* (\d+)B literal \*\)"`)
)

type flowParser struct {
	b     *book
	raw   map[string]bool // connections of which the log has what passed
	shown *flowEntry      // an object of several lines
	field string          // the name of what may go on in the next line
	value []byte          // of it, so far
}

func (p *flowParser) line(l line) error {
	if m := flowField.FindSubmatch(l.text); m != nil {
		p.show(string(m[1]), m[2])
		return nil
	}
	if p.field != "" {
		if m := flowMore.FindSubmatch(l.text); m != nil {
			p.more(m[1])
			return nil
		}
	}
	if p.shown != nil && flowEnd.Match(l.text) {
		p.set()
		e := *p.shown
		p.shown = nil
		return p.entry(e)
	}
	var e flowEntry
	if at := bytes.IndexByte(l.text, '{'); at < 0 || json.Unmarshal(l.text[at:], &e) != nil {
		return nil
	}
	return p.entry(e)
}

// show takes a field of an object of several lines.
func (p *flowParser) show(name string, value []byte) {
	if p.shown == nil {
		p.shown = new(flowEntry)
	}
	p.set()
	p.field = name
	p.more(bytes.TrimSuffix(bytes.TrimSuffix(value, []byte(" +")), []byte(",")))
}

// more adds to the field that goes on, up to MaxLine bytes.
func (p *flowParser) more(value []byte) {
	text := flowText(value)
	p.value = append(p.value, text[:min(len(text), MaxLine-len(p.value))]...)
}

// set sets the field that was shown last.
func (p *flowParser) set() {
	e, text := p.shown, string(p.value)
	switch p.field {
	case "src":
		e.Src = text
	case "msg":
		e.Msg = text
	case "cid":
		e.Cid = text
	case "data":
		e.Data = text
	}
	p.field, p.value = "", p.value[:0]
}

// flowText returns the string that a literal of JavaScript is.
func flowText(text []byte) string {
	text = bytes.TrimSpace(text)
	if len(text) > 1 && text[0] == '`' && text[len(text)-1] == '`' {
		text = append(append([]byte{'\''}, text[1:len(text)-1]...), '\'')
	}
	s, _ := unquote(text)
	return string(s)
}

func (p *flowParser) entry(e flowEntry) error {
	if e.Src != "c" && e.Src != "s" {
		return nil
	}
	if ms, err := strconv.ParseInt(string(e.Time), 10, 64); err == nil && ms > 0 {
		p.b.at(time.UnixMilli(ms).UTC())
	} else if t, _, ok := parseTime("", strings.Trim(string(e.Time), `"`)); ok {
		p.b.at(t.UTC())
	} else if len(p.b.sessions) == 0 {
		p.b.notes = []string{noteNoTimes}
	}
	s, err := p.b.session(e.Cid)
	if err != nil {
		return err
	}
	dir := capture.ClientToServer
	if e.Src == "s" {
		dir = capture.ServerToClient
	}
	if e.Data != "" {
		if len(p.raw) >= maxSessions {
			clear(p.raw)
		}
		p.raw[strings.Clone(short(e.Cid))] = true
		data, err := base64.StdEncoding.DecodeString(e.Data)
		if err != nil {
			return nil
		}
		if bytes.Contains(data, []byte("(* value hidden *)")) {
			return errors.Join(s.once(capture.LogMasks+"(* value hidden *)"), s.omitted(dir))
		}
		return s.data(dir, data)
	}
	if p.raw[short(e.Cid)] {
		return nil
	}
	return p.said(s, dir, e.Msg)
}

// said reports what an entry has in its own form.
func (p *flowParser) said(s *session, dir capture.Direction, msg string) error {
	if strings.Contains(msg, "hidden *)") {
		if err := s.once(capture.LogMasks + "(* … hidden *)"); err != nil {
			return err
		}
	}
	for text := range strings.SplitSeq(strings.TrimRight(msg, "\r\n"), "\n") {
		for {
			at := flowSize.FindStringSubmatchIndex(text)
			if at == nil {
				break
			}
			if err := s.line(dir, []byte(text[:at[0]]+"{"+text[at[2]:at[3]]+"}")); err != nil {
				return err
			}
			if err := s.missing(dir); err != nil {
				return err
			}
			text = text[at[1]:]
		}
		if err := s.line(dir, []byte(text)); err != nil {
			return err
		}
	}
	return nil
}
