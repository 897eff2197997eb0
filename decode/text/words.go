package text

import (
	stdbase64 "encoding/base64"
	"strings"
)

// Words returns a text with its RFC 2047 encoded words decoded:
//
//	encoded-word = "=?" charset "?" encoding "?" encoded-text "?="
//
// Space between adjacent encoded words is dropped, and a character may be split over
// two of them. A word that cannot be decoded is returned as it was written, and the first
// such fault is the error, an *Error. Words inside quotes and comments are decoded, too,
// because programs write them there.
func Words(s string) (string, error) {
	if !strings.Contains(s, "=?") {
		return s, nil
	}
	if len(s) > MaxText {
		return s, tooLong(refWords)
	}
	w := words{in: s}
	w.decode()
	return w.out.String(), w.err
}

// maxCharset is the longest name of a charset.
const maxCharset = 80

// words decodes one text.
type words struct {
	in       string
	out      strings.Builder
	adjacent []word // adjacent encoded words of one charset
	err      error
}

// word is an encoded word; its text is not yet in Unicode.
type word struct {
	start, end int
	charset    string
	bytes      string
}

func (w *words) decode() {
	at := 0 // what is before it was written, or is in adjacent
	for {
		begin := strings.Index(w.in[at:], "=?")
		if begin < 0 {
			break
		}
		begin += at
		if !strings.Contains(w.in[begin+2:], "?=") {
			w.fail(fault(begin, refWords, `no "?=" ends the encoded word`))
			break
		}
		x, ok, err := parseWord(w.in, begin)
		if !ok {
			w.fail(err)
			w.flush()
			w.out.WriteString(w.in[at : begin+2])
			at = begin + 2
			continue
		}
		between := w.in[at:begin]
		if len(w.adjacent) == 0 || strings.Trim(between, " \t\r\n") != "" {
			w.flush()
			w.out.WriteString(between)
		} else if !strings.EqualFold(w.adjacent[0].charset, x.charset) {
			w.flush()
		}
		w.adjacent = append(w.adjacent, x)
		at = x.end
	}
	w.flush()
	w.out.WriteString(w.in[at:])
}

// fail keeps the first error.
func (w *words) fail(err *Error) {
	if w.err == nil && err != nil {
		w.err = err
	}
}

// flush writes the collected words.
func (w *words) flush() {
	if len(w.adjacent) == 0 {
		return
	}
	first, last := w.adjacent[0], w.adjacent[len(w.adjacent)-1]
	s, err := decodeRun(w.adjacent)
	if err != nil {
		w.fail(err)
		s = w.in[first.start:last.end]
	}
	w.out.WriteString(s)
	w.adjacent = w.adjacent[:0]
}

// decodeRun decodes adjacent words of one charset: each alone, as RFC 2047 wants, or else
// all their bytes together, because some programs split a character.
func decodeRun(run []word) (string, *Error) {
	first := run[0]
	decode := charsetOf(first.charset)
	if decode == nil {
		return "", fault(first.start, refWords, "unknown charset %q", first.charset)
	}
	var alone, bytes strings.Builder
	clean := true
	for _, x := range run {
		s, ok := decode(x.bytes)
		clean = clean && ok
		alone.WriteString(s)
		bytes.WriteString(x.bytes)
	}
	if clean {
		return alone.String(), nil
	}
	if s, ok := decode(bytes.String()); ok {
		return s, nil
	}
	return "", fault(first.start, refWords, "bytes that are not in the charset %q", first.charset)
}

// parseWord parses the encoded word that begins with "=?" at a byte of s. It reports
// false if there is none; the error is nil if the text only looks like the beginning of one.
func parseWord(s string, begin int) (word, bool, *Error) {
	charset, rest, ok1 := strings.Cut(s[begin+2:], "?")
	encoding, rest, ok2 := strings.Cut(rest, "?")
	if !ok1 || !ok2 || charset == "" || len(charset) > maxCharset || len(encoding) != 1 || strings.ContainsAny(charset, " \t\r\n\"()<>=") {
		return word{}, false, nil
	}
	encoded, _, ok := strings.Cut(rest, "?=")
	if !ok {
		return word{}, false, nil
	}
	charset, _, _ = strings.Cut(charset, "*") // RFC 2231, 5: the language after it
	start := len(s) - len(rest)
	x := word{start: begin, end: start + len(encoded) + 2, charset: charset}
	var err *Error
	switch encoding {
	case "q", "Q":
		x.bytes, err = decodeQ(encoded, start)
	case "b", "B":
		x.bytes, err = decodeB(encoded, start)
	default:
		err = fault(begin, refBase64, "unknown encoding %q", encoding)
	}
	return x, err == nil, err
}

// decodeQ decodes the "Q" encoding: "_" is a space, "=" and two digits a byte.
func decodeQ(s string, off int) (string, *Error) {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '_':
			b.WriteByte(' ')
		case c != '=':
			b.WriteByte(c)
		default:
			v, ok := hexByte(s[i+1:])
			if !ok {
				return "", fault(off+i, refBase64, `"=" without two hexadecimal digits`)
			}
			b.WriteByte(v)
			i += 2
		}
	}
	return b.String(), nil
}

// decodeB decodes base64. Missing padding is accepted: what it means is clear.
func decodeB(s string, off int) (string, *Error) {
	digits := strings.TrimRight(s, "=")
	if len(s)-len(digits) > 2 {
		return "", fault(off+len(digits), refBase64, "base64 with more than two =")
	}
	out, err := stdbase64.RawStdEncoding.DecodeString(digits)
	if err != nil {
		return "", fault(off, refBase64, "not base64")
	}
	return string(out), nil
}

// hexByte reads two hexadecimal digits at the start of s.
func hexByte(s string) (byte, bool) {
	if len(s) < 2 {
		return 0, false
	}
	high, low := hexDigit(s[0]), hexDigit(s[1])
	return high<<4 | low&15, high < 16 && low < 16
}

// hexDigit returns the value of a digit; 255 if it is none.
func hexDigit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}
