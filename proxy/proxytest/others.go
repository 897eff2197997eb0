package proxytest

import (
	_ "embed"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// What these clients do with a mailbox is more than to fetch it: they are there for what they
// say, not for the mails. A is reached without TLS.

// Fetchmail fetches the mails of INBOX and removes them.
func Fetchmail(t testing.TB, a Account) {
	t.Helper()
	dir := t.TempDir()
	conf := fmt.Sprintf("set no bouncemail\npoll %s service %s protocol imap auth password\n  user %q password %q sslproto '' fetchall no rewrite mda \"cat >>%s/mail\"\n",
		a.host(), a.port(), a.User, Password, dir)
	file := write(t, filepath.Join(dir, "fetchmailrc"), []byte(conf))
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-f", file, "--nodetach", "--nosyslog", "-v"}
	if a.Log != "" {
		args = append(args, "-v")
	}
	out := Run(t, dir, []string{"FETCHMAILHOME=" + dir}, nil, Peer(t, "fetchmail", "fetchmail"), args...)
	if a.Log != "" {
		write(t, a.Log, out)
	}
}

//go:embed imapflow.js
var imapflowScript string

// Imapflow is a library for Node.js, used in all that it can do with a server.
func Imapflow(t testing.TB, a Account) {
	t.Helper()
	modules := os.Getenv("IMAPSCOPE_IMAPFLOW")
	if _, err := os.Stat(filepath.Join(modules, "imapflow")); err != nil {
		Missing(t, "imapflow is not there: npm install imapflow, as .ci/run does, and set IMAPSCOPE_IMAPFLOW to the folder node_modules")
	}
	Run(t, t.TempDir(), []string{"NODE_PATH=" + modules}, strings.NewReader(imapflowScript), Peer(t, "node", "nodejs"), "-", a.host(), a.port(), a.User, Password, a.Log)
}

//go:embed imaplib_all.py
var imaplibAllScript string

// ImaplibAll calls every method of Python's imaplib, and sends the commands of the extensions
// that the server has as arbitrary ones.
func ImaplibAll(t testing.TB, a Account) {
	t.Helper()
	Run(t, t.TempDir(), nil, strings.NewReader(imaplibAllScript), Peer(t, "/usr/bin/python3", "python3"), "-", a.host(), a.port(), a.User, Password)
}

// GoIMAP is the client of emersion/go-imap.
func GoIMAP(t testing.TB, a Account) {
	t.Helper()
	conn, err := net.Dial("tcp", a.Addr)
	if err != nil {
		t.Fatal(err)
	}
	options := new(imapclient.Options)
	if a.Log != "" {
		log, err := os.Create(a.Log)
		if err != nil {
			t.Fatal(err)
		}
		defer log.Close()
		options.DebugWriter = log
	}
	c := imapclient.New(conn, options)
	defer c.Close()
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	must("login", c.Login(a.User, Password).Wait())
	exerciseGoIMAP(c, must)
	must("logout", c.Logout().Wait())
}

// exerciseGoIMAP has a client that is logged in use most commands that it knows.
func exerciseGoIMAP(c *imapclient.Client, must func(what string, err error)) {
	_, err := c.Capability().Wait()
	must("capability", err)
	_, err = c.Namespace().Wait()
	must("namespace", err)
	_, err = c.List("", "*", &imap.ListOptions{ReturnStatus: &imap.StatusOptions{NumMessages: true, UIDNext: true, UIDValidity: true}}).Collect()
	must("list", err)
	_, err = c.Status("INBOX", &imap.StatusOptions{NumMessages: true, UIDNext: true, UIDValidity: true, NumUnseen: true}).Wait()
	must("status", err)
	must("create", c.Create("Entwürfe", nil).Wait())
	selected, err := c.Select("INBOX", &imap.SelectOptions{CondStore: c.Caps().Has(imap.CapCondStore)}).Wait()
	must("select", err)
	all := imap.SeqSet{{Start: 1, Stop: 0}}
	_, err = c.Fetch(all, &imap.FetchOptions{
		Envelope: true, Flags: true, InternalDate: true, RFC822Size: true, UID: true, ModSeq: selected.HighestModSeq > 0,
		BodyStructure: &imap.FetchItemBodyStructure{Extended: true},
		BodySection:   []*imap.FetchItemBodySection{{Specifier: imap.PartSpecifierHeader, HeaderFields: []string{"From", "Subject"}, Peek: true}},
	}).Collect()
	must("fetch", err)
	_, err = c.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagSeen}, Header: []imap.SearchCriteriaHeaderField{{Key: "Subject", Value: "mail"}}}, nil).Wait()
	must("search", err)
	if c.Caps().Has(imap.CapESearch) {
		_, err = c.Search(&imap.SearchCriteria{}, &imap.SearchOptions{ReturnAll: true, ReturnCount: true, ReturnMin: true, ReturnMax: true}).Wait()
		must("esearch", err)
	}
	if c.Caps().Has(imap.CapSort) {
		_, err = c.Sort(&imapclient.SortOptions{SortCriteria: []imapclient.SortCriterion{{Key: imapclient.SortKeySubject}}, SearchCriteria: &imap.SearchCriteria{}}).Wait()
		must("sort", err)
	}
	if c.Caps().Has("THREAD=REFERENCES") {
		_, err = c.Thread(&imapclient.ThreadOptions{Algorithm: imap.ThreadReferences, SearchCriteria: &imap.SearchCriteria{}}).Wait()
		must("thread", err)
	}
	_, err = c.Copy(imap.SeqSetNum(1), "Entwürfe").Wait()
	must("copy", err)
	_, err = c.Store(imap.SeqSetNum(1), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagFlagged}}, nil).Collect()
	must("store", err)
	idle, err := c.Idle()
	must("idle", err)
	must("done", idle.Close())
	must("idle", idle.Wait())
	if c.Caps().Has(imap.CapMove) {
		_, err = c.Move(imap.SeqSetNum(2), "Entwürfe").Wait()
		must("move", err)
	}
	must("unselect", c.UnselectAndExpunge().Wait())
	must("delete", c.Delete("Entwürfe").Wait())
}

