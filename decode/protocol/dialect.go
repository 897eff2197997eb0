package protocol

import (
	"fmt"
	"strings"
)

// Dialect is a generation of the protocol.
type Dialect uint8

// The dialects, oldest first. Each includes those before it, with one exception: IMAP3
// was a rival of IMAP2bis, and nothing came of it. Compare two of them with Includes; the
// greater constant is the later one, no more.
const (
	UnknownDialect Dialect = iota // nothing has shown it yet
	IMAP2                         // RFC 1064, then RFC 1176
	IMAP3                         // RFC 1203
	IMAP2bis                      // never an RFC: RFC 1732, p. 3, lists its additions; the citation is RFC 1730's or RFC 1732's
	IMAP4                         // RFC 1730
	IMAP4rev1                     // RFC 2060, then RFC 3501
	IMAP4rev2                     // RFC 9051
	Extension                     // of a word: available if the server announces the capability
)

// String returns the dialect's name, "unknown" or "extension".
func (d Dialect) String() string {
	if int(d) >= len(dialectNames) {
		return dialectNames[UnknownDialect]
	}
	return dialectNames[d]
}

var dialectNames = [...]string{"unknown", "IMAP2", "IMAP3", "IMAP2bis", "IMAP4", "IMAP4rev1", "IMAP4rev2", "extension"}

// Dialects returns the dialects, oldest first.
func Dialects() []Dialect {
	return []Dialect{IMAP2, IMAP3, IMAP2bis, IMAP4, IMAP4rev1, IMAP4rev2}
}

// DialectNamed returns the dialect with a name, letter case aside, or UnknownDialect.
func DialectNamed(name string) Dialect {
	for _, d := range Dialects() {
		if strings.EqualFold(name, d.String()) {
			return d
		}
	}
	return UnknownDialect
}

// Set sets d to the dialect with a name, letter case aside. With String and Type it makes a
// Dialect the value of a flag.
func (d *Dialect) Set(name string) error {
	if named := DialectNamed(name); named != UnknownDialect {
		*d = named
		return nil
	}
	return fmt.Errorf("%q is not one of imap2, imap3, imap2bis, imap4, imap4rev1, imap4rev2", name)
}

// Type returns what the value of a flag is called.
func (d *Dialect) Type() string { return "dialect" }

// Includes reports whether d is the dialect of, or grew out of it, so that the words of
// the one are those of the other unless a dialect in between removed them.
func (d Dialect) Includes(of Dialect) bool {
	switch {
	case d < IMAP2 || d > IMAP4rev2 || of < IMAP2:
		return false
	case of == IMAP3:
		return d == IMAP3
	case d == IMAP3:
		return of == IMAP2
	}
	return d >= of
}

// Since returns the first dialect that has the word without a capability: the one that
// introduced it, or the one that made its extension a part of the protocol. It returns
// Extension if there is none.
func (r *Row) Since() Dialect {
	if r.Dialect != Extension {
		return r.Dialect
	}
	if r.Joined != UnknownDialect {
		return r.Joined
	}
	if r.Kind != Capability {
		if c := Lookup(Capability, r.Capability); c != nil && c.Joined != UnknownDialect {
			return c.Joined
		}
	}
	return Extension
}

// In reports whether a dialect has the word without a capability.
func (r *Row) In(d Dialect) bool { return d.Includes(r.Since()) && !r.GoneIn(d) }

// GoneIn reports whether a dialect, or one that it includes, removed the word or calls it
// obsolete.
func (r *Row) GoneIn(d Dialect) bool { return d.Includes(r.Until) }

// Speaks returns the dialect that a server shows by answering the command with OK: the
// row's, or IMAP4rev1 for extensions. It returns UnknownDialect if r is nil.
func (r *Row) Speaks() Dialect {
	switch {
	case r == nil:
		return UnknownDialect
	case r.Dialect == Extension:
		return IMAP4rev1
	}
	return r.Dialect
}

// Successor returns the row of the word that Became begins with, or nil.
func (r *Row) Successor() *Row { return saidBy(r.Kind, r.Became) }

// Substitute returns the row of the word that Instead begins with, or nil.
func (r *Row) Substitute() *Row { return saidBy(r.Kind, r.Instead) }

// saidBy returns the row of the word of a kind that a text begins with, or nil.
func saidBy(k Kind, text string) *Row {
	first, rest, _ := strings.Cut(text, " ")
	if k != Command {
		return Lookup(k, first)
	}
	second, _, _ := strings.Cut(rest, " ")
	if second != strings.ToUpper(second) {
		second = "" // an argument, as Syntax has it
	}
	return LookupCommand([]byte(first), []byte(second))
}
