package view

import (
	"fmt"
	"strings"
	"time"

	"imapscope/decode/account"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/text"
)

// Stamp returns a date and time as lists that may span days show it.
func Stamp(t time.Time) string {
	if t.IsZero() {
		return "?"
	}
	return t.Local().Format("2006-01-02 15:04:05.000")
}

// factWords has a sentence for each kind of fact whose words are always the same.
var factWords = [...]string{
	session.Opened: "connected", session.LoggedIn: "logged in", session.Deselected: "closed the mailbox",
	session.Appended: "appended a message", session.Created: "created the mailbox", session.Deleted: "deleted the mailbox",
	session.Shown: "received", session.Found: "found", session.IdleBegan: "began to IDLE", session.Arrived: "saw new messages",
}

// AccountFact returns what a connection reported, in words, inert: "FLAGS \Seen",
// "expunged".
func AccountFact(f *session.Fact) string {
	s := ""
	if int(f.Kind) < len(factWords) {
		s = factWords[f.Kind]
	}
	switch f.Kind {
	case session.Flagged:
		s = strings.TrimSpace("FLAGS " + f.Text)
	case session.Stored:
		s = "STORE " + f.Text
	case session.Removed:
		s = "expunged"
	case session.Copied:
		s = "copied to " + f.To + figure(" as UID ", f.ToSet)
	case session.Moved:
		s = "moved to " + f.To + figure(" as UID ", f.ToSet)
	case session.Renamed:
		s = "renamed to " + f.To
	case session.Selected:
		s = "selected" + figures(f)
	case session.Reported:
		s = "reported" + figures(f)
	case session.Arrived:
		s += fmt.Sprintf(", %d in all", f.Count)
	case session.Appended:
		s += figure(" as UID ", f.Set)
	case session.Deselected:
		if f.Removing {
			s += ", which expunges messages marked as deleted"
		}
	case session.Shown:
		s += " " + f.Text
	case session.LoggedOut:
		s = "logged out by the " + f.By
	case session.IdleEnded:
		s = "IDLE ended"
		if f.By != "" {
			s += " by the " + f.By
		}
	case session.Ended:
		s = f.Text
	}
	return Inert(s)
}

func figure(before, what string) string {
	if what == "" {
		return ""
	}
	return before + what
}

// figures returns the figures of a mailbox that a fact has, under their own names.
func figures(f *session.Fact) string {
	s := ""
	add := func(name string, n uint64) {
		if n != 0 {
			s += fmt.Sprintf(", %s %d", name, n)
		}
	}
	if f.ReadOnly {
		s += " read-only"
	}
	if f.Count != 0 {
		s += ", " + Count(int(f.Count), "message")
	}
	add(codeName(protocol.GivesUIDValidity), uint64(f.UIDValidity))
	add(codeName(protocol.GivesUIDNext), uint64(f.UIDNext))
	add(codeName(protocol.GivesHighestModSeq), f.ModSeq)
	return s
}

// codeName returns the name of the response code with an effect.
func codeName(effect protocol.Effect) string {
	for r := range protocol.Of(protocol.Code) {
		if r.Does(effect) {
			return r.Name
		}
	}
	return ""
}

// Messages returns the messages that a fact names, in words: "UID 17", "message 3"; "" if it
// names none.
func Messages(f *session.Fact) string {
	switch {
	case f.UID != 0:
		return fmt.Sprintf("UID %d", f.UID)
	case f.Number != 0:
		return fmt.Sprintf("message %d", f.Number)
	case f.Set != "" && f.UIDs:
		return "UID " + f.Set
	case f.Set != "":
		return "messages " + f.Set
	}
	return ""
}

// AccountEvent returns an event in words: who reported it, what, and which other connection
// was the cause.
func AccountEvent(e *account.Event) string {
	f := &e.Fact
	s := AccountFact(f)
	if f.Own {
		return s
	}
	by := ""
	switch f.Kind {
	case session.Flagged:
		s, by = "saw "+s, ", set by "
	case session.Removed:
		s, by = "saw it "+s, " by "
	}
	if e.Cause != nil {
		s += by + Place(e.Cause)
	}
	return s
}