//go:embed mail_imapclient.pl
var mailIMAPClientScript string

// MailIMAPClient is Perl's Mail::IMAPClient.
func MailIMAPClient(t testing.TB, a Account) {
	t.Helper()
	perl := Peer(t, "perl", "perl")
	if err := exec.Command(perl, "-MMail::IMAPClient", "-e1").Run(); err != nil {
		Missing(t, "Mail::IMAPClient is not installed: apt-get install libmail-imapclient-perl")
	}
	Run(t, t.TempDir(), nil, strings.NewReader(mailIMAPClientScript), perl, "-", a.host(), a.port(), a.User, Password, a.Log)
}

// OfflineIMAP copies all mailboxes to Maildirs.
func OfflineIMAP(t testing.TB, a Account) {
	t.Helper()
	dir := t.TempDir()
	conf := fmt.Sprintf(`[general]
accounts = far
ui = basic
metadata = %[1]s/meta
[Account far]
localrepository = here
remoterepository = there
[Repository here]
type = Maildir
localfolders = %[1]s/mail
[Repository there]
type = IMAP
remotehost = %[2]s
remoteport = %[3]s
remoteuser = %[4]s
remotepass = %[5]s
ssl = no
starttls = no
`, dir, a.host(), a.port(), a.User, Password)
	args := []string{"-o", "-c", write(t, filepath.Join(dir, "rc"), []byte(conf))}
	if a.Log != "" {
		args = append(args, "-d", "imap", "-l", a.Log)
	}
	Run(t, dir, nil, nil, Peer(t, "offlineimap", "offlineimap3"), args...)
}
