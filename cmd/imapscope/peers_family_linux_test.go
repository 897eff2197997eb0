package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"imapscope/capture"
	"imapscope/capture/leaktest"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/syntax"
	"imapscope/proxy/proxytest"
)

// familyClients are today's clients, and what each does with its own mailbox of familyMails.
var familyClients = map[string]func(testing.TB, proxytest.Account){
	"alpine":    fetching(proxytest.Alpine),
	"curl":      fetching(proxytest.Curl),
	"fetchmail": proxytest.Fetchmail,
	"go-imap":   proxytest.GoIMAP,
	"imapflow":  proxytest.Imapflow,
	"imaplib":   proxytest.ImaplibAll,
	"mbsync":    fetching(proxytest.Mbsync),
	"mutt":      fetching(proxytest.Mutt),
}

var familyServers = map[string]func(testing.TB, proxytest.Options) *proxytest.Server{
	"cyrus": proxytest.Cyrus, "dovecot": proxytest.Dovecot,
}

var familyMails = proxytest.Mails(6, 10_000)

// fetching is a client that fetches all mails of INBOX, and has them as they are.
func fetching(client func(testing.TB, proxytest.Account, int) []proxytest.Mail) func(testing.TB, proxytest.Account) {
	return func(t testing.TB, a proxytest.Account) {
		t.Helper()
		if d := cmp.Diff(proxytest.Hashes(familyMails), proxytest.Hashes(client(t, a, len(familyMails)))); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
	}
}

// found is a finding that check reports about a client and a server; "*" is any.
type found struct{ client, server, rule string }

// truth is why a finding is true. Always is whether it does not depend on the time that
// something took.
type truth struct {
	why    string
	always bool
}

// lookedAt are the findings that were looked at and found true.
var lookedAt = map[found]truth{
	{"alpine", "*", "E004"}:  {"it saves messages one by one, each when it has the one before", false},
	{"curl", "*", "E001"}:    {"it fetches a URL for each message, and knows nothing of the others", true},
	{"curl", "*", "E004"}:    {"the same, each when it has the one before", false},
	{"go-imap", "*", "C001"}: {"it sends LOGIN without having waited for the greeting", false},
	{"imaplib", "*", "C003"}: {"the script sends XYZZY", true},
	{"imaplib", "*", "C025"}: {"getannotation sends a command of ANNOTATEMORE, which no server has", true},
	{"imaplib", "*", "E002"}: {"the script fetches everything twice, in other ways", true},
	{"imaplib", "*", "E004"}: {"a method returns when its command is done", false},
	{"imaplib", "*", "E007"}: {"it does not know LITERAL+", true},
	{"mutt", "*", "E001"}:    {"it copies messages one by one", false},
	{"mutt", "*", "E004"}:    {"it copies messages one by one", false},
}

// noGrammar are commands whose arguments no RFC describes.
var noGrammar = []string{"PROXYAUTH"}

// TestPeersFamily: each client completes its session with each server through the proxy. In
// the recording nothing is lost and no response is an orphan, every value has a node that an
// RFC's grammar describes, and check reports only what was looked at and found true.
func TestPeersFamily(t *testing.T) {
	inboxes := map[string][]proxytest.Mail{}
	for user := range familyClients {
		inboxes[user] = familyMails
	}
	seen := map[found]int{} // how many were found
	for _, server := range slices.Sorted(maps.Keys(familyServers)) {
		all := t.Run(server, func(t *testing.T) {
			s := familyServers[server](t, proxytest.Options{Inboxes: inboxes, Extensions: true})
			for _, client := range slices.Sorted(maps.Keys(familyClients)) {
				t.Run(client, func(t *testing.T) {
					file := filepath.Join(t.TempDir(), "rec.pcapng")
					p := startProxy(t, "--upstream", s.Plain, "--format", "none", "-w", file)
					familyClients[client](t, proxytest.Account{Addr: p.addr, User: client})
					p.stop(t)
					understood(t, file, port(p.addr))
					for f, n := range judged(t, client, server, file, port(p.addr)) {
						t.Logf("%s: %d (%s)", f.rule, n, lookedAt[f].why)
						seen[f] += n
					}
				})
			}
		})
		if !all {
			return
		}
	}
	for f, why := range lookedAt {
		if why.always && seen[f] == 0 && len(seen) > 0 {
			t.Errorf("%v is not found any more: %s", f, why.why)
		}
	}
}

