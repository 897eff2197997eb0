package web

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"imapscope/samples/lesson"
	"imapscope/ui/learn"
	"imapscope/ui/view"
)

// maxAct is the largest body of a request that acts, in bytes.
const maxAct = 16 << 10

// lessonAnswer is the step of a lesson that the page shows.
type lessonAnswer struct {
	Version   uint64   `json:"version"`
	Title     string   `json:"title"`
	Step      int      `json:"step"` // from 1
	Steps     int      `json:"steps"`
	Heading   string   `json:"heading"`
	Text      []block  `json:"text"`
	Ask       string   `json:"ask,omitempty"`
	Wants     string   `json:"wants,omitempty"` // choose, answer, find or type; empty: nothing
	Choices   []string `json:"choices,omitempty"`
	Prompt    string   `json:"prompt,omitempty"` // of what is typed
	Said      string   `json:"said,omitempty"`
	Right     bool     `json:"right,omitempty"`
	Answered  bool     `json:"answered,omitempty"` // or nothing is asked
	Over      bool     `json:"over,omitempty"`     // the last step has been left
	Left      bool     `json:"left,omitempty"`     // the person went on after that: another lesson comes
	Last      bool     `json:"last,omitempty"`     // no lesson follows this one
	Blind     bool     `json:"blind,omitempty"`    // findings are hidden: a later step shows them
	Point     *point   `json:"point,omitempty"`
	Tab       string   `json:"tab,omitempty"`
	Presented bool     `json:"presented,omitempty"`
	HasNotes  bool     `json:"has_notes,omitempty"`
	Notes     []string `json:"notes,omitempty"`
	Revealed  []string `json:"revealed,omitempty"`
}

// block is a paragraph or a list item.
type block struct {
	Item  bool   `json:"item,omitempty"`
	Spans []span `json:"spans"`
}

type span struct {
	Text  string `json:"text"`
	Style string `json:"style,omitempty"` // code or em
}

// point is what a step points at.
type point struct {
	Conn     int    `json:"c"`
	N        int    `json:"n"`
	Greeting bool   `json:"greeting,omitempty"`
	Line     int    `json:"line,omitempty"` // from 1; 0: none
	Word     string `json:"word,omitempty"`
}

// wants are the names of what a step asks for.
var wants = map[lesson.Kind]string{lesson.Choose: "choose", lesson.Ask: "answer", lesson.Find: "find", lesson.Type: "type"}

func (s *Server) lessonAnswer(context.Context, *query) (*lessonAnswer, error) {
	t := s.o.Lesson
	if t == nil {
		return nil, missing("there is no lesson")
	}
	version := t.Version() // before the page, so that a later one is asked for again
	p := t.Page()
	a := &lessonAnswer{
		Version: version + 1, Title: p.Title, Step: p.At, Steps: p.Of, Heading: p.Heading, Text: []block{}, Ask: p.Ask, Wants: wants[p.Wants],
		Choices: p.Choices, Prompt: strings.TrimSuffix(p.Prompt, ": "), Said: p.Said, Right: p.Right, Answered: p.Answered,
		Over: p.Through, Left: p.Left, Last: s.o.LastLesson, Blind: p.Blind, Tab: p.Tab,
		Presented: p.Presented, HasNotes: p.HasNotes, Notes: p.Notes, Revealed: p.Revealed,
	}
	for _, b := range p.Text {
		x := block{Item: b.Item}
		for _, sp := range b.Spans {
			x.Spans = append(x.Spans, span{sp.Text, map[lesson.Style]string{lesson.Code: "code", lesson.Emphasis: "em"}[sp.Style]})
		}
		a.Text = append(a.Text, x)
	}
	if at := p.Point; !at.IsZero() {
		a.Point = &point{Conn: at.Conn, N: at.Txn, Greeting: at.Greeting, Line: at.Message, Word: view.Inert(at.Word)}
	}
	return a, nil
}

// An act is what a person does about a lesson.
type act struct {
	Text string `json:"text"` // an answer, or what is typed
	Conn int    `json:"c"`    // the exchange that is chosen
	N    int    `json:"n"`
}

// acts are what can be done, by the last part of the path.
var acts = map[string]func(t *learn.Tutor, a *act){
	"next":   func(t *learn.Tutor, _ *act) { t.Next() },
	"back":   func(t *learn.Tutor, _ *act) { t.Back() },
	"skip":   func(t *learn.Tutor, _ *act) { t.Skip() },
	"hint":   func(t *learn.Tutor, _ *act) { t.Hint() },
	"reveal": func(t *learn.Tutor, _ *act) { t.Reveal() },
	"notes":  func(t *learn.Tutor, _ *act) { t.Notes() },
	"answer": func(t *learn.Tutor, a *act) { t.Answer(a.Text) },
	"find":   func(t *learn.Tutor, a *act) { t.Found(a.Conn, a.N) },
	"type":   func(t *learn.Tutor, a *act) { t.Type(a.Text) },
}

// acting answers a request that does something about the lesson, with the step that is shown then.
func (s *Server) acting(do func(*learn.Tutor, *act)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var a act
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAct))
		if err == nil {
			err = json.Unmarshal(body, &a)
		}
		switch {
		case err != nil:
			err = &fault{Status: http.StatusBadRequest, Text: "this is no answer: " + view.Inert(err.Error())}
		case strings.ContainsAny(a.Text, "\r\n"):
			err = &fault{Status: http.StatusBadRequest, Text: "type one line at a time"}
		}
		if err != nil {
			refuse(w, err)
			return
		}
		do(s.o.Lesson, &a)
		out, err := s.lessonAnswer(r.Context(), nil)
		if err != nil {
			refuse(w, err)
			return
		}
		write(w, http.StatusOK, out)
	}
}

// lessonVersion changes whenever the step that is shown does; 0: there is no lesson.
func (s *Server) lessonVersion() uint64 {
	if s.o.Lesson == nil {
		return 0
	}
	return s.o.Lesson.Version() + 1
}
