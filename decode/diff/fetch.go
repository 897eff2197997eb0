package diff

import (
	"slices"
	"strconv"
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

// fetch adds the properties of one message.
func (r *reader) fetch(d syntax.FetchData, raw []byte) {
	number := r.original(d.Number)
	subject := subjectOf(number)
	r.number = number
	defer func() { r.number = 0 }()
	if len(d.Items) == 0 {
		r.add(fact{subject: subject, value: "nothing"})
	}
	for _, it := range d.Items {
		path := subject + " " + strings.ReplaceAll(it.Name, `"`, "") // of header fields: they are strings
		if it.Value == nil {
			r.add(fact{subject: subject, path: path, value: missing})
			continue
		}
		r.property(subject, path, it, raw)
	}
}

// property adds a property of a message.
func (r *reader) property(subject, path string, it syntax.Item, raw []byte) {
	r.shows = protocol.ShowsOf(it.Name)
	defer func() { r.shows = 0 }()
	f := fact{subject: subject, path: path}
	switch {
	case r.shows&protocol.ShowsFlags != 0:
		f.recent = true
		flags := syntax.ReadFlags(it.Value, raw)
		if r.unread {
			n := len(flags)
			flags = slices.DeleteFunc(flags, func(f string) bool { return protocol.Lookup(protocol.Flag, f).Does(protocol.MarksSeen) })
			if len(flags) < n {
				f.missing = NewMail // the server reported that it is seen now
			}
		}
		if f.value, f.shown = set(flags); f.value == "" {
			f.shown = "no flags"
		}
	case r.shows&protocol.ShowsInternalDate != 0:
		f.value, f.shown = norm(it.Value, raw)
		f.other, f.broken = Date, len(slices.Collect(it.Value.Errors())) > 0
	case variesOf(protocol.Lookup(protocol.Property, it.Name)) == protocol.Assigned:
		f.value, f.shown = norm(it.Value, raw)
		f.other = Number
		if n := it.Value.FindRole(protocol.RoleModSeq); n != nil {
			f.number, _ = n.Number(raw)
		} else {
			f.number, _ = it.Value.Number(raw)
		}
	default:
		if e, ok := syntax.ReadEnvelope(it.Value, raw); ok && r.shows&protocol.ShowsEnvelope != 0 {
			r.envelope(subject, path, e, it.Value)
			return
		}
		if r.shows&protocol.ShowsStructure != 0 && r.structure(subject, path, it.Value, raw) {
			return
		}
		f.value, f.shown = norm(it.Value, raw)
	}
	r.add(f)
}

// envelope adds an envelope, which is compared field by field (RFC 1176, "Responses", p. 19).
func (r *reader) envelope(subject, path string, e syntax.Envelope, n *syntax.Node) {
	fields := 0
	for i := range n.Kids {
		switch n.Kids[i].Kind {
		case syntax.KindSP, syntax.KindOpen, syntax.KindClose:
		default:
			fields++
		}
	}
	add := func(name, value string) {
		r.add(fact{subject: subject, path: path + " " + name, value: value})
	}
	if fields != 10 {
		add("number of fields", strconv.Itoa(fields))
	}
	text := func(field protocol.Role, s syntax.NString) {
		if !s.Valid {
			add(field.String(), protocol.NIL)
			return
		}
		add(field.String(), strconv.Quote(s.Value))
	}
	list := func(field protocol.Role, as []syntax.Address) {
		if as == nil {
			add(field.String(), protocol.NIL)
			return
		}
		words := make([]string, len(as))
		for i, a := range as {
			words[i] = a.String()
		}
		add(field.String(), strings.Join(words, ", "))
	}
	text(protocol.RoleDate, e.Date)
	text(protocol.RoleSubject, e.Subject)
	list(protocol.RoleFrom, e.From)
	list(protocol.RoleSender, e.Sender)
	list(protocol.RoleReplyTo, e.ReplyTo)
	list(protocol.RoleTo, e.To)
	list(protocol.RoleCc, e.Cc)
	list(protocol.RoleBcc, e.Bcc)
	text(protocol.RoleInReplyTo, e.InReplyTo)
	text(protocol.RoleMessageID, e.MessageID)
}
