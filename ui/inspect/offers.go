package inspect

import (
	"fmt"
	"strings"

	"github.com/gdamore/tcell/v2"

	"imapscope/decode/filter"
	"imapscope/ui/inspect/panes"
	"imapscope/ui/view"
)

// offers is the list above a prompt of how its text can go on.
type offers struct {
	list []filter.Completion
	top  int // the first on the screen
}

// offersRoom returns how many rows a list of completions gets, with the row of keys below it.
func offersRoom(height int) int { return max(height/3, 3) + 1 }

// goesOn completes the text with the choice, and lists what can follow, if something has to;
// else it returns false.
func (p *prompt) goesOn() bool {
	if p.taken < 0 || p.taken >= len(p.offers.list) || !p.offers.list[p.taken].Open {
		return false
	}
	text := p.offers.list[p.taken].Text
	if !strings.HasSuffix(text, `"`) && !strings.HasSuffix(text, "[") {
		text += " "
	}
	p.taken = -1
	p.SetText(text)
	p.changed(text)
	return true
}

// drawOffers draws the list, or what is wrong with the text, and the keys below.
func (h *hint) drawOffers(s tcell.Screen) {
	x, y, width, height := h.GetRect()
	p, th := h.prompt, h.theme
	list := p.offers.list
	if len(list) == 0 && p.fault != "" {
		lines := view.Wrap(view.Inert(p.fault), max(width-4, 1))
		lines = lines[:min(len(lines), height)]
		for i, l := range lines {
			sign := text("   ", th.Plain)
			if i == 0 {
				sign = text(" ! ", th.Bad)
			}
			panes.Line{sign, text(l, th.Plain)}.Draw(s, x, y+height-len(lines)+i, width, 0, th.Plain, true)
		}
		return
	}
	rows := height - 1
	p.offers.top = max(min(p.offers.top, p.taken), p.taken-rows+1, 0)
	wide := 12
	for i := range list {
		wide = max(wide, min(view.Width(list[i].Word), 24))
	}
	for i := range min(rows, len(list)-p.offers.top) {
		k := &list[p.offers.top+i]
		l := panes.Line{text(" "+panes.Fit(view.Inert(k.Word), wide, false)+"  ", th.Key)}
		if k.Example != "" {
			l = append(l, text(panes.Fit(k.Example, 30, false)+" ", th.Plain))
		}
		l = append(l, text(k.Help, th.Faint))
		if p.offers.top+i == p.taken {
			l = l.Over(th.Selected)
		}
		l.Draw(s, x, y+i, width, 0, th.Plain, true)
	}
	h.keys().Draw(s, x, y+rows, width, 0, th.Plain, true)
}

// keys returns the row of keys below a list.
func (h *hint) keys() panes.Line {
	p, th := h.prompt, h.theme
	var l panes.Line
	key := func(name, does string) { l = append(l, text(" "+name, th.Key), text(" "+does+" ", th.Faint)) }
	n := len(p.offers.list)
	if n > 0 {
		key("Tab ↓ ↑", "choose")
	}
	if p.taken >= 0 && p.taken < n && p.offers.list[p.taken].Open {
		key("Enter", "goes on")
	} else {
		key("Enter", p.means(p.GetText()))
	}
	key("Esc", "cancels")
	if n > 0 {
		l = append(l, text(fmt.Sprintf("  %d of %d", max(p.taken+1, 1), n), th.Faint))
	}
	return l
}
