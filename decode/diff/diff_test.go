package diff

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/capture/golden"
	"imapscope/decode"
	"imapscope/decode/decodetest"
	"imapscope/decode/wire"
)

// exchanges returns the exchanges of a transcript, in the order of their requests. What
// is outside any command is added to the first.
func exchanges(t fataler, transcript string) []*Exchange {
	t.Helper()
	pieces, err := decodetest.Parse(transcript)
	if err != nil {
		t.Fatal(err)
	}
	d := decode.New(decode.Options{})
	var list []*Exchange
	byN := make(map[int]*Exchange)
	of := func(n int) *Exchange {
		if byN[n] == nil {
			byN[n] = &Exchange{}
			list = append(list, byN[n])
		}
		return byN[n]
	}
	take := func(events []decode.Event) {
		for _, e := range events {
			switch e := e.(type) {
			case *decode.Message:
				m := *e
				m.Raw = bytes.Clone(e.Raw)
				m.Literals = append([]wire.Literal(nil), e.Literals...)
				n := 1
				if e.Txn != nil {
					n = e.Txn.N
				}
				ex := of(n)
				ex.Messages = append(ex.Messages, &m)
			case *decode.Transaction:
				txn := *e
				of(e.N).Transaction = &txn
			}
		}
	}
	at := time.Unix(0, 0)
	for _, p := range pieces {
		at = at.Add(time.Second)
		take(d.Write(p.Dir, at, p.Data))
	}
	take(d.Close(at, capture.FIN))
	return list
}

// transcripts compares the transcripts "a" and "b" of each file that matches a pattern, and what
// compare returns with "want". strict counts all normal variation.
func transcripts(t *testing.T, pattern string, compare func(t *testing.T, a, b []*Exchange, strict Options) string) {
	t.Helper()
	var strict Options
	for _, v := range Variations() {
		strict.Strict[v] = true
	}
	golden.Archives(t, pattern, func(t *testing.T, ar *golden.Archive) {
		a, b := exchanges(t, ar.Part("a")), exchanges(t, ar.Part("b"))
		if len(a) != len(b) {
			t.Fatalf("%d and %d exchanges", len(a), len(b))
		}
		ar.Compare("want", compare(t, a, b, strict))
	})
}

// TestExchanges compares the transcripts of testdata exchange by exchange, with and without
// normal variation.
func TestExchanges(t *testing.T) {
	transcripts(t, "testdata/*.txtar", func(t *testing.T, a, b []*Exchange, strict Options) string {
		var out strings.Builder
		for i := range a {
			said := make(map[string]bool)
			for _, d := range Exchanges(a[i], b[i], Options{}) {
				said[d.String()] = true
			}
			list := Exchanges(a[i], b[i], strict)
			for _, d := range list {
				kind := "!"
				if !said[d.String()] {
					kind = d.Variation.String()
				}
				fmt.Fprintf(&out, "%d %s %s\n", i+1, kind, d)
			}
			if mirrored := Exchanges(b[i], a[i], strict); len(mirrored) == 0 != (len(list) == 0) {
				t.Errorf("exchange %d: %v the other way round", i+1, mirrored)
			}
		}
		return out.String()
	})
}

// TestFormDoesNotMatter checks that exchanges that differ only in how they are written
// are the same.
func TestFormDoesNotMatter(t *testing.T) {
	const a = `C: a LOGIN fred secret
S: a OK in
C: b FETCH 1:2 (FLAGS ENVELOPE RFC822)
S: * 1 FETCH (FLAGS (\Seen \Answered) RFC822 {5}
S| hello ENVELOPE ("d" "s" NIL NIL NIL NIL NIL NIL NIL "<m>"))
S: 
S: * 2 FETCH (FLAGS ())
S: b OK done
`
	const b = `C: x login "fred" {6}
S: + go
C| secret
C: 
S: x OK [ALERT] welcome
C: y fetch 1:2 (flags envelope rfc822)
S: * 2 FETCH (flags ())
S: * 1 FETCH (Envelope ("d" {1}
S| s NIL NIL NIL NIL NIL NIL NIL "<m>") RFC822 "hello" FLAGS (\ANSWERED \seen))
S: 
S: y OK finished
`
	x, y := exchanges(t, a), exchanges(t, b)
	for i := range x {
		for _, d := range Exchanges(x[i], y[i], Options{}) {
			if d.Path != "ready" && d.Path != "status [ALERT]" {
				t.Errorf("%d: %s", i+1, d)
			}
		}
	}
}

