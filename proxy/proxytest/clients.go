package proxytest

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TLS says how a client reaches a server.
type TLS int

// The ways.
const (
	Plain TLS = iota
	StartTLS
	Implicit
)

// An Account is what a client needs to access a user's mail.
type Account struct {
	Addr string // host:port
	TLS  TLS
	CA   string // PEM file of what to trust; not used with Plain
	User string
	// Log is a file into which the client writes its debug log, if it is not "". Curl also
	// writes what -v shows, and a --trace-ascii, into files of that name with -v and -ascii behind it.
	Log string
}

func (a Account) host() string { host, _, _ := net.SplitHostPort(a.Addr); return host }

// name is the host for those who do not look for addresses in certificates.
func (a Account) name() string { return strings.Replace(a.host(), "127.0.0.1", "localhost", 1) }
func (a Account) port() string { _, port, _ := net.SplitHostPort(a.Addr); return port }

// Curl fetches each mail of INBOX, a URL each, in one connection.
func Curl(t testing.TB, a Account, mails int) []Mail {
	t.Helper()
	dir := t.TempDir()
	scheme, args := "imap", []string{"-sS", "-q", "-u", a.User + ":" + Password, "-o", "mail#1"}
	if a.TLS == Implicit {
		scheme = "imaps"
	}
	if a.TLS != Plain {
		args = append(args, "--ssl-reqd", "--cacert", a.CA)
	}
	args = append(args, fmt.Sprintf("%s://%s/INBOX/;MAILINDEX=[1-%d]", scheme, a.Addr, mails))
	for _, log := range a.curlLogs() {
		Run(t, dir, nil, nil, Peer(t, "curl", "curl"), append(log, args...)...)
	}
	list := make([]Mail, mails)
	for i := range list {
		list[i] = read(t, filepath.Join(dir, fmt.Sprint("mail", i+1)))
	}
	return list
}

// curlLogs returns the options of each run of curl.
func (a Account) curlLogs() [][]string {
	if a.Log == "" {
		return [][]string{nil}
	}
	return [][]string{
		{"--trace-time", "--trace", a.Log},
		{"--trace-time", "--trace-ascii", a.Log + "-ascii"},
		{"--trace-time", "-v", "--stderr", a.Log + "-v"},
	}
}

//go:embed imaplib.py
var imaplibScript string

// Imaplib is Python's: it fetches each mail of INBOX, appends it to the mailbox
// "copies" and gives back what it then fetches from there, so that each has gone both
// ways.
func Imaplib(t testing.TB, a Account, mails int) []Mail {
	t.Helper()
	dir := t.TempDir()
	how := []string{"plain", "starttls", "implicit"}[a.TLS]
	out := Run(t, dir, nil, strings.NewReader(imaplibScript), Peer(t, "/usr/bin/python3", "python3"),
		"-", a.host(), a.port(), how, a.CA, a.User, Password, a.Log)
	var list []Mail
	if err := json.Unmarshal(out, &list); err != nil || len(list) != mails {
		t.Fatalf("imaplib: %d mails, %v", len(list), err)
	}
	return list
}

// Mbsync copies INBOX to a Maildir.
func Mbsync(t testing.TB, a Account, mails int) []Mail {
	t.Helper()
	dir := t.TempDir()
	var conf bytes.Buffer
	fmt.Fprintf(&conf, "IMAPAccount far\nHost %s\nPort %s\nUser %s\nPass %s\nAuthMechs LOGIN\n", a.name(), a.port(), a.User, Password)
	fmt.Fprintf(&conf, "SSLType %s\n", []string{"None", "STARTTLS", "IMAPS"}[a.TLS])
	if a.TLS != Plain {
		fmt.Fprintf(&conf, "SystemCertificates no\nCertificateFile %s\n", a.CA)
	}
	fmt.Fprintf(&conf, "\nIMAPStore far\nAccount far\n\nMaildirStore near\nPath %s/\nInbox %[1]s/inbox\n\n", dir)
	fmt.Fprint(&conf, "Channel all\nFar :far:\nNear :near:\nSync PullNew\nSyncState *\n")
	args := []string{"-c", write(t, filepath.Join(dir, "mbsyncrc"), conf.Bytes()), "all"}
	if a.Log != "" {
		args = append([]string{"-DN"}, args...)
	}
	out := Run(t, dir, nil, nil, Peer(t, "mbsync", "isync"), args...)
	if a.Log != "" {
		write(t, a.Log, out)
	}
	return maildir(t, filepath.Join(dir, "inbox"), mails, "X-TUID")
}

// Mutt opens INBOX in a terminal and saves all mails to a Maildir.
func Mutt(t testing.TB, a Account, mails int) []Mail {
	t.Helper()
	return muttAs(t, a, mails, "mutt", ".muttdebug0", "-d", "5")
}

// NeoMutt does the same.
func NeoMutt(t testing.TB, a Account, mails int) []Mail {
	t.Helper()
	return muttAs(t, a, mails, "neomutt", "debug0", "-d", "5", "-l", "debug")
}

// muttAs runs program, which with the options for debugging writes the file debug.
func muttAs(t testing.TB, a Account, mails int, program, debug string, debugging ...string) []Mail {
	t.Helper()
	dir := t.TempDir()
	scheme := "imap"
	if a.TLS == Implicit {
		scheme = "imaps"
	}
	var conf bytes.Buffer
	fmt.Fprintf(&conf, "set imap_user=%s imap_pass=%s imap_authenticators=login\n", a.User, Password)
	if a.TLS == Plain {
		fmt.Fprint(&conf, "set ssl_starttls=no ssl_force_tls=no\n")
	} else {
		fmt.Fprintf(&conf, "set ssl_starttls=yes ssl_force_tls=yes certificate_file=%s\n", a.CA)
	}
	fmt.Fprintf(&conf, "set folder=%s\n", dir)
	fmt.Fprint(&conf, "set mbox_type=Maildir confirmappend=no confirmcreate=no delete=no copy=no wait_key=no sort=mailbox-order\n")
	fmt.Fprint(&conf, "push \"<tag-pattern>~A<enter><tag-prefix><copy-message>=out<enter><exit>\"\n")
	args := []string{"-n", "-F", write(t, filepath.Join(dir, "muttrc"), conf.Bytes()), "-f", fmt.Sprintf("%s://%s/INBOX", scheme, a.Addr)}
	if a.Log != "" {
		args = append(args, debugging...)
	}
	term := Tmux(t, dir, nil, Peer(t, program, program), args...)
	term.AwaitEnd(t)
	if a.Log != "" {
		write(t, a.Log, read(t, filepath.Join(dir, debug)))
	}
	return maildir(t, filepath.Join(dir, "out"), mails, "Content-Length", "Lines", "Status")
}

// maildir returns the mails in a Maildir, in the order of their subjects' numbers, without
// the header lines that a client added.
func maildir(t testing.TB, dir string, mails int, added ...string) []Mail {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "[cn]??", "*"))
	if err != nil || len(files) != mails {
		t.Fatalf("%d mails in %s, %v", len(files), dir, err)
	}
	list := make([]Mail, 0, mails)
	for _, file := range files {
		list = append(list, stored(read(t, file), added...))
	}
	slices.SortFunc(list, func(a, b Mail) int { return a.number() - b.number() })
	return list
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
