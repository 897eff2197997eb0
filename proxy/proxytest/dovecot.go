package proxytest

import (
	"cmp"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"text/template"

	"imapscope/capture/leaktest"
)

// Password is the password of every user.
const Password = "secret"

// Options say what a server holds.
type Options struct {
	Inboxes map[string][]Mail // by user
	// Extensions has Dovecot keep its mail in a way, and load the plugins, that it needs for
	// all extensions it knows.
	Extensions bool
	// Compress has Dovecot offer COMPRESS.
	Compress bool
	// Mechanisms are the SASL mechanisms; "plain login cram-md5" if it is empty.
	Mechanisms string
	// Rawlog has Dovecot write what passes after login, into Server.Rawlog.
	Rawlog bool
}

// A Server is an IMAP server that runs until the test ends.
type Server struct {
	Plain  string // address of the port that begins in plaintext and offers STARTTLS
	TLS    string // address of the port with TLS from the first byte on
	Rawlog string // folder of the rawlogs, if Options.Rawlog is set
	CA     string // PEM file of the CA that signed its certificate, for localhost and 127.0.0.1
}

// dovecotConf is a Dovecot 2.3 that has nothing outside its folder. Its processes
// need several users: root to change to them.
var dovecotConf = template.Must(template.New("").Parse(`
protocols = imap
listen = 127.0.0.1
base_dir = {{.Dir}}/run
state_dir = {{.Dir}}/run
log_path = /dev/stderr
auth_verbose = yes
disable_plaintext_auth = no
auth_mechanisms = {{.Mechanisms}}
ssl = yes
ssl_cert = <{{.Cert}}
ssl_key = <{{.Key}}
login_greeting = ready
{{if .Extensions -}}
mail_location = mdbox:~/mdbox
mail_plugins = quota acl
mail_attribute_dict = file:%h/attributes
imap_metadata = yes
imap_urlauth_host = localhost
protocol imap {
  mail_plugins = quota imap_quota acl imap_acl{{if .Compress}} imap_zlib{{end}}
  imap_metadata = yes
}
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=1G
  acl = vfile
}
{{- else -}}
mail_location = mbox:~/mail:INBOX=~/inbox:INDEX=MEMORY
{{if .Compress}}protocol imap {
  mail_plugins = imap_zlib
}{{end}}
{{- end}}
{{if .Rawlog}}protocol imap {
  rawlog_dir = {{.Rawlog}}
}
{{end -}}
mbox_write_locks = fcntl
first_valid_uid = 1
default_client_limit = 3000
passdb {
  driver = static
  args = password={{.Password}}
}
userdb {
  driver = static
  args = uid={{.UID}} gid={{.GID}} home={{.Dir}}/home/%u
}
service imap-login {
  inet_listener imap {
    port = {{.Plain}}
  }
  inet_listener imaps {
    port = {{.TLS}}
    ssl = yes
  }
}
`))

// Dovecot starts Dovecot 2.3. It wants root; as another user the test skips aloud.
func Dovecot(t testing.TB, o Options) *Server {
	t.Helper()
	program := Peer(t, "dovecot", "dovecot-imapd")
	if os.Getuid() != 0 {
		t.Skip("NOT TESTED: Dovecot must be started as root: it gives each of its processes a user of its own")
	}
	// Not t.TempDir, which other users cannot enter.
	leaktest.Check(t)
	dir, err := os.MkdirTemp("", "dovecot")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	owner, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	fill(t, filepath.Join(dir, "home"), owner, o.Inboxes)

	rawlog := ""
	if o.Rawlog {
		rawlog = filepath.Join(dir, "home", "rawlog")
		owned(t, owner, rawlog, os.Mkdir(rawlog, 0o700))
	}
	ca, cert, key := Certificate(t, dir)
	ports := freePorts(t, 2)
	var conf strings.Builder
	if err := dovecotConf.Execute(&conf, map[string]any{
		"Extensions": o.Extensions, "Compress": o.Compress, "Mechanisms": cmp.Or(o.Mechanisms, "plain login cram-md5"), "Dir": dir, "Cert": cert, "Key": key, "Password": Password,
		"Rawlog": rawlog, "UID": owner.Uid, "GID": owner.Gid, "Plain": ports[0], "TLS": ports[1],
	}); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-F", "-c", write(t, filepath.Join(dir, "dovecot.conf"), []byte(conf.String())))
	cmd.Env = environ(dir)
	p := Start(t, cmd)
	p.Err.Await(t, "starting up") // it listens by then
	s := &Server{Plain: "127.0.0.1:" + ports[0], TLS: "127.0.0.1:" + ports[1], CA: ca, Rawlog: rawlog}
	if o.Extensions {
		for name, mails := range o.Inboxes {
			deliver(t, s.Plain, name, mails)
		}
	}
	return s
}

// fill makes a home with an INBOX for each user.
func fill(t testing.TB, home string, owner *user.User, inboxes map[string][]Mail) {
	t.Helper()
	own := func(path string, err error) { owned(t, owner, path, err) }
	own(home, os.Mkdir(home, 0o711))
	for name, mails := range inboxes {
		dir := filepath.Join(home, name)
		own(dir, os.Mkdir(dir, 0o700))
		own(filepath.Join(dir, "mail"), os.Mkdir(filepath.Join(dir, "mail"), 0o700))
		inbox := filepath.Join(dir, "inbox")
		own(inbox, os.WriteFile(inbox, mbox(mails), 0o600))
	}
}

// owned gives a file to owner, once it is made: err is the error of that.
func owned(t testing.TB, owner *user.User, path string, err error) {
	t.Helper()
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	if err == nil {
		err = os.Chown(path, uid, gid)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// freePorts returns ports of 127.0.0.1 on which nothing listens now: below those that the
// system gives to connections, which could take one before its server does.
func freePorts(t testing.TB, n int) []string {
	t.Helper()
	var ports []string
	for range 1000 {
		port := strconv.Itoa(20_000 + rand.IntN(12_000))
		l, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err != nil {
			continue
		}
		defer l.Close() // all at once, so that they differ
		if ports = append(ports, port); len(ports) == n {
			return ports
		}
	}
	t.Fatal("there are no free ports")
	return nil
}
