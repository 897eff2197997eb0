package traces

import (
	"context"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/capture/shared"
	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
)

// texts are the attributes that are texts, and what each may be: nothing that either side made up.
var texts = map[string]func(string) bool{
	"server.address":       isAddress,
	"client.address":       isAddress,
	"network.peer.address": isAddress,

	"network.transport":     one("tcp"),
	"network.protocol.name": one("imap"),
	"tls.protocol.name":     one("tls"),
	"tls.protocol.version":  one("1.0", "1.1", "1.2", "1.3"),
	"tls.cipher":            func(s string) bool { return strings.HasPrefix(s, "TLS_") || strings.HasPrefix(s, "0x") },
	"error.type":            one(protocol.NO, protocol.BAD, abandoned, reset, noServer, noClient),

	"imap.command":       isWord(protocol.Command),
	"imap.status":        isWord(protocol.Completion),
	"imap.response_code": isWord(protocol.Code),
	"imap.dialect":       func(s string) bool { return protocol.DialectNamed(s) != protocol.UnknownDialect },
	"imap.outcome":       one("completed", "abandoned", "orphan"),
	"imap.end":           isEnd,

	"imap.finding.rule":     isRule,
	"imap.finding.title":    isTitle,
	"imap.finding.severity": func(s string) bool { _, ok := lint.ParseSeverity(s); return ok },
	"imap.finding.verdict":  one("client", "server", "network", "proxy"),
}

func one(of ...string) func(string) bool {
	return func(s string) bool { return slices.Contains(of, s) }
}

func isWord(k protocol.Kind) func(string) bool {
	return func(s string) bool { return protocol.Lookup(k, s) != nil }
}

func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

func isRule(s string) bool {
	_, ok := lint.Lookup(s)
	return ok
}

func isTitle(s string) bool {
	return slices.ContainsFunc(lint.Rules(), func(r *lint.Rule) bool { return r.Title == s })
}

// isEnd reports whether s is one of the ways in which a connection ends.
func isEnd(s string) bool {
	for _, cause := range []capture.Cause{0, capture.FIN, capture.RST, capture.EndOfCapture, capture.Idle} {
		for _, first := range []decode.First{{}, {Side: decode.ClientSide, Cause: capture.FIN}, {Side: decode.ClientSide, Cause: capture.RST}, {Side: decode.ServerSide, Cause: capture.FIN}, {Side: decode.ServerSide, Cause: capture.RST}} {
			if s == (&decode.Closed{Cause: cause, First: first}).How() {
				return true
			}
		}
	}
	return false
}

// onlyKnownTexts reports texts of spans that are not among those.
func onlyKnownTexts(t *testing.T, file string, spans []*tracepb.Span) {
	t.Helper()
	check := func(key, value string) {
		t.Helper()
		if known := texts[key]; known == nil || !known(value) {
			t.Errorf("%s: %s is %q", file, key, value)
		}
	}
	for _, s := range spans {
		if s.Name != connName && s.Name != "other" && s.Name != "orphan" {
			check("imap.command", s.Name)
		}
		if s.Status.Message != "" {
			check("error.type", s.Status.Message)
		}
		all := s.Attributes
		for _, e := range s.Events {
			all = append(all, e.Attributes...)
		}
		for key, v := range values(all) {
			if kind, ok := strings.CutPrefix(key, keyData); ok && protocol.Lookup(protocol.Response, kind) == nil {
				t.Errorf("%s: an attribute is named %s", file, key)
			}
			if text, ok := v.(string); ok {
				check(key, text)
			}
		}
	}
}

// tracesOf returns the spans of a capture.
func tracesOf(t *testing.T, file string) (spans []*tracepb.Span, sent Report, connections, transactions int) {
	t.Helper()
	c := newCollector(t, nil)
	x, err := New(context.Background(), c.fill(Options{Wait: true, Findings: notes}))
	if err != nil {
		t.Fatal(err)
	}
	var n tally
	source := pcap.Files([]string{file}, pcap.Options{})
	if err := source.Run(context.Background(), decode.NewDemux(decode.Options{}, decode.Handlers{x, &n})); err != nil {
		t.Logf("%s: %v", file, err)
	}
	sent = x.Finish()
	return c.spans, sent, n.connections, n.transactions
}

// TestSamplesAreTraced: every connection and transaction of the samples is a span, with the same
// identifiers each time, and no text in them was made up by either side.
func TestSamplesAreTraced(t *testing.T) {
	files, err := filepath.Glob("../../samples/*.pcap*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		first, sent, connections, transactions := tracesOf(t, file)
		if want := connections + transactions; int(sent.Sent) != want || len(first) != want || sent.Failed+sent.Dropped > 0 || connections == 0 {
			t.Errorf("%s: %d connections and %d transactions, %d spans, %+v", file, connections, transactions, len(first), sent)
		}
		onlyKnownTexts(t, file, first)
		again, _, _, _ := tracesOf(t, file)
		if !slices.Equal(identifiers(t, first), identifiers(t, again)) {
			t.Errorf("%s: other identifiers the second time", file)
		}
	}
}

// TestSharedCapturesAreTraced: the same of captures of other people's programs.
func TestSharedCapturesAreTraced(t *testing.T) {
	for _, file := range shared.Glob(t, "*/*.pcap*") {
		spans, sent, connections, transactions := tracesOf(t, file)
		if want := connections + transactions; int(sent.Sent) != want || len(spans) != want {
			t.Errorf("%s: %d connections and %d transactions, %d spans, %+v", file, connections, transactions, len(spans), sent)
		}
		onlyKnownTexts(t, filepath.Base(file), spans)
		identifiers(t, spans)
	}
}