// Place returns where an event was reported: "connection 2", or the transaction "2/4".
func Place(e *account.Event) string {
	if e.Fact.Txn == 0 {
		return fmt.Sprintf("connection %d", e.Conn.ID)
	}
	return Number(e.Conn.ID, e.Fact.Txn, true)
}

// UserName returns the user of an account, inert, or who it is if the name was not seen.
func UserName(a *account.Account) string {
	if a.User != "" {
		return Inert(a.User)
	}
	if len(a.Uses) > 0 {
		return fmt.Sprintf("(the user of connection %d)", a.Uses[0].Conn.ID)
	}
	return "(unknown user)"
}

// Work is what one connection did in a mailbox, and what it saw that others did.
type Work struct {
	Conn                      *account.Conn
	Flags, Expunged, Appended int // messages, by its own commands
	Copied, Received          int // from and to another mailbox
	SawFlags, SawExpunged     int // changes by others
	SawCause                  int // of these, those whose cause is known
}

// Works returns what each connection did in a mailbox, in the order of their first events.
func Works(b *account.Mailbox) []*Work {
	var out []*Work
	by := make(map[*account.Conn]*Work)
	for _, e := range b.Events {
		w := by[e.Conn]
		if w == nil {
			w = &Work{Conn: e.Conn}
			by[e.Conn] = w
			out = append(out, w)
		}
		w.add(b, e)
	}
	return out
}

func (w *Work) add(b *account.Mailbox, e *account.Event) {
	f := &e.Fact
	switch {
	case f.Kind == session.Stored:
		w.Flags += int(f.Count)
	case f.Kind == session.Flagged && f.Own && f.Reading:
		w.Flags++
	case f.Kind == session.Flagged && !f.Own:
		w.SawFlags++
	case f.Kind == session.Removed && f.Own:
		w.Expunged += account.Size(f)
	case f.Kind == session.Removed:
		w.SawExpunged += account.Size(f)
	case f.Kind == session.Appended:
		w.Appended += max(account.Size(f), 1)
	case (f.Kind == session.Copied || f.Kind == session.Moved) && b.Is(f.Mailbox):
		w.Copied += account.Size(f)
	case f.Kind == session.Copied || f.Kind == session.Moved:
		w.Received += account.Size(f)
	}
	if e.Cause != nil {
		w.SawCause++
	}
}

// MailboxFigures returns the figures of a mailbox that were reported last, each after a
// comma, under its own name.
func MailboxFigures(b *account.Mailbox) string {
	return figures(&session.Fact{UIDValidity: b.UIDValidity, UIDNext: b.UIDNext, ModSeq: b.ModSeq})
}

// ValidityChange returns in words that UIDVALIDITY changed, where, and where it was reported
// last before that.
func ValidityChange(was, is account.Validity) string {
	return fmt.Sprintf("%s changed from %d to %d: %s", codeName(protocol.GivesUIDValidity), was.Value, is.Value, between(is.Event, was.Last))
}

// WentBack returns in words that a figure went back.
func WentBack(b *account.Back) string {
	return fmt.Sprintf("%s went back from %d to %d: %s", b.What, b.Was, b.Is, between(b.Here, b.Then))
}

func between(here, before *account.Event) string {
	return fmt.Sprintf("%s, %s; before: %s, %s", Place(here), Stamp(here.Fact.Time), Place(before), Stamp(before.Fact.Time))
}

// MailboxName returns the name of a mailbox, inert, with its decoded form after it if that
// differs: "Entw&APw-rfe (Entwürfe)".
func MailboxName(name string) string {
	if decoded, _ := text.Mailbox(name); decoded != "" && decoded != name {
		return Inert(name) + " (" + Inert(decoded) + ")"
	}
	return Inert(name)
}
