package learn

import (
	"strings"

	"imapscope/samples/lesson"
)

// presented is how a lesson is presented to a class; the zero value is not at all.
type presented struct {
	on       bool
	notes    bool // the teacher's notes are shown
	revealed bool // the answer of the current step is
}

// Present has the lesson presented to a class: a step can be left without an answer, Reveal
// shows the answers and Notes the teacher's notes. It is called before the lesson is shown.
func (t *Tutor) Present(notes bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shown = presented{on: true, notes: notes}
	t.version++
}

// Notes shows the teacher's notes, or hides them.
func (t *Tutor) Notes() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.shown.on {
		t.shown.notes = !t.shown.notes
		t.version++
	}
}

// Reveal shows the answer of the step. It returns false if there is none to show.
func (t *Tutor) Reveal() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.shown.on || t.at == len(t.lesson.Steps) || t.answered() {
		return false
	}
	s := &t.lesson.Steps[t.at]
	t.version++
	t.shown.revealed = true
	t.said, t.right = s.Right, true
	return true
}

// present adds to a page what a teacher sees of its step.
func (t *Tutor) present(p *Page, s *lesson.Step) {
	if !t.shown.on {
		return
	}
	p.Presented, p.HasNotes = true, len(s.Notes) > 0
	if t.shown.notes {
		p.Notes = s.Notes
	}
	if !t.shown.revealed {
		return
	}
	switch p.Wants {
	case lesson.Find:
		p.Point = s.Find[0] // the cursor goes there
		for _, at := range s.Find {
			p.Revealed = append(p.Revealed, at.String())
		}
	case lesson.Type:
		p.Revealed = s.Type
	default:
		p.Revealed = s.Answers
	}
}

// presented shows the notes and the question of a step to a class, and reads a line; more is false
// once the teacher goes on.
func (c *classroom) presented(p *Page, ask *bool) (more bool, err error) {
	for _, note := range p.Notes {
		c.printIndented("  | ", note)
	}
	if *ask {
		c.ask(p)
	}
	*ask = false
	line, err := c.read(p.Wants)
	switch {
	case err != nil:
		return false, err
	case p.Literal, p.Held:
		c.answer(p, line)
	case line == "q":
		return false, errLeft
	case line == "n":
		c.Notes()
	case line != "" && p.Answered:
		c.look(strings.TrimPrefix(line, "/"))
	case line != "":
		c.answer(p, line)
	case c.Reveal():
		if now := c.Page(); now.Wants == lesson.Find {
			c.show(now.Point, false)
		}
	default:
		c.Next()
		return false, nil
	}
	return true, nil
}
