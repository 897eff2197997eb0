package lint_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/capture/shared"
	"imapscope/decode"
	"imapscope/decode/decodetest/gen"
	"imapscope/decode/lint"
)

// judged returns the findings of a Linter that parses plain responses briefly, or as a whole;
// play passes events to its argument.
func judged(t testing.TB, full bool, play func(capture.Sink) error) string {
	t.Helper()
	var b strings.Builder
	l, err := lint.New(lint.Options{}, func(f lint.Finding) {
		fmt.Fprintf(&b, "%d %d %s %d %d %v %s %s %s: %s\n", f.Conn, f.Txn, f.Dir, f.Off, f.Len, f.Span, f.Rule.ID, f.Severity, f.Verdict, f.Message)
	})
	if err != nil {
		t.Fatal(err)
	}
	if full {
		l.Full()
	}
	if err := play(decode.NewDemux(decode.Options{}, l)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestBriefTreesHideNoFinding compares what is found in captures with what is found in them when
// every response is parsed as a whole.
func TestBriefTreesHideNoFinding(t *testing.T) {
	var names []string
	for _, pattern := range []string{"../../samples/*.pcap*", "testdata/faults/*.pcap*"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %d captures, %v", pattern, len(found), err)
		}
		names = append(names, found...)
	}
	t.Run("embedded", func(t *testing.T) { sameBriefly(t, names) })
	t.Run("lab", func(t *testing.T) { sameBriefly(t, shared.Glob(t, "lab/*.pcap*")) })
	t.Run("faults", func(t *testing.T) { sameBriefly(t, shared.Glob(t, "faults/*.pcap*")) })
	t.Run("public", func(t *testing.T) { sameBriefly(t, shared.Glob(t, "public/imap/*.*cap*")) })
	for _, o := range mixes {
		o.Bytes = 1 << 20
		rec := generated(t, o)
		play := func(s capture.Sink) error { rec.play(t, s); return nil }
		if got, want := judged(t, false, play), judged(t, true, play); got != want {
			t.Errorf("%s %s: with brief trees\n%s\nwith whole ones\n%s", o.Dialect, o.Mix, got, want)
		}
	}
}

// sameBriefly compares the findings in captures. They may hold other people's mail: of what
// differs, only the name is shown.
func sameBriefly(t *testing.T, names []string) {
	for _, name := range names {
		play := func(s capture.Sink) error {
			// What cannot be read to its end is compared up to there.
			if err := pcap.Files([]string{name}, pcap.Options{}).Run(context.Background(), s); err != nil {
				t.Logf("%s: %v", filepath.Base(name), err)
			}
			return nil
		}
		if judged(t, false, play) != judged(t, true, play) {
			t.Errorf("%s: brief trees and whole ones differ", filepath.Base(name))
		}
	}
}

// TestBriefTreesHideNoFindingOfASession does the same for sessions that are generated, of which
// bytes are lost.
func TestBriefTreesHideNoFindingOfASession(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		events, _ := facts(rt, gen.Draw(rt, gen.Options{}))
		play := func(s capture.Sink) error {
			for i := range events {
				if err := s.Event(&events[i]); err != nil {
					return err
				}
			}
			return nil
		}
		if got, want := judged(t, false, play), judged(t, true, play); got != want {
			rt.Fatalf("with brief trees\n%s\nwith whole ones\n%s", got, want)
		}
	})
}
