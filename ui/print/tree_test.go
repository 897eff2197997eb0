package print

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/ui/view"
)

// node is a node as it is read back.
type node struct {
	Kind   string
	Role   string
	Span   [2]int64
	Text   *string
	Length *int64
	Kids   []node
	Error  *struct {
		Offset             int64
		Expected, Citation string
	}
}

// treeLine is a message line as it is read back.
type treeLine struct {
	Type      string
	N         int
	From      string
	Kind      string
	Offset    int64
	Octets    int64
	Shortened int64
	Tree      node
}

// trees returns the message lines of a conversation, given what each side sends in turn.
func trees(t *testing.T, o view.Options, filtered bool, said ...string) []treeLine {
	t.Helper()
	var b bytes.Buffer
	p := NewTrees(&b, o, filtered)
	d := decode.New(decode.Options{})
	for _, text := range said {
		dir, data := capture.ClientToServer, strings.TrimPrefix(text, "C: ")
		if strings.HasPrefix(text, "S: ") {
			dir, data = capture.ServerToClient, strings.TrimPrefix(text, "S: ")
		}
		for _, e := range d.Write(dir, time.Unix(0, 0), []byte(data)) {
			var err error
			switch e := e.(type) {
			case *decode.Message:
				if e.Txn != nil {
					p.Message(1, e)
				} else {
					err = p.Unsolicited(1, e)
				}
			case *decode.Transaction:
				err = p.Transaction(1, e)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	var out []treeLine
	for line := range strings.Lines(b.String()) {
		var x treeLine
		if err := json.Unmarshal([]byte(line), &x); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		out = append(out, x)
	}
	return out
}

// leaves appends the leaves below n.
func (n *node) leaves(to []*node) []*node {
	if len(n.Kids) == 0 {
		return append(to, n)
	}
	for i := range n.Kids {
		to = n.Kids[i].leaves(to)
	}
	return to
}

func TestTreeLeavesCoverTheMessage(t *testing.T) {
	said := []string{
		"S: * OK hi\r\n",
		"C: a SELECT INBOX\r\n", "S: * 3 EXISTS\r\n* FLAGS (\\Seen)\r\na OK [READ-WRITE] done\r\n",
		"C: b FETCH 1 (FLAGS RFC822)\r\n", "S: * 1 FETCH (FLAGS (\\Seen) RFC822 {5}\r\nhello)\r\nb OK done\r\n",
		"C: c COPY 1:4\r\n", "S: c BAD what\r\n",
	}
	for _, filtered := range []bool{false, true} {
		var stream [2]strings.Builder
		for _, x := range trees(t, view.Options{}, filtered, said...) {
			var text strings.Builder
			at := int64(0)
			for _, l := range x.Tree.leaves(nil) {
				if l.Span[0] != at || l.Text == nil || int64(len(*l.Text)) != l.Span[1]-l.Span[0] {
					t.Fatalf("%+v after %d", l, at)
				}
				at = l.Span[1]
				text.WriteString(*l.Text)
			}
			if at != x.Octets || x.Tree.Span != [2]int64{0, at} {
				t.Errorf("the leaves cover %d of %d bytes of %q", at, x.Octets, text.String())
			}
			side := &stream[0]
			if x.From == "server" {
				side = &stream[1]
			}
			if int64(side.Len()) != x.Offset {
				t.Errorf("%q is at %d, want %d", text.String(), x.Offset, side.Len())
			}
			side.WriteString(text.String())
		}
		var want [2]strings.Builder
		for _, s := range said {
			if rest, ok := strings.CutPrefix(s, "C: "); ok {
				want[0].WriteString(rest)
			} else {
				want[1].WriteString(strings.TrimPrefix(s, "S: "))
			}
		}
		if stream[0].String() != want[0].String() || stream[1].String() != want[1].String() {
			t.Errorf("filtered %t: got %q and %q", filtered, stream[0].String(), stream[1].String())
		}
	}
}

// TestResultsOfUIDCommandsAreUniqueIdentifiers checks the roles of what a search found, and
// of the sets in response codes: they depend on the command.
func TestResultsOfUIDCommandsAreUniqueIdentifiers(t *testing.T) {
	answers := []struct{ command, response string }{
		{"SEARCH ALL", "* SEARCH 2 3\r\n"},
		{"SORT (DATE) UTF-8 ALL", "* SORT 2 3\r\n"},
		{"THREAD REFERENCES UTF-8 ALL", "* THREAD (2 (3)(4))\r\n"},
		{"STORE 1 (UNCHANGEDSINCE 5) FLAGS ()", "a OK [MODIFIED 2:3,7] no\r\n"},
	}
	for _, a := range answers {
		for _, form := range []struct{ prefix, role string }{{"", "message number"}, {"UID ", "unique identifier"}} {
			got := trees(t, view.Options{}, false, "S: * OK hi\r\n", "C: a "+form.prefix+a.command+"\r\n", "S: "+a.response+"a OK done\r\n")
			found := 0
			for _, x := range got {
				if x.From != "server" {
					continue
				}
				for _, l := range x.Tree.leaves(nil) {
					if l.Role == "message number" || l.Role == "unique identifier" || l.Role == "message set" {
						if found++; l.Role != form.role {
							t.Errorf("%s%s: %q is a %s", form.prefix, a.command, *l.Text, l.Role)
						}
					}
				}
			}
			if found == 0 {
				t.Errorf("%s%s: nothing found in %+v", form.prefix, a.command, got)
			}
		}
	}
}

func TestTreeReportsErrors(t *testing.T) {
	got := trees(t, view.Options{}, false, "S: * OK hi\r\n", "C: c COPY 1:4\r\n")
	for _, l := range got[len(got)-1].Tree.leaves(nil) {
		if e := l.Error; e != nil {
			if e.Offset != 10 || !strings.Contains(e.Expected, "mailbox") || !strings.HasPrefix(e.Citation, "RFC 1176") {
				t.Errorf("%+v", e)
			}
			return
		}
	}
	t.Errorf("no error in %+v", got)
}

func TestTreeOfAShortenedMessage(t *testing.T) {
	const size = 200_000
	got := trees(t, view.Options{}, false, "S: * OK hi\r\n", "C: a FETCH 1 (RFC822 FLAGS)\r\n",
		fmt.Sprintf("S: * 1 FETCH (RFC822 {%d}\r\n%s FLAGS (\\Seen))\r\n", size, strings.Repeat("x", size)))
	x := got[len(got)-1]
	if x.Shortened <= 0 || x.Tree.Span[1] != x.Octets {
		t.Fatalf("%d bytes of %d were omitted, and the tree ends at %d", x.Shortened, x.Octets, x.Tree.Span[1])
	}
	at, long := int64(0), false
	for _, l := range x.Tree.leaves(nil) {
		if l.Span[0] != at {
			t.Errorf("%s begins at %d, want %d", l.Kind, l.Span[0], at)
		}
		at = l.Span[1]
		if l.Length != nil {
			long = long || *l.Length == size && l.Span[1]-l.Span[0] == size
			if l.Text != nil {
				t.Errorf("%s has a text and a length", l.Kind)
			}
		}
	}
	if !long {
		t.Errorf("no leaf has the literal's length")
	}
}

func TestTreeMasksSecrets(t *testing.T) {
	said := []string{"S: * OK hi\r\n", "C: a LOGIN fred \"hunter2\"\r\n", "S: a NO hunter2 is wrong\r\n"}
	for _, show := range []bool{false, true} {
		seen := 0
		for _, x := range trees(t, view.Options{ShowSecrets: show}, false, said...) {
			for _, l := range x.Tree.leaves(nil) {
				if l.Text != nil && strings.Contains(*l.Text, "hunter2") {
					seen++
				}
			}
		}
		if show && seen != 2 || !show && seen != 0 {
			t.Errorf("secrets shown %t: seen %d times", show, seen)
		}
	}
}

func TestTreesThatWaitAreDroppedWithTheirTransaction(t *testing.T) {
	var b bytes.Buffer
	p := NewTrees(&b, view.Options{}, true)
	txn := &decode.Transaction{N: 1}
	m := &decode.Message{Txn: txn}
	m.Raw = []byte("a NOOP\r\n")
	p.Message(1, m)
	if b.Len() > 0 || p.size == 0 {
		t.Fatalf("%d bytes wait, and %q is written", p.size, b.String())
	}
	p.Drop(1, txn)
	if b.Len() > 0 || p.size != 0 || len(p.held) != 0 {
		t.Errorf("%d bytes in %d transactions wait, and %q is written", p.size, len(p.held), b.String())
	}
	// Beyond the bound messages are counted, not kept.
	p.size = maxHeldTrees
	p.Message(1, m)
	p.size = 0
	if err := p.Transaction(1, txn); err != nil || !strings.Contains(b.String(), `{"type":"omitted","conn":1,"n":1,"messages":1}`) {
		t.Errorf("%v, %q", err, b.String())
	}
}
