package main

import (
	"path/filepath"
	"strings"
	"testing"

	"imapscope/proxy/proxytest"
)

// TestPeersReplayFresh: what real clients do replays without a difference against a server that
// was set up afresh with the same mail: nothing that a new server gives new values counts.
func TestPeersReplayFresh(t *testing.T) {
	mails := proxytest.Mails(5, 20_000)
	run := map[string]func(testing.TB, proxytest.Account){
		"fetchmail": proxytest.Fetchmail, "offlineimap": proxytest.OfflineIMAP, "mail-imapclient": proxytest.MailIMAPClient,
		"imapflow": proxytest.Imapflow,
		"neomutt":  func(t testing.TB, a proxytest.Account) { proxytest.NeoMutt(t, a, len(mails)) },
	}
	for name, client := range clients {
		run[name] = func(t testing.TB, a proxytest.Account) { client(t, a, len(mails)) }
	}
	inboxes := map[string][]proxytest.Mail{}
	for name := range run {
		inboxes[name] = mails
	}
	options := proxytest.Options{Inboxes: inboxes, Extensions: true}
	first, plain, secure := proxytest.Dovecot(t, options), proxytest.Dovecot(t, options), proxytest.Dovecot(t, options)
	for name, client := range run {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "rec.pcapng")
			p := startProxy(t, "--upstream", first.Plain, "--format", "none", "-w", file)
			client(t, proxytest.Account{Addr: p.addr, User: name})
			p.stop(t)
			for _, to := range [][]string{
				{"--to", plain.Plain},
				{"--to", strings.Replace(secure.Plain, "127.0.0.1", "localhost", 1), "--tls", "starttls", "--ca", secure.CA},
			} {
				out, code := replayed(t, append(to, "--set", "password="+proxytest.Password, "--port", port(p.addr), file)...)
				if code != 0 || !strings.Contains(out, "compared: the same") {
					t.Errorf("%s: exit code %d\n%s", to, code, out)
				}
			}
		})
	}
}
