package print

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/golden"
	"imapscope/decode"
	"imapscope/decode/decodetest"
	"imapscope/ui/view"
)

// play prints a transcript as one connection.
func play(t *testing.T, p Printer, script string) {
	t.Helper()
	ps, err := decodetest.Parse(script)
	if err != nil {
		t.Fatal(err)
	}
	playPieces(t, p, ps)
}

func playPieces(t *testing.T, p Printer, ps []decodetest.Piece) {
	t.Helper()
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	check(p.Connection(capture.Conn{
		ID:     1,
		Client: netip.MustParseAddrPort("192.0.2.1:40000"),
		Server: netip.MustParseAddrPort("192.0.2.2:143"),
		Start:  time.Date(1990, 8, 1, 12, 0, 0, 0, time.UTC),
		Origin: "script",
	}))
	decodetest.Run(decode.Options{}, ps, 0, func(events []decode.Event) {
		for _, e := range events {
			check(printEvent(p, 1, e))
		}
	})
}

// TestGolden prints each transcript in every format, and compares the results.
func TestGolden(t *testing.T) {
	t.Setenv("TZ", "UTC")
	time.Local = time.UTC
	golden.Archives(t, "testdata/*.txtar", func(t *testing.T, a *golden.Archive) {
		script := a.Part("script")
		for _, way := range []struct {
			name    string
			printer func(*bytes.Buffer) Printer
		}{
			{"text", func(b *bytes.Buffer) Printer { return NewText(b, TextOptions{Width: 80}) }},
			{"quiet", func(b *bytes.Buffer) Printer { return NewText(b, TextOptions{Width: 80, Quiet: true}) }},
			{"verbose", func(b *bytes.Buffer) Printer { return NewText(b, TextOptions{Verbose: true}) }},
			{"jsonl", func(b *bytes.Buffer) Printer { return NewJSON(b, view.Options{}) }},
		} {
			var b bytes.Buffer
			play(t, way.printer(&b), script)
			a.Compare(way.name, b.String())
			if way.name == "jsonl" {
				for line := range bytes.Lines(b.Bytes()) {
					if !json.Valid(line) {
						t.Errorf("not JSON: %s", line)
					}
				}
			}
		}
	})
}

// TestInert checks that no format writes anything that a terminal acts on.
func TestInert(t *testing.T) {
	script := "S: * OK \\x1b]0;title\\x07 \\x1b[31mred \\xc2\\x9b31m \\xe2\\x80\\xae rtl\n" +
		"C: a\\x1b[2J NOOP\\x08\\x08\nS: * \\x1b[1m5 EXISTS\nS: a\\x1b[2J OK \\xffdone\\x1b]8;;http://x\\x07\n"
	for name, p := range map[string]func(*bytes.Buffer) Printer{
		"text":    func(b *bytes.Buffer) Printer { return NewText(b, TextOptions{}) },
		"verbose": func(b *bytes.Buffer) Printer { return NewText(b, TextOptions{Verbose: true}) },
		"quiet":   func(b *bytes.Buffer) Printer { return NewText(b, TextOptions{Quiet: true}) },
		"jsonl":   func(b *bytes.Buffer) Printer { return NewJSON(b, view.Options{}) },
	} {
		var b bytes.Buffer
		play(t, p(&b), script)
		for _, r := range b.String() {
			if r != '\n' && !view.IsPlain(r) {
				t.Errorf("%s lets %U through:\n%q", name, r, b.String())
				break
			}
		}
	}
}

// TestNoSecret checks that no format shows a password, however it was sent.
func TestNoSecret(t *testing.T) {
	const script = `S: * OK hi
C: a LOGIN fred hunter2
S: a NO hunter2 is wrong
C: b LOGIN fred "hunter2" extra hunter2
S: b BAD no
C: c LOGIN fred {7}
S: + go
C: hunter2
S: c NO no
C: d LOGIN {4+}
C: fred {7+}
C: hunter2
S: d BAD no
S: hunter2 BAD unknown command HUNTER2
C: e LOGIN fred {7}
S: e BAD no literals
C: hunter2
S: hunter2 BAD unknown command: hunter2
C: f AUTHENTICATE PLAIN hunter2
S: f NO no
C: g AUTHENTICATE LOGIN
S: +
C: hunter2
S: + UGFz
C: hunter2
S: g NO no
C: hunter2
S: * BAD what
`
	for name, p := range map[string]func(*bytes.Buffer) Printer{
		"text":    func(b *bytes.Buffer) Printer { return NewText(b, TextOptions{}) },
		"verbose": func(b *bytes.Buffer) Printer { return NewText(b, TextOptions{Verbose: true}) },
		"quiet":   func(b *bytes.Buffer) Printer { return NewText(b, TextOptions{Quiet: true}) },
		"jsonl":   func(b *bytes.Buffer) Printer { return NewJSON(b, view.Options{}) },
	} {
		var b bytes.Buffer
		play(t, p(&b), script)
		for line := range strings.Lines(b.String()) {
			if strings.Contains(strings.ToLower(line), "hunter2") {
				t.Errorf("%s: %s", name, line)
			}
		}
	}
	var b bytes.Buffer
	play(t, NewJSON(&b, view.Options{ShowSecrets: true}), script)
	if n := strings.Count(b.String(), "hunter2"); n < 5 {
		t.Errorf("--show-secrets shows %d of them", n)
	}
}
