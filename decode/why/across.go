package why

import (
	"fmt"

	"imapscope/decode/account"
	"imapscope/decode/lint"
)

// Across returns what only several recordings show together: mailboxes whose UIDVALIDITY one
// reports differently from the one before. What one recording shows by itself, its own Reasoner
// finds. The facts of each recording have a Source, or a Run, of their own.
func Across(all *account.Accounts) []Reason {
	kind := kindOf("uids")
	var out []Reason
	for _, u := range all.Users {
		for _, b := range u.Mailboxes {
			if x, ok := acrossMailbox(b); ok {
				x.Account = named(u)
				out = append(out, kind.complete(x))
			}
		}
	}
	return out
}

// kindOf returns the kind with a name, nil if there is none.
func kindOf(name string) *Kind {
	for _, k := range kinds {
		if k.Name == name {
			return k
		}
	}
	return nil
}

// Named returns the kind with a name.
func Named(name string) (*Kind, bool) {
	k := kindOf(name)
	return k, k != nil
}

// acrossMailbox returns the reason that the UIDVALIDITY of a mailbox changed from one recording
// to another, if it did, by the first change.
func acrossMailbox(b *account.Mailbox) (Reason, bool) {
	var x Reason
	for i := 1; i < len(b.Validities); i++ {
		was, is := b.Validities[i-1], b.Validities[i]
		if sameRecording(was.Last, is.Event) {
			continue
		}
		made := recreated(b, was.Last, is.Event)
		if len(made) > 0 && *made[len(made)-1].Conn == *is.Event.Conn {
			continue // the client that sees the new value made it
		}
		if x.Sentence == "" {
			x = changedAcross(b, was, is, len(made) > 0)
		}
		x.add(sourced(was.Last, figure(was.Last, was.Value)))
		x.add(sourced(is.Event, figure(is.Event, is.Value)))
		for _, e := range made {
			x.add(sourced(e, Evidence{Conn: e.Conn.ID, Txn: e.Fact.Txn, Time: e.Fact.Time, Text: e.Fact.Kind.String()}))
		}
	}
	return x, x.Sentence != ""
}

// changedAcross returns a reason without its evidence.
func changedAcross(b *account.Mailbox, was, is account.Validity, recreated bool) Reason {
	x := Reason{
		Severity: lint.Warning, Verdict: Server, Conn: is.Event.Conn.ID,
		Remedy: "Find out what gave the mailbox new identifiers: a restored backup, a rebuilt index, another server behind the same name.",
	}
	who, why := "The server", ", and nothing that was recorded recreated the mailbox"
	if recreated {
		x.Verdict, who, why = Client, "Another program", ": it recreated the mailbox"
		x.Remedy = "Have no program delete and create, or rename, a mailbox that others keep a copy of."
	}
	x.Sentence = fmt.Sprintf("%s changed UIDVALIDITY of %s from %d to %d between %s (connection %d of %s) and %s (connection %d of %s)%s; every client downloads everything again.",
		who, quote(safe(b.Name)), was.Value, is.Value,
		clock(was.Last.Fact.Time), was.Last.Conn.ID, safe(was.Last.Conn.Source),
		clock(is.Event.Fact.Time), is.Event.Conn.ID, safe(is.Event.Conn.Source), why)
	return x
}

func sameRecording(a, b *account.Event) bool {
	return a.Conn.Source == b.Conn.Source && a.Conn.Run == b.Conn.Run
}

// sourced returns evidence with the recording that it is in.
func sourced(e *account.Event, x Evidence) Evidence {
	x.Source = e.Conn.Source
	return x
}
