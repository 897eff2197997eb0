package protocol

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"imapscope/capture/shared"
)

// subheading matches the line that introduces a command or a response in RFC 1176.
var subheading = regexp.MustCompile(`^   (tag|\*|\+) (.*)$|^      ([A-Z]+)(  ?data)?$|^      (EXISTS|RECENT|EXPUNGE) +The`)

// TestRFC1176 checks every citation of RFC 1176 against its text: the word is under the
// heading, on the page, and below the item that the citation names.
func TestRFC1176(t *testing.T) {
	lines := shared.ReadRFC(t, 1176).Lines()
	for e := range All() {
		if e.Ref.RFC != 1176 {
			continue
		}
		t.Run(fmt.Sprintf("%s/%s", e.Kind, e.Name), func(t *testing.T) {
			if !isAt(lines, e) {
				t.Errorf("%s is not at %s", e.Name, e.Ref)
			}
		})
	}
}

// isAt reports whether the line that defines e is where e.Ref says.
func isAt(lines []shared.Line, e *Row) bool {
	word := regexp.MustCompile(`(^|[^A-Z0-9.+-])` + regexp.QuoteMeta(e.Name) + `\.?($|[^A-Za-z0-9.+-])`)
	listed := regexp.MustCompile(` ` + regexp.QuoteMeta(e.Name) + `([,.]| \()`)
	under := ""
	for _, l := range lines {
		if l.Heading != e.Ref.Heading {
			continue
		}
		if m := subheading.FindStringSubmatch(l.Text); m != nil {
			under = m[3] + m[5]
			if m[1] != "" {
				under = m[1] + " " + m[2]
			}
		}
		if l.Page != e.Ref.Page || !below(under, e.Ref.Item) {
			continue
		}
		switch e.Kind {
		case Command, Completion:
			if l.Text == "   "+e.Shape() || e.Name == "FIND" && strings.HasPrefix(l.Text, "   find            ::= \"FIND\" ") {
				return true
			}
		case Response:
			if e.Numbered && e.Ref.Heading == "Responses" && strings.HasPrefix(l.Text, "      "+e.Name+" ") || l.Text == "   "+e.Shape() ||
				e.Name == "COPY" && strings.Contains(l.Text, "unsolicited <n> COPY response") {
				return true
			}
		case FetchItem, Macro, StoreItem, SearchKey:
			head := e.Name
			if e.Kind == SearchKey && e.Syntax != "" {
				head += " " + e.Syntax
			}
			if defines(l.Text, head, 6, 9) {
				return true
			}
		case Property:
			if defines(l.Text, e.Name, 9, 9) {
				return true
			}
		case Flag:
			if defines(l.Text, e.Name, 20, 40) {
				return true
			}
		case EnvelopeField, AddressField:
			if strings.HasPrefix(l.Text, strings.Repeat(" ", 22)) && listed.MatchString(l.Text) {
				return true
			}
		case Term:
			if e.Name != "tag" && word.MatchString(l.Text) || strings.Contains(l.Text, "called a "+e.Name+".") || e.Name == "LITERAL" && strings.Contains(l.Text, "A literal consists") {
				return true
			}
		default:
			if word.MatchString(l.Text) {
				return true
			}
		}
	}
	return false
}

// defines reports whether the line begins a definition of name, in a column from lo to hi.
func defines(line, name string, lo, hi int) bool {
	rest := strings.TrimLeft(line, " ")
	col := len(line) - len(rest)
	return lo <= col && col <= hi && strings.HasPrefix(rest, name+" ")
}

// below reports whether the item that a Ref names is the one the text is about.
func below(under, item string) bool {
	if item == "" {
		return true
	}
	return strings.HasPrefix(under+" ", item+" ") || strings.HasPrefix(strings.TrimPrefix(under, "tag ")+" ", item+" ")
}

