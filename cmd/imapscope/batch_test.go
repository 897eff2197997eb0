package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/decode/lint"
	"imapscope/proxy/metrics"
	"imapscope/samples"
	"imapscope/ui/print"
	"imapscope/ui/traces"
	"imapscope/ui/view"
)

// divided is a Handler that divides what it receives over calls of another's Events.
type divided struct {
	decode.Handler
	size func() int // of the next call
}

// Events implements decode.Handler.
func (d divided) Events(id capture.ConnID, events []decode.Event) error {
	for len(events) > 0 {
		n := min(d.size(), len(events))
		if err := d.Handler.Events(id, events[:n]); err != nil {
			return err
		}
		events = events[n:]
	}
	return nil
}

// results are what consumers make of a connection's events, decoded from facts whose
// bytes are cut by cut (nil: not at all) and passed on in calls of size (nil: as the
// decoder has them).
func results(t testing.TB, facts []capture.Event, filter string, cut, size func() int) []string {
	t.Helper()
	var text, lines bytes.Buffer
	figures := metrics.New()
	collector := newCollector()
	defer collector.Close()
	spans, err := traces.New(context.Background(), traces.Options{URL: collector.URL, Wait: true, Findings: new(lint.Severity)})
	if err != nil {
		t.Fatal(err)
	}
	all := decode.Handlers{figures, spans}
	for _, p := range []print.Printer{print.NewText(&text, print.TextOptions{}), print.NewJSON(&lines, view.Options{})} {
		s, err := newStream(filter, view.Options{ShowSecrets: true})
		if err != nil {
			t.Fatal(err)
		}
		s.Printer = p
		all = append(all, s)
	}
	var h decode.Handler = all
	if size != nil {
		h = divided{all, size}
	}
	a, err := archive.New(archive.Options{Handler: h})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for i := range facts {
		e := facts[i]
		for cut != nil && e.Kind == capture.Data && len(e.Data) > 1 {
			n := min(cut(), len(e.Data)-1)
			part := e
			part.Data = e.Data[:n]
			if err := a.Writer().Event(&part); err != nil {
				t.Fatal(err)
			}
			e.Off, e.Data = e.Off+int64(n), e.Data[n:]
		}
		if err := a.Writer().Event(&e); err != nil {
			t.Fatal(err)
		}
	}
	page := httptest.NewRecorder()
	figures.Handler().ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/", nil))
	out := []string{text.String(), lines.String(), page.Body.String(), fmt.Sprint(spans.Finish()), collector.all(t)}
	for _, row := range a.Rows(0, a.Len()) {
		out = append(out, cmp.Diff(archive.Row{}, row))
	}
	return out
}

// TestBatchesMeanNothing: however bytes are cut and events are divided over calls, the
// printed output, what a filter lets through, the metrics, the spans and the rows are the same.
func TestBatchesMeanNothing(t *testing.T) {
	names := samples.Names()
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom(names).Draw(rt, "sample")
		b, err := samples.Read(name)
		if err != nil {
			rt.Fatal(err)
		}
		f := new(capturetest.Facts)
		if err := pcap.Stream(bytes.NewReader(b), name, pcap.Options{}).Run(context.Background(), f); err != nil {
			rt.Fatal(err)
		}
		filter := rapid.SampledFrom([]string{"", `command == "FETCH"`, `status != "OK"`}).Draw(rt, "filter")
		most := rapid.IntRange(40, 2000).Draw(rt, "most")
		draw := func(label string, most int) func() int {
			g := rapid.IntRange(1, most)
			return func() int { return g.Draw(rt, label) }
		}
		want := results(t, f.Events, filter, nil, nil)
		if d := cmp.Diff(want, results(t, f.Events, filter, nil, draw("call", 3))); d != "" {
			rt.Errorf("divided calls: %s", d)
		}
		if d := cmp.Diff(want, results(t, f.Events, filter, draw("cut", most), draw("call", 3))); d != "" {
			rt.Errorf("cut bytes: %s", d)
		}
	})
}