// TestPasswordsAreComparedButNotShown checks that a different password is a difference
// that does not show it.
func TestPasswordsAreComparedButNotShown(t *testing.T) {
	for _, pair := range [][2]string{
		{"C: a LOGIN fred hunter2\nS: a OK\n", "C: a LOGIN fred {8}\nS: + go\nC| topsecre\nC: \nS: a OK\n"},
		{"C: a AUTHENTICATE PLAIN aHVudGVyMg==\nS: a OK\n", "C: a AUTHENTICATE PLAIN dG9wc2VjcmU=\nS: a OK\n"},
	} {
		a, b := exchanges(t, pair[0]), exchanges(t, pair[1])
		got := fmt.Sprint(Exchanges(a[0], b[0], Options{}))
		if !strings.Contains(got, "request") {
			t.Errorf("no difference: %s", got)
		}
		for _, secret := range []string{"hunter2", "topsecre", "aHVudGVyMg", "dG9wc2VjcmU"} {
			if strings.Contains(got, secret) {
				t.Errorf("%s", got)
			}
		}
	}
}

// TestOrderIsVariation checks that the order of data about different messages is a
// variation, and that an exchange is the same as itself.
func TestOrderIsVariation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "messages")
		said := make([]string, n)
		for i := range said {
			flags := rapid.SampledFrom([]string{"", `\Seen`, `\Seen \Deleted`}).Draw(t, "flags")
			said[i] = fmt.Sprintf("S: * %d FETCH (FLAGS (%s) RFC822.SIZE %d)\n", i+1, flags, rapid.IntRange(0, 9).Draw(t, "size"))
		}
		play := func(lines []string) *Exchange {
			return exchanges(t, "C: a FETCH 1:9 FAST\n"+strings.Join(lines, "")+"S: a OK\n")[0]
		}
		shuffled := rapid.Permutation(said).Draw(t, "order")
		a, b := play(said), play(shuffled)
		if d := Exchanges(a, b, Options{}); len(d) > 0 {
			t.Fatalf("%v", d)
		}
		// A change in one message is found wherever it is.
		k := rapid.IntRange(0, n-1).Draw(t, "changed")
		shuffled[k] = strings.Replace(shuffled[k], "RFC822.SIZE ", "RFC822.SIZE 1", 1)
		if d := Exchanges(a, play(shuffled), Options{}); len(d) != 1 || !strings.HasSuffix(d[0].Path, "RFC822.SIZE") {
			t.Fatalf("%v", d)
		}
	})
}

// fataler is the part of testing.TB that exchanges needs.
type fataler interface {
	Helper()
	Fatal(...any)
}

// TestDifferenceBeyondTheLimitsIsFound checks that exchanges too large to keep are still
// distinguished.
func TestDifferenceBeyondTheLimitsIsFound(t *testing.T) {
	var b strings.Builder
	b.WriteString("C: a FETCH 1:99999 FLAGS\n")
	for i := range maxFacts + 10 {
		fmt.Fprintf(&b, "S: * %d FETCH (FLAGS ())\n", i+1)
	}
	same := b.String() + "S: a OK\n"
	other := strings.Replace(same, fmt.Sprintf("* %d FETCH (FLAGS ())", maxFacts+5), fmt.Sprintf(`* %d FETCH (FLAGS (\Seen))`, maxFacts+5), 1)
	ex, y, z := exchanges(t, same)[0], exchanges(t, same)[0], exchanges(t, other)[0]
	if d := Exchanges(ex, y, Options{}); len(d) > 0 {
		t.Errorf("%v", d)
	}
	if d := Exchanges(ex, z, Options{}); len(d) != 1 || d[0].Path != "the rest" {
		t.Errorf("%v", d)
	}
}

