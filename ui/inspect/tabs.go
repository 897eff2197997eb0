package inspect

import (
	"fmt"
	"strings"
	"time"

	"imapscope/decode"
	"imapscope/ui/view"
)

// mailView is the tab of a fetched message as a mail reader shows it.
type mailView struct {
	*pager
	x *inspector
}

func newMailView(x *inspector) *mailView { return &mailView{newPager(&x.theme), x} }

// maxMails is how many messages of one exchange are shown.
const maxMails = 50

func (v *mailView) show(e *exchange) {
	th := &v.x.theme
	var out lines
	n := 0
	for _, m := range e.Messages {
		if m.Kind != decode.Untagged || m.Word != "FETCH" {
			continue
		}
		mail := view.MailOf(m, m.Parse(&v.x.parser))
		if mail == nil {
			continue
		}
		if n++; n > maxMails {
			continue
		}
		out = append(out, line{{fmt.Sprintf("── message %d ", m.Number) + strings.Repeat("─", 40), th.faint}})
		for _, f := range mail.Fields {
			out = append(out, line{{fmt.Sprintf("%12s: ", f.Name), th.faint}, {f.Value, th.strong}})
		}
		out = append(out, nil)
		for _, t := range mail.Text {
			out = append(out, line{{t, th.plain}})
		}
		for _, a := range mail.Attachments {
			name := a.Name
			if name == "" {
				name = "(no name)"
			}
			out = append(out, line{{"  [attached] ", th.faint}, {name, th.word}, {fmt.Sprintf("  %s, %s octets", a.Type, number(int(a.Size))), th.faint}})
		}
		for _, t := range mail.Notes {
			out = append(out, line{{"  ! " + t, th.bad}})
		}
		out = append(out, nil)
	}
	if n > maxMails {
		out = append(out, line{{fmt.Sprintf("… and %s", plural(n-maxMails, "message")), th.faint}})
	}
	if n == 0 {
		out = lines{{{"No message was fetched here: FETCH with RFC822, RFC822.HEADER or RFC822.TEXT brings one.", th.faint}}}
	}
	v.pager.show(out, 0)
}

// timingView is the tab of when each part of an exchange came.
type timingView struct {
	*pager
	x *inspector
}

func newTimingView(x *inspector) *timingView { return &timingView{newPager(&x.theme), x} }

// timingBar is how wide the bars are.
const timingBar = 40

func (v *timingView) show(e *exchange) {
	th := &v.x.theme
	if e.Transaction == nil {
		v.pager.show(lines{{{"Nothing is known of its times.", th.faint}}}, 0)
		return
	}
	var previous time.Time
	if !e.first {
		previous = e.prior.Time.Add(e.prior.Elapsed)
	}
	t := view.NewTiming(e.Transaction, e.Messages, previous)
	out := lines{{{fmt.Sprintf("%-20s", "exchange time"), th.strong}, {fmt.Sprintf("%10s", view.Duration(t.Took)), th.strong}}}
	for _, p := range t.Parts {
		took := view.Duration(p.Took)
		style := th.plain
		if p.Backwards {
			took, style = "?", th.bad
		}
		from := int(p.From*timingBar + 0.5)
		to := max(int(p.To*timingBar+0.5), from)
		bar := strings.Repeat(" ", from) + strings.Repeat("█", to-from)
		if to == from && p.Took >= 0 && p.From < 1 {
			bar = strings.Repeat(" ", from) + "▏"
		}
		out = append(out, line{
			{fmt.Sprintf("%-20s", strings.Repeat("  ", p.Depth)+p.Name), style},
			{fmt.Sprintf("%10s ", took), style},
			{fit(bar, timingBar+1, false), th.client},
			{" " + p.Words, th.faint},
		})
	}
	for _, n := range t.Notes {
		out = append(out, line{{"! " + n, th.bad}})
	}
	v.pager.show(out, 0)
}
