// Package text decodes the text that IMAP and mail encode: modified UTF-7 mailbox names, RFC 2047 words, RFC 2231 parameters, and IMAP URLs.
//
//	name, err := text.Mailbox("Entw&APw-rfe")                // Entwürfe
//	subject, err := text.Words("=?iso-8859-1?q?Gr=FC=DFe?=") // Grüße
//	u, err := text.ParseURL("imap://host/Entw%C3%BCrfe/;UID=20/;SECTION=1.2")
//
// # Rules
//
//   - What is decoded is shown next to the bytes that were sent, never instead of them.
//     A decoded text is as untrusted as its source: it may contain controls, and making
//     it inert is up to the caller.
//   - Nothing is guessed. What is wrong or in an unknown charset is returned as it was
//     written, with an *Error that describes the fault and where it is.
//   - Time and memory are linear in the input, and longer inputs than MaxText are
//     returned as they were written.
//   - The charsets are those of golang.org/x/text, by their IANA names and the names that
//     the web uses, and UTF-7 (RFC 2152).
package text

import "fmt"

// MaxText is the longest text that is decoded, in bytes.
const MaxText = 64 << 10

// Error describes what is wrong with an encoded text.
type Error struct {
	Off  int    // where, in bytes from the start of the text
	What string // the fault: "a character that base64 does not have"
	Ref  string // the rule: `RFC 3501, "5.1.3. Mailbox International Naming Convention"`
}

// Error returns what is wrong, where, and the rule.
func (e *Error) Error() string {
	return fmt.Sprintf("byte %d: %s (%s)", e.Off, e.What, e.Ref)
}

// The rules of this package.
const (
	refUTF7       = `RFC 3501, "5.1.3. Mailbox International Naming Convention", p. 19`
	refUTF8       = `RFC 6855, "IMAP Quoted-Strings", p. 3`
	refWords      = `RFC 2047, "2. Syntax of encoded-words", p. 4`
	refBase64     = `RFC 2047, "4. Encodings", p. 5`
	refParameters = `RFC 2231, "7. Modifications to MIME ABNF", p. 6`
	refURL        = `RFC 5092, "11. ABNF for IMAP URL Scheme", p. 17`
)

// Cites returns the citations that this package makes, for a test that compares them
// with the RFCs.
func Cites() []string {
	return []string{refUTF7, refUTF8, refWords, refBase64, refParameters, refURL}
}

// fault returns an error at a byte of a text.
func fault(off int, ref, format string, args ...any) *Error {
	return &Error{Off: off, What: fmt.Sprintf(format, args...), Ref: ref}
}

func tooLong(ref string) *Error {
	return fault(MaxText, ref, "more than %d bytes are not decoded", MaxText)
}
