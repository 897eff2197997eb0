package protocol

import (
	"fmt"
	"strings"
)

// Ref is a place in an RFC. RFC 1176 has no section numbers: it is cited by
// heading and page. Page 0 and an empty Heading mean "somewhere in it".
type Ref struct {
	RFC     int
	Heading string // as in the text: "Commands", "6.3.8. LIST Command"
	Item    string // what is defined there, if the heading covers several: "SELECT"
	Page    int
}

// String returns the citation as imapscope writes it everywhere:
//
//	RFC 1176, "Commands": SELECT, p. 11
//	RFC 3501, "6.3.10. STATUS Command", p. 44
//	RFC 6851
func (r Ref) String() string {
	if r.RFC == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "RFC %d", r.RFC)
	if r.Heading != "" {
		fmt.Fprintf(&b, ", %q", r.Heading)
	}
	if r.Item != "" {
		b.WriteString(": " + r.Item)
	}
	if r.Page != 0 {
		fmt.Fprintf(&b, ", p. %d", r.Page)
	}
	return b.String()
}

// IsZero reports whether r cites nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

func command(item string, page int) Ref  { return Ref{1176, "Commands", item, page} }
func response(item string, page int) Ref { return Ref{1176, "Responses", item, page} }

func rfc(n int, heading string, page int) Ref { return Ref{RFC: n, Heading: heading, Page: page} }

func convention(page int) Ref { return Ref{1176, "Conventions", "", page} }

// appendixE is where RFC 9051 lists what it changed, removed and deprecated.
var appendixE = rfc(9051, "Appendix E. Changes from RFC 3501 / IMAP4rev1", 0)

// oldServers is where RFC 1732 advises clients what to use with servers that are older
// than IMAP4.
func oldServers(page int) Ref {
	return Ref{1732, "IMAP4 client interoperability with old servers", "", page}
}
