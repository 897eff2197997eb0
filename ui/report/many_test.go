package report_test

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/ui/report"
)

// TestManyConnections checks that connections in which nothing was said are counted, not
// listed, and that the others are listed up to a limit.
func TestManyConnections(t *testing.T) {
	if raceDetector {
		t.Skip("with the race detector this takes minutes")
	}
	p, d := newPage(t, report.Options{})
	to := capturetest.To(d)
	const silent, greeted = 3000, report.MaxConns + 100
	for i := range silent + greeted {
		c := capture.Conn{
			ID: capture.ConnID(i + 1), Start: time.Unix(int64(i), 0),
			Client: netip.MustParseAddrPort("192.0.2.1:40000"), Server: netip.MustParseAddrPort("192.0.2.2:143"),
		}
		to.Open(c)
		if i >= silent {
			to.Data(c.ID, capture.ServerToClient, c.Start, 0, []byte("* OK IMAP2 ready\r\n"))
		}
		to.Close(c.ID, c.Start, capture.EndOfCapture)
	}
	page := string(written(t, p))
	for _, want := range []string{
		fmt.Sprintf("Not on this page: %d connections in which nothing was said.", silent),
		"Not on this page: 100 more connections. Use --filter to choose.",
	} {
		if !strings.Contains(strings.ReplaceAll(page, ",", ""), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if n := strings.Count(page, "<section id=\"c"); n != report.MaxConns {
		t.Errorf("%d connections are listed", n)
	}
	packed := regexp.MustCompile(`(?s)<noscript>.*?</noscript>`).ReplaceAllString(page, "")
	if n := strings.Count(packed, "<section id=\"c"); n > 50 {
		t.Errorf("%d connections are not packed", n)
	}
}

// TestLinkAmongManyConnections: a link to one of 2,000 connections unfolds it, and its exchange.
func TestLinkAmongManyConnections(t *testing.T) {
	if raceDetector {
		t.Skip("with the race detector this takes minutes")
	}
	p, d := newPage(t, report.Options{})
	to := capturetest.To(d)
	for i := range 2000 {
		c := capture.Conn{
			ID: capture.ConnID(i + 1), Start: time.Unix(int64(i), 0),
			Client: netip.MustParseAddrPort("192.0.2.1:40000"), Server: netip.MustParseAddrPort("192.0.2.2:143"),
		}
		to.Open(c)
		to.Data(c.ID, capture.ServerToClient, c.Start, 0, []byte("* OK IMAP2 ready\r\n"))
		to.Data(c.ID, capture.ClientToServer, c.Start, 0, []byte("a1 NOOP\r\n"))
		to.Data(c.ID, capture.ServerToClient, c.Start, 18, []byte("a1 OK done\r\n"))
		to.Close(c.ID, c.Start, capture.EndOfCapture)
	}
	b := visit(t, written(t, p), 1200, 900, "light")
	b.wants(`document.querySelector("h1").textContent`, "2000 IMAP sessions with 192.0.2.2:143")
	b.is(`location.hash = "#c1999t1"`)
	b.wants(`document.querySelector("#c1999t1 > details").open`, "true")
	b.wants(`document.querySelectorAll("#c1999t1 .w").length > 3`, "true")
	b.wants(`document.querySelector("#c1999t1").closest("section").id`, "c1999")
}
