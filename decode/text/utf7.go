package text

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"imapscope/decode/ascii"
)

// Modified UTF-7, RFC 3501, 5.1.3: printable US-ASCII characters represent themselves,
// "&" is written "&-", and everything else is UTF-16BE in base64 between "&" and "-",
// with "," in place of "/" and without "=".

// Mailbox returns the name of a mailbox in Unicode. It returns the name as it is, and an
// *Error, if that is not modified UTF-7. A name in UTF-8, which IMAP4rev2 and UTF8=ACCEPT
// allow, is returned as it is, without an error.
func Mailbox(name string) (string, error) {
	if err := CheckMailbox(name); err != nil {
		return name, err
	}
	if strings.IndexByte(name, '&') < 0 || !ascii.Valid(name) {
		return name, nil
	}
	var b strings.Builder
	b.Grow(len(name))
	for {
		before, rest, found := strings.Cut(name, "&")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		run, after, _ := strings.Cut(rest, "-")
		if name = after; run == "" {
			b.WriteByte('&')
			continue
		}
		units, _ := modified.units(run, 0, refUTF7)
		for _, r := range utf16.Decode(units) {
			b.WriteRune(r)
		}
	}
}

// CheckMailbox returns nil if a mailbox name is correct modified UTF-7, or UTF-8 without
// any modified UTF-7. Otherwise it returns an *Error.
func CheckMailbox[T ~string | ~[]byte](name T) error {
	s := string(name)
	if len(s) > MaxText {
		return tooLong(refUTF7)
	}
	if !ascii.Valid(s) {
		return checkUTF8(s)
	}
	for at, previous := 0, -1; ; {
		amp := strings.IndexByte(s[at:], '&')
		if amp < 0 {
			return checkPrintable(s, at, len(s))
		}
		if err := checkPrintable(s, at, at+amp); err != nil {
			return err
		}
		at += amp + 1
		end := strings.IndexByte(s[at:], '-')
		if end < 0 {
			return fault(at-1, refUTF7, `no "-" ends what "&" begins`)
		}
		run := s[at : at+end]
		if run != "" && previous == at-1 {
			return fault(at-1, refUTF7, "a superfluous shift: base64 directly follows base64")
		}
		if run != "" {
			if err := checkRun(run, at); err != nil {
				return err
			}
			previous = at + end + 1
		}
		at += end + 1
	}
}

// checkUTF8 checks a name with bytes beyond US-ASCII.
func checkUTF8(s string) error {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			return fault(i, refUTF8, "a byte that is neither US-ASCII nor part of UTF-8")
		}
		if r < ' ' || r == 0x7f {
			return fault(i, refUTF7, "a control character")
		}
		i += n
	}
	return nil
}

func checkPrintable(s string, from, to int) error {
	for i := from; i < to; i++ {
		if s[i] < ' ' || s[i] > '~' {
			return fault(i, refUTF7, "a control character")
		}
	}
	return nil
}

// checkRun checks the base64 between "&" and "-"; it begins at byte off of the name.
func checkRun(run string, off int) error {
	units, err := modified.units(run, off, refUTF7)
	if err != nil {
		return err
	}
	for i := 0; i < len(units); i++ {
		switch u := units[i]; {
		case ' ' <= u && u <= '~':
			return fault(off, refUTF7, "base64 for %q, which represents itself", string(rune(u)))
		case !utf16.IsSurrogate(rune(u)):
		case i+1 < len(units) && utf16.DecodeRune(rune(u), rune(units[i+1])) != utf8.RuneError:
			i++
		default:
			return fault(off, refUTF7, "half of a surrogate pair")
		}
	}
	return nil
}

// EncodeMailbox returns a name in modified UTF-7. It is the inverse of Mailbox for names
// in valid UTF-8; other bytes become U+FFFD.
func EncodeMailbox(name string) string {
	var b strings.Builder
	var run []uint16
	flush := func() {
		if len(run) > 0 {
			b.WriteByte('&')
			modified.encode(&b, run)
			b.WriteByte('-')
			run = run[:0]
		}
	}
	for _, r := range name {
		if r < ' ' || r > '~' {
			run = utf16.AppendRune(run, r)
			continue
		}
		flush()
		b.WriteRune(r)
		if r == '&' {
			b.WriteByte('-')
		}
	}
	flush()
	return b.String()
}

// alphabet is base64, given by the last of its 64 characters.
type alphabet byte

const (
	modified  alphabet = ',' // of mailbox names
	plainUTF7 alphabet = '/' // of RFC 2152
)

const base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+"

func (a alphabet) value(c byte) int {
	if c == byte(a) {
		return 63
	}
	return strings.IndexByte(base64, c)
}

// units decodes base64 to UTF-16. The text begins at byte off of what ref is about.
func (a alphabet) units(s string, off int, ref string) ([]uint16, error) {
	units := make([]uint16, 0, len(s)*6/16)
	var bits uint32
	n := 0 // bits that are not in units
	for i := range len(s) {
		v := a.value(s[i])
		if v < 0 {
			return nil, fault(off+i, ref, "%q is not in this base64", s[i])
		}
		bits, n = bits<<6|uint32(v), n+6
		if n >= 16 {
			n -= 16
			units = append(units, uint16(bits>>n))
			bits &= 1<<n - 1
		}
	}
	if n >= 6 {
		return nil, fault(off+len(s), ref, "base64 that ends in the middle of a character")
	}
	if bits != 0 {
		return nil, fault(off+len(s), ref, "base64 whose unused bits are not zero")
	}
	return units, nil
}

// encode appends UTF-16 in base64, without padding.
func (a alphabet) encode(b *strings.Builder, units []uint16) {
	put := func(v uint32) {
		if v &= 63; v == 63 {
			b.WriteByte(byte(a))
		} else {
			b.WriteByte(base64[v])
		}
	}
	var bits uint32
	n := 0
	for _, u := range units {
		bits, n = bits<<16|uint32(u), n+16
		for n >= 6 {
			n -= 6
			put(bits >> n)
		}
		bits &= 1<<n - 1
	}
	if n > 0 {
		put(bits << (6 - n))
	}
}
