package report_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/ui/report"
	"imapscope/ui/view"
)

// feeder feeds a page everything that a decoder reports.
type feeder struct {
	page  printer
	found *view.Findings
}

// printer is a *report.Page, or a *report.Feed of one.
type printer interface {
	Connection(capture.Conn) error
	Greeting(capture.ConnID, *decode.Message) error
	Message(capture.ConnID, *decode.Message)
	Unsolicited(capture.ConnID, *decode.Message) error
	Transaction(capture.ConnID, *decode.Transaction) error
	Finding(*view.Finding, bool) error
	Close(capture.ConnID, *decode.Closed) error
}

func (t *feeder) Open(c capture.Conn) error {
	if err := t.found.Open(c); err != nil {
		return err
	}
	return t.page.Connection(c)
}

func (t *feeder) Events(id capture.ConnID, events []decode.Event) error {
	for i, e := range events {
		if err := t.found.Events(id, events[i:i+1]); err != nil {
			return err
		}
		switch e := e.(type) {
		case *decode.Message:
			switch {
			case e.Txn != nil:
				t.page.Message(id, e)
			case e.Kind == decode.Greeting:
				t.page.Greeting(id, e)
			default:
				t.page.Unsolicited(id, e)
			}
		case *decode.Transaction:
			t.page.Transaction(id, e)
			for _, f := range t.found.Take(id, e.N) {
				t.page.Finding(&f, true)
			}
		case *decode.Closed:
			for _, f := range t.found.TakeRest(id) {
				t.page.Finding(&f, false)
			}
			t.page.Close(id, e)
		}
	}
	return nil
}

// fed is a page, and what was found in that with which it was fed.
type fed struct {
	*report.Page
	found *view.Findings
}

// newPage returns a page, and a Demux that feeds it.
func newPage(t testing.TB, o report.Options) (fed, *decode.Demux) {
	t.Helper()
	found, err := view.NewReasonedFindings(o.Options, lint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := report.New(o)
	return fed{p, found}, decode.NewDemux(decode.Options{}, &feeder{p, found})
}

// of returns the page of a capture file.
func of(t testing.TB, file string, o report.Options) []byte {
	t.Helper()
	p, d := newPage(t, o)
	if err := pcap.Files([]string{file}, pcap.Options{}).Run(context.Background(), d); err != nil {
		t.Fatal(err)
	}
	return written(t, p)
}

func written(t testing.TB, p fed) []byte {
	t.Helper()
	p.found.Reason()
	p.Why(p.found.Causes(), false)
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// said returns the page of one connection: lines of the client begin with "C: ", of the
// server with "S: ".
func said(t testing.TB, o report.Options, lines ...string) []byte {
	t.Helper()
	p, d := newPage(t, o)
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c := capture.Conn{ID: 1, Client: netip.MustParseAddrPort("127.0.0.1:1234"), Server: netip.MustParseAddrPort("127.0.0.1:143"), Start: at, Origin: "/home/somebody/x.pcap"}
	if err := capturetest.To(d).Open(c); err != nil {
		t.Fatal(err)
	}
	var off [2]int64
	for _, l := range lines {
		dir := capture.ClientToServer
		if strings.HasPrefix(l, "S") {
			dir = capture.ServerToClient
		}
		data := []byte(l[3:] + "\r\n")
		at = at.Add(time.Millisecond)
		if err := d.Event(&capture.Event{Kind: capture.Data, Conn: 1, Dir: dir, Time: at, Off: off[dir], Data: data}); err != nil {
			t.Fatal(err)
		}
		off[dir] += int64(len(data))
	}
	if err := capturetest.To(d).Close(1, at, capture.EndOfCapture); err != nil {
		t.Fatal(err)
	}
	return written(t, p)
}

const sample = "../../samples/mtest1988--imap-1.pcap"

// The conversation is in the page as text, before any script.
func TestTextIsReadableWithoutScript(t *testing.T) {
	page := string(of(t, sample, report.Options{Title: "A title", Source: "x.pcap"}))
	body, _, _ := strings.Cut(page, `id="tables"`)
	body = regexp.MustCompile(`(?s)<script.*?</script>`).ReplaceAllString(body, "")
	for _, want := range []string{
		"<h1>A title</h1>", "x.pcap</span>, ", "16 exchanges",
		"A00002 FETCH 1:20 ALL", "* 20 EXISTS", `A00003 OK`, "LOGIN fred ********",
		`id="c1t16"`, `href="#c1t3"`, "* BYE",
	} {
		if !strings.Contains(strings.ReplaceAll(body, "&#43;", "+"), want) {
			t.Errorf("the page has no %q", want)
		}
	}
}

// The page allows its own style and script by hash, and nothing else; it refers to no
// other address.
func TestContentSecurityPolicy(t *testing.T) {
	page := string(of(t, sample, report.Options{Title: "x"}))
	policy := regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)
	if policy == nil {
		t.Fatal("no policy")
	}
	got := strings.NewReplacer("&#39;", "'", "&#43;", "+").Replace(policy[1])
	style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(page)[1]
	scripts := regexp.MustCompile(`(?s)<script>(.*?)</script>`).FindAllStringSubmatch(page, -1)
	if len(scripts) != 2 {
		t.Fatalf("%d scripts", len(scripts))
	}
	want := fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s' '%s'; img-src data:; base-uri 'none'; form-action 'none'", hash(style), hash(scripts[0][1]), hash(scripts[1][1]))
	if got != want {
		t.Errorf("policy %s\nwant %s", got, want)
	}
	if m := regexp.MustCompile(`(?i)(src|href)="(?:https?:)?//[^"]*"|\son[a-z]+=|\sstyle=`).FindString(page); m != "" {
		t.Errorf("the page has %q", m)
	}
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// unpacked returns a page with its packed data unpacked.
func unpacked(t *testing.T, page []byte) string {
	t.Helper()
	out := string(page)
	for _, m := range regexp.MustCompile(`<script type="application/octet-stream"[^>]*>([^<]*)<`).FindAllStringSubmatch(out, -1) {
		z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(m[1])))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil || !json.Valid(text) {
			t.Fatalf("%v: %.200s", err, text)
		}
		out += string(text)
	}
	return out
}

