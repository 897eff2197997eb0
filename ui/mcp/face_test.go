package mcp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode/decodetest"
	"imapscope/decode/redact/scrub"
	"imapscope/samples"
	"imapscope/ui/mcp"
	"imapscope/ui/print"
	"imapscope/ui/view"
)

func testHelp() print.HelpPages {
	return print.HelpPages{FS: fstest.MapFS{"help/filter.md": {Data: []byte("# Filters\n\nText.\n")}}}
}

// newFace returns a face that has seen what play reports.
func newFace(tb testing.TB, o mcp.Options, play func(capture.Sink) error) *mcp.Face {
	tb.Helper()
	o.Version, o.Help = "test", testHelp()
	o.View.Zone = time.UTC
	f, err := mcp.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := f.Close(); err != nil {
			tb.Error(err)
		}
	})
	to := f.Sink()
	if !o.Raw {
		to = scrub.New(to, scrub.Key{1})
	}
	if err := play(to); err != nil {
		tb.Fatal(err)
	}
	f.Ended(nil)
	return f
}

// connect returns a client of a face, through the transport of the real thing.
func connect(tb testing.TB, f *mcp.Face) *sdk.ClientSession {
	tb.Helper()
	in, toServer, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	fromServer, out, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	served := make(chan error, 1)
	go func() {
		err := f.Serve(context.Background(), in, out)
		out.Close()
		served <- err
	}()
	c := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil)
	s, err := c.Connect(context.Background(), &sdk.IOTransport{Reader: fromServer, Writer: toServer}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		s.Close()
		toServer.Close()
		if err := <-served; err != nil {
			tb.Error("Serve:", err)
		}
		in.Close()
		fromServer.Close()
	})
	return s
}

type args map[string]any

// call calls a tool, and returns its answer as JSON, or the text of its error. It checks what
// holds of every answer.
func call(tb testing.TB, s *sdk.ClientSession, tool string, a any) (answer []byte, failed string) {
	tb.Helper()
	r, err := s.CallTool(context.Background(), &sdk.CallToolParams{Name: tool, Arguments: a})
	if err != nil {
		tb.Fatalf("%s %v: %v", tool, a, err)
	}
	if len(r.Content) != 1 {
		tb.Fatalf("%s %v: %d contents", tool, a, len(r.Content))
	}
	content := r.Content[0].(*sdk.TextContent).Text
	if r.IsError {
		checkInert(tb, tool, content)
		return nil, content
	}
	b, err := json.Marshal(r.StructuredContent)
	if err != nil {
		tb.Fatal(err)
	}
	if len(content) > maxAnswer {
		tb.Errorf("%s %v: an answer of %d bytes", tool, a, len(content))
	}
	var v any
	if err := json.Unmarshal([]byte(content), &v); err != nil {
		tb.Fatal(err)
	}
	eachString(v, func(s string) { checkInert(tb, tool, s) })
	return b, ""
}

func checkInert(tb testing.TB, tool, s string) {
	tb.Helper()
	for _, r := range s {
		if !view.IsPlain(r) && r != utf8.RuneError {
			tb.Fatalf("%s: %q is not inert", tool, s)
		}
	}
}

func eachString(v any, f func(string)) {
	switch v := v.(type) {
	case string:
		f(v)
	case []any:
		for _, x := range v {
			eachString(x, f)
		}
	case map[string]any:
		for k, x := range v {
			f(k)
			eachString(x, f)
		}
	}
}

// page is what tests read of an answer.
type page struct {
	Untrusted, State, Summary, Next string
	Items                           []json.RawMessage
}

func pageOf(tb testing.TB, b []byte) (p page) {
	tb.Helper()
	if err := json.Unmarshal(b, &p); err != nil {
		tb.Fatal(err)
	}
	return p
}

// all follows the cursors of a tool to the end, and returns its items.
func all(tb testing.TB, s *sdk.ClientSession, tool string, a args) (items []json.RawMessage, pages int) {
	tb.Helper()
	with := args{}
	for k, v := range a {
		with[k] = v
	}
	for {
		b, failed := call(tb, s, tool, with)
		if failed != "" {
			tb.Fatalf("%s %v: %s", tool, with, failed)
		}
		p := pageOf(tb, b)
		items = append(items, p.Items...)
		if pages++; p.Next == "" {
			return items, pages
		}
		if p.Next == with["cursor"] || pages > 10_000 {
			tb.Fatalf("%s %v does not get on", tool, with)
		}
		with["cursor"] = p.Next
	}
}

func sample(name string) func(capture.Sink) error {
	return func(s capture.Sink) error {
		b, err := samples.Read(name)
		if err != nil {
			return err
		}
		return pcap.Stream(bytes.NewReader(b), name, pcap.Options{}).Run(context.Background(), s)
	}
}

func transcript(text string) func(capture.Sink) error {
	return func(s capture.Sink) error { return decodetest.Play(text, s) }
}
