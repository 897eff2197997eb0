package lesson

import (
	"fmt"
	"strings"
)

// MaxSize is the maximum size of a lesson, in bytes.
const MaxSize = 1 << 20

// Lesson is one lesson.
type Lesson struct {
	File       string // as given to Parse
	ID         string // the file's name without directory and ending; the key of its progress
	Title      string
	About      string   // a line; may be empty
	Recordings []string // embedded ones, or files next to the lesson
	Quirks     []string // of the server, for steps that type
	Faults     []string // of the proxy before it, as package fault reads them
	Steps      []Step

	lines lines
}

// Step is a part of a lesson that is shown at one time.
type Step struct {
	Line    int // of its heading, from 1
	Heading string
	Text    []Block

	At  Place  // what it points at; may be zero
	Tab string // one of Tabs, or empty

	Ask     string
	Choices []string
	Answers []string
	Not     []Wrong
	Hints   []string // given one after another
	Right   string   // the reaction to a right answer
	Find    []Place  // any of them is right

	Type   []string // a command, and the lines that follow in it
	Before []string // commands sent first
	Expect string   // a filter expression; empty: see Typed
	Hold   string   // a filter expression: the proxy holds commands that match; empty: none
	Edit   string   // a line to send in place of what is held; empty: it goes on as it is

	Notes []string // for a teacher, each a paragraph; a student does not see them

	lines lines
}

// Wrong is a wrong answer, and why it is.
type Wrong struct{ Answer, Why string }

// Block is a paragraph or a list item.
type Block struct {
	Item  bool
	Spans []Span
}

// Span is a part of a Block.
type Span struct {
	Text  string
	Style Style
}

// Style is the style of a Span.
type Style uint8

// The styles.
const (
	Plain Style = iota
	Code
	Emphasis
)

// Text returns a block without its styles.
func (b Block) Text() string {
	var out strings.Builder
	for _, s := range b.Spans {
		out.WriteString(s.Text)
	}
	return out.String()
}

// Tabs returns the names of the inspector's tabs, which a step may open.
func Tabs() []string {
	return []string{"annotated", "tree", "message", "timing", "findings", "ladder"}
}

// Kind is what a step asks of the student.
type Kind uint8

// The kinds of steps.
const (
	Read   Kind = iota // nothing
	Ask                // an answer: Step.Answer
	Choose             // one of Choices, by its number or its text: Step.Answer
	Find               // the cursor on a transaction: Step.Found
	Type               // a command: Step.Typed
)

// Kind returns what the step asks for.
func (s *Step) Kind() Kind {
	switch {
	case len(s.Type) > 0:
		return Type
	case len(s.Find) > 0:
		return Find
	case len(s.Choices) > 0:
		return Choose
	case s.Ask != "":
		return Ask
	}
	return Read
}

// Fault is something wrong with a lesson.
type Fault struct {
	File string
	Line int    // from 1
	What string // what is wrong, and what to do
}

// Error returns "file:line: what".
func (f Fault) Error() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.What) }

// Faults lists everything that is wrong with a lesson, in the order of its lines. It is the
// error of Parse and Check.
type Faults []Fault

// Error returns one line per fault.
func (f Faults) Error() string {
	list := make([]string, len(f))
	for i := range f {
		list[i] = f[i].Error()
	}
	return strings.Join(list, "\n")
}

// lines maps a key to the lines of its values, in order.
type lines map[string][]int

// of returns the line of the ith value of a key; otherwise if that is not known.
func (l lines) of(key string, i, otherwise int) int {
	if list := l[key]; i < len(list) {
		return list[i]
	}
	return otherwise
}

func (s *Step) line(key string, i int) int { return s.lines.of(key, i, s.Line) }