// TestLaterRFCs checks every citation of a later RFC against its text: the word is on
// the page, under the heading. Every row has a heading; a word that no RFC defines
// cites the place where RFC 3501 permits such words.
func TestLaterRFCs(t *testing.T) {
	texts := map[int][]shared.Line{}
	check := func(t *testing.T, e *Row, name string, r Ref) {
		if texts[r.RFC] == nil {
			texts[r.RFC] = shared.ReadRFC(t, r.RFC).Lines()
		}
		for _, l := range texts[r.RFC] {
			if l.Page == r.Page && l.Heading == r.Heading && strings.Contains(strings.ToUpper(l.Text), strings.ToUpper(name)) {
				return
			}
		}
		t.Errorf("%s %s: no %q at %s", e.Kind, e.Name, name, r)
	}
	for e := range All() {
		if e.Ref.Heading == "" {
			t.Errorf("%s %s: %s has no heading", e.Kind, e.Name, e.Ref)
		}
		if name := cited(e); e.Ref.RFC != 1176 {
			check(t, e, name, e.Ref)
		}
		if !e.Later.IsZero() && e.Later.RFC != 1176 {
			check(t, e, replacement(e), e.Later)
		}
		for _, m := range e.Moves {
			if m.Cite.RFC != 1176 {
				check(t, e, cited(e), m.Cite)
			}
		}
	}
}

// cited returns the part of a row's name that the cited place must contain: not a
// section, not the word that several rows share, and of "THREAD=REFERENCES" and
// "COMPRESS=DEFLATE" the part that the RFC spells out.
func cited(e *Row) string {
	if e.Ref == experimental {
		return "Experimental"
	}
	name, _, _ := strings.Cut(e.Name, "[")
	name, _ = strings.CutPrefix(name, "UID ")
	name, _ = strings.CutPrefix(name, "FIND ")
	for _, family := range []string{"THREAD=", "COMPRESS="} {
		if member, ok := strings.CutPrefix(name, family); ok && e.Kind == Capability && member != "" {
			return family
		}
	}
	if mechanism, ok := strings.CutPrefix(name, "AUTH="); ok && mechanism != "" && e.Ref.RFC != 3501 { // an RFC about SASL
		return mechanism
	}
	return name
}

// replacement returns what the place at Later must contain: the row's own name, or that
// of the word that replaced it.
func replacement(e *Row) string {
	switch e.Name {
	case "XLIST":
		return "special-use"
	case "ANNOTATEMORE":
		return "METADATA"
	case "X-SAVEDATE":
		return "SAVEDATE"
	case "GETANNOTATION", "SETANNOTATION", "ANNOTATION":
		return strings.Replace(e.Name, "ANNOTATION", "METADATA", 1)
	}
	return cited(e)
}

// TestFormalSyntax checks that every quoted word of RFC 1176's grammar has a row, of the
// kind that the grammar rule is about.
func TestFormalSyntax(t *testing.T) {
	kinds := map[string][]Kind{
		"bboard": {Command}, "check": {Command}, "copy": {Command}, "expunge": {Command}, "find": {Command},
		"find_option": {Command}, "login": {Command}, "logout": {Command}, "noop": {Command}, "select": {Command},
		"fetch": {Command, Macro}, "fetch_att": {FetchItem}, "store": {Command}, "store_att": {StoreItem},
		"search": {Command, SearchKey}, "data": {Response}, "response": {Completion}, "ready": {Response},
		"msg_copy": {Response}, "msg_exists": {Response}, "msg_expunge": {Response}, "msg_recent": {Response},
		"msg_fetch": {Response, Property}, "mailbox": {Term}, "nil": {Term}, "recent_flag": {Flag},
		"system_flags": {Flag}, "unsolicited": {Term},
	}
	quoted := regexp.MustCompile(`"([A-Z+*\\-][A-Z0-9.]*)"`)
	rule, seen := "", 0
	for _, l := range shared.ReadRFC(t, 1176).Lines() {
		if l.Heading != "Formal Syntax" {
			continue
		}
		if name, _, ok := strings.Cut(l.Text, "::="); ok {
			rule = strings.TrimSpace(name)
		}
		for _, m := range quoted.FindAllStringSubmatch(l.Text, -1) {
			seen++
			if !slices.ContainsFunc(kinds[rule], func(k Kind) bool { return known(k, m[1]) }) {
				t.Errorf("%q of rule %q (p. %d) is not in the vocabulary as %v", m[1], rule, l.Page, kinds[rule])
			}
		}
	}
	if seen < 70 {
		t.Errorf("only %d quoted words found: the test does not read the grammar", seen)
	}
}

// known also accepts one word of a two-word name: FIND, and what it finds.
func known(k Kind, word string) bool {
	if Lookup(k, word) != nil {
		return true
	}
	for e := range Of(k) {
		if k == Command && slices.Contains(strings.Fields(e.Name), word) {
			return true
		}
	}
	return false
}

