package main

import (
	"fmt"

	"imapscope/decode"
	"imapscope/decode/wire"
	"imapscope/samples/lesson"
	"imapscope/samples/tutor"
	"imapscope/ui/inspect"
	"imapscope/ui/view"
)

// guide is a tutor as the inspector sees one.
type guide struct{ *tutor.Tutor }

// Page implements inspect.Guide.
func (g guide) Page() inspect.Page {
	p := g.Tutor.Page()
	out := inspect.Page{
		Title: p.Lesson.Title, At: p.At, Of: p.Of, Answered: p.Answered, Said: p.Said, Right: p.Right, Blind: p.Blind,
	}
	if p.Step == nil {
		return through(out, &p)
	}
	s := p.Step
	out.Heading, out.Ask, out.Choices, out.Tab = s.Heading, s.Ask, s.Choices, s.Tab
	for _, b := range s.Text {
		out.Text = append(out.Text, paragraph(b))
	}
	switch s.Kind() {
	case lesson.Ask, lesson.Choose:
		out.Wants = inspect.WantsAnswer
	case lesson.Find:
		out.Wants = inspect.WantsTransaction
	case lesson.Type:
		out.Wants, out.Prompt = inspect.WantsLine, "to the server: "
		if p.Literal {
			out.Prompt = "the literal's text: "
		}
	}
	if !s.At.IsZero() {
		at := s.At
		out.Point = &inspect.Point{Conn: at.Conn, N: at.Txn, In: func(m []*decode.Message) (int, wire.Span) {
			i, span, err := at.In(m)
			if err != nil {
				return -1, wire.Span{}
			}
			return i, span
		}}
	}
	return out
}

// through is the page behind the last step.
func through(out inspect.Page, p *tutor.Page) inspect.Page {
	out.Heading, out.Through = "You are through", true
	sum := fmt.Sprintf("Of %s you answered %d at once, %d with help, and skipped %d.", view.Count(p.Questions, "question"), p.AtOnce, p.WithHelp, p.Skipped)
	if p.Questions == 0 {
		sum = "That was all."
	}
	out.Text = []inspect.Paragraph{{Words: []inspect.Words{{Text: sum}}}}
	return out
}

func paragraph(b lesson.Block) inspect.Paragraph {
	out := inspect.Paragraph{Item: b.Item}
	for _, s := range b.Spans {
		out.Words = append(out.Words, inspect.Words{Text: s.Text, Code: s.Style == lesson.Code, Emphasis: s.Style == lesson.Emphasis})
	}
	return out
}
