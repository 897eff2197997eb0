package learn

import (
	"fmt"
	"slices"

	"imapscope/samples/lesson"
	"imapscope/ui/view"
)

// Page describes the student's current step, for display.
type Page struct {
	Title    string // of the lesson
	At, Of   int    // the step, counted from 1, and the number of steps
	Heading  string
	Text     []lesson.Block
	Ask      string
	Choices  []string
	Wants    lesson.Kind  // what the step asks for
	Prompt   string       // before the line to type
	Tab      string       // the tab to open: "tree"; empty: any
	Point    lesson.Place // what the step points at; may be zero
	Answered bool         // or nothing is asked
	Said     string       // the reaction to the last answer, or a hint
	Right    bool         // the last answer was right
	Literal  bool         // the next line to type belongs to a command
	Held     bool         // a command waits: the next line to type is sent in its place
	Blind    bool         // hide findings: a later step shows them
	Through  bool         // the lesson is finished
	Left     bool         // the student went on after the last step

	Presented bool     // to a class: by a teacher, who reveals the answers
	Notes     []string // for the teacher, if they are to be shown
	HasNotes  bool     // whether there are notes, shown or not
	Revealed  []string // the right answers, once the teacher has revealed them

	Score Score // once Through
}

// Score counts a lesson's questions by how they were answered.
type Score struct{ Questions, AtOnce, WithHelp, Skipped int }

// String returns the score as a sentence.
func (s Score) String() string {
	if s.Questions == 0 {
		return "This lesson had no questions."
	}
	return fmt.Sprintf("Of %s you answered %d at once, %d with help, and skipped %d.", view.Count(s.Questions, "question"), s.AtOnce, s.WithHelp, s.Skipped)
}

// Page returns what to show now. All text is inert (view.Inert): lessons come from anywhere.
func (t *Tutor) Page() Page {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.page()
	p.Title, p.Heading, p.Ask, p.Said = view.Inert(p.Title), view.Inert(p.Heading), view.Inert(p.Ask), view.InertLines(p.Said)
	p.Choices, p.Notes, p.Revealed = inert(p.Choices), inert(p.Notes), inert(p.Revealed)
	p.Text = slices.Clone(p.Text)
	for i := range p.Text {
		spans := slices.Clone(p.Text[i].Spans)
		for k := range spans {
			spans[k].Text = view.InertLines(spans[k].Text)
		}
		p.Text[i].Spans = spans
	}
	return p
}

// inert returns a copy of some texts, inert.
func inert(list []string) []string {
	list = slices.Clone(list)
	for i, s := range list {
		list[i] = view.Inert(s)
	}
	return list
}

func (t *Tutor) page() Page {
	p := Page{Title: t.lesson.Title, At: t.at + 1, Of: len(t.lesson.Steps), Said: t.said, Right: t.right}
	for i := t.at + 1; i < len(t.lesson.Steps); i++ {
		p.Blind = p.Blind || t.lesson.Steps[i].Tab == "findings"
	}
	if t.at == len(t.lesson.Steps) {
		p.Heading, p.Through, p.Left = "Lesson finished", true, t.left
		p.Score = t.score()
		p.Text = []lesson.Block{{Spans: []lesson.Span{{Text: p.Score.String()}}}}
		if p.Presented = t.shown.on; p.Presented {
			p.Text = []lesson.Block{{Spans: []lesson.Span{{Text: "That was the last step."}}}}
		}
		return p
	}
	s := &t.lesson.Steps[t.at]
	p.Heading, p.Text, p.Ask, p.Choices, p.Tab, p.Point = s.Heading, s.Text, s.Ask, s.Choices, s.Tab, s.At
	p.Wants, p.Answered, p.Literal = s.Kind(), t.answered(), t.typed.within
	t.present(&p, s)
	switch {
	case p.Wants != lesson.Type:
	case t.held() != nil:
		p.Held, p.Prompt = true, "to the server instead: "
		p.Said = "Your command waits at the proxy. Type what the server is to get instead, or an empty line to let it go on as it is."
	case p.Literal:
		p.Prompt = "the literal's text: "
	default:
		p.Prompt = "to the server: "
	}
	return p
}

func (t *Tutor) score() Score {
	var s Score
	for i := range t.lesson.Steps {
		if t.lesson.Steps[i].Kind() == lesson.Read {
			continue
		}
		s.Questions++
		switch t.record.Answered[i] {
		case lesson.AtOnce:
			s.AtOnce++
		case lesson.WithHelp:
			s.WithHelp++
		default:
			s.Skipped++
		}
	}
	return s
}
