package exercise

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Bounds of what students hand in.
const (
	// MaxSheet is the maximum size of one answer sheet, in bytes.
	MaxSheet = 256 << 10
	// MaxAnswers is the maximum number of answers on the sheets of one student.
	MaxAnswers = 2000
	// maxField is the maximum number of bytes that are kept of a field.
	maxField = 1000
)

// Answer is what a student wrote about one recording. Its texts are as they were written.
type Answer struct {
	File string // the answer sheet
	Line int    // of its recording, from 1

	Recording   string // "01", "1" or "01.pcapng"
	Transaction string // "2/7"; "2": no more than the connection
	Who         string // client, server or network
	What        string // the ID of a rule, or the name of a kind of fault
	Why         string // a sentence; only people read it
}

// empty reports whether the student left all fields blank.
func (a *Answer) empty() bool {
	return a.Transaction == "" && a.Who == "" && a.What == "" && a.Why == ""
}

// A Problem is a line of an answer sheet that cannot be judged.
type Problem struct {
	File string
	Line int // from 1; 0: the whole file
	What string
}

// String returns "file:line: what".
func (p Problem) String() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.File, p.What)
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.What)
}

// fields maps what students write before the colon to the field of an Answer that it means.
var fields = map[string]string{
	"recording": "recording", "file": "recording", "exercise": "recording",
	"transaction": "transaction", "exchange": "transaction", "where": "transaction", "place": "transaction",
	"who": "who", "side": "who", "verdict": "who", "by": "who",
	"what": "what", "rule": "what", "kind": "what", "fault": "what",
	"why": "why", "because": "why", "reason": "why", "sentence": "why",
	"name": "name", "student": "name",
}

// ParseSheet reads an answer sheet, as writeSheet makes it: lines "field: value", and a line
// "recording: 01" before the fields of each recording. Letter case, blank lines and the order
// of the recordings and of their fields do not matter; lines that begin with # are skipped, and a
// line without a field continues a sentence. A line that is not understood is a Problem. The
// error is that of reading.
func ParseSheet(file string, r io.Reader) ([]Answer, []Problem, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxSheet+1))
	if err != nil {
		return nil, nil, err
	}
	p := sheet{file: file}
	switch {
	case len(text) > MaxSheet:
		p.problem(0, "it is larger than %d bytes, and is not read", MaxSheet)
		return nil, p.problems, nil
	case bytes.IndexByte(text, 0) >= 0:
		p.problem(0, "it is not text, and is not read")
		return nil, p.problems, nil
	}
	s := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	s.Buffer(nil, MaxSheet+1)
	for n := 1; s.Scan(); n++ {
		p.line(n, strings.TrimSpace(s.Text()))
	}
	p.end()
	return p.answers, p.problems, s.Err()
}

// sheet is an answer sheet that is being read.
type sheet struct {
	file     string
	answers  []Answer
	problems []Problem

	open   Answer
	set    map[string]int // the lines of the fields of open
	last   string         // the last field
	silent bool           // the recording of the fields was refused, and they are skipped
}

func (p *sheet) problem(line int, format string, args ...any) {
	if len(p.problems) < MaxAnswers {
		p.problems = append(p.problems, Problem{p.file, line, fmt.Sprintf(format, args...)})
	}
}

// end completes the open answer.
func (p *sheet) end() {
	if p.open.Line > 0 && !p.open.empty() {
		p.answers = append(p.answers, p.open)
	}
	p.open, p.set, p.last = Answer{}, nil, ""
}

func (p *sheet) line(n int, text string) {
	if text == "" || strings.HasPrefix(text, "#") {
		return
	}
	key, value, ok := strings.Cut(text, ":")
	field := fields[strings.ToLower(strings.TrimSpace(key))]
	value = strings.TrimSpace(value)
	switch {
	case !ok || field == "":
		p.continued(n, text)
	case field == "name":
	case field == "recording":
		p.end()
		if p.silent = value == "" || len(p.answers) >= MaxAnswers; p.silent {
			p.problem(n, "no recording is named, or there are too many; write recording: 01")
			return
		}
		p.open, p.set = Answer{File: p.file, Line: n, Recording: clip(value)}, map[string]int{}
		p.last = field
	case p.silent:
	case p.open.Line == 0:
		p.problem(n, "%s: belongs to no recording; write recording: 01 before it", field)
		p.silent = true // once is enough
	case p.set[field] > 0:
		p.problem(n, "%s: is already in line %d; a fault has one", field, p.set[field])
	default:
		if value != "" {
			p.set[field] = n
		}
		*p.field(field) = clip(value)
		p.last = field
	}
}

// continued adds a line without a field to the sentence before it.
func (p *sheet) continued(n int, text string) {
	switch {
	case p.silent:
	case p.last == "why":
		p.open.Why = clip(strings.TrimSpace(p.open.Why + " " + text))
	default:
		p.problem(n, "this line is not understood; write a field and its value, as in who: server")
	}
}

func (p *sheet) field(name string) *string {
	switch name {
	case "transaction":
		return &p.open.Transaction
	case "who":
		return &p.open.Who
	case "what":
		return &p.open.What
	}
	return &p.open.Why
}

// clip returns what is kept of a field.
func clip(s string) string { return strings.ToValidUTF8(s[:min(len(s), maxField)], "\ufffd") }

// sheetHead explains an answer sheet to the student who fills it in.
const sheetHead = `# Answer sheet. In each recording one thing is wrong. For each, fill in:
#
#   transaction  its number, as imapscope shows it: 2/7 is the seventh of connection 2.
#                If the fault is in no transaction, only the connection: 2
#   who          who is to blame: client, server or network
#   what         the kind of fault, or the rule that is broken, such as S007
#                (imapscope exercise --fault list, imapscope help rules)
#   why          a sentence: how do you know?
#
# Name this file after yourself, and hand it in.
`

// writeSheet writes an answer sheet with empty fields for each recording.
func writeSheet(w io.Writer, recordings []string) error {
	var b strings.Builder
	b.WriteString(sheetHead)
	for _, r := range recordings {
		fmt.Fprintf(&b, "\nrecording: %s\ntransaction:\nwho:\nwhat:\nwhy:\n", r)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Place is where a student saw a fault.
type Place struct {
	Conn uint64
	N    int // the transaction; 0: outside any
}

// place parses a transaction's number, as students write it: "2/7", "transaction 2/7", "2", "2/-".
func place(s string) (Place, bool) {
	words := strings.Fields(strings.ToLower(s))
	if len(words) == 2 && slices.Contains([]string{"transaction", "connection", "exchange", "number"}, words[0]) {
		words = words[1:]
	}
	if len(words) != 1 {
		return Place{}, false
	}
	conn, n, _ := strings.Cut(strings.Trim(words[0], "#.,()"), "/")
	c, err := strconv.ParseUint(conn, 10, 32)
	if err != nil || c == 0 {
		return Place{}, false
	}
	if n == "" || n == "-" || n == "0" || n == "none" {
		return Place{Conn: c}, true
	}
	k, err := strconv.ParseUint(n, 10, 31)
	return Place{c, int(k)}, err == nil
}
