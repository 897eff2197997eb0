package text

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode/utf32"

	"imapscope/decode/ascii"
)

// charset decodes bytes. It reports false if some of them are not in the charset.
type charset func(string) (string, bool)

// charsetOf returns the charset of a name, in any letter case; nil if it is unknown.
func charsetOf(name string) charset {
	name = strings.ToLower(strings.TrimSpace(name))
	switch name {
	case "", "us-ascii", "ascii", "utf-8", "utf8":
		return func(s string) (string, bool) { return s, utf8.ValidString(s) }
	case "utf-7", "unicode-1-1-utf-7", "csunicode11utf7":
		return fromUTF7
	}
	e := encodingOf(name)
	if e == nil {
		return nil
	}
	return func(s string) (string, bool) {
		out, err := e.NewDecoder().String(s)
		return out, err == nil && !strings.ContainsRune(out, utf8.RuneError)
	}
}

// encodingOf looks a lower-case name up in the indexes of x/text: IANA's names for MIME,
// then those of the web, then what neither has.
func encodingOf(name string) encoding.Encoding {
	if len(name) > maxCharset {
		return nil
	}
	if e, err := ianaindex.MIME.Encoding(name); err == nil && e != nil {
		return e
	}
	if e, err := htmlindex.Get(name); err == nil && e != nil && e != encoding.Replacement {
		return e
	}
	switch name {
	case "cp850", "ibm850":
		return charmap.CodePage850
	case "utf-32", "utf-32be":
		return utf32.UTF32(utf32.BigEndian, utf32.UseBOM)
	case "utf-32le":
		return utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)
	case "ansi_x3.110-1983": // RFC 1345: mostly a superset of ISO 8859-1
		return charmap.ISO8859_1
	}
	return nil
}

// fromUTF7 decodes the UTF-7 of RFC 2152: base64 is between "+" and the first character
// that base64 does not have, and a "-" there is dropped; "+-" is "+".
func fromUTF7(s string) (string, bool) {
	if !ascii.Valid(s) {
		return s, false
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "+")
		b.WriteString(before)
		if !found {
			return b.String(), true
		}
		n := 0
		for n < len(rest) && plainUTF7.value(rest[n]) >= 0 {
			n++
		}
		run := rest[:n]
		s = strings.TrimPrefix(rest[n:], "-")
		if run == "" {
			b.WriteByte('+')
			continue
		}
		units, err := plainUTF7.units(run, 0, "")
		if err != nil {
			return s, false
		}
		for _, r := range utf16.Decode(units) {
			if r == utf8.RuneError {
				return s, false
			}
			b.WriteRune(r)
		}
	}
}
