package panes

import (
	"strings"

	"imapscope/decode/archive"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// sign is what a table shows in a character or a word, and what it means.
type sign struct{ text, means string }

// The signs of transactions.
const (
	signDiffers = "≠"
	signLeg     = "↳"
	signFault   = "f"
	signEdited  = "e"
	signHeld    = "h"
	statusHeld  = "held"
)

// markSigns returns the signs before a transaction.
func markSigns() []sign {
	return []sign{
		{"m", "marked"},
		{"b", "bookmark"},
		{";", "comment"},
		{signDiffers, "played and recorded differ"},
		{signFault, "a fault acted"},
		{signEdited, "edited"},
		{signHeld, "was held"},
		{signLeg, "on the server's leg"},
	}
}

// statusSigns returns the words for transactions without a status.
func statusSigns() []sign {
	return []sign{
		{model.StillRunning, "is running"},
		{statusHeld, "a message of it waits"},
		{model.NoStatus, "a response without a status"},
		{model.NoResponse, "no response at all"},
		{model.NoRequest, "a response without a request"},
	}
}

// list returns signs with their meanings, for the help.
func list(signs []sign) string {
	var out []string
	for _, s := range signs {
		out = append(out, s.text+" "+s.means)
	}
	return strings.Join(out, ", ")
}

// signs returns the signs before a transaction.
func (t txnRows) signs(i int, r *archive.Row) string {
	m := t.model
	out := deedSign(m.Deed(r))
	if m.ClientLeg(r.Conn) != 0 {
		out = signLeg + out
	}
	if m.Differs != nil && m.Differs(r) {
		out += signDiffers
	}
	return out + m.Marks.Flags(i)
}

// deedSign returns the sign of what the proxy did to a transaction.
func deedSign(d view.Deed) string {
	switch d {
	case view.Faulted:
		return signFault
	case view.Edited:
		return signEdited
	case view.Held:
		return signHeld
	}
	return ""
}

// status returns how a transaction ended, in a word.
func (t txnRows) status(r *archive.Row) string {
	if t.model.Waiting.Has(r.Conn, r.N) {
		return statusHeld
	}
	return model.StatusOf(r)
}

// Meaning returns what the signs of the transaction under the cursor mean; "" if it has none.
func (t *Txns) Meaning() string {
	i, ok := t.Current()
	if !ok {
		return ""
	}
	r := t.model.Archive.Row(i)
	rows := txnRows{base{t.theme, t.model}}
	var out []string
	shown := rows.signs(i, &r)
	for _, s := range markSigns() {
		if strings.Contains(shown, s.text) {
			out = append(out, s.text+" "+s.means)
		}
	}
	status := rows.status(&r)
	for _, s := range statusSigns() {
		if s.text == status {
			out = append(out, s.text+" "+s.means)
		}
	}
	severity := t.model.Worst(&r)
	if sign, _ := t.theme.Finding(severity); sign != "" {
		out = append(out, sign+" "+severity+" (5 shows it)")
	}
	return strings.Join(out, ", ")
}
