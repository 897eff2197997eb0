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

	"imapscope/capture"
	"imapscope/capture/leaktest"
	"imapscope/proxy/proxytest"
)

// running is `imapscope proxy`, or mock, as a process of its own.
type running struct {
	*proxytest.Process
	addr   string // where it listens
	config string // its XDG_CONFIG_HOME
}

// startProxy starts the proxy on a port of its own and waits until it listens.
func startProxy(t *testing.T, args ...string) *running {
	t.Helper()
	return startVerb(t, "proxy", args...)
}

func startVerb(t *testing.T, verb string, args ...string) *running {
	t.Helper()
	leaktest.Check(t)
	program, err := exec.LookPath("imapscope") // put there by testscript
	if err != nil {
		t.Fatal(err)
	}
	r := &running{config: t.TempDir()}
	cmd := exec.Command(program, append([]string{verb, "--listen", "127.0.0.1:0"}, args...)...)
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+r.config, "TZ=UTC")
	r.Process = proxytest.Start(t, cmd)
	said := r.Err.Await(t, "Ctrl-C ends it\n")
	r.addr = regexp.MustCompile(`(?:listening|answering) on (\S+)`).FindStringSubmatch(said)[1]
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
	"alpine":  proxytest.Alpine,
	"curl":    proxytest.Curl,
	"imaplib": proxytest.Imaplib,
	"mbsync":  proxytest.Mbsync,
	"mutt":    proxytest.Mutt,
}

// TestPeers: whatever TLS is on either leg, real clients get from a real server
// through the proxy what the server holds. The recording has, byte for byte, what
// tcpdump saw on the client's leg beside it, what was in TLS decrypted by tshark with
// the keys that the proxy logged; and decodes to what was shown live.
func TestPeers(t *testing.T) {
	mails := proxytest.Mails(8, 100_000)
	inboxes := map[string][]proxytest.Mail{}
	for user := range clients {
		inboxes[user] = mails
	}
	server := proxytest.Dovecot(t, proxytest.Options{Inboxes: inboxes})
	for _, down := range modes {
		for _, up := range modes {
			t.Run(down+"-"+up, func(t *testing.T) {
				upstream := server.Plain
				if up == "implicit" {
					upstream = server.TLS
				}
				file := filepath.Join(t.TempDir(), "rec.pcapng")
				keys := filepath.Join(t.TempDir(), "keys")
				t.Setenv("SSLKEYLOGFILE", keys)
				p := startProxy(t, "--upstream", upstream, "--upstream-tls", up, "--upstream-ca", server.CA,
					"--client-tls", down, "--format", "jsonl", "-w", file)
				beside := filepath.Join(t.TempDir(), "beside.pcap")
				dump := proxytest.Tcpdump(t, beside, port(p.addr))
				a := proxytest.Account{Addr: p.addr, TLS: proxytest.TLS(slices.Index(modes, down))}
				if down != "plain" {
					a.CA = p.ca(t)
				}
				for name, client := range clients {
					a.User = name
					if d := cmp.Diff(proxytest.Hashes(mails), proxytest.Hashes(client(t, a, len(mails)))); d != "" {
						t.Errorf("%s: -want +got\n%s", name, d)
					}
				}
				p.stop(t)
				dump.Stop(t)

				recorded, err := decoded(t, "--port", port(p.addr), "--format", "jsonl", file)
				if err != nil {
					t.Fatal(err)
				}
				live := untimed(t, p.Out.String())
				if d := cmp.Diff(live, untimed(t, string(recorded))); d != "" {
					t.Errorf("shown live, and from the recording: -live +recorded\n%s", d)
				}
				compareClientLeg(t, p.addr, down, carried(t, file, p.addr), beside, keys)
				if down != "plain" {
					return
				}
				seen, err := decoded(t, "--port", port(p.addr), "--format", "jsonl", beside)
				if err != nil {
					t.Fatal(err)
				}
				// Both sides may close at the same moment: which FIN is first depends on
				// where one looks.
				if d := cmp.Diff(without(live, "first"), without(untimed(t, string(seen)), "first")); d != "" {
					t.Errorf("shown live, and from tcpdump: -live +tcpdump\n%s", d)
				}
			})
		}
	}
}

// compareClientLeg holds what was recorded against what crossed the client's leg.
func compareClientLeg(t *testing.T, addr, mode string, recorded map[string]*[2][]byte, beside, keys string) {
	t.Helper()
	if mode == "plain" {
		keys = ""
	}
	streams := proxytest.Tshark(t, beside, port(addr), keys)
	if len(streams) < len(clients) || len(streams) != len(recorded) {
		t.Errorf("%d connections recorded, %d on the wire", len(recorded), len(streams))
	}
	for _, s := range streams {
		r := recorded[s.Client]
		if r == nil {
			t.Errorf("%s is not in the recording", s.Client)
			continue
		}
		for dir, said := range s.Said {
			got := r[dir]
			if mode == "starttls" { // what was before TLS is not in what tshark decrypts
				got = got[max(0, len(got)-len(said)):]
			}
			if len(said) == 0 || !bytes.Equal(got, said) {
				t.Errorf("%s, %s: %d octets on the wire, %d recorded, and they differ", s.Client, capture.Direction(dir), len(said), len(got))
			}
		}
	}
}