func TestTables(t *testing.T) {
	for k, table := range tables {
		seen := map[string]bool{}
		for _, e := range table.rows {
			switch {
			case e.Kind != Kind(k):
				t.Errorf("%s is a %s in the table of %s", e.Name, e.Kind, Kind(k))
			case seen[strings.ToUpper(e.Name)]:
				t.Errorf("%s: twice as %s", e.Name, e.Kind)
			case e.Ref.RFC == 0:
				t.Errorf("%s %s: no citation", e.Kind, e.Name)
			case (e.Ref.RFC == 1176) != (e.Dialect == IMAP2):
				t.Errorf("%s %s: %s cited from RFC %d", e.Kind, e.Name, e.Dialect, e.Ref.RFC)
			case !strings.HasSuffix(e.Plain, ".") || len(e.Plain) < 10 || len(e.Plain) > 140:
				t.Errorf("%s %s: not one plain sentence: %q", e.Kind, e.Name, e.Plain)
			case (e.Kind == Capability) != (e.Promise != "") || e.Promise != "" && !strings.HasSuffix(e.Promise, "."):
				t.Errorf("%s %s: promises %q", e.Kind, e.Name, e.Promise)
			case (e.Kind == Macro) != (len(e.Expands) > 0) && e.Kind != Capability:
				t.Errorf("%s %s: expands to %v", e.Kind, e.Name, e.Expands)
			case e.Capability != "" && e.Dialect != Extension:
				t.Errorf("%s %s: announced by %s, yet %s", e.Kind, e.Name, e.Capability, e.Dialect)
			}
			for _, x := range e.Expands {
				of := FetchItem
				if e.Kind == Capability {
					of = Capability
				}
				if Lookup(of, x) == nil {
					t.Errorf("%s %s: unknown item %s", e.Kind, e.Name, x)
				}
			}
			seen[strings.ToUpper(e.Name)] = true
		}
	}
	if len(tables) != len(kindNames) {
		t.Errorf("%d tables, %d names of kinds", len(tables), len(kindNames))
	}
}

// TestSentencesAreNotCopied checks that no sentence repeats six consecutive words of the
// RFC.
func TestSentencesAreNotCopied(t *testing.T) {
	var b strings.Builder
	for _, l := range shared.ReadRFC(t, 1176).Lines() {
		b.WriteString(l.Text + " ")
	}
	law := strings.ToLower(shared.SingleSpaced(b.String()))
	for e := range All() {
		words := strings.Fields(strings.ToLower(strings.TrimSuffix(e.Plain, ".")))
		for i := 0; i+6 <= len(words); i++ {
			if run := strings.Join(words[i:i+6], " "); strings.Contains(law, run) {
				t.Errorf("%s %s: %q is copied from RFC 1176", e.Kind, e.Name, run)
			}
		}
	}
}

