package explain

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/tools/txtar"

	"imapscope/capture/golden"
	"imapscope/capture/shared"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// tree returns the tree of a line: "C: " is the client's, "S: " the server's.
func tree(line string) (*syntax.Node, []byte) {
	client := strings.HasPrefix(line, "C")
	text := strings.NewReplacer(`\r\n`, "\r\n").Replace(strings.TrimPrefix(line[2:], " ")) + "\r\n"
	m, _ := wire.Split([]byte(text), client)
	if client {
		return syntax.ParseRequest(m), m.Raw
	}
	return syntax.ParseResponse(m), m.Raw
}

// TestLinesAreExplained explains the lines of testdata/lines.txtar.
func TestLinesAreExplained(t *testing.T) { lines(t, "testdata/lines.txtar", explained) }

// TestRFC1176 explains the lines of RFC 1176's examples.
func TestRFC1176(t *testing.T) { lines(t, "testdata/rfc1176.txtar", explained) }

// TestRFC1176Lines checks that testdata/rfc1176.txtar has the lines as the RFC has them.
func TestRFC1176Lines(t *testing.T) {
	text := shared.ReadRFC(t, 1176).Text
	for _, s := range []string{"-->", "<--", "S:", "U:"} {
		text = strings.ReplaceAll(text, s, " ")
	}
	text = strings.Join(strings.Fields(text), " ")
	ar, err := txtar.ParseFile("testdata/rfc1176.txtar")
	if err != nil || len(ar.Files) == 0 || ar.Files[0].Name != "lines" {
		t.Fatalf("no lines: %v", err)
	}
	at := 0
	for line := range strings.Lines(string(ar.Files[0].Data)) {
		want := strings.Join(strings.Fields(line[2:]), " ")
		i := strings.Index(text[at:], want)
		if i < 0 {
			t.Errorf("not in the RFC, or not in this place: %s", want)
			continue
		}
		at += i + len(want)
	}
}

// explained writes what a line is explained as.
func explained(out *strings.Builder, line string) {
	root, raw := tree(line)
	fmt.Fprintf(out, "%s\n    = %s\n", line, Summary(root, raw, false))
	for _, k := range Tokens(root, raw) {
		mark := " "
		if k.Secret {
			mark = "*"
		}
		if k.Fault {
			mark = "!"
		}
		fmt.Fprintf(out, "  %s %-14s %s", mark, strings.ReplaceAll(string(k.Span.Of(raw)), "\r\n", `\r\n`), k.Meaning)
		if k.Cite != "" {
			fmt.Fprintf(out, " [%s]", k.Cite)
		}
		out.WriteString("\n")
	}
}

// lines compares what write writes of the lines of an archive with the archive's file "want".
func lines(t *testing.T, name string, write func(out *strings.Builder, line string)) {
	t.Helper()
	a := golden.Open(t, name)
	var out strings.Builder
	for line := range strings.Lines(a.Part("lines")) {
		write(&out, strings.TrimRight(line, "\n"))
	}
	a.Compare("want", out.String())
}

// TestEveryWordIsExplainedWithItsCitation checks that every word of RFC 1176 is explained with its citation where it
// stands.
func TestEveryWordIsExplainedWithItsCitation(t *testing.T) {
	lines := map[protocol.Kind]string{
		protocol.Command:    "C: a %s x y",
		protocol.FetchItem:  "C: a FETCH 1 %s",
		protocol.Macro:      "C: a FETCH 1 %s",
		protocol.StoreItem:  `C: a STORE 1 %s (\Seen)`,
		protocol.SearchKey:  "C: a SEARCH %s x",
		protocol.Flag:       "C: a STORE 1 +FLAGS (%s)",
		protocol.Completion: "S: a %s done",
		protocol.Response:   "S: * %s x",
		protocol.Code:       "S: * OK [%s] x",
		protocol.Property:   "S: * 1 FETCH (%s x)",
	}
	n := 0
	for e := range protocol.All() {
		form, ok := lines[e.Kind]
		if !ok || e.Dialect != protocol.IMAP2 || e.Name == "+" {
			continue
		}
		if e.Numbered {
			form = "S: * 1 %s x"
		}
		n++
		root, raw := tree(fmt.Sprintf(form, e.Name))
		found := false
		for _, k := range Tokens(root, raw) {
			found = found || k.Cite == e.Ref.String() && strings.HasPrefix(k.Meaning, e.Plain)
		}
		if !found {
			t.Errorf("%s %s is not explained in %q", e.Kind, e.Name, raw)
		}
	}
	if n < 60 {
		t.Errorf("%d words", n)
	}
}

