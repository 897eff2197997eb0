package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"imapscope/proxy/proxytest"
)

// running is `imapscope proxy` as a process of its own.
type running struct {
	*proxytest.Process
	addr   string // where it listens
	config string // its XDG_CONFIG_HOME
}

// startProxy starts the proxy on a port of its own and waits until it listens.
func startProxy(t *testing.T, args ...string) *running {
	t.Helper()
	program, err := exec.LookPath("imapscope") // put there by testscript
	if err != nil {
		t.Fatal(err)
	}
	r := &running{config: t.TempDir()}
	cmd := exec.Command(program, append([]string{"proxy", "--listen", "127.0.0.1:0"}, args...)...)
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+r.config, "TZ=UTC")
	r.Process = proxytest.Start(t, cmd)
	said := r.Err.Await(t, "Ctrl-C ends it\n")
	r.addr = regexp.MustCompile(`listening on (\S+)`).FindStringSubmatch(said)[1]
	return r
}

// ca is the file that clients have to trust.
func (r *running) ca(t *testing.T) string {
	t.Helper()
	cmd := exec.Command("imapscope", "ca")
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+r.config)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := bytes.Cut(out, []byte("\n"))
	return strings.Fields(string(line))[1]
}

// stop ends it as a user does, and wants it to end well.
func (r *running) stop(t *testing.T) {
	t.Helper()
	if err := r.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := r.Wait(t); code != 0 {
		t.Fatalf("exit code %d\n%s", code, r.Err)
	}
}

var modes = []string{"plain", "starttls", "implicit"}

// clients are the peers that fetch all mails of INBOX.
var clients = map[string]func(testing.TB, proxytest.Account, int) []proxytest.Mail{
	"curl":    proxytest.Curl,
	"imaplib": proxytest.Imaplib,
	"mbsync":  proxytest.Mbsync,
	"mutt":    proxytest.Mutt,
}

// TestPeers: whatever TLS is on either leg, a real client gets from a real server
// through the proxy what the server holds, and the recording holds it too.
func TestPeers(t *testing.T) {
	mails := proxytest.Mails(8, 300_000)
	for name, client := range clients {
		t.Run(name, func(t *testing.T) {
			for _, down := range modes {
				for _, up := range modes {
					t.Run(down+"-"+up, func(t *testing.T) {
						server := proxytest.Dovecot(t, proxytest.Options{Inboxes: map[string][]proxytest.Mail{"fred": mails}})
						upstream := server.Plain
						if up == "implicit" {
							upstream = server.TLS
						}
						file := filepath.Join(t.TempDir(), "rec.pcapng")
						p := startProxy(t, "--upstream", upstream, "--upstream-tls", up, "--upstream-ca", server.CA,
							"--client-tls", down, "--format", "jsonl", "-w", file)
						a := proxytest.Account{Addr: p.addr, User: "fred", TLS: proxytest.TLS(slices.Index(modes, down))}
						if down != "plain" {
							a.CA = p.ca(t)
						}
						got := client(t, a, len(mails))
						p.stop(t)
						if d := cmp.Diff(proxytest.Hashes(mails), proxytest.Hashes(got)); d != "" {
							t.Errorf("-want +got\n%s", d)
						}
						recorded, err := decoded(t, "--port", port(p.addr), "--format", "jsonl", file)
						if err != nil {
							t.Fatal(err)
						}
						if d := cmp.Diff(untimed(t, p.Out.String()), untimed(t, string(recorded))); d != "" {
							t.Errorf("shown live, and from the recording: -live +recorded\n%s", d)
						}
					})
				}
			}
		})
	}
}
