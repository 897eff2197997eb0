package panes

import (
	"fmt"
	"strings"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/ui/inspect/model"
)

// mailView is the tab of a fetched message as a mail reader shows it.
type mailView struct {
	*Pager
	model  *model.Model
	parser syntax.Parser
}

func newMailView(b base) *mailView { return &mailView{Pager: NewPager(b.theme), model: b.model} }

// maxMails is how many messages of one exchange are shown.
const maxMails = 50

func (v *mailView) Show(e *model.Exchange) {
	th := v.theme
	var out Lines
	n := 0
	for _, m := range e.Messages {
		if m.Kind != decode.Untagged || !m.Row.Does(protocol.Describes) {
			continue
		}
		mail := v.model.View.MailOf(m, m.Parse(&v.parser))
		if mail == nil {
			continue
		}
		if n++; n > maxMails {
			continue
		}
		out = append(out, Line{{fmt.Sprintf("── message %d ", m.Number) + strings.Repeat("─", 40), th.Faint}})
		for _, f := range mail.Fields {
			out = append(out, Line{{fmt.Sprintf("%12s: ", f.Name), th.Faint}, {f.Value, th.Strong}})
		}
		out = append(out, nil)
		for _, t := range mail.Text {
			out = append(out, Line{{t, th.Plain}})
		}
		for _, a := range mail.Attachments {
			name := a.Name
			if name == "" {
				name = "(no name)"
			}
			out = append(out, Line{{"  [attached] ", th.Faint}, {name, th.Word}, {fmt.Sprintf("  %s, %s bytes", a.Type, model.Number(int(a.Size))), th.Faint}})
		}
		for _, t := range mail.Notes {
			out = append(out, Line{{"  ! " + t, th.Bad}})
		}
		out = append(out, nil)
	}
	if n > maxMails {
		out = append(out, Line{{fmt.Sprintf("… and %s", model.Plural(n-maxMails, "message")), th.Faint}})
	}
	if n == 0 {
		out = Lines{{{"No message was fetched here: FETCH with RFC822, RFC822.HEADER or RFC822.TEXT brings one.", th.Faint}}}
	}
	v.Pager.Show(out, 0)
}
