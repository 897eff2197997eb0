package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"imapscope/capture/leaktest"
	"imapscope/proxy/intercept/breakage"
	"imapscope/proxy/intercept/fault"
	"imapscope/proxy/proxytest"
)

// brokenClients are the peers as programs that end by themselves, whatever the server does to
// them: $HOME is a folder of their own.
var brokenClients = map[string]struct{ needs, script string }{
	"curl": {"curl", `curl -sS -q -m 2 -u curl:secret "imap://{}/INBOX/;MAILINDEX=[1-3]"`},
	"imaplib": {"python3", `PATH=/usr/bin:$PATH exec python3 -c '
import imaplib
c = imaplib.IMAP4("{host}", {port}, timeout=2)
c.login("imaplib", "secret")
c.select("INBOX")
for n in "1", "2":
    print(c.fetch(n, "(FLAGS BODY[])"))
c.store("1", "+FLAGS", "\\Seen")
c.logout()
'`},
	"mbsync": {"mbsync", `rm -rf "$HOME/box"; mkdir -p "$HOME/box"; printf '%s\n' 'IMAPAccount far' 'Host {host}' 'Port {port}' 'User mbsync' 'Pass secret' \
'AuthMechs LOGIN' 'SSLType None' 'Timeout 2' '' 'IMAPStore far' 'Account far' '' 'MaildirStore near' "Path $HOME/box/" "Inbox $HOME/box/inbox" '' \
'Channel all' 'Far :far:' 'Near :near:' 'Sync PullNew' 'SyncState *' > "$HOME/mbsyncrc"; exec mbsync -c "$HOME/mbsyncrc" all`},
	"mutt": {"mutt", `printf '%s\n' 'set imap_user=mutt imap_pass=secret imap_authenticators=login ssl_starttls=no ssl_force_tls=no' \
"set folder=$HOME mbox_type=Maildir confirmappend=no confirmcreate=no delete=no copy=no wait_key=no connect_timeout=2" \
'push "<display-message><exit><exit>"' > "$HOME/muttrc"; TERM=xterm exec script -qec "timeout --foreground -s KILL 4 mutt -n -F $HOME/muttrc -f imap://{}/INBOX" /dev/null < /dev/null`},
	"alpine": {"alpine", `printf '%s\n' 'user-id=alpine' 'user-domain=example.org' 'inbox-path={localhost:'{port}'/user=alpine/notls}INBOX' \
"folder-collections=Mail $HOME/[]" 'feature-list=quit-without-confirm,disable-password-file-saving' 'last-version-used=9.99' > "$HOME/pinerc"
(sleep .7; printf 'secret\r'; sleep .7; printf 'q') | TERM=xterm script -qec "timeout --foreground -s KILL 4 alpine -p $HOME/pinerc -i" /dev/null`},
}

// TestPeersUnderEveryFault has real clients meet every fault. The proxy goes on after each of
// them, and each has its line in the report.
func TestPeersUnderEveryFault(t *testing.T) {
	leaktest.Check(t)
	inboxes := map[string][]proxytest.Mail{}
	for name := range brokenClients {
		inboxes[name] = proxytest.Mails(3, 2_000)
	}
	server := proxytest.Dovecot(t, proxytest.Options{Inboxes: inboxes})
	var all sync.WaitGroup
	for name, client := range brokenClients {
		all.Go(func() {
			t.Run(name, func(t *testing.T) {
				proxytest.Peer(t, client.needs, client.needs)
				underEveryFault(t, server.Plain, name, client.script)
			})
		})
	}
	all.Wait()
}

// underEveryFault leads a client through all faults.
func underEveryFault(t *testing.T, server, user, script string) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte(proxytest.Password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	recording, report := filepath.Join(dir, "rec.pcapng"), filepath.Join(dir, "out.jsonl")
	var out, errs bytes.Buffer
	root := newRoot(&env{out: &out, err: &errs})
	root.SetArgs([]string{"proxy", "--upstream", server, "--faults", "all", "--seed", "1", "--report", report, "-w", recording,
		"--time-limit", "3s", "--mail-user", user, "--mail-password-file", secret, "--", "sh", "-c", "export HOME=" + dir + " TMPDIR=" + dir + "\n" + script})
	if err := root.ExecuteContext(t.Context()); err != nil && !errors.Is(err, errFindings) {
		t.Fatalf("%v\n%s", err, &errs)
	}
	results := readReport(t, report)
	faults := fault.All(1)
	if len(results) != len(faults) {
		t.Fatalf("%d results of %d faults", len(results), len(faults))
	}
	acted := 0
	for i, r := range results {
		if r.Fault != faults[i].Name || len(r.Conns) == 0 && !r.Program.TimedOut || r.MailError != "" {
			t.Errorf("%+v", r)
		}
		if r.Acted > 0 {
			acted++
		}
	}
	t.Logf("%d faults acted\n%s%s", acted, &out, &errs)
	if acted < 12 {
		t.Errorf("only %d faults acted", acted)
	}
}

func readReport(t *testing.T, name string) (results []*breakage.Result) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for d := json.NewDecoder(f); ; {
		r := new(breakage.Result)
		if err := d.Decode(r); err == io.EOF {
			return results
		} else if err != nil {
			t.Fatal(fmt.Errorf("%s: %w", name, err))
		}
		results = append(results, r)
	}
}