// understanding is what a recording holds that is not understood.
type understanding struct {
	t       *testing.T
	parser  syntax.Parser
	generic map[string]int // by the words before the node
	nodes   int
	conns   int
}

// understood wants all of a recording to be understood: no byte lost, no orphan, no generic
// node.
func understood(t *testing.T, file, port string) {
	t.Helper()
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	u := &understanding{t: t, generic: make(map[string]int)}
	d := decode.NewDemux(decode.Options{}, u)
	if err := pcap.Files([]string{file}, pcap.Options{Ports: []uint16{uint16(n)}}).Run(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if u.conns == 0 || u.nodes == 0 {
		t.Errorf("%d connections, %d nodes", u.conns, u.nodes)
	}
	for _, where := range slices.Sorted(maps.Keys(u.generic)) {
		t.Errorf("%d generic nodes: %s", u.generic[where], where)
	}
}

// Open implements decode.Handler.
func (u *understanding) Open(capture.Conn) error { u.conns++; return nil }

// Events implements decode.Handler.
func (u *understanding) Events(_ capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		switch e := e.(type) {
		case *decode.Message:
			u.message(e)
		case *decode.Transaction:
			if e.Outcome == decode.Orphan {
				u.t.Errorf("an orphan: %s", e.Tag)
			}
		case *decode.Resync:
			u.t.Errorf("framing was lost for %d bytes", e.Skipped)
		case *decode.Closed:
			if e.Upgraded == 0 && e.Lost[0]+e.Lost[1] > 0 {
				u.t.Errorf("lost: %v bytes", e.Lost)
			}
		}
	}
	return nil
}

func (u *understanding) message(m *decode.Message) {
	if m.Lost > 0 || m.Elided > 0 {
		u.t.Errorf("%s: %d bytes lost, %d left out", m.Word, m.Lost, m.Elided)
		return
	}
	if m.Kind == decode.Junk {
		u.t.Errorf("junk: %.60q", m.Raw)
		return
	}
	if m.Kind == decode.Continuation {
		return // SASL, DONE
	}
	root := u.parser.Response(&m.Message)
	if m.Dir == capture.ClientToServer {
		root = u.parser.Request(&m.Message)
	}
	for n := range root.All() {
		u.nodes++
		if n.Generic() && (m.Txn == nil || !slices.Contains(noGrammar, m.Txn.Command)) {
			line, _, _ := bytes.Cut(m.Raw, []byte("\r\n"))
			u.generic[fmt.Sprintf("%s %s in %.120q", n.Kind, n.Bytes(m.Raw), line)]++
		}
	}
}

// judged wants check to report only findings of lookedAt, and returns how many of each.
func judged(t *testing.T, client, server, file, port string) map[found]int {
	t.Helper()
	seen, count := map[string]string{}, map[string]int{}
	for line := range strings.Lines(checkedJSON(t, "--port", port, file)) {
		var f struct{ Type, ID, Message string }
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if f.Type == "finding" {
			seen[f.ID] = f.Message
			count[f.ID]++
		}
	}
	known := make(map[found]int)
	for rule, message := range seen {
		ways := []found{{client, server, rule}, {client, "*", rule}}
		i := slices.IndexFunc(ways, func(f found) bool { return lookedAt[f].why != "" })
		if i < 0 {
			t.Errorf("%s of %s with %s was not looked at: %s", rule, client, server, message)
			continue
		}
		known[ways[i]] += count[rule]
	}
	return known
}

// checkedJSON returns what check says about a file.
func checkedJSON(t *testing.T, args ...string) string {
	t.Helper()
	leaktest.Check(t)
	var b, said bytes.Buffer
	root := newRoot(&env{out: &b, err: &said})
	root.SetArgs(append([]string{"check", "--format", "jsonl", "--fail-on", "never"}, args...))
	if err := root.ExecuteContext(context.Background()); err != nil {
		t.Fatalf("%v\n%s", err, &said)
	}
	return b.String()
}
