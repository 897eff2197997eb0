package print

import (
	"imapscope/decode/account"
	"imapscope/decode/session"
	"imapscope/ui/view"
)

// validityLine is a value of UIDVALIDITY, and from where to where it was reported.
type validityLine struct {
	Value uint32  `json:"value"`
	First eventAt `json:"first"`
	Last  eventAt `json:"last"`
}

// backLine is a value that went back.
type backLine struct {
	What string  `json:"what"`
	Was  uint64  `json:"was"`
	Is   uint64  `json:"is"`
	Then eventAt `json:"then"`
	Here eventAt `json:"here"`
}

// workLine is what one connection did in a mailbox.
type workLine struct {
	File     quoted `json:"file,omitempty"`
	Conn     uint64 `json:"conn"`
	Flags    int    `json:"flags"`
	Expunged int    `json:"expunged"`
	Appended int    `json:"appended"`
	Copied   int    `json:"copied"`
	Received int    `json:"received"`
	Seen     int    `json:"seen"`
}

// mailbox writes the line of a mailbox, and those of its changes.
func (j *JSON) mailbox(u *account.Account, b *account.Mailbox) error {
	validities := make([]validityLine, 0, len(b.Validities))
	for _, v := range b.Validities {
		validities = append(validities, validityLine{v.Value, atOf(v.Event), atOf(v.Last)})
	}
	backs := make([]backLine, 0, len(b.Backs))
	for _, x := range b.Backs {
		backs = append(backs, backLine{x.What.String(), x.Was, x.Is, atOf(x.Then), atOf(x.Here)})
	}
	works := make([]workLine, 0)
	for _, k := range view.Works(b) {
		works = append(works, workLine{quoted(k.Conn.Source), uint64(k.Conn.ID), k.Flags, k.Expunged, k.Appended, k.Copied, k.Received, k.SawFlags + k.SawExpunged})
	}
	err := j.enc.Encode(struct {
		Type     string         `json:"type"`
		Server   string         `json:"server"`
		User     quoted         `json:"user"`
		Name     quoted         `json:"mailbox"`
		Selected int            `json:"selected"`
		Validity uint32         `json:"uidvalidity"`
		Next     uint32         `json:"uidnext"`
		ModSeq   uint64         `json:"highestmodseq"`
		Values   []validityLine `json:"uidvalidities"`
		Backs    []backLine     `json:"backwards"`
		Works    []workLine     `json:"connections"`
	}{"mailbox", u.Server, quoted(u.User), quoted(b.Name), b.Sessions(), b.UIDValidity, b.UIDNext, b.ModSeq, validities, backs, works})
	for _, e := range b.Events {
		if err == nil && changes(e.Fact.Kind) {
			err = j.change(u, b, e)
		}
	}
	return err
}

// changes reports whether a fact of the kind is a change of messages or of a mailbox.
func changes(k session.FactKind) bool {
	switch k {
	case session.Flagged, session.Stored, session.Removed, session.Appended, session.Copied, session.Moved,
		session.Created, session.Deleted, session.Renamed:
		return true
	}
	return false
}

// change writes the line of a change.
func (j *JSON) change(u *account.Account, b *account.Mailbox, e *account.Event) error {
	f := &e.Fact
	var cause *eventAt
	if e.Cause != nil {
		at := atOf(e.Cause)
		cause = &at
	}
	line := struct {
		Type string `json:"type"`
		eventAt
		User     quoted   `json:"user"`
		Mailbox  quoted   `json:"mailbox"`
		Kind     string   `json:"kind"`
		Own      bool     `json:"own"`
		Validity uint32   `json:"uidvalidity,omitempty"`
		UID      uint32   `json:"uid,omitempty"`
		Number   uint32   `json:"number,omitempty"`
		UIDs     quoted   `json:"uids,omitempty"`
		Numbers  quoted   `json:"numbers,omitempty"`
		To       quoted   `json:"to,omitempty"`
		ToUIDs   quoted   `json:"to_uids,omitempty"`
		Text     quoted   `json:"text,omitempty"`
		Cause    *eventAt `json:"cause,omitempty"`
	}{
		Type: "change", eventAt: atOf(e), User: quoted(u.User), Mailbox: quoted(b.Name), Kind: f.Kind.String(), Own: f.Own,
		Validity: f.UIDValidity, UID: f.UID, Number: f.Number, To: quoted(f.To), ToUIDs: quoted(f.ToSet), Text: quoted(f.Text), Cause: cause,
	}
	if f.UIDs {
		line.UIDs = quoted(f.Set)
	} else {
		line.Numbers = quoted(f.Set)
	}
	return j.enc.Encode(line)
}
