package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"imapscope/proxy/proxytest"
)

// younger is a search of imapflow that depends on when it is made.
var younger = regexp.MustCompile(`YOUNGER \d+`)

// compressing are the clients that compress as soon as they may.
var compressing = []string{"imapflow", "mbsync"}

// TestPeersCompress: what clients and a server say is the same whether they compress it or
// not, because the proxy strips the capability: in each leg's mode, live and recorded.
func TestPeersCompress(t *testing.T) {
	for _, client := range compressing {
		t.Run(client, func(t *testing.T) {
			var plain []string
			for _, mode := range []string{"stripped", "stripped under TLS", "compressed", "compressed under TLS"} {
				s := proxytest.Dovecot(t, proxytest.Options{
					Inboxes: map[string][]proxytest.Mail{client: familyMails}, Extensions: true, Compress: true,
				})
				args := []string{"--upstream", s.Plain, "--format", "jsonl"}
				if strings.HasSuffix(mode, "TLS") {
					args = []string{"--upstream", s.TLS, "--upstream-tls", "implicit", "--upstream-ca", s.CA, "--format", "jsonl"}
				}
				if strings.HasPrefix(mode, "stripped") {
					args = append(args, "--strip", "COMPRESS=DEFLATE")
				}
				file := filepath.Join(t.TempDir(), "rec.pcapng")
				p := startProxy(t, append(args, "-w", file)...)
				familyClients[client](t, proxytest.Account{Addr: p.addr, User: client})
				p.stop(t)
				recorded, err := decoded(t, "--port", port(p.addr), "--format", "jsonl", file)
				if err != nil {
					t.Fatal(err)
				}
				for from, out := range map[string]string{"live": p.Out.String(), "recorded": string(recorded)} {
					edited := strings.Contains(out, "edited: removed COMPRESS=DEFLATE in a response code")
					commands, compressed := commandsOf(t, out)
					if stripped := strings.HasPrefix(mode, "stripped"); edited != stripped || compressed == stripped {
						t.Errorf("%s, %s: an edit is shown: %v, COMPRESS: %v", mode, from, edited, compressed)
					}
					if plain == nil {
						plain = commands
					}
					if d := cmp.Diff(plain, commands); d != "" {
						t.Errorf("%s, %s: -stripped +%[1]s\n%s", mode, from, d)
					}
				}
			}
			if len(plain) < 5 {
				t.Errorf("only %d commands: %q", len(plain), plain)
			}
		})
	}
}

// commandsOf returns the commands of JSON lines without their tags, with what answered them,
// and whether COMPRESS is among them; that one is left out.
func commandsOf(t *testing.T, lines string) (commands []string, compressed bool) {
	t.Helper()
	for line := range strings.Lines(lines) {
		var l struct {
			Type, Command, Tag, Request, Status string
			Unsolicited, Literals               json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		switch {
		case l.Type != "transaction":
		case l.Command == "COMPRESS":
			compressed = true
		default:
			request := younger.ReplaceAllString(strings.TrimPrefix(l.Request, l.Tag), "YOUNGER n")
			commands = append(commands, fmt.Sprintf("%s: %s %s %s", request, l.Status, l.Unsolicited, l.Literals))
		}
	}
	return commands, compressed
}
