package main

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestMetricsCountLegsOnce checks that of a session that a fault changed, which is recorded as two
// legs, the figures count the client's.
func TestMetricsCountLegsOnce(t *testing.T) {
	p, proxy, _, figures := startAPI(t, "-q", "--fault", `status NO if command == "CHECK"`)
	c := dialAPI(t, proxy)
	for _, command := range []string{"a NOOP", "b CHECK", "c NOOP"} {
		c.send(command)
		for c.lines.Scan() {
			if strings.HasPrefix(c.lines.Text(), command[:2]) {
				break
			}
		}
	}
	c.Close()
	text := awaitFigures(t, figures, "imapscope_connections_open 0\n")
	for _, want := range []string{
		`imapscope_connections_total 1`,
		`imapscope_transactions_total{command="NOOP",status="OK"} 2`,
		`imapscope_transactions_total{command="CHECK",status="NO"} 1`,
		`imapscope_exchange_seconds_count{command="NOOP"} 2`,
		`imapscope_exchange_seconds_count{command="CHECK"} 1`,
		`imapscope_octets_total{from="client"} 25`,
		`imapscope_faults_total{fault="status"} 1`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if other := regexp.MustCompile(`imapscope_transactions_total\{command="CHECK",status="OK"\}.*`).FindString(text); other != "" {
		t.Errorf("the server's leg is counted: %s", other)
	}
	p.signal(os.Interrupt)
	if code := p.ends(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// awaitFigures reads the figures until they have a line, and returns them.
func awaitFigures(t *testing.T, addr, line string) (text string) {
	t.Helper()
	defer http.DefaultClient.CloseIdleConnections()
	for end := time.Now().Add(time.Minute); !strings.Contains(text, line); {
		if time.Now().After(end) {
			t.Fatalf("no %s in\n%s", line, text)
		}
		res, err := http.Get("http://" + addr)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		text = string(b)
	}
	return text
}