func TestLookup(t *testing.T) {
	for _, c := range []struct {
		kind  Kind
		name  string
		shape string // empty: not found
		ref   string
	}{
		{Command, "SELECT", "tag SELECT mailbox", `RFC 1176, "Commands": SELECT, p. 11`},
		{Command, "login", "tag LOGIN user password", `RFC 1176, "Commands": LOGIN, p. 10`},
		{Command, "find mailboxes", "tag FIND MAILBOXES pattern", `RFC 1176, "Commands": FIND MAILBOXES, p. 12`},
		{Command, "STATUS", "tag STATUS mailbox (status_items)", `RFC 3501, "6.3.10. STATUS Command", p. 44`},
		{Command, "MOVE", "tag MOVE sequence mailbox", `RFC 6851, "3.1. MOVE Command", p. 3`},
		{Command, "DONE", "DONE", `RFC 2177, "3. Specification", p. 2`},
		{Command, "XYZZY", "", ""},
		{Command, "", "", ""},
		{Completion, "Ok", "tag OK text", `RFC 1176, "Responses": tag OK, p. 18`},
		{Response, "OK", "* OK text", `RFC 1176, "Responses": * OK, p. 20`},
		{Response, "Exists", "* number EXISTS", `RFC 1176, "Responses": EXISTS, p. 18`},
		{Response, "+", "+ text", `RFC 1176, "Responses": + text, p. 21`},
		{FetchItem, "BODY", "BODY", `RFC 1730, "6.4.5. FETCH Command", p. 29`},
		{FetchItem, "Body[1.2]<0.100>", "BODY[]", `RFC 1730, "6.4.5. FETCH Command", p. 29`},
		{FetchItem, "BODY.PEEK[HEADER.FIELDS (TO)]", "BODY.PEEK[]", `RFC 1730, "6.4.5. FETCH Command", p. 30`},
		{FetchItem, "RFC822[1]", "", ""},
		{FetchItem, "FAST", "", ""},
		{Macro, "FAST", "FAST", `RFC 1176, "Commands": FETCH, p. 14`},
		{StoreItem, "+flags", "+FLAGS flag_list", `RFC 1176, "Commands": STORE, p. 15`},
		{SearchKey, "UNKEYWORD", "UNKEYWORD flag", `RFC 1176, "Commands": SEARCH, p. 17`},
		{Flag, `\Seen`, `\SEEN`, `RFC 1176, "Commands": FETCH, p. 14`},
		{Code, "[READ-ONLY]", "[READ-ONLY]", `RFC 1176, "Commands": SELECT, p. 11`},
		{Code, "uidnext", "[UIDNEXT number]", `RFC 3501, "7.1. Server Responses - Status Responses", p. 65`},
		{Capability, "Rights=kxten", "RIGHTS= rights", `RFC 4314, "2. Access Control", p. 3`},
		{Capability, "AUTH=NTLM", "AUTH= mechanism", `RFC 3501, "6.1.1. CAPABILITY Command", p. 24`},
		{Capability, "AUTH=PLAIN", "AUTH=PLAIN", `RFC 3501, "6.1.1. CAPABILITY Command", p. 24`},
		{Capability, "XYZZY=1", "", ""},
		{Capability, "=", "", ""},
		{Kind(200), "OK", "", ""},
	} {
		e := Lookup(c.kind, c.name)
		if e == nil {
			if c.shape != "" {
				t.Errorf("%s %q is not found", c.kind, c.name)
			}
			continue
		}
		if e.Shape() != c.shape || e.Ref.String() != c.ref {
			t.Errorf("%s %q: %q, %q; want %q, %q", c.kind, c.name, e.Shape(), e.Ref, c.shape, c.ref)
		}
	}
}

func TestLookupDoesNotAllocate(t *testing.T) {
	for _, name := range []string{"SEARCH", "search", "UNAUTHENTICATE", "NOSUCH"} {
		if n := testing.AllocsPerRun(100, func() { Lookup(Command, name) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	if n := testing.AllocsPerRun(100, func() { Lookup(FetchItem, "BODY[TEXT]") }); n != 0 {
		t.Errorf("BODY[TEXT]: %v allocations", n)
	}
}

func BenchmarkLookup(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Lookup(Command, "UID FETCH")
	}
}

// Commands that change what a server keeps, and those that look as if they did.
func TestWrites(t *testing.T) {
	for _, name := range []string{
		"STORE", "UID STORE", "COPY", "UID COPY", "MOVE", "UID MOVE", "EXPUNGE", "UID EXPUNGE", "APPEND", "REPLACE", "UID REPLACE",
		"CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE", "SUBSCRIBE MAILBOX", "SETACL", "DELETEACL", "SETQUOTA",
		"SETMETADATA", "SETANNOTATION", "RESETKEY", "SEND", "ADD.MESSAGE",
	} {
		if r := Lookup(Command, name); r == nil || !r.Writes() {
			t.Errorf("%s does not write", name)
		}
	}
	for _, name := range []string{
		"NOOP", "LOGIN", "AUTHENTICATE", "LOGOUT", "SELECT", "EXAMINE", "FETCH", "UID FETCH", "PARTIAL", "SEARCH", "SORT", "THREAD",
		"LIST", "LSUB", "STATUS", "CHECK", "CLOSE", "UNSELECT", "IDLE", "GETACL", "MYRIGHTS", "GETQUOTA", "GETMETADATA", "ID", "ENABLE",
	} {
		if r := Lookup(Command, name); r == nil || r.Writes() {
			t.Errorf("%s writes", name)
		}
	}
	if unknown := (*Row)(nil); !unknown.Writes() {
		t.Error("a command that is not known may write")
	}
}
