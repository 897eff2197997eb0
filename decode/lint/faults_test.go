package lint_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/lint"
)

// oneByOne passes each event to a Linter in a call of its own, as the verbs do.
type oneByOne struct{ *lint.Linter }

func (o oneByOne) Events(id capture.ConnID, events []decode.Event) error {
	for i := range events {
		if err := o.Linter.Events(id, events[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

// found returns the findings of a capture above notes, each as "S005 server", without
// those about the password.
func found(t *testing.T, name string, together bool) string {
	t.Helper()
	var out []string
	l, err := lint.New(lint.Options{MinSeverity: lint.Warning, Disable: []string{"C017"}}, func(f lint.Finding) {
		out = append(out, f.Rule.ID+" "+f.Verdict.String())
	})
	if err != nil {
		t.Fatal(err)
	}
	var h decode.Handler = oneByOne{l}
	if together {
		h = l
	}
	if err := pcap.Files([]string{name}, pcap.Options{}).Run(context.Background(), decode.NewDemux(decode.Options{}, h)); err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// TestFaults checks all findings in captures that were once misjudged.
func TestFaults(t *testing.T) {
	for name, want := range map[string]string{
		"19-S005-no-response.pcap":            "S005 server",
		"21-N006-broke-off.pcap":              "N006 server, S005 server",
		"noask.pcapng":                        "S012 server",
		"exercise-silent.pcapng":              "S005 server",
		"exercise-broken-off.pcapng":          "N006 server",
		"06-literal-short.pcap":               "S036 server",
		"truth-fin-inside-literal.pcap":       "S036 server",
		"getacl-before-login.pcapng":          "C002 client",
		"fin-server-first.pcapng":             "",
		"bis-examine.pcapng":                  "",
		"12b-lf-at-literal.pcap":              "S028 server, S028 server",
		"03-blank-after-literal.pcap":         "S013 server, S017 server, S029 server, S029 server",
		"41b-literal-no-space.pcap":           "S017 server",
		"expunge-beyond-exists.pcapng":        "S008 server",
		"idle-client-hangs-up.pcapng":         "C016 client",
		"server-closes-without-bye.pcapng":    "S037 server",
		"crash-mid-IMAP2.pcapng":              "N006 server, S005 server, S034 server",
		"crash-rst-IMAP2.pcapng":              "S005 server, S034 server",
		"08-expunge-in-fetch.pcap":            "S007 server, S008 server, S035 server",
		"08c-expunge-between-fetches.pcap":    "S035 server",
		"kind-12d-append-bad.pcap":            "C021 client",
		"43-header-fields-greeting-caps.pcap": "",
		"truth-fetch-star-first.pcap":         "",
		"truth-search-modseq-entry.pcap":      "C016 client",
		"truth-search-within.pcap":            "C016 client",
		"truth-star-search.pcap":              "C016 client",
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("testdata", "faults", name)
			for _, together := range []bool{false, true} {
				if got := found(t, file, together); got != want {
					t.Errorf("events together: %v: %s; want %s", together, got, want)
				}
			}
		})
	}
}
