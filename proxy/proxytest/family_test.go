package proxytest

import (
	"testing"

	"imapscope/capture/leaktest"
)

// TestServersAndTheOtherClients: each of them completes its session with each server.
func TestServersAndTheOtherClients(t *testing.T) {
	leaktest.Check(t)
	clients := map[string]func(testing.TB, Account){"fetchmail": Fetchmail, "imapflow": Imapflow, "imaplib": ImaplibAll, "go-imap": GoIMAP}
	inboxes := map[string][]Mail{}
	for user := range clients {
		inboxes[user] = Mails(6, 10_000)
	}
	for server, start := range map[string]func(testing.TB, Options) *Server{"dovecot": Dovecot, "cyrus": Cyrus} {
		t.Run(server, func(t *testing.T) {
			s := start(t, Options{Inboxes: inboxes, Extensions: true})
			for name, client := range clients {
				t.Run(name, func(t *testing.T) { client(t, Account{Addr: s.Plain, User: name}) })
			}
		})
	}
}