// A secret appears nowhere in the page, in any form, unless requested.
func TestSecretsAreMasked(t *testing.T) {
	lines := []string{
		"S: * OK ready", "C: a1 LOGIN fred Xyzzy-123", "S: a1 NO no such password as Xyzzy-123",
		"C: a2 LOGIN {4}", "S: + go on", "C: fred {9}", "S: + go on", "C: Xyzzy-123", "S: a2 OK",
	}
	hidden := unpacked(t, said(t, report.Options{Title: "x", Source: "x.pcap"}, lines...))
	for _, word := range []string{"Xyzzy-123", "58797a7a792d313233", "/home/somebody"} {
		if strings.Contains(hidden, word) {
			t.Errorf("the page has %q", word)
		}
	}
	shown := unpacked(t, said(t, report.Options{Title: "x", Options: view.Options{ShowSecrets: true}}, lines...))
	for _, word := range []string{"Xyzzy-123", "58797a7a792d313233"} {
		if !strings.Contains(shown, word) {
			t.Errorf("the page has no %q", word)
		}
	}
	if strings.Contains(shown, "x.pcap") {
		t.Error("without Source the page names a file")
	}
}

func TestExcessIsCounted(t *testing.T) {
	lines := []string{"S: * OK ready", "C: a1 SELECT INBOX"}
	for i := range report.MaxMessages + 7 {
		lines = append(lines, fmt.Sprintf("S: * %d EXISTS", i))
	}
	lines = append(lines, "S: a1 OK done", "C: a2 LOGOUT")
	page := string(said(t, report.Options{Title: "x"}, lines...))
	if !strings.Contains(page, "… and 9 more messages.") { // a request and a response are messages, too
		t.Error("the page does not say that messages are missing")
	}
	if n := len(regexp.MustCompile(`\* \d+ EXISTS</code>`).FindAllString(page, -1)); n != report.MaxMessages-1 {
		t.Errorf("%d lines", n)
	}
}

// TestEverySample makes a page of every recording.
func TestEverySample(t *testing.T) {
	files, err := filepath.Glob("../../samples/*.pcap*")
	if err != nil || len(files) == 0 {
		t.Fatal("no samples", err)
	}
	lab, _ := filepath.Glob("../../../shared/captures/lab/*.pcap*")
	if len(lab) == 0 {
		t.Log("the lab's recordings are not here: samples only")
	}
	for _, f := range append(files, lab...) {
		page := of(t, f, report.Options{Title: "x"})
		unpacked(t, page)
		if n := bytes.Count(page, []byte("<details")); n < bytes.Count(page, []byte(`class="x `)) {
			t.Errorf("%s: %d exchanges", f, n)
		}
	}
}

func TestWriteReturnsErrors(t *testing.T) {
	p, _ := newPage(t, report.Options{Title: "x"})
	if !p.Empty() {
		t.Error("a page without input is not empty")
	}
	if err := p.Write(full{}); err != os.ErrClosed {
		t.Error(err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, os.ErrClosed }

// BenchmarkPage measures making a page in addition to decoding, per byte of the capture.
func BenchmarkPage(b *testing.B) {
	info, err := os.Stat(sample)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	b.ReportAllocs()
	for b.Loop() {
		of(b, sample, report.Options{Title: "x"})
	}
}
