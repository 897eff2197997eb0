package why

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"imapscope/decode/text"
)

// misencoded finds a name in another encoding than modified UTF-7 (RFC 3501, 5.1.3), and says
// how it must be written.
func (b *badName) misencoded() string {
	name := quote(safe(b.name))
	switch {
	case eightBit(b.name) && b.utf8:
		return ""
	case eightBit(b.name):
		return fmt.Sprintf("The client sends a mailbox name as raw %s, which it has not enabled: %s %s, in modified UTF-7", charsetOf(b.name), name, written(encoded(b.name)))
	case encodedTwice(b.name) != "":
		return fmt.Sprintf("The client encodes a mailbox name twice: %s %s", name, written(encodedTwice(b.name)))
	}
	if err := text.CheckMailbox(b.name); err != nil {
		return fmt.Sprintf("The client writes a mailbox name in broken modified UTF-7: %s %s", name, written(repaired(b.name)))
	}
	for _, o := range mistaken {
		right := o.decode(b.name)
		if right == "" || right == b.name {
			continue
		}
		right = text.EncodeMailbox(right)
		if _, listed := b.naming.listed[right]; right != b.name && (listed || o.certain) {
			return fmt.Sprintf("The client writes a mailbox name in %s: %s %s, in modified UTF-7", o.is, name, written(right))
		}
	}
	return b.otherForm()
}

// mistaken are the encodings that are mistaken for modified UTF-7. One is certain if no name
// looks like it by chance.
var mistaken = [...]struct {
	is      string
	certain bool
	decode  func(string) string // "" if it is not in it
}{
	{"the UTF-7 of mail", false, func(s string) string {
		if i := strings.IndexByte(s, '+'); i < 0 || !strings.Contains(s[i:], "-") {
			return ""
		}
		d, err := text.Mailbox(strings.ReplaceAll(s, "+", "&"))
		return unless(err != nil, d)
	}},
	{"percent-encoding, as in a URL", false, func(s string) string {
		d, err := url.PathUnescape(s)
		return unless(err != nil || !utf8.ValidString(d), d)
	}},
	{"encoded words, as in a header field", true, func(s string) string {
		d, err := text.Words(s)
		return unless(err != nil, d)
	}},
}

func unless(is bool, s string) string {
	if is {
		return ""
	}
	return s
}

// otherForm finds a name whose letters are composed in another way than the listed one's.
func (b *badName) otherForm() string {
	mine, err := text.Mailbox(b.name)
	if err != nil || !eightBit(mine) {
		return ""
	}
	for _, listed := range b.naming.sorted() {
		if theirs, err := text.Mailbox(listed); err == nil && norm.NFC.String(theirs) == norm.NFC.String(mine) {
			return fmt.Sprintf("The client composes letters and accents differently from the server's listing: %s %s", quote(safe(b.name)), written(listed))
		}
	}
	return ""
}

// encodedTwice returns the name that was encoded twice, in modified UTF-7; "" if it was not:
// "Entw&-APw-rfe" is "Entw&APw-rfe" encoded again.
func encodedTwice(name string) string {
	once, err := text.Mailbox(name)
	if err != nil || once == name || eightBit(once) {
		return ""
	}
	if twice, err := text.Mailbox(once); err == nil && eightBit(twice) {
		return once
	}
	if more := encodedTwice(once); more != "" {
		return more
	}
	return ""
}

// shifts are the parts of a name in base64.
var shifts = regexp.MustCompile(`&[A-Za-z0-9+,]+-`)

// unshifted returns the text that is in base64, or the base64 if it is none.
func unshifted(s string) string {
	b, err := base64.RawStdEncoding.DecodeString(strings.ReplaceAll(s[1:len(s)-1], ",", "/"))
	if err != nil || len(b)%2 != 0 {
		return s
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.BigEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}

// charsetOf returns what 8-bit text is in.
func charsetOf(name string) string {
	if utf8.ValidString(name) {
		return "UTF-8"
	}
	return "8-bit text"
}

// encoded returns 8-bit text in modified UTF-7; bytes that are not UTF-8 are taken for ISO 8859-1.
func encoded(name string) string {
	if !utf8.ValidString(name) {
		r := make([]rune, len(name))
		for i := range len(name) {
			r[i] = rune(name[i])
		}
		name = string(r)
	}
	return text.EncodeMailbox(name)
}

// repaired returns how a name in broken modified UTF-7 must be written: without the padding of
// base64, with the end of it, without base64 where it is not needed, or with its "&" as "&-".
func repaired(name string) string {
	for _, s := range [...]string{strings.ReplaceAll(name, "=", ""), name + "-"} {
		if i := strings.IndexByte(name, '&'); i >= 0 && text.CheckMailbox(s) == nil {
			return s
		}
	}
	if s := shifts.ReplaceAllStringFunc(name, unshifted); s != name {
		return text.EncodeMailbox(s)
	}
	return strings.ReplaceAll(strings.ReplaceAll(name, "&-", "&"), "&", "&-")
}