// TestCitationsAreInTheRFC holds the citations of RFC 1176 against its text.
func TestCitationsAreInTheRFC(t *testing.T) {
	pages := strings.Split(shared.ReadRFC(t, 1176).Text, "\f")
	ref := regexp.MustCompile(`^RFC 1176, "Commands": ([A-Z ]+), p\. (\d+)$`)
	n := 0
	for _, c := range Cites() {
		m := ref.FindStringSubmatch(c)
		if m == nil {
			if strings.HasPrefix(c, "RFC 1176, \"Commands\"") {
				t.Errorf("%s is not understood", c)
			}
			continue
		}
		n++
		var page int
		fmt.Sscan(m[2], &page)
		if page > len(pages) || !strings.Contains(pages[page-1], m[1]) {
			t.Errorf("%s: not on that page", c)
		}
	}
	if n < 7 {
		t.Errorf("%d citations", n)
	}
}

// FuzzTokens checks that any message is explained: tokens in order, within it, none without a
// meaning; and no secret is in the sentence.
func FuzzTokens(f *testing.F) {
	for _, s := range []string{"a LOGIN fred secret", "* 1 FETCH (FLAGS (\\Seen) ENVELOPE (NIL {3}\r\nabc))", "+ x", "a OK [X 1] y", "a UID STORE 1:* +FLAGS.SILENT x", "* LIST () \"/\" x"} {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, b []byte, client bool) {
		m, _ := wire.Split(append(b, "\r\n"...), client)
		var root *syntax.Node
		if client {
			root = syntax.ParseRequest(m)
		} else {
			root = syntax.ParseResponse(m)
		}
		at := 0
		for _, k := range Tokens(root, m.Raw) {
			if k.Span.Start < at || k.Span.End < k.Span.Start || k.Span.End > len(m.Raw) {
				t.Fatalf("%v after %d of %d", k.Span, at, len(m.Raw))
			}
			at = k.Span.End
			if k.Meaning == "" {
				t.Fatalf("%q means nothing", k.Span.Of(m.Raw))
			}
		}
		if Summary(root, m.Raw, false) == "" {
			t.Fatal("no sentence")
		}
	})
}

func BenchmarkTokens(b *testing.B) {
	root, raw := tree(`S: * 1 FETCH (FLAGS (\Seen) INTERNALDATE " 7-May-1991 12:34:56 -0700" RFC822.SIZE 368 ENVELOPE ("d" "s" (("Fred" NIL "fred" "x")) (("Fred" NIL "fred" "x")) NIL NIL NIL NIL NIL "<m>"))`)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		Tokens(root, raw)
	}
}

// TestLongWordsAreCutBetweenCharacters sums up lines whose long words end, where a summary
// cuts them, in the middle of a character.
func TestLongWordsAreCutBetweenCharacters(t *testing.T) {
	for n := range 4 {
		word := strings.Repeat("x", n) + strings.Repeat("日", 40)
		for _, line := range []string{"C: a1 SEARCH TEXT \"" + word + "\"", "C: a1 STORE 1 " + word + " (\\Seen)", "S: " + word + " OK done", "C: a1 FETCH 1 " + word} {
			root, raw := tree(line)
			if got := Summary(root, raw, false); !utf8.ValidString(got) {
				t.Errorf("%q is summed up with a part of a character: %q", line, got)
			}
		}
	}
}
