package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"imapscope/proxy/proxytest"
)

// A peerLog is a log that a client, or the server, writes of what the proxy records.
type peerLog struct {
	client string
	ending string // of the log's name, behind the client's
	run    int    // which of the client's runs it is of
	masks  string // the command of which the log does not have the arguments
	lacks  string // the command of which it has the response only
	ends   string // the command that comes when the log has ended: it may lack all or some of it
}

// peerLogs lists, for each log, in what it differs from a recording: see help logs.
var peerLogs = []peerLog{
	{client: "curl", run: 0, ends: "LOGOUT"},
	{client: "curl", ending: "-ascii", run: 1, ends: "LOGOUT"},
	{client: "curl", ending: "-v", run: 2, ends: "LOGOUT"},
	{client: "imaplib", ends: "LOGOUT"},
	{client: "mbsync", masks: "LOGIN"},
	{client: "mutt", lacks: "LOGIN"},
	{client: "fetchmail", masks: "LOGIN"},
	{client: "alpine"},
	{client: "neomutt", lacks: "LOGIN"},
	{client: "offlineimap"},
	{client: "mail-imapclient", masks: "LOGIN"},
	{client: "imapflow", lacks: "AUTHENTICATE"},
}

// TestPeersLogs: the log that a real client writes decodes to the same transactions as the
// recording of the proxy that it went through: the same commands, tags, statuses, texts and
// lengths. Where a log leaves something out, peerLogs says what.
func TestPeersLogs(t *testing.T) {
	mails := proxytest.Mails(4, 20_000)
	run := map[string]func(testing.TB, proxytest.Account){
		"fetchmail": proxytest.Fetchmail, "offlineimap": proxytest.OfflineIMAP, "mail-imapclient": proxytest.MailIMAPClient,
		"imapflow": proxytest.Imapflow,
		"neomutt":  func(t testing.TB, a proxytest.Account) { proxytest.NeoMutt(t, a, len(mails)) },
	}
	inboxes := map[string][]proxytest.Mail{}
	for name := range run {
		inboxes[of(name)] = mails
	}
	for name, client := range clients {
		run[name] = func(t testing.TB, a proxytest.Account) { client(t, a, len(mails)) }
		inboxes[of(name)] = mails
	}
	server := proxytest.Dovecot(t, proxytest.Options{Inboxes: inboxes, Rawlog: true})
	for name, client := range run {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "rec.pcapng")
			before := rawlogs(t, server.Rawlog)
			p := startProxy(t, "--upstream", server.Plain, "-w", file)
			client(t, proxytest.Account{Addr: p.addr, User: of(name), Log: filepath.Join(dir, name)})
			p.stop(t)
			recorded := spoken(t, "--port", port(p.addr), file)
			for _, l := range peerLogs {
				if l.client != name {
					continue
				}
				want := recorded[l.run*len(recorded)/runs(name):][:len(recorded)/runs(name)]
				got := spoken(t, filepath.Join(dir, name+l.ending))
				if d := cmp.Diff(l.expect(want), l.expect(got), cmpopts.IgnoreUnexported(exchange{})); d != "" {
					t.Errorf("%s%s: -recording +log\n%s", name, l.ending, d)
				}
			}
			var pairs []string
			for _, f := range rawlogs(t, server.Rawlog)[len(before):] {
				pairs = append(pairs, filepath.Join(server.Rawlog, f))
			}
			got := spoken(t, pairs...)
			if d := cmp.Diff(afterLogin(recorded), afterLogin(got), cmpopts.IgnoreUnexported(exchange{})); d != "" {
				t.Errorf("rawlog: -recording +log\n%s", d)
			}
		})
	}
}

// of is the user that a client logs in as: not its name, which is masked wherever it is seen.
func of(client string) string { return "user-of-" + client }

// runs is how often proxytest runs a client to have all its logs.
func runs(client string) int {
	n := 0
	for _, l := range peerLogs {
		if l.client == client {
			n++
		}
	}
	return n
}

// rawlogs are the files of a rawlog folder, in order of their names.
func rawlogs(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// An exchange is a transaction as far as a log can show it.
type exchange struct {
	Tag, Command, Request, Status, Text string
	Octets                              float64 // missing ones too

	conn any
}

// spoken decodes files to the transactions in them, those of all connections.
func spoken(t *testing.T, args ...string) []exchange {
	t.Helper()
	out, err := decoded(t, append([]string{"--format", "jsonl"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	var list []exchange
	for _, l := range untimed(t, string(out)) {
		if l["type"] != "transaction" {
			continue
		}
		e := exchange{conn: l["conn"], Tag: fmt.Sprint(l["tag"]), Command: fmt.Sprint(l["command"]), Request: fmt.Sprint(l["request"]), Status: fmt.Sprint(l["status"]), Text: fmt.Sprint(l["text"])}
		for _, n := range l["octets"].(map[string]any) {
			e.Octets += n.(float64)
		}
		e.Octets += l["lost"].(float64)
		list = append(list, e)
	}
	return list
}

// expect returns what the log and the recording must share.
func (l *peerLog) expect(list []exchange) []exchange {
	var out []exchange
	for _, e := range list {
		switch {
		case l.ends != "" && e.Command == l.ends:
			continue
		case l.masks != "" && strings.EqualFold(e.Command, l.masks):
			e.Request, e.Octets = "", 0
		case l.lacks != "" && (strings.EqualFold(e.Command, l.lacks) || e.Command == "<nil>" || e.Command == ""):
			e.Command, e.Request, e.Octets = "", "", 0
		}
		out = append(out, e)
	}
	return out
}

// afterLogin are the transactions of each connection behind that of the login, which a rawlog has
// no request of.
func afterLogin(list []exchange) []exchange {
	var out []exchange
	in := make(map[any]bool)
	for _, e := range list {
		if in[e.conn] {
			out = append(out, e)
		}
		in[e.conn] = in[e.conn] || strings.Contains(e.Text, "Logged in")
	}
	return out
}
