package protocol

import (
	"fmt"
	"strings"
	"testing"
)

// TestHistory checks that what a row says about its end agrees: whatever replaced a word
// is a word of the dialect that ended it, and the place that says so is cited.
func TestHistory(t *testing.T) {
	for r := range All() {
		name := fmt.Sprintf("%s %s", r.Kind, r.Name)
		if s := r.Substitute(); (r.Instead == "") != (s == nil) || (r.Instead == "") != r.Nearest.IsZero() {
			t.Errorf("%s: instead %q, which is %v, by %s", name, r.Instead, s, r.Nearest)
		} else if s != nil && s.Since() >= r.Since() {
			t.Errorf("%s: %s is no older", name, s.Name)
		}
		switch {
		case r.Until == UnknownDialect && r.Became != "":
			t.Errorf("%s became %q, but has no end", name, r.Became)
		case r.Until == UnknownDialect:
			continue
		case r.Later.IsZero():
			t.Errorf("%s: nothing is cited for its end", name)
		case r.Until != Extension && !r.Until.Includes(r.Since()):
			t.Errorf("%s: %s cannot end a word of %s", name, r.Until, r.Since())
		case r.Until != Extension && (r.In(r.Until) || !r.In(r.Since())):
			t.Errorf("%s: in %s %v, in %s %v", name, r.Since(), r.In(r.Since()), r.Until, r.In(r.Until))
		}
		if r.Became == "" {
			continue
		}
		s := r.Successor()
		switch {
		case s == nil:
			t.Errorf("%s became %q: there is no such %s", name, r.Became, r.Kind)
		case s == r:
			t.Errorf("%s became itself", name)
		case r.Until != Extension && !r.Until.Includes(s.Since()):
			t.Errorf("%s: %s does not have %s", name, r.Until, s.Name)
		}
	}
}

// TestChainsEnd checks that words that became others lead to one that is in use.
func TestChainsEnd(t *testing.T) {
	for r := range All() {
		at, steps := r, 0
		for at.Became != "" && steps < 10 {
			at, steps = at.Successor(), steps+1
		}
		if steps == 10 {
			t.Errorf("%s %s becomes other words without end", r.Kind, r.Name)
		}
		if steps > 0 && at.Until != UnknownDialect {
			t.Errorf("%s %s ends as %s, which ended with %s", r.Kind, r.Name, at.Name, at.Until)
		}
	}
}

func TestIncludes(t *testing.T) {
	for _, c := range []struct {
		d  Dialect
		of string
	}{
		{UnknownDialect, ""},
		{IMAP2, "IMAP2"},
		{IMAP3, "IMAP2 IMAP3"},
		{IMAP2bis, "IMAP2 IMAP2bis"},
		{IMAP4, "IMAP2 IMAP2bis IMAP4"},
		{IMAP4rev1, "IMAP2 IMAP2bis IMAP4 IMAP4rev1"},
		{IMAP4rev2, "IMAP2 IMAP2bis IMAP4 IMAP4rev1 IMAP4rev2"},
		{Extension, ""},
	} {
		var got []string
		for d := UnknownDialect; d <= Extension; d++ {
			if c.d.Includes(d) {
				got = append(got, d.String())
			}
		}
		if s := strings.Join(got, " "); s != c.of {
			t.Errorf("%s includes %q, want %q", c.d, s, c.of)
		}
	}
}

// TestWordsAreInTheirDialects checks in which dialects words of different histories are.
func TestWordsAreInTheirDialects(t *testing.T) {
	for _, c := range []struct {
		kind Kind
		name string
		in   string
	}{
		{Command, "NOOP", "IMAP2 IMAP3 IMAP2bis IMAP4 IMAP4rev1 IMAP4rev2"},
		{Command, "CHECK", "IMAP2 IMAP3 IMAP2bis IMAP4 IMAP4rev1"},
		{Command, "BBOARD", "IMAP2 IMAP3 IMAP2bis"},
		{Command, "SET.FLAGS", "IMAP3"},
		{Command, "FIND ALL.MAILBOXES", "IMAP2bis"},
		{Command, "PARTIAL", "IMAP2bis IMAP4"},
		{Command, "LSUB", "IMAP4 IMAP4rev1"},
		{Command, "UID EXPUNGE", "IMAP4rev2"},
		{Command, "MOVE", "IMAP4rev2"},
		{Command, "GETACL", ""},
		{Command, "XLIST", ""},
		{FetchItem, "RFC822.PEEK", "IMAP4"},
		{FetchItem, "RFC822.SIZE", "IMAP2 IMAP3 IMAP2bis IMAP4 IMAP4rev1 IMAP4rev2"},
		{FetchItem, "RFC822.HEADER", "IMAP2 IMAP3 IMAP2bis IMAP4 IMAP4rev1"},
		{FetchItem, "BINARY[]", "IMAP4rev2"},
		{Capability, "BINARY", ""},
		{Capability, "IDLE", "IMAP4rev2"},
		{Code, "NOPERM", "IMAP4rev2"},
		{StatusItem, "DELETED", "IMAP4rev2"},
		{SearchReturn, "COUNT", "IMAP4rev2"},
	} {
		r := Lookup(c.kind, c.name)
		if r == nil {
			t.Errorf("no %s %s", c.kind, c.name)
			continue
		}
		var got []string
		for _, d := range Dialects() {
			if r.In(d) {
				got = append(got, d.String())
			}
		}
		if s := strings.Join(got, " "); s != c.in {
			t.Errorf("%s %s is in %q, want %q", c.kind, c.name, s, c.in)
		}
	}
}
