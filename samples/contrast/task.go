package contrast

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"

	"imapscope/decode/protocol"
)

//go:embed tasks/*.txt
var files embed.FS

// A Task is something that a person wants to do with mail.
type Task struct {
	Name, Title, About string
	Large              bool // the mailbox has a large message too
	Steps              []Step
}

// A Step is a part of a task that each protocol does in its own way.
type Step struct {
	Heading string
	Lines   map[string][]Line // by the name of the protocol; none: there is nothing to send
	Deliver bool              // a message arrives before the step
	Why     []Reason
}

// A Line is a line that a client sends, without tag and line end.
type Line struct {
	Client   int // 1 or 2
	Text     string
	Together bool // it is sent together with the line before it
}

// A Reason says why protocols differ, and where that can be read.
type Reason struct {
	Of    string // the protocol that it is about; empty: all
	Text  string
	Cites []Cite
}

// A Cite is a place in an RFC, with words of that page.
type Cite struct {
	Ref   protocol.Ref
	Quote string
}

// String returns the place and the words.
func (c Cite) String() string { return c.Ref.String() + ": \u201c" + c.Quote + "\u201d" }

// Tasks returns the tasks that are part of the program, in their order.
func Tasks() ([]*Task, error) {
	order, err := files.ReadFile("tasks/order.txt")
	if err != nil {
		return nil, err
	}
	var out []*Task
	for name := range strings.FieldsSeq(string(order)) {
		text, err := files.ReadFile("tasks/" + name + ".txt")
		if err != nil {
			return nil, err
		}
		t, err := ParseTask(name, string(text), files)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// ParseTask reads a task:
//
//	title: Look at the subjects
//	about: Who wrote, and about what?
//	mail: large
//
//	use log-in
//
//	# Ask for the envelopes
//	imap2      FETCH 1:12 ENVELOPE
//	imap4rev1  FETCH 1:* ENVELOPE
//	pop3       TOP 1 0
//	pop3       TOP 2 0
//	why: The servers of IMAP parse the headers for the client.
//	cite: RFC 1176, "System Model and Philosophy", p. 4 = remote parsing
//
// "# " begins a step. "use NAME" inserts the steps of the file NAME.part in tasks. A line that
// begins with the name of a protocol is sent by its client; "imap2/2" is a second client, and
// "&" before the text has it sent together with the line before it. "deliver:" puts a message
// into the mailbox before the step. "why pop3:" is a reason that matters only beside POP3. The
// cites of a why follow it; each ends in words that are on that page.
func ParseTask(name, text string, parts fs.FS) (*Task, error) {
	t := &Task{Name: name}
	p := parser{task: t, parts: parts}
	if err := p.parse(name, text); err != nil {
		return nil, err
	}
	if t.Title == "" || t.About == "" || len(t.Steps) == 0 {
		return nil, fmt.Errorf("%s: a task needs a title, about, and a step", name)
	}
	return t, nil
}

type parser struct {
	task  *Task
	parts fs.FS
	depth int
}

func (p *parser) parse(name, text string) error {
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if err := p.line(line); err != nil {
			return fmt.Errorf("%s:%d: %w", name, n, err)
		}
	}
	return nil
}

// line reads one line of a task.
func (p *parser) line(line string) error {
	t := p.task
	if part, ok := strings.CutPrefix(line, "use "); ok {
		return p.use(part)
	}
	if heading, ok := strings.CutPrefix(line, "# "); ok {
		t.Steps = append(t.Steps, Step{Heading: heading, Lines: make(map[string][]Line)})
		return nil
	}
	word, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	if len(t.Steps) == 0 {
		switch word {
		case "title:":
			t.Title = rest
		case "about:":
			t.About = rest
		case "mail:":
			if t.Large = rest == "large"; !t.Large {
				return fmt.Errorf("mail: %q; only large can be chosen", rest)
			}
		default:
			return fmt.Errorf("%q comes before the first step", word)
		}
		return nil
	}
	s := &t.Steps[len(t.Steps)-1]
	switch word {
	case "deliver:":
		s.Deliver = true
	case "why:":
		s.Why = append(s.Why, Reason{Text: rest})
	case "why":
		name, text, ok := strings.Cut(rest, ": ")
		if !ok || ProtocolNamed(name) == nil {
			return fmt.Errorf("why %s: write why: TEXT, or why PROTOCOL: TEXT", rest)
		}
		s.Why = append(s.Why, Reason{Of: name, Text: text})
	case "cite:":
		return s.cite(rest)
	default:
		return s.send(word, rest)
	}
	return nil
}

// use inserts the steps of a part.
func (p *parser) use(part string) error {
	if p.depth > 0 {
		return fmt.Errorf("use %s: a part cannot use another one", part)
	}
	text, err := fs.ReadFile(p.parts, path.Join("tasks", part+".part.txt"))
	if err != nil {
		return err
	}
	p.depth++
	defer func() { p.depth-- }()
	return p.parse(part, string(text))
}

// send reads what a client sends.
func (s *Step) send(word, text string) error {
	name, client, second := strings.Cut(word, "/")
	if ProtocolNamed(name) == nil || second && client != "2" {
		return fmt.Errorf("%q is neither a protocol nor a key", word)
	}
	l := Line{Client: 1, Text: text}
	if second {
		l.Client = 2
	}
	if l.Text, l.Together = strings.CutPrefix(l.Text, "& "); l.Together && len(s.Lines[name]) == 0 {
		return fmt.Errorf("%s: there is no line before it in this step", text)
	}
	s.Lines[name] = append(s.Lines[name], l)
	return nil
}

var citation = regexp.MustCompile(`^RFC (\d+), "([^"]+)"(?:: ([^,]+))?, p\. (\d+) = (.+)$`)

// cite reads a citation of the last reason.
func (s *Step) cite(text string) error {
	m := citation.FindStringSubmatch(text)
	if m == nil || len(s.Why) == 0 {
		return fmt.Errorf("cite: %q; after a why, write: RFC 1176, \"Heading\": item, p. 4 = words of that page", text)
	}
	c := Cite{Ref: protocol.Ref{Heading: m[2], Item: m[3]}, Quote: m[5]}
	c.Ref.RFC, _ = strconv.Atoi(m[1])
	c.Ref.Page, _ = strconv.Atoi(m[4])
	r := &s.Why[len(s.Why)-1]
	r.Cites = append(r.Cites, c)
	return nil
}
