package proxytest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestClients: each client gets the mails that the server holds, in each way, with
// nothing between them.
func TestClients(t *testing.T) {
	mails := Mails(5, 40_000)
	for name, client := range map[string]func(testing.TB, Account, int) []Mail{
		"curl": Curl, "imaplib": Imaplib, "mbsync": Mbsync, "mutt": Mutt, "alpine": Alpine,
	} {
		t.Run(name, func(t *testing.T) {
			server := Dovecot(t, Options{Inboxes: map[string][]Mail{"fred": mails, "mrc": mails, "ann": mails}})
			for user, a := range map[string]Account{
				"fred": {Addr: server.Plain},
				"mrc":  {Addr: server.Plain, TLS: StartTLS, CA: server.CA},
				"ann":  {Addr: server.TLS, TLS: Implicit, CA: server.CA},
			} {
				a.User = user
				if d := cmp.Diff(Hashes(mails), Hashes(client(t, a, len(mails)))); d != "" {
					t.Errorf("%s: -want +got\n%s", user, d)
				}
			}
		})
	}
}
