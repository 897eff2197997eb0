package main

import (
	"bytes"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"imapscope/proxy/tls"
)

// TestHintsNameTheFlagsOfTheVerb: under replay a hint names --insecure, under proxy
// --upstream-insecure.
func TestHintsNameTheFlagsOfTheVerb(t *testing.T) {
	srv := httptest.NewUnstartedServer(nil) // its certificate is signed by no CA that is known
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	addr := srv.Listener.Addr().String()
	var out, errs bytes.Buffer
	code := run([]string{"replay", "../../samples/raw-pipeline--imap-1.pcap", "--to", addr, "--tls", "implicit"}, strings.NewReader(""), &out, &errs)
	if code != 2 || !strings.Contains(errs.String(), "--ca FILE trusts another CA, --insecure accepts any certificate") || strings.Contains(errs.String(), "--upstream") {
		t.Errorf("exit %d, %s", code, errs.String())
	}

	l := legs{client: "plain", upstream: "implicit"}
	c, done, err := l.config(addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	c.Timeout = 10 * time.Second
	if _, _, err = c.Dial(t.Context(), addr); err == nil || !strings.Contains(err.Error(), "--upstream-ca FILE trusts another CA, --upstream-insecure accepts") {
		t.Errorf("%v", err)
	}
	if got := tls.FlagHint("--ca", "--insecure")(tls.BadCertificate); got != "--insecure accepts any certificate" {
		t.Errorf("%q", got)
	}
}
