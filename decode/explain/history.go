package explain

import (
	"strings"

	"imapscope/decode/protocol"
)

// maxChain bounds how many times a word became another one.
const maxChain = 4

// History returns what became of a word since: `Since IMAP4: LSUB "" pattern. Since
// IMAP4rev2: LIST (SUBSCRIBED) reference pattern.` It returns an empty string if the word
// is in use.
func History(r *protocol.Row) string {
	var out []string
	for range maxChain {
		if r == nil || r.Until == protocol.UnknownDialect || r.Group { // the second word of a group says it
			break
		}
		out = append(out, ended(r))
		if r.Became == "" {
			break
		}
		r = r.Successor()
	}
	return strings.Join(out, " ")
}

// ended returns what ended a word, and what it became.
func ended(r *protocol.Row) string {
	switch {
	case r.Until == protocol.Extension && r.Became == "":
		return "An extension replaced it."
	case r.Until == protocol.Extension:
		return "Replaced by " + r.Became + "."
	case r.Became == "":
		return "Obsolete since " + r.Until.String() + "."
	}
	return "Since " + r.Until.String() + ": " + r.Became + "."
}

// Joined returns which dialect made the extension that brought a word a part of the
// protocol: "Part of IMAP4rev2." It returns an empty string if none did.
func Joined(r *protocol.Row) string {
	if since := r.Since(); r.Dialect == protocol.Extension && since != protocol.Extension {
		return "Part of " + since.String() + "."
	}
	return ""
}

// meaning returns what a word means, and what became of it since.
func meaning(r *protocol.Row) string {
	parts := []string{r.Plain}
	if len(r.Expands) > 0 {
		parts = append(parts, "Short for ("+strings.Join(r.Expands, " ")+").")
	}
	if r.Kind == protocol.Capability {
		parts = append(parts, r.Promise, Joined(r))
	}
	parts = append(parts, History(r))
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}
