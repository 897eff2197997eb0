package capture

import "strings"

// An Act is what a proxy did to a message, as a Note reports it: on the client's leg, right
// before the bytes of the message that it sends to the client, after those of one that came from
// the client, and in the place of one that it dropped.
type Act struct {
	Kind string // ByFault, ByEdit or ByHolding
	Text string // what was done, in words
	Tag  string // of the command that the message belongs to; "" if there is none, or if it is secret
}

// The text around the tag in a Note.
const (
	onTag  = " (on "
	endTag = ")"
)

// String returns the text of the Note: "fault: drop tagged (on a1)".
func (a Act) String() string {
	text := a.Kind + a.Text
	if _, found := cutTag(a.Text); a.Tag != "" || found != "" {
		text += onTag + a.Tag + endTag
	}
	return text
}

// ParseAct reads the text of a Note. It returns false if that reports no Act.
func ParseAct(note string) (Act, bool) {
	for _, kind := range []string{ByFault, ByEdit, ByHolding} {
		if text, ok := strings.CutPrefix(note, kind); ok {
			a := Act{Kind: kind, Text: text}
			if text, found := cutTag(text); found != "" {
				a.Text, a.Tag = text, strings.TrimSuffix(strings.TrimPrefix(found, onTag), endTag)
			}
			return a, true
		}
	}
	return Act{}, false
}

// cutTag splits the tag, and what is around it, from the end of a text. A tag has no space.
func cutTag(text string) (before, found string) {
	i := strings.LastIndex(text, onTag)
	if i < 0 || !strings.HasSuffix(text, endTag) || strings.Contains(text[i+len(onTag):], " ") {
		return text, ""
	}
	return text[:i], text[i:]
}