// FuzzExchanges checks that any two conversations can be compared, and that each is the
// same as itself.
func FuzzExchanges(f *testing.F) {
	f.Add([]byte("a FETCH 1 ALL\r\n"), []byte("* 1 FETCH (FLAGS () ENVELOPE (NIL))\r\na OK x\r\n"), []byte("* 2 EXPUNGE\r\na NO [X y] z\r\n"))
	f.Add([]byte("a LOGIN {1}\r\n"), []byte("+ \r\n* OK [UNSEEN 1] x\r\n"), []byte("* SEARCH 1 2\r\n* FLAGS ()\r\n"))
	f.Fuzz(func(t *testing.T, request, x, y []byte) {
		play := func(response []byte) *Exchange {
			d := decode.New(decode.Options{MidStream: true})
			all := &Exchange{}
			take := func(events []decode.Event) {
				for _, e := range events {
					if m, ok := e.(*decode.Message); ok {
						c := *m
						c.Raw = bytes.Clone(m.Raw)
						c.Literals = append([]wire.Literal(nil), m.Literals...)
						all.Messages = append(all.Messages, &c)
					}
				}
			}
			take(d.Write(capture.ClientToServer, time.Unix(0, 0), request))
			take(d.Write(capture.ServerToClient, time.Unix(0, 0), response))
			take(d.Close(time.Unix(0, 0), capture.EndOfCapture))
			return all
		}
		var strict Options
		for _, v := range Variations() {
			strict.Strict[v] = true
		}
		a, b := play(x), play(y)
		Exchanges(a, b, strict)
		for _, one := range []*Exchange{a, b} {
			if d := Exchanges(one, one, strict); len(d) > 0 {
				t.Fatalf("%q is not the same as itself: %v", x, d)
			}
		}
	})
}

func BenchmarkExchanges(b *testing.B) {
	var s strings.Builder
	s.WriteString("C: a FETCH 1:1000 FAST\n")
	for i := range 1000 {
		fmt.Fprintf(&s, "S: * %d FETCH (FLAGS (\\Seen) INTERNALDATE \" 7-May-1991 12:34:56 -0700\" RFC822.SIZE %d)\n", i+1, i)
	}
	s.WriteString("S: a OK\n")
	ex := exchanges(b, s.String())[0]
	b.SetBytes(int64(2 * s.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if d := Exchanges(ex, ex, Options{}); len(d) > 0 {
			b.Fatal(d)
		}
	}
}

// What a mirror compares: both sides are asked at the same time, and one only reads.
func TestOptionsOfAMirror(t *testing.T) {
	transcript := func(messages int, reported, seen string) string {
		return fmt.Sprintf("S: * OK ready\nC: a SELECT INBOX\nS: * %[1]d EXISTS\nS: a OK done\n"+
			"C: b FETCH 2 BODY[]\nS: * 2 FETCH (BODY[] \"x\"%[2]s)\nS: b OK done\n"+
			"C: c FETCH 1 FLAGS\nS: * 1 FETCH (FLAGS (\\Flagged%[3]s))\nS: c OK done\n"+
			"C: d STATUS Other (MESSAGES UNSEEN)\nS: * STATUS Other (MESSAGES %[1]d UNSEEN %[1]d)\nS: d OK done\n", messages, reported, seen)
	}
	a := exchanges(t, transcript(5, ` FLAGS (\Seen)`, ` \Seen`))
	b := exchanges(t, transcript(6, "", ""))
	var normal, mirror []string
	for i := range a {
		for _, d := range Exchanges(a[i], b[i], Options{}) {
			normal = append(normal, d.Path)
		}
		for _, d := range Exchanges(a[i], b[i], Options{Unread: true, Together: true}) {
			mirror = append(mirror, d.Path)
		}
	}
	if got, want := strings.Join(normal, ", "), "message 2 FLAGS, message 1 FLAGS"; got != want {
		t.Errorf("%s, not %s", got, want)
	}
	if got, want := strings.Join(mirror, ", "), "EXISTS, STATUS Other MESSAGES"; got != want {
		t.Errorf("as a mirror: %s, not %s", got, want)
	}
}
